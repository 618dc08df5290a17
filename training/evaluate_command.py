"""``churn-evaluate``: how good a bundle is on labelled customers, measured through the Scorer that serves.

JSON on stdout, a table on the terminal (stderr). The file may be larger than memory.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from churn.bundle import Bundle, open_bundle
from churn.columns import Floats
from churn.command import GOOD, Progress, as_of_day, run_command, say
from churn.engines import ENGINES
from churn.errors import BadInput, TrainingDataError
from churn.scoring import Scorer
from churn.tables import BatchReader, read_batches
from training.measure.bootstrap import Estimate
from training.measure.labels import Labels
from training.measure.metrics import TITLES, to_json, with_intervals
from training.table.infer import require_columns, resolve_label


def main(argv: list[str] | None = None) -> int:
    """Run ``churn-evaluate`` and return its exit code: 0 good, 2 wrong usage or bad input, 1 a fault of ours."""
    options = _parser().parse_args(argv)
    return run_command(lambda: _evaluate(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="churn-evaluate",
        description="Measure a bundle on customers of whom it is known who left. JSON to stdout, a table to stderr.",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the folder that churn-train wrote")
    parser.add_argument("data", type=Path, metavar="DATA", help="the customers (.csv, .parquet or .arrow)")
    parser.add_argument("--label", metavar="COLUMN", help="the column that says who left (default: the bundle's)")
    parser.add_argument("--positive", metavar="VALUE", help="its value that means leaving (default: the bundle's)")
    parser.add_argument("--engine", choices=ENGINES, default="compiled", help="what runs the model (default: compiled)")
    parser.add_argument("--as-of", type=as_of_day, metavar="DAY", help="count dates back from this day or today")
    parser.add_argument("--delimiter", metavar="CHARACTER", help="what separates the cells of a CSV file")
    return parser


def _evaluate(options: argparse.Namespace) -> int:
    bundle = open_bundle(options.bundle)
    scorer = Scorer.open(bundle, options.engine, options.as_of)
    scorer.check_golden(bundle)
    label, positive = _label(bundle, options)
    reader = read_batches(options.data, scorer.schema, options.delimiter)
    for note in reader.notes:
        say(note)
    cells, probability, refused = _scored(reader, scorer, label)
    require_columns(cells, [label], "which was to be the label")
    resolved = resolve_label(cells, label, positive)
    labels, probability = resolved.values[resolved.known], probability[resolved.known]
    if not len(labels) or labels.min() == labels.max():
        raise TrainingDataError(
            "The readable rows are all of one kind; to measure a model some must have left, some not."
        )
    _answer(bundle, options, with_intervals(labels, probability, scorer.threshold), labels, refused)
    return GOOD


def _label(bundle: Bundle, options: argparse.Namespace) -> tuple[str, Any]:
    known = bundle.schema.label
    label = options.label or (known.name if known else None)
    if label is None:
        raise BadInput("The bundle does not say which column is the label; name it with --label.")
    same = known is not None and known.name == label
    return label, options.positive if options.positive is not None or not (known and same) else known.positive


def _scored(reader: BatchReader, scorer: Scorer, label: str) -> tuple[pa.Table, Floats, int]:
    """Score a file; return the label's cells and the probabilities, (g,), of its good rows, and the refused rows."""
    cells, probabilities, rows = [], [], 0
    with Progress("Evaluating") as progress:
        for batch, beside in reader.beside([label]):
            rows += len(batch)
            probabilities.append(scorer.score(batch.columns).probability)
            cells.append(beside.filter(pa.array(batch.good)))
            progress.show(reader.done(), rows)
    if not cells:
        raise TrainingDataError("The table has no rows; there is nothing to measure.")
    probability = np.concatenate(probabilities)
    return pa.concat_tables(cells), probability, rows - len(probability)


def _answer(
    bundle: Bundle, options: argparse.Namespace, metrics: dict[str, Estimate], labels: Labels, refused: int
) -> None:
    width = max(map(len, TITLES.values()))
    for name, title in TITLES.items():
        say(f"{title:<{width}}  {metrics[name].value:.4f}  ({metrics[name].low:.4f} to {metrics[name].high:.4f})")
    say(f"{len(labels):,} customers, {labels.mean():.1%} of whom left; {refused:,} rows could not be read.")
    manifest = bundle.manifest
    data = {
        "model": {"name": manifest.name, "version": manifest.version},
        "data": {
            "file": options.data.name,
            "rows": len(labels),
            "refused": refused,
            "churn_rate": float(labels.mean()),
        },
        "threshold": manifest.threshold,
        "metrics": to_json(metrics),
    }
    print(json.dumps(data, indent=1, allow_nan=False))


if __name__ == "__main__":
    sys.exit(main())
