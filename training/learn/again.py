"""``--from``: a training that starts from what an older bundle learned, on newer customers.

The schema is the older one with new levels added; the numbers keep their scaling, and the network starts from its
older weights. The teacher consists of that network, tuned further, and the boosters; the student starts from the older
weights as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from churn.bundle import PREPROCESSOR, SAVED_MODEL, Bundle, open_bundle
from churn.columns import UNSEEN, Columns, Floats
from churn.errors import BadInput
from churn.schema import Schema
from churn.scoring import Scorer
from training.learn.material import Customers
from training.learn.student import STUDENT
from training.learn.teacher import TABM, Bag, Fit, Lesson, Teacher, blend, kinds
from training.measure.labels import Labels
from training.networks.families.network import CALIBRATION, probabilities
from training.networks.families.realmlp import build_realmlp
from training.networks.fit import FitData, FitSettings, fit_model, sized
from training.networks.layers import CategoryEmbedding
from training.publish.fingerprint import Digests, fingerprints, read_learned
from training.table.split import Rows

TUNED = "the older network, tuned"
EVENLY = 0.5
FEWEST_NEW = 100
"""With fewer new customers of either label there is no telling how good the older network is."""
SETTINGS = FitSettings(epochs=8, rate=1e-3, cycles=0, loss_at=CALIBRATION)

Weights = list[npt.NDArray[Any]]


@dataclass(frozen=True)
class Ancestor:
    """An older bundle: the weights of its network in Keras' order, its scaling of the numbers, whom it learned from."""

    bundle: Bundle
    weights: Weights
    scaling: Any
    learned: Digests | None

    @property
    def schema(self) -> Schema:
        """What it knows of the customers."""
        return self.bundle.schema

    def put_into(self, model: keras.Model, schema: Schema) -> None:
        """Set a student's weights, in place, to the older ones; a new level starts as a never-seen one."""
        tables = [f"{layer.name}/table" for layer in model.layers if isinstance(layer, CategoryEmbedding)]
        for variable, older in zip(model.variables, self.weights, strict=True):
            is_table = variable.path in tables
            variable.assign(_extended(older, self.schema, schema) if is_table else older)

    def has_not_seen(self, columns: Columns) -> npt.NDArray[np.bool_]:
        """Say which customers, (n,), it certainly did not learn from."""
        if self.learned is None:
            return np.zeros(len(columns), dtype=np.bool_)
        return ~np.isin(fingerprints(columns), self.learned)

    def score(self, columns: Columns) -> Floats:
        """Return its probabilities for customers of the newer schema, (n,) -> (n,), by the code that serves."""
        return Scorer.open(self.bundle).score(_as_known(columns, self.schema)).probability


def open_ancestor(path: Path) -> Ancestor:
    """Open a bundle to start from.

    Raises:
        BadInput: it is no bundle, or its network is of another shape than today's student.
    """
    bundle = open_bundle(path)
    family = bundle.manifest.training.get("family", "of an older version")
    weights = [np.asarray(variable) for variable in tf.saved_model.load(str(bundle.file(SAVED_MODEL))).variables]
    model = build_realmlp(bundle.schema, {}, STUDENT)
    if [w.shape for w in weights] != [tuple(v.shape) for v in model.variables]:
        raise BadInput(
            f"{path} cannot be started from: its network ({family}) is of another shape than the one that the default "
            "trains. Train without --from."
        )
    pipeline = joblib.load(bundle.file(PREPROCESSOR))
    return Ancestor(bundle, weights, pipeline.named_transformers_.get("numbers"), read_learned(bundle.path))


def _extended(table: npt.NDArray[Any], older: Schema, newer: Schema) -> npt.NDArray[Any]:
    """Return the embedding table (rows, dimensions) with a row for each new level, equal to the never-seen one's."""
    parts, start = [], 0
    for was, now in zip(older.categories, newer.categories, strict=True):
        mine = table[start : start + len(was.levels) + 2]
        rows = {level: mine[2 + i] for i, level in enumerate(was.levels)}
        parts.append(np.stack([mine[0], mine[1], *(rows.get(level, mine[1]) for level in now.levels)]))
        start += len(mine)
    return np.concatenate(parts)


def _as_known(columns: Columns, older: Schema) -> Columns:
    """Return customers as the older schema reads them: levels that it does not know were never seen."""
    codes = columns.codes.copy()
    for j, (was, now) in enumerate(zip(older.categories, columns.schema.categories, strict=True)):
        place = {level: code for code, level in enumerate(was.levels)}
        recoded = np.array([place.get(level, UNSEEN) for level in now.levels], dtype=np.int32)
        codes[:, j] = np.where(codes[:, j] >= 0, recoded[np.maximum(codes[:, j], 0)], codes[:, j])
    return Columns(older, columns.numbers, codes)


def kinds_from(ancestor: Ancestor) -> dict[str, Fit]:
    """Return the kinds of members for a teacher that starts from an older network: it takes the place of TabM."""
    boosters = {name: fit for name, fit in kinds(fast=False).items() if name != TABM}
    return {TUNED: partial(_tune, ancestor), **boosters}


def _tune(
    ancestor: Ancestor, lesson: Lesson, train: Rows, stop: Rows, data: FitData, seed: int
) -> Callable[[Customers], Floats]:
    schema = lesson.known.columns.schema

    def build() -> keras.Model:
        model = build_realmlp(schema, {}, STUDENT)
        ancestor.put_into(model, schema)
        return model

    settings = lesson.effort.cut(sized(SETTINGS, len(train)))
    model, _ = fit_model(build, data, train, stop, settings, seed=seed)
    return lambda asked: probabilities(model, asked.inputs)


def judged(
    ancestor: Ancestor, known: Columns, labels: Labels, bags: Mapping[str, Bag]
) -> tuple[Teacher, npt.NDArray[np.bool_], Floats]:
    """Blend bags of which one knows some of the customers from before: known (n), labels (n,).

    Returns the teacher; which customers, (n,), may judge it; and honest logits of all, (n,). Customers that the older
    bundle had not seen judge everything. Where they are too few, the boosters, which saw nobody, are blended and
    judged by all; they and the older network then share the teacher evenly.
    """
    new = ancestor.has_not_seen(known)
    said = {name: bag.out_of_fold for name, bag in bags.items()}
    if min(int((labels[new] == value).sum()) for value in (0, 1)) >= FEWEST_NEW:
        teacher = Teacher(bags, blend({name: logits[new] for name, logits in said.items()}, labels[new]))
        return teacher, new, teacher.out_of_fold
    fresh = blend({name: logits for name, logits in said.items() if name != TUNED}, labels)
    honest = Teacher(bags, fresh)
    weights = {TUNED: EVENLY, **{name: (1 - EVENLY) * weight for name, weight in fresh.items()}}
    return Teacher(bags, weights), np.ones(len(labels), dtype=np.bool_), honest.out_of_fold
