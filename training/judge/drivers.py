"""What drives churn in this data: what each field does in the model, and what customers really did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

from churn.columns import Columns, Floats
from churn.schema import Field
from training.judge.explained import Explained
from training.judge.segments import Segment, segments
from training.judge.wilson import wilson
from training.measure.labels import Labels
from training.table.split import some

MOST_ROWS = 20_000
REPEATS = 5
_FEWEST_REPEATS = 2
_MOST_SHUFFLES = 300
"""Of a wide table each field is dealt out less often."""
LITTLE = 0.02
"""A field adds little when shuffling it costs less than this share of what the model knows."""
LITTLE_LOG_ODDS = 0.1
"""A field does little when it moves the log-odds by less than this on average: 2.5 points of the risk, or less."""
WEAK = 0.1
"""Groups with a smaller Cramér's V than this leave at much the same rate."""

Predict = Callable[[Columns], Floats]


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who share a level or a range: how many, and their churn rate, from ``low`` to ``high`` with 95 %.

    ``contribution`` is the mean of what the field contributes to their log-odds (None: none of them was explained).
    """

    segment: Segment
    rows: int
    churn_rate: float
    low: float
    high: float
    contribution: float | None

    @property
    def name(self) -> str:
        """The level or the range."""
        return self.segment.name


@dataclass(frozen=True, slots=True)
class Driver:
    """One field: what it does in the model, and its groups in the data.

    ``contribution`` is the mean absolute contribution to the log-odds. What shuffling the field costs (mean and spread
    over repeats) is in log loss in ``loss``, in ROC AUC in ``auc``; ``share`` is the loss over the model's whole gain
    on the churn rate alone.
    """

    field: Field
    contribution: float
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
        """How differently the groups leave: Cramér's V between group and label, 0 (alike) to 1 (decides alone).

        What chance alone brings, k - 1 over n - 1 for k groups of n customers, is taken off its square, so that a
        small table does not seem to say something (Bergsma 2013, A bias-correction for Cramér's V and Tschuprow's T).
        """
        rows = np.array([group.rows for group in self.groups], dtype=float)
        rates = np.array([group.churn_rate for group in self.groups])
        overall = np.average(rates, weights=rows)
        variance = overall * (1 - overall)
        if variance <= 0:
            return 0.0
        square = np.average((rates - overall) ** 2, weights=rows) / variance
        return float(np.sqrt(max(square - (len(rows) - 1) / max(rows.sum() - 1, 1), 0.0)))

    @property
    def does_little(self) -> bool:
        """Whether the model hardly moves the risk by this field."""
        return self.contribution < LITTLE_LOG_ODDS

    @property
    def matters(self) -> bool:
        """Whether the field moves the risk, and the model would be worse without it."""
        return not self.does_little and not self.adds_little

    @property
    def hardly_matters(self) -> bool:
        """Whether the field may be called unimportant in this data: it moves no risk, and its groups leave alike."""
        return self.does_little and self.association < WEAK

    @property
    def covered(self) -> bool:
        """Whether the field goes with leaving, but says what the model has from other fields."""
        return self.does_little and not self.hardly_matters


def find_drivers(
    predict: Predict, columns: Columns, labels: Labels, explained: Explained, seed: int = 0
) -> list[Driver]:
    """Return the fields, the largest mean absolute contribution first, on held-out customers: (n,), labels (n,).

    The contributions are Shapley values (Lundberg & Lee 2017). Beside them stands permutation importance (Breiman
    2001, Fisher, Rudin & Dominici 2019): the rise in log loss when the field's values are dealt out anew among the
    customers. Fields that say the same thing share it.
    """
    rng = np.random.default_rng(seed)
    rows = some(np.arange(len(labels)), MOST_ROWS, rng)
    shuffler = _Shuffler(predict, columns.take(rows), labels[rows], rng)
    found = [
        Driver(
            field,
            float(np.abs(explained.contributions[field.name]).mean()),
            *shuffler.costs(field),
            _groups(field, columns, labels, explained),
        )
        for field in columns.schema.fields
    ]
    return sorted(found, key=lambda driver: -driver.contribution)


class _Shuffler:
    """What dealing out a field's values anew costs on n customers: labels (n,)."""

    def __init__(self, predict: Predict, columns: Columns, labels: Labels, rng: np.random.Generator) -> None:
        self._predict, self._columns, self._labels, self._rng = predict, columns, labels, rng
        self._repeats = min(REPEATS, max(_FEWEST_REPEATS, _MOST_SHUFFLES // len(columns.schema.fields)))
        probability = predict(columns)
        self._loss, self._auc = log_loss(labels, probability), roc_auc_score(labels, probability)
        self._gain = log_loss(labels, np.full(len(labels), labels.mean())) - self._loss

    def costs(self, field: Field) -> tuple[float, float, float, float]:
        """Return the mean and the spread of the extra log loss, the lost AUC, and the loss over the model's gain."""
        shuffled = [self._predict(_shuffle(self._columns, field, self._rng)) for _ in range(self._repeats)]
        losses = [log_loss(self._labels, p) - self._loss for p in shuffled]
        aucs = [self._auc - roc_auc_score(self._labels, p) for p in shuffled]
        loss = float(np.mean(losses))
        return loss, float(np.std(losses)), float(np.mean(aucs)), loss / self._gain if self._gain > 0 else 0.0


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


def _groups(field: Field, columns: Columns, labels: Labels, explained: Explained) -> tuple[Group, ...]:
    found = segments(field, columns)
    count = len(found.listed)
    rows, left = (np.bincount(found.place, weights, count) for weights in (None, labels))
    asked = found.place[explained.rows]
    total = np.bincount(asked, explained.contributions[field.name], count)
    explained_rows = np.bincount(asked, minlength=count)
    return tuple(
        Group(
            segment,
            int(rows[i]),
            float(left[i] / rows[i]),
            *wilson(int(left[i]), int(rows[i])),
            float(total[i] / explained_rows[i]) if explained_rows[i] else None,
        )
        for i, segment in enumerate(found.listed)
    )
