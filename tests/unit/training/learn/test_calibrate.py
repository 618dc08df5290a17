from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from training.learn.calibrate import (
    METHODS,
    Beta,
    compare_methods,
    fit_beta,
    fit_platt,
    fit_temperature,
    logit,
    sigmoid,
)


def draw(rows: int, a: float, b: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels that follow sigmoid(a * logit + b)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, rows)
    return logits, (rng.random(rows) < 1 / (1 + np.exp(-(a * logits + b)))).astype(np.int8)


def log_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(np.logaddexp(0, logits) - labels * logits))


@pytest.mark.parametrize(("a", "b"), [(1.0, 0.0), (0.5, 0.5), (2.0, -1.0), (0.2, -0.3)])
def test_finds_the_slope_and_offset_of_many_rows(a: float, b: float) -> None:
    found = fit_platt(*draw(40_000, a, b))
    assert (found.a, found.c) == pytest.approx((a, b), abs=0.06)
    assert found.a == found.b


def test_improves_the_log_loss_of_overconfident_logits() -> None:
    found = fit_beta(*draw(600, 0.4, 0.5))
    logits, labels = draw(20_000, 0.4, 0.5, seed=1)
    assert log_loss(found.logit(logits), labels) < log_loss(logits, labels) - 0.05


def test_few_rows_move_it_little() -> None:
    found = fit_beta(np.array([3.0, -3.0]), np.array([0, 1]))
    assert 0.7 < found.a < 1
    assert 0.7 < found.b < 1
    assert found.c == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(
    ("logits", "labels"),
    [([], []), ([1.0, 2.0], [1, 1]), ([1.0, 2.0], [0, 0]), ([1.0, np.nan], [0, 1]), ([1.0, np.inf], [0, 1])],
    ids=["no rows", "only churners", "only stayers", "not a number", "infinite"],
)
@pytest.mark.parametrize("fit", [fit_beta, fit_platt, fit_temperature])
def test_is_the_identity_where_nothing_can_be_learned(logits: list[float], labels: list[int], fit) -> None:
    assert fit(np.array(logits), np.array(labels)) == Beta()


def test_logits_that_point_the_wrong_way_are_flattened_but_never_turned() -> None:
    logits, labels = draw(5_000, -1.0, 0.0)
    found = fit_beta(logits, labels)
    assert 0 < found.a < 0.2
    assert 0 < found.b < 0.2
    assert np.isfinite(found.c)


def test_separated_classes_stay_finite() -> None:
    logits = np.linspace(-50, 50, 1_000)
    found = fit_beta(logits, (logits > 0).astype(np.int8))
    assert 1 <= found.a < 100
    assert 1 <= found.b < 100
    assert abs(found.c) < 1


@settings(max_examples=examples(50))
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(0, 1)), max_size=30))
def test_is_always_finite_and_increasing(pairs: list[tuple[float, int]]) -> None:
    found = fit_beta(np.array([x for x, _ in pairs]), np.array([y for _, y in pairs]))
    assert np.isfinite([found.a, found.b, found.c]).all()
    assert found.a > 0
    assert found.b > 0


def test_beta_is_the_formula_of_the_paper() -> None:
    p = np.array([0.01, 0.3, 0.5, 0.9])
    expected = 1 / (1 + 1 / (np.exp(0.2) * p**0.7 / (1 - p) ** 1.3))  # equation 2
    np.testing.assert_allclose(Beta(0.7, 1.3, 0.2)(logit(p)), expected)


def test_beta_finds_what_bends_the_two_ends_differently() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, 60_000)
    labels = (rng.random(60_000) < Beta(0.5, 1.5, 0.1)(logits)).astype(np.int8)
    found = fit_beta(logits, labels)
    assert (found.a, found.b, found.c) == pytest.approx((0.5, 1.5, 0.1), abs=0.1)
    assert log_loss(found.logit(logits), labels) < log_loss(fit_platt(logits, labels).logit(logits), labels)


def test_every_method_is_judged_on_rows_that_did_not_fit_it() -> None:
    logits, labels = draw(2_000, 0.5, 0.3)
    found = compare_methods(logits, labels, seed=0)
    assert list(found) == list(METHODS)
    losses = {name: -np.mean(np.where(labels == 1, np.log(p), np.log(1 - p))) for name, p in found.items()}
    assert max(losses, key=losses.get) == "none"
    np.testing.assert_array_equal(found["none"], sigmoid(logits))
    assert np.isfinite(list(losses.values())).all()


@pytest.mark.parametrize("p", [0.0, 1.0, 1e-300])
def test_the_logit_of_a_certainty_is_far_but_finite(p: float) -> None:
    assert 25 < abs(logit(np.array([p]))[0]) <= 30


@pytest.mark.parametrize("churners", [1, 2, 3])
def test_methods_are_compared_on_however_few_churners(churners: int) -> None:
    labels = np.array([1] * churners + [0] * 40)
    found = compare_methods(np.linspace(2, -2, len(labels)), labels, seed=0)
    assert all(((p >= 0) & (p <= 1)).all() for p in found.values())
