from dataclasses import replace

import numpy as np
import pytest

from churn.columns import MISSING, UNSEEN, Columns
from churn.errors import BadInput
from churn.schema import Field, Schema
from training.learn.again import EVENLY, TUNED, Ancestor, _as_known, _extended, judged, open_ancestor
from training.learn.calibrate import sigmoid
from training.learn.student import STUDENT
from training.learn.teacher import Bag
from training.networks.families.network import probabilities
from training.networks.families.realmlp import build_realmlp
from training.publish.fingerprint import fingerprints

PLAN, FLAG = Field("plan", "category", levels=("a", "b")), Field("on", "category", levels=(0, 1))
OLDER = Schema((Field("x", "number"), PLAN, FLAG))
NEWER = replace(OLDER, fields=(OLDER.fields[0], replace(PLAN, levels=("a", "b", "c")), FLAG))


def test_each_level_keeps_its_embedding_and_a_new_one_begins_as_never_seen():
    table = np.arange(8 * 2, dtype=np.float32).reshape(8, 2)
    extended = _extended(table, OLDER, NEWER)
    np.testing.assert_array_equal(extended, table[[0, 1, 2, 3, 1, 4, 5, 6, 7]])


def test_an_older_network_answers_for_known_customers_as_it_did():
    rng = np.random.default_rng(0)
    older = build_realmlp(OLDER, {}, STUDENT)
    for variable in older.trainable_variables:
        variable.assign(rng.normal(0, 0.3, variable.shape))
    ancestor = Ancestor(_bundle(OLDER), [np.asarray(v) for v in older.variables], None, None)
    newer = build_realmlp(NEWER, {}, STUDENT)
    ancestor.put_into(newer, NEWER)
    inputs = {
        "numbers": rng.normal(size=(50, 1)).astype(np.float32),
        "codes": np.stack([rng.integers(-2, 2, 50), rng.integers(-2, 2, 50)], axis=1).astype(np.int32),
    }
    np.testing.assert_allclose(probabilities(newer, inputs), probabilities(older, inputs), rtol=1e-6)
    new_level = {"numbers": inputs["numbers"], "codes": np.array([[2, 0]] * 50, dtype=np.int32)}
    never_seen = {"numbers": inputs["numbers"], "codes": np.array([[UNSEEN, 0]] * 50, dtype=np.int32)}
    np.testing.assert_allclose(probabilities(newer, new_level), probabilities(older, never_seen), rtol=1e-6)


def _bundle(schema):
    from types import SimpleNamespace

    return SimpleNamespace(schema=schema)


def test_the_older_bundle_reads_a_new_level_as_one_never_seen():
    columns = Columns(NEWER, np.zeros((5, 1)), np.array([[0, 0], [1, 1], [2, 0], [MISSING, 1], [UNSEEN, 0]], np.int32))
    known = _as_known(columns, OLDER)
    assert known.schema is OLDER
    assert known.codes[:, 0].tolist() == [0, 1, UNSEEN, MISSING, UNSEEN]


@pytest.fixture
def lesson():
    rng = np.random.default_rng(0)
    columns = Columns(OLDER, rng.normal(size=(1_000, 1)), np.zeros((1_000, 2), dtype=np.int32))
    truth = 2 * columns.numbers[:, 0]
    labels = (rng.random(1_000) < sigmoid(truth)).astype(np.int8)
    knows = np.arange(1_000) < 500
    leaked = np.where(knows, (2.0 * labels - 1) * 5, rng.normal(0, 2, 1_000))  # knows the first half by heart
    bags = {name: Bag(logits, logits[:10], logits[:10]) for name, logits in ((TUNED, leaked), ("CatBoost", truth))}
    return columns, labels, bags, knows


def test_what_the_older_network_knows_by_heart_does_not_count_for_it(lesson):
    columns, labels, bags, knows = lesson
    ancestor = Ancestor(_bundle(OLDER), [], None, fingerprints(columns.take(np.flatnonzero(knows))))
    teacher, judges, honest = judged(ancestor, columns, labels, bags)
    np.testing.assert_array_equal(judges, ~knows)
    assert teacher.weights["CatBoost"] > 0.8
    np.testing.assert_array_equal(honest, teacher.out_of_fold)


@pytest.mark.parametrize("says", [True, False])
def test_where_all_customers_are_known_the_boosters_judge_and_share_the_teacher(lesson, says):
    columns, labels, bags, _ = lesson
    ancestor = Ancestor(_bundle(OLDER), [], None, fingerprints(columns) if says else None)
    teacher, judges, honest = judged(ancestor, columns, labels, bags)
    assert judges.all()
    assert teacher.weights == {TUNED: EVENLY, "CatBoost": 1 - EVENLY}
    np.testing.assert_array_equal(honest, bags["CatBoost"].out_of_fold)


@pytest.mark.slow
def test_a_training_goes_on_from_an_older_bundle(trained, retrain):
    config, older = trained
    bundle = retrain(start=config.out)
    assert bundle.manifest.training["started_from"]["version"] == older.manifest.version
    assert "the bundle it started from" in bundle.manifest.metrics["rivals"]
    assert "the bundle it started from" in (bundle.path / "report.html").read_text()
    assert [field.name for field in bundle.schema.fields] == [field.name for field in older.schema.fields]


@pytest.mark.slow
def test_a_network_of_another_family_cannot_be_started_from(retrain):
    bundle = retrain(model="functional", fast=False)
    with pytest.raises(BadInput, match=r"cannot be started from: its network \(functional\)"):
        open_ancestor(bundle.path)
