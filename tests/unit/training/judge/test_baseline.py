import numpy as np
from sklearn.metrics import roc_auc_score

from churn.columns import Columns
from churn.schema import Field, Schema
from training.judge.baseline import fit_baseline

SCHEMA = Schema((Field("x", "number", nullable=True), Field("plan", "category", levels=("a", "b"), nullable=True)))


def customers(n, seed):
    rng = np.random.default_rng(seed)
    x, plan = rng.normal(size=n), rng.integers(0, 2, n)
    labels = (rng.random(n) < 1 / (1 + np.exp(-2 * x - plan))).astype(np.int8)
    x[::9] = np.nan
    codes = plan.astype(np.int32)
    codes[::11] = -2
    return Columns(SCHEMA, x[:, None], codes[:, None]), labels


def test_the_baseline_learns_what_a_logistic_regression_can() -> None:
    baseline = fit_baseline(*customers(2_000, 0), *customers(500, 1))
    columns, labels = customers(1_000, 2)
    for predict in (baseline.chosen, baseline.refitted):
        assert roc_auc_score(labels, predict(columns)) > 0.8
    assert (baseline.chosen(columns) != baseline.refitted(columns)).any()


def test_the_baseline_answers_for_levels_that_it_never_saw() -> None:
    predict = fit_baseline(*customers(300, 0), *customers(100, 1)).refitted
    strange = Columns(SCHEMA, np.array([[np.nan]]), np.array([[-1]], dtype=np.int32))
    assert 0 < predict(strange)[0] < 1
