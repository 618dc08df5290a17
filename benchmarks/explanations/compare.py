"""A bundle's reasons beside the long reference run, and beside sampling that takes as many answers of the model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.explanations.reference import Reference, sampled
from churn.bundle import Bundle
from churn.columns import Columns, concat
from churn.reasons import Reasoner
from churn.reasons.attribution import Explainer
from churn.scoring import Scorer
from churn.tables import read_batches
from training.publish.background import make_background

LARGER_ROWS = 1_024
_SAMPLED_ROWS = (2, 32, 128)


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


@dataclass(frozen=True, slots=True)
class Effort:
    """So many answers of the model a customer, and the mean error that they leave; ``way`` says how they are used."""

    name: str
    way: str
    answers: int
    mean: float


def compare(bundle: Bundle, table: Path, customers: int, rounds: int) -> tuple[Row, list[Effort]]:
    """Compare on customers that are drawn from a table; also with sampling that takes more and more answers."""
    scorer = Scorer.open(bundle)
    reasoner = Reasoner.open(bundle, scorer)
    assert reasoner is not None, "the bundle has no background"
    everybody = concat([batch.columns for batch in read_batches(table, scorer.schema)])
    drawn = np.random.default_rng(0).choice(len(everybody), min(customers, len(everybody)), replace=False)
    asked = everybody.take(drawn)
    sample, explainer = reasoner.background.sample, Explainer(reasoner.background, scorer.probability)
    explained = explainer.explain(asked, scorer.probability(asked))
    ours = explained.contributions
    reference = sampled(scorer.probability, sample, asked, rounds)
    error = np.abs(ours - reference.values)
    mine, theirs = (np.argsort(-np.abs(values), axis=1)[:, :3] for values in (ours, reference.values))
    larger = Explainer(make_background(scorer.probability, everybody, 0, LARGER_ROWS), scorer.probability)
    moved = np.abs(larger.explain(asked, scorer.probability(asked)).contributions - ours)
    row = Row(
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
    spent = [Effort(row.name, "these reasons", len(explainer.swaps), row.mean)]
    return row, spent + [_sampling(row.name, scorer, sample, asked, count, reference) for count in _SAMPLED_ROWS]


def _sampling(name: str, scorer: Scorer, sample: Columns, asked: Columns, count: int, reference: Reference) -> Effort:
    """Sample one pair of permutations for each of ``count`` customers of the sample."""
    few = sample.take(np.random.default_rng(1).choice(len(sample), count, replace=False))
    found = sampled(scorer.probability, few, asked, 1, seed=1).values
    off = float(np.abs(found - reference.values).mean())
    return Effort(name, "pairs of permutations", 2 * count * (found.shape[1] - 1), off)
