"""What drives churn in this data: how much the model leans on each field, and what customers really did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import log_loss, roc_auc_score

from churn.columns import MISSING, UNSEEN, Columns, Floats
from churn.schema import Field
from training.measure.labels import Labels

MOST_ROWS = 20_000
REPEATS = 5
BINS = 5
MOST_GROUPS = 12
LITTLE = 0.02
"""A field adds little when shuffling it costs less than this share of what the model knows."""
WEAK = 0.1
"""Groups with a smaller Cramér's V than this leave at much the same rate."""

Predict = Callable[[Columns], Floats]


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who share a level or a range: how many, their churn rate, the model's mean probability."""

    name: str
    rows: int
    churn_rate: float
    probability: float


@dataclass(frozen=True, slots=True)
class Driver:
    """One field: what shuffling it costs (mean and spread over repeats), and its groups in the data.

    ``loss`` is in log loss, ``auc`` in ROC AUC, ``share`` is the loss over the model's whole gain on the
    churn rate alone.
    """

    field: Field
    loss: float
    spread: float
    auc: float
    share: float
    groups: tuple[Group, ...]

    @property
    def adds_little(self) -> bool:
        """Whether the model would be about as good without the field, given all the others."""
        return self.loss - self.spread <= 0 or self.share < LITTLE

    @property
    def association(self) -> float:
        """How differently the groups leave: Cramér's V between group and label, 0 (alike) to 1 (decides alone)."""
        rows = np.array([group.rows for group in self.groups], dtype=float)
        rates = np.array([group.churn_rate for group in self.groups])
        overall = np.average(rates, weights=rows)
        variance = overall * (1 - overall)
        return float(np.sqrt(np.average((rates - overall) ** 2, weights=rows) / variance)) if variance > 0 else 0.0

    @property
    def hardly_matters(self) -> bool:
        """Whether the field may be called unimportant in this data: the model does not need it, and it says little."""
        return self.adds_little and self.association < WEAK


def find_drivers(predict: Predict, columns: Columns, labels: Labels, seed: int = 0) -> list[Driver]:
    """Return the fields, the most important first, on held-out customers: (n,), labels (n,).

    Importance is permutation importance (Breiman 2001, Fisher, Rudin & Dominici 2019): the rise in log
    loss when the field's values are dealt out anew among the customers. Fields that say the same thing
    share it.
    """
    rng = np.random.default_rng(seed)
    if len(labels) > MOST_ROWS:
        rows = rng.choice(len(labels), MOST_ROWS, replace=False)
        columns, labels = columns.take(rows), labels[rows]
    probability = predict(columns)
    gain = log_loss(labels, np.full(len(labels), labels.mean())) - log_loss(labels, probability)
    found = [_driver(field, predict, columns, labels, probability, gain, rng) for field in columns.schema.fields]
    return sorted(found, key=lambda driver: -driver.loss)


def _driver(
    field: Field,
    predict: Predict,
    columns: Columns,
    labels: Labels,
    probability: Floats,
    gain: float,
    rng: np.random.Generator,
) -> Driver:
    whole = log_loss(labels, probability), roc_auc_score(labels, probability)
    shuffled = [predict(_shuffle(columns, field, rng)) for _ in range(REPEATS)]
    losses = [log_loss(labels, p) - whole[0] for p in shuffled]
    aucs = [whole[1] - roc_auc_score(labels, p) for p in shuffled]
    loss = float(np.mean(losses))
    return Driver(
        field,
        loss,
        float(np.std(losses)),
        float(np.mean(aucs)),
        loss / gain if gain > 0 else 0.0,
        _groups(field, columns, labels, probability),
    )


def _shuffle(columns: Columns, field: Field, rng: np.random.Generator) -> Columns:
    numbers, codes = columns.numbers, columns.codes
    order = rng.permutation(len(columns))
    if field.is_category:
        j = columns.schema.categories.index(field)
        codes = codes.copy()
        codes[:, j] = codes[order, j]
    else:
        j = columns.schema.numbers.index(field)
        numbers = numbers.copy()
        numbers[:, j] = numbers[order, j]
    return Columns(columns.schema, numbers, codes)


def _groups(field: Field, columns: Columns, labels: Labels, probability: Floats) -> tuple[Group, ...]:
    named = _levels(field, columns) if field.is_category else _ranges(field, columns)
    groups = [
        Group(name, int(mask.sum()), float(labels[mask].mean()), float(probability[mask].mean()))
        for name, mask in named
        if mask.any()
    ]
    if field.is_category and len(groups) > MOST_GROUPS:
        groups = sorted(groups, key=lambda group: -group.rows)[:MOST_GROUPS]
    return tuple(groups)


def _levels(field: Field, columns: Columns) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    codes = columns.codes[:, columns.schema.categories.index(field)]
    named = [(str(level), codes == code) for code, level in enumerate(field.levels)]
    return [*named, ("(missing)", codes == MISSING), ("(never seen)", codes == UNSEEN)]


def _ranges(field: Field, columns: Columns) -> list[tuple[str, npt.NDArray[np.bool_]]]:
    values = columns.numbers[:, columns.schema.numbers.index(field)]
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1))) if len(known) else np.array([])
    if len(edges) == 1:
        edges = np.repeat(edges, 2)
    bins = zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    last = len(edges) - 2
    named = [
        (f"{low:.6g} to {high:.6g}", (values >= low) & ((values <= high) if i == last else (values < high)))
        for i, (low, high) in enumerate(bins)
    ]
    return [*named, ("(missing)", np.isnan(values))]
