"""``make reasons``: how far the reasons are from a long reference run, on real tables; writes benchmarks/REASONS.md.

For each table a bundle is trained (``--fast``) unless ``--bundles`` holds one of its name. The reference is permutation
sampling over the whole sample of the background (benchmarks/explanations/reference.py); its own standard error is told.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.explanations.compare import LARGER_ROWS, Effort, Row, compare
from benchmarks.quality.tables import KNOWN, Spec
from churn.bundle import Bundle, open_bundle
from training.config import TrainConfig
from training.progress import Reporter
from training.run import train

REPORT = Path(__file__).parents[1] / "REASONS.md"


def main() -> int:
    """Measure and write; return the exit code."""
    given = _parser().parse_args()
    specs = [spec for spec in KNOWN if (given.data / spec.file).is_file()]
    if not specs:
        print(f"There is none of {', '.join(s.file for s in KNOWN)} in {given.data}.", file=sys.stderr)
        return 2
    rows: list[Row] = []
    efforts: list[Effort] = []
    with tempfile.TemporaryDirectory() as folder:
        for spec in specs:
            print(f"{spec.name} ...", file=sys.stderr, flush=True)
            kept = None if given.bundles is None else given.bundles / spec.name
            bundle = (
                open_bundle(kept) if kept is not None and kept.is_dir() else _trained(given.data, spec, Path(folder))
            )
            row, effort = compare(bundle, given.data / spec.file, given.customers, given.rounds)
            rows.append(row)
            efforts += effort
    text = _page(rows, efforts, given.customers, given.rounds)
    given.out.write_text(text, encoding="utf-8")
    print(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explanations", description=__doc__)
    parser.add_argument("data", type=Path, help="a folder with the tables")
    parser.add_argument("--bundles", type=Path, help="a folder with bundles, named as the tables")
    parser.add_argument("--customers", type=int, default=100, help="customers of each table (default 100)")
    parser.add_argument(
        "--rounds", type=int, default=20, help="pairs of permutations for each of the sample (default 20)"
    )
    parser.add_argument("--out", type=Path, default=REPORT, help="where to write the results")
    return parser


def _trained(data: Path, spec: Spec, folder: Path) -> Bundle:
    out = folder / spec.name
    config = TrainConfig(
        data=data / spec.file, label=spec.label, out=out, positive=spec.positive, fast=True, drop=spec.drop
    )
    return train(config, Reporter())


def _page(rows: list[Row], efforts: list[Effort], customers: int, rounds: int) -> str:
    heads = [
        "table", "fields", "mean size of a contribution", "mean error", "worst error",
        "standard error of the reference",
        f"moved by a sample of {LARGER_ROWS:,}", "same largest reason", "same three largest",
    ]  # fmt: skip
    lines = [
        f"| {row.name} | {row.fields} | {row.size:.3f} | {row.mean:.4f} | {row.worst:.3f} | {row.reference:.4f} "
        f"| {row.sample:.4f} | {row.top:.0%} | {row.three:.0%} |"
        for row in rows
    ]
    spent = [f"| {one.name} | {one.way} | {one.answers:,} | {one.mean:.4f} |" for one in efforts]
    effort = "\n".join(["| table | way | answers at the most | mean error |", "|---|---|---|---|", *spent])
    table = "\n".join([f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *lines])
    command = f'`make reasons DATA=folder/of/tables ARGS="--customers {customers} --rounds {rounds}"`'
    return f"""# How exact the reasons are

{command}, {datetime.now(tz=UTC):%Y-%m-%d}. All in
log-odds, on {customers} customers of each table that were drawn at random, against permutation sampling with {rounds}
pairs of permutations for each of the customers in the background's sample. The errors come from what four and more
fields do together. The last but two says how much the contributions would differ, on average, against a sample
of {LARGER_ROWS:,} customers instead of the bundle's.

{table}

What as many and more answers of the model for a customer bring when they are spent on pairs of permutations, one pair
for each of so many customers of the sample:

{effort}
"""


if __name__ == "__main__":
    sys.exit(main())
