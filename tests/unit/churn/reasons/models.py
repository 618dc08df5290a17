"""Small models whose Shapley values are known, or can be counted out."""

from itertools import chain, combinations
from math import factorial

import numpy as np

from churn.columns import Columns
from churn.odds import log_odds
from churn.reasons.background import each_field
from churn.schema import Field, Schema

LEVELS = ("a", "b", "c")


def schema_of(numbers: int, categories: int) -> Schema:
    fields = [Field(f"n{j}", "number", nullable=True) for j in range(numbers)]
    fields += [Field(f"c{j}", "category", nullable=True, levels=LEVELS) for j in range(categories)]
    return Schema(fields=tuple(fields))


def drawn(schema: Schema, rows: int, seed: int = 0) -> Columns:
    rng = np.random.default_rng(seed)
    return Columns(
        schema,
        rng.integers(0, 8, (rows, len(schema.numbers))).astype(np.float64),
        rng.integers(0, len(LEVELS), (rows, len(schema.categories))).astype(np.int32),
    )


def sigmoid(odds):
    return 1 / (1 + np.exp(-odds))


def model(odds_of):
    """A model by its log-odds: a function of the d columns of values."""
    return lambda columns: sigmoid(np.asarray(odds_of(*each_field(columns)), np.float64) + np.zeros(len(columns)))


def counted(predict, sample: Columns, customer: Columns):
    """The exact Shapley values of one customer against a sample, from all 2^d coalitions: (d,)."""
    count = len(each_field(sample))
    mean = {chosen: _mean(predict, sample, customer, chosen) for chosen in _subsets(range(count))}
    found = np.zeros(count)
    for j in range(count):
        for others in _subsets([k for k in range(count) if k != j]):
            weight = factorial(len(others)) * factorial(count - 1 - len(others)) / factorial(count)
            found[j] += weight * (mean[tuple(sorted((*others, j)))] - mean[others])
    return found


def together(predict, sample: Columns, customer: Columns):
    """What all d fields do together beyond what any fewer do: the Harsanyi dividend of the whole."""
    count = len(each_field(sample))
    return sum((-1) ** (count - len(s)) * _mean(predict, sample, customer, s) for s in _subsets(range(count)))


def _subsets(items):
    listed = list(items)
    return chain.from_iterable(combinations(listed, size) for size in range(len(listed) + 1))


def _mean(predict, sample, customer, chosen):
    mixed = sample.take(np.arange(len(sample)))
    for j in chosen:
        each_field(mixed)[j][:] = each_field(customer)[j][0]
    return log_odds(predict(mixed)).mean()
