"""``make reasons``: how far the reasons are from a long reference run, on real tables; writes benchmarks/REASONS.md.

For each table a bundle is trained (``--fast``) unless ``--bundles`` holds one of its name. The reference is permutation
sampling over the whole sample of the background (benchmarks/explanations/reference.py); its own standard error is told.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.explanations.reference import sampled
from benchmarks.quality.tables import KNOWN, Spec
from churn.bundle import Bundle, open_bundle
from churn.columns import concat
from churn.reasons import Reasoner
from churn.reasons.attribution import Explainer
from churn.scoring import Scorer
from churn.tables import read_batches
from training.config import TrainConfig
from training.progress import Reporter
from training.publish.background import make_background
from training.run import train

LARGER_ROWS = 1_024
REPORT = Path(__file__).parents[1] / "REASONS.md"


@dataclass(frozen=True, slots=True)
class Row:
    """What was found on one table, in log-odds.

    ``sample``: what a larger sample would move, on average; ``top`` and ``three``: how often the largest, and the three
    largest, agree.
    """

    name: str
    fields: int
    size: float
    mean: float
    worst: float
    reference: float
    sample: float
    top: float
    three: float


def main() -> int:
    """Measure and write; return the exit code."""
    given = _parser().parse_args()
    specs = [spec for spec in KNOWN if (given.data / spec.file).is_file()]
    if not specs:
        print(f"There is none of {', '.join(s.file for s in KNOWN)} in {given.data}.", file=sys.stderr)
        return 2
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for spec in specs:
            print(f"{spec.name} ...", file=sys.stderr, flush=True)
            kept = None if given.bundles is None else given.bundles / spec.name
            bundle = (
                open_bundle(kept) if kept is not None and kept.is_dir() else _trained(given.data, spec, Path(folder))
            )
            rows.append(compare(bundle, given.data / spec.file, given.customers, given.rounds))
    text = _page(rows, given.customers, given.rounds)
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


def compare(bundle: Bundle, table: Path, customers: int, rounds: int) -> Row:
    """Compare on customers that are drawn from a table."""
    scorer = Scorer.open(bundle)
    reasoner = Reasoner.open(bundle, scorer)
    assert reasoner is not None, "the bundle has no background"
    everybody = concat([batch.columns for batch in read_batches(table, scorer.schema)])
    drawn = np.random.default_rng(0).choice(len(everybody), min(customers, len(everybody)), replace=False)
    asked = everybody.take(drawn)
    explained = Explainer(reasoner.background, scorer.probability).explain(asked, scorer.probability(asked))
    ours = explained.contributions
    reference = sampled(scorer.probability, reasoner.background.sample, asked, rounds)
    error = np.abs(ours - reference.values)
    mine, theirs = (np.argsort(-np.abs(values), axis=1)[:, :3] for values in (ours, reference.values))
    larger = Explainer(make_background(scorer.probability, everybody, 0, LARGER_ROWS), scorer.probability)
    moved = np.abs(larger.explain(asked, scorer.probability(asked)).contributions - ours)
    return Row(
        bundle.manifest.name,
        len(explained.fields),
        float(np.abs(reference.values).mean()),
        float(error.mean()),
        float(error.max()),
        float(reference.error.mean()),
        float(moved.mean()),
        float((mine[:, 0] == theirs[:, 0]).mean()),
        float(np.mean([set(a) == set(b) for a, b in zip(mine.tolist(), theirs.tolist(), strict=True)])),
    )


def _page(rows: list[Row], customers: int, rounds: int) -> str:
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
    table = "\n".join([f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *lines])
    return f"""# How exact the reasons are

`make reasons DATA=folder/of/tables`, {datetime.now(tz=UTC):%Y-%m-%d}. All in log-odds, on {customers} customers of
each table that were drawn at random, against permutation sampling with {rounds} pairs of permutations for each of the
customers in the background's sample. The errors come from what four and more fields do together.
The last but two says how much the contributions would differ, on average, against a sample of {LARGER_ROWS:,} customers
instead of the bundle's.

{table}
"""


if __name__ == "__main__":
    sys.exit(main())
