import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.measure.bootstrap import bootstrap
from training.measure.metrics import with_intervals


def customers(n, seed=0):
    rng = np.random.default_rng(seed)
    probability = rng.beta(1, 3, n)
    return (rng.random(n) < probability).astype(np.int8), probability


def test_the_interval_holds_the_value_and_narrows_with_more_customers() -> None:
    few, many = (with_intervals(*customers(n), 0.3)["roc_auc"] for n in (300, 5_000))
    assert few.low < few.value < few.high
    assert many.high - many.low < (few.high - few.low) / 2


def test_the_bootstrap_spread_is_that_of_fresh_samples() -> None:
    fresh = [roc_auc_score(*customers(1_000, seed)) for seed in range(200)]
    interval = with_intervals(*customers(1_000), 0.3)["roc_auc"]
    assert (interval.high - interval.low) / 3.92 == pytest.approx(np.std(fresh), rel=0.35)


def test_a_large_table_is_resampled_in_part_and_its_width_scaled(monkeypatch) -> None:
    labels, probability = customers(8_000)
    whole = with_intervals(labels, probability, 0.3)["brier"]
    monkeypatch.setattr("training.measure.bootstrap._MOST_ROWS", 2_000)
    part = with_intervals(labels, probability, 0.3)["brier"]
    assert part.value == whole.value
    assert part.high - part.low == pytest.approx(whole.high - whole.low, rel=0.3)


def test_a_resample_never_lacks_a_class() -> None:
    labels = np.array([1] + [0] * 50, dtype=np.int8)
    estimates = bootstrap(lambda rows: {"churners": float(labels[rows].sum())}, labels)
    assert estimates["churners"].low == estimates["churners"].high == 1.0


def test_the_same_seed_gives_the_same_interval() -> None:
    first, again = (with_intervals(*customers(300), 0.3, seed=4, resamples=20) for _ in range(2))
    assert first == again
