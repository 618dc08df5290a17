"""The records that are sent: golden ones, so that the right answer is known."""

from __future__ import annotations

from pathlib import Path

from churn.bundle import open_bundle
from churn.scoring import Scorer


def ordinary_records(path: Path) -> list[object]:
    """Return the golden records that there is nothing to say of; the others are odd on purpose."""
    bundle = open_bundle(path)
    scorer = Scorer.open(bundle)
    records = bundle.golden["records"]
    warned = scorer.warnings(scorer.read(records))
    return [record for index, record in enumerate(records) if index not in warned]


def so_many(records: list[object], count: int) -> list[object]:
    """Return ``count`` records, repeating them."""
    return (records * (count // len(records) + 1))[:count]
