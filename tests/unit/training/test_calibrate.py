from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.calibrate import IDENTITY, fit_platt


def draw(rows: int, a: float, b: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels that follow sigmoid(a * logit + b)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, rows)
    return logits, (rng.random(rows) < 1 / (1 + np.exp(-(a * logits + b)))).astype(np.int8)


def log_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    return float(np.mean(np.logaddexp(0, logits) - labels * logits))


@pytest.mark.parametrize(("a", "b"), [(1.0, 0.0), (0.5, 0.5), (2.0, -1.0), (0.2, -0.3)])
def test_finds_the_slope_and_offset_of_many_rows(a: float, b: float) -> None:
    assert fit_platt(*draw(40_000, a, b)) == pytest.approx((a, b), abs=0.06)


def test_improves_the_log_loss_of_overconfident_logits() -> None:
    a, b = fit_platt(*draw(600, 0.4, 0.5))
    logits, labels = draw(20_000, 0.4, 0.5, seed=1)
    assert log_loss(a * logits + b, labels) < log_loss(logits, labels) - 0.05


def test_few_rows_move_it_little() -> None:
    a, b = fit_platt(np.array([3.0, -3.0]), np.array([0, 1]))
    assert 0.7 < a < 1
    assert b == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(
    ("logits", "labels"),
    [([], []), ([1.0, 2.0], [1, 1]), ([1.0, 2.0], [0, 0]), ([1.0, np.nan], [0, 1]), ([1.0, np.inf], [0, 1])],
    ids=["no rows", "only churners", "only stayers", "not a number", "infinite"],
)
def test_is_the_identity_where_nothing_can_be_learned(logits: list[float], labels: list[int]) -> None:
    assert fit_platt(np.array(logits), np.array(labels)) == IDENTITY


def test_logits_that_point_the_wrong_way_are_flattened_but_never_turned() -> None:
    logits, labels = draw(5_000, -1.0, 0.0)
    a, b = fit_platt(logits, labels)
    assert 0 < a < 0.2
    assert np.isfinite(b)


def test_separated_classes_stay_finite() -> None:
    logits = np.linspace(-50, 50, 1_000)
    a, b = fit_platt(logits, (logits > 0).astype(np.int8))
    assert 1 <= a < 100
    assert abs(b) < 1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(0, 1)), max_size=30))
def test_is_always_finite_and_increasing(pairs: list[tuple[float, int]]) -> None:
    a, b = fit_platt(np.array([x for x, _ in pairs]), np.array([y for _, y in pairs]))
    assert np.isfinite([a, b]).all()
    assert a > 0
