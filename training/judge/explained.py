"""The contributions of the fields for some of the customers of the test part, drawn by the seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from churn.columns import Columns, Floats
from churn.reasons import Background, Explainer
from churn.reasons.attribution import Predict
from churn.schema import Field
from training.table.split import some

MOST_EXPLAINED = 2_000
_MOST_ASKED = 60_000
"""Explaining a customer asks the model some times for each field: of a wide table fewer customers are explained."""
_FEWEST_EXPLAINED = 400
_AT_ONCE_ROWS = 128


@dataclass(frozen=True)
class Explained:
    """What the fields contribute to the log-odds of k customers.

    ``rows`` (k,) are their positions in the test part, ``log_odds`` (k,) the model's answers. ``contributions`` has
    (k,) for each field, by name. ``together`` (k, m) is what each of m pairs of fields, ``pairs``, does beyond what the
    two do alone.
    """

    rows: npt.NDArray[np.intp]
    log_odds: Floats
    contributions: dict[str, Floats]
    pairs: list[tuple[Field, Field]]
    together: npt.NDArray[np.float32]


def explain_some(background: Background, predict: Predict, columns: Columns, seed: int) -> Explained:
    """Explain at most ``MOST_EXPLAINED`` of n customers, by Shapley values of the log-odds."""
    most = min(MOST_EXPLAINED, max(_FEWEST_EXPLAINED, _MOST_ASKED // len(columns.schema.fields)))
    rows = some(np.arange(len(columns)), most, np.random.default_rng(seed))
    asked = columns.take(rows)
    explainer = Explainer(background, predict)
    found = explainer.explain(asked, predict(asked))
    names = [field.name for field in found.fields]
    paired = [found.fields[j] for j in background.paired]
    one, other = np.triu_indices(len(paired), 1)
    return Explained(
        rows,
        found.log_odds,
        dict(zip(names, found.contributions.T, strict=True)),
        [(paired[a], paired[b]) for a, b in zip(one, other, strict=True)],
        _together(explainer, asked, one, other),
    )


def _together(
    explainer: Explainer, asked: Columns, one: npt.NDArray[np.intp], other: npt.NDArray[np.intp]
) -> npt.NDArray[np.float32]:
    parts = (asked.take(slice(at, at + _AT_ONCE_ROWS)) for at in range(0, len(asked), _AT_ONCE_ROWS))
    return np.concatenate([explainer.pairs_of(part)[:, one, other] for part in parts])
