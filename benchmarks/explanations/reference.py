"""The long reference run: Shapley values by permutation sampling, over all customers of the background's sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from churn.columns import Columns, Floats
from churn.odds import log_odds
from churn.reasons.attribution import Predict
from churn.reasons.background import each_field


@dataclass(frozen=True, slots=True)
class Reference:
    """Shapley values of n customers, (n, d), and the standard error of each by the spread of the rounds, (n, d).

    Of one round there is no spread: the error is NaN.
    """

    values: Floats
    error: Floats


def sampled(predict: Predict, sample: Columns, asked: Columns, rounds: int, seed: int = 0) -> Reference:
    """Sample ``rounds`` pairs of permutations, one the reverse of the other, for each customer of the sample.

    Štrumbelj & Kononenko 2014, Explaining prediction models and individual predictions with feature contributions;
    in pairs: Mitchell et al. 2022, Sampling Permutations for Shapley Value Estimation.
    """
    rng = np.random.default_rng(seed)
    found = np.stack([_one(predict, sample, asked.take(slice(i, i + 1)), rounds, rng) for i in range(len(asked))])
    error = found.std(axis=1, ddof=1) / rounds**0.5 if rounds > 1 else np.full(found.shape[::2], np.nan)
    return Reference(found.mean(axis=1), error)


def _one(predict: Predict, sample: Columns, customer: Columns, rounds: int, rng: np.random.Generator) -> Floats:
    """Return each round's values, (rounds, d)."""
    fields, rows = len(each_field(customer)), len(sample)
    found = np.zeros((rounds, fields))
    for k in range(rounds):
        orders = np.array([rng.permutation(fields) for _ in range(rows)])
        for way in (orders, orders[:, ::-1]):
            steps = np.diff(_walks(predict, sample, customer, way), axis=1)
            values = np.zeros((rows, fields))
            np.put_along_axis(values, way, steps, axis=1)
            found[k] += values.mean(axis=0) / 2
    return found


def _walks(predict: Predict, sample: Columns, customer: Columns, orders: npt.NDArray[np.intp]) -> Floats:
    """Return the log-odds as each customer of the sample, (k,), becomes the one asked for by and by: (k, d + 1)."""
    rows, fields = orders.shape
    place = np.argsort(orders, axis=1)
    changed = (place[:, None, :] < np.arange(fields + 1)[None, :, None]).reshape(-1, fields)
    at = np.repeat(np.arange(rows), fields + 1)
    split = sample.numbers.shape[1]
    mixed = Columns(
        sample.schema,
        np.where(changed[:, :split], customer.numbers, sample.numbers[at]),
        np.where(changed[:, split:], customer.codes, sample.codes[at]).astype(np.int32),
    )
    return log_odds(predict(mixed)).reshape(rows, fields + 1)
