import numpy as np
import pytest
from sklearn.metrics import log_loss

from training.judge.on_test_part import SERVED, compare_rivals


def customers(n=2_000):
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 2, n)
    p = 1 / (1 + np.exp(-truth))
    return (rng.random(n) < p).astype(np.int8), p, 1 / (1 + np.exp(-(truth + rng.normal(0, 2, n))))


def test_each_rival_is_measured_and_ours_comes_last():
    labels, ours, worse = customers()
    rivals = compare_rivals(labels, ours, {"worse": worse})
    assert [rival.name for rival in rivals] == ["worse", SERVED]
    assert rivals[0].metrics["log_loss"] == pytest.approx(log_loss(labels, worse))
    assert rivals[0].extra_loss == pytest.approx(log_loss(labels, worse) - log_loss(labels, ours))
    assert 0 < rivals[0].low < rivals[0].extra_loss < rivals[0].high
    assert (rivals[1].extra_loss, rivals[1].low, rivals[1].high) == (0, 0, 0)


def test_the_interval_holds_the_difference_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(200):
        truth = rng.normal(0, 1, 500)
        labels = (rng.random(500) < 1 / (1 + np.exp(-truth))).astype(np.int8)
        one, two = (1 / (1 + np.exp(-(truth + rng.normal(0, 0.5, 500)))) for _ in range(2))  # equally good
        rival = compare_rivals(labels, one, {"two": two})[0]
        inside.append(rival.low <= 0 <= rival.high)
    assert np.mean(inside) > 0.9


def test_a_rival_that_is_sure_and_wrong_has_a_finite_loss():
    rival = compare_rivals(np.array([0, 1], dtype=np.int8), np.array([0.4, 0.6]), {"sure": np.array([1.0, 0.0])})[0]
    assert np.isfinite([rival.extra_loss, rival.low, rival.high]).all()
