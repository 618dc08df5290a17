"""``churn-evaluate``: how good a bundle is on labelled customers, measured through the Scorer that serves.

JSON on stdout, a table on the terminal (stderr). The file may be larger than memory.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from churn import __version__
from churn.bundle import Bundle, open_bundle
from churn.columns import Columns, Floats, Mask
from churn.command import GOOD, Progress, as_of_day, run_command, say
from churn.engines import ENGINES
from churn.errors import BadInput, TrainingDataError
from churn.scoring import Scorer
from churn.tables import BatchReader, read_batches
from training.config import LABELS_LEFT_OUT
from training.label_options import add_label_options
from training.measure.bootstrap import Estimate
from training.measure.labels import Labels
from training.measure.metrics import TITLES, to_json, with_intervals
from training.publish.fingerprint import Digests, fingerprints, read_learned
from training.table.infer import require_names, resolve_label


def main(argv: list[str] | None = None) -> int:
    """Run ``churn-evaluate`` and return its exit code: 0 good, 2 wrong usage or bad input, 1 a fault of ours."""
    options = _parser().parse_args(argv)
    return run_command(lambda: _evaluate(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="churn-evaluate",
        description="Measure a bundle on customers of whom it is known who left. JSON to stdout, a table to stderr.",
    )
    parser.add_argument("--version", action="version", version=f"churn-evaluate {__version__}")
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the folder that churn-train wrote")
    parser.add_argument("data", type=Path, metavar="DATA", help="the customers (.csv, .parquet or .arrow)")
    parser.add_argument("--label", metavar="COLUMN", help="the column that says who left (default: the bundle's)")
    add_label_options(parser, "default: the bundle's", "default: the bundle's")
    parser.add_argument("--engine", choices=ENGINES, default="compiled", help="what runs the model (default: compiled)")
    parser.add_argument("--as-of", type=as_of_day, metavar="DAY", help="count dates back from this day or today")
    parser.add_argument("--delimiter", metavar="CHARACTER", help="what separates the cells of a CSV file")
    return parser


def _evaluate(options: argparse.Namespace) -> int:
    bundle = open_bundle(options.bundle)
    scorer = Scorer.open(bundle, options.engine, options.as_of)
    label = _label(bundle, options)
    reader = read_batches(options.data, scorer.schema, options.delimiter)
    require_names(reader.names, [label.name], "which was to be the label")
    scorer.check_golden(bundle)
    for note in reader.notes:
        say(note)
    learned = read_learned(bundle.path)
    rows = _scored(reader, scorer, label.name, learned)
    resolved = resolve_label(rows.cells, label.name, label.positive, label.drop, label.drop_if_there)
    for note in resolved.notes:
        say(note)
    known = rows.only(resolved.known)
    labels = resolved.values[resolved.known]
    if not _both_kinds(labels):
        raise TrainingDataError(
            "The readable rows are all of one kind; to measure a model some must have left, some not."
        )
    measured = {
        "rows": len(labels),
        "refused": rows.refused,
        "churn_rate": float(labels.mean()),
        "metrics": with_intervals(labels, known.probability, scorer.threshold),
    }
    if learned is None:
        say("The bundle does not say which customers it learned from; if some are among these, the figures flatter.")
    _answer(bundle, options.data.name, measured, _unseen(labels, known, scorer.threshold))
    return GOOD


@dataclass(frozen=True)
class _Meaning:
    """Which column is the label, and what its values mean."""

    name: str
    positive: Any
    drop: Sequence[str]
    drop_if_there: Sequence[str]


def _label(bundle: Bundle, options: argparse.Namespace) -> _Meaning:
    """Take the label of the bundle where the options name none, and its meaning where they say nothing of it."""
    known = bundle.schema.label
    name = options.label or (known.name if known else None)
    if name is None:
        raise BadInput("The bundle does not say which column is the label; name it with --label.")
    if known is None or known.name != name or options.positive is not None:
        return _Meaning(name, options.positive, options.drop_label, ())
    left_out = () if options.drop_label else bundle.manifest.training.get(LABELS_LEFT_OUT, ())
    return _Meaning(name, known.positive, options.drop_label, left_out)


@dataclass(frozen=True)
class _Scored:
    """n good rows of a file: the label's cells (n), probabilities (n,), ``seen`` (n,): the bundle learned from it.

    ``refused`` counts the rows that could not be read.
    """

    cells: pa.Table
    probability: Floats
    seen: Mask
    refused: int

    def only(self, rows: Mask) -> _Scored:
        """Return some of the rows, rows (n,)."""
        return _Scored(self.cells.filter(pa.array(rows)), self.probability[rows], self.seen[rows], self.refused)


def _scored(reader: BatchReader, scorer: Scorer, label: str, learned: Digests | None) -> _Scored:
    """Score a file."""
    cells, probabilities, seen, rows = [], [], [], 0
    with Progress("Evaluating") as progress:
        for batch, beside in reader.beside([label]):
            rows += len(batch)
            probabilities.append(scorer.score(batch.columns).probability)
            seen.append(_seen(batch.columns, learned))
            cells.append(beside.filter(pa.array(batch.good)))
            progress.show(reader.done(), rows)
    if not cells:
        raise TrainingDataError("The table has no rows; there is nothing to measure.")
    probability = np.concatenate(probabilities)
    return _Scored(pa.concat_tables(cells), probability, np.concatenate(seen), rows - len(probability))


def _seen(columns: Columns, learned: Digests | None) -> Mask:
    """Say of which customers, (n,), it is known that the bundle learned from them."""
    if learned is None:
        return np.zeros(len(columns), dtype=np.bool_)
    return np.isin(fingerprints(columns), learned)


def _both_kinds(labels: Labels) -> bool:
    return bool(len(labels) and labels.min() != labels.max())


def _unseen(labels: Labels, scored: _Scored, threshold: float) -> dict[str, Any]:
    """Measure the customers that the bundle did not learn from, labels (n,); nothing where it learned from none."""
    if not scored.seen.any():
        return {}
    new = ~scored.seen
    figures = with_intervals(labels[new], scored.probability[new], threshold) if _both_kinds(labels[new]) else None
    return {"learned_from": int(scored.seen.sum()), "rows": int(new.sum()), "metrics": figures}


def _answer(bundle: Bundle, file: str, measured: dict[str, Any], unseen: dict[str, Any]) -> None:
    _show(measured["metrics"])
    rows, rate = measured["rows"], measured["churn_rate"]
    say(f"{rows:,} customers, {rate:.1%} of whom left; {measured['refused']:,} rows could not be read.")
    if unseen:
        _show_unseen(rows, unseen)
    manifest = bundle.manifest
    data = {
        "model": {"name": manifest.name, "version": manifest.version},
        "data": {"file": file, **{name: measured[name] for name in ("rows", "refused", "churn_rate")}},
        "threshold": manifest.threshold,
        "metrics": to_json(measured["metrics"]),
    }
    if unseen:
        figures = unseen["metrics"]
        data["learned_from"] = unseen["learned_from"]
        data["unseen"] = {"rows": unseen["rows"], "metrics": None if figures is None else to_json(figures)}
    print(json.dumps(data, indent=1, allow_nan=False))


def _show(metrics: dict[str, Estimate]) -> None:
    width = max(map(len, TITLES.values()))
    for name, title in TITLES.items():
        say(f"{title:<{width}}  {metrics[name].value:.4f}  ({metrics[name].low:.4f} to {metrics[name].high:.4f})")


def _show_unseen(rows: int, unseen: dict[str, Any]) -> None:
    say(
        f"{unseen['learned_from']:,} of {rows:,} customers are ones that this bundle learned from; "
        "their figures flatter."
    )
    if unseen["metrics"] is None:
        say(f"The {unseen['rows']:,} that it never saw are none or all of one kind, so they cannot be measured alone.")
        return
    say(f"The {unseen['rows']:,} customers that it never saw:")
    _show(unseen["metrics"])


if __name__ == "__main__":
    sys.exit(main())
