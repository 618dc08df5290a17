"""Give every parser what nobody would send: ``python -m tests.hostile.fuzz [TARGET ...] --seconds 20``.

Each target runs in a process of its own, two at a time, led by coverage (atheris), from its corpus on. What is found
is written to a file; it is said where, and how to see it again. Where there is no atheris, which is published for Linux
alone, the corpus is replayed and nothing more. Exit code 1 says that something was found.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.hostile.corpora import CORPORA, inputs_of

PROJECT = Path(__file__).parents[2]
FINDS = PROJECT / "hostile-finds"
PYTHON = Path(".venv/bin/python")
STARTING_S = 60
"""So long a process may take besides fuzzing: to import, to replay the corpus, to tell of a find."""

MOST_BYTES = 4_096
_SLOW_S = 10
"""An input that takes longer is a find."""

_MOST_MEMORY_MB = 2_048
_SEED = 1
_COUNTED = re.compile(r"Done (\d+) runs|stat::number_of_executed_units:\s+(\d+)")
_TOLD_LINES = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz, or replay one file."""
    asked = _parser().parse_args(arguments)
    unknown = sorted(set(asked.targets) - set(_names()))
    if unknown:
        print(f"There is no target {', '.join(unknown)}; the targets are {', '.join(_names())}.", file=sys.stderr)
        return 2
    targets = asked.targets or _names()
    if asked.replay is not None:
        return _replay_one(targets, asked.replay)
    if importlib.util.find_spec("atheris") is None:
        print("There is no atheris here, so the corpus is replayed and nothing new is tried.")
        return max(_replay(target, inputs_of(target)) for target in targets)
    with ThreadPoolExecutor(asked.parallel) as pool:
        codes = list(pool.map(lambda target: _fuzz(target, asked.seconds), targets))
    return max(codes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"all without one: {', '.join(_names())}")
    parser.add_argument("--seconds", type=int, default=20, help="seconds for each target (20)")
    parser.add_argument("--parallel", type=int, default=2, help="how many targets run at a time (2)")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="give this file to the one target, nothing else")
    return parser


def _names() -> list[str]:
    """Return the targets without importing them: each has a corpus of its name, as a test makes sure."""
    return sorted(folder.name for folder in CORPORA.iterdir())


def _fuzz(target: str, seconds: int) -> int:
    with tempfile.TemporaryDirectory(prefix="hostile-") as made:
        folder = Path(made)
        for name in ("files", "grown", "found"):
            (folder / name).mkdir()
        command = [sys.executable, "-m", "tests.hostile.guided", target, str(folder / "files"), str(folder / "found")]
        command += [f"-max_total_time={seconds}", f"-seed={_SEED}", f"-max_len={MOST_BYTES}", f"-timeout={_SLOW_S}"]
        command += [f"-rss_limit_mb={_MOST_MEMORY_MB}", f"-artifact_prefix={folder / 'found'}/", "-print_final_stats=1"]
        command += [str(folder / "grown"), str(CORPORA / target)]
        log = folder / "log"
        with log.open("wb") as stream:
            try:
                code = subprocess.run(
                    command, cwd=PROJECT, stdout=stream, stderr=stream, timeout=seconds + STARTING_S, check=False
                ).returncode
            except subprocess.TimeoutExpired:
                code = -1
        said = log.read_text(encoding="utf-8", errors="replace")
        found = _keep(target, sorted((folder / "found").iterdir()))
        grown = len(list((folder / "grown").iterdir()))
    if code == 0 and not found:
        print(f"{target}: {_runs(said):,} inputs in {seconds} s, {grown:,} of which went a new way; nothing found.")
        return 0
    last = "\n".join(said.splitlines()[-_TOLD_LINES:])
    where = "".join(f"\nKept as {file}; again with: {_again(target, file)}" for file in found)
    print(f"{target}: FOUND SOMETHING, or broke off (exit code {code}).\n{last}{where}", file=sys.stderr)
    return 1


def _keep(target: str, files: Sequence[Path]) -> list[Path]:
    kept = []
    for file in files:
        FINDS.mkdir(exist_ok=True)
        place = FINDS / f"{target}-{file.name}"
        place.write_bytes(file.read_bytes())
        kept.append(place)
    return kept


def _again(target: str, file: Path) -> str:
    return f"{PYTHON} -m tests.hostile.fuzz {target} --replay {file.relative_to(PROJECT)}"


def _runs(said: str) -> int:
    counts = [int(first or second) for first, second in _COUNTED.findall(said)]
    return max(counts, default=0)


def _replay_one(targets: Sequence[str], file: Path) -> int:
    if len(targets) != 1:
        print("Name the one target that is to get the file.", file=sys.stderr)
        return 2
    return _replay(targets[0], [file])


def _replay(target: str, files: Sequence[Path]) -> int:
    from tests.hostile.targets.table import TARGETS

    with tempfile.TemporaryDirectory(prefix="hostile-") as folder, TARGETS[target](Path(folder)) as run:
        for file in files:
            print(f"{target}: {file}")
            run(file.read_bytes())  # what it raises ends the process, with a traceback and exit code 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
