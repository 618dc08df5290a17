import numpy as np
import pytest

from training.measure.metrics import (
    TITLES,
    calibration_slope,
    compare,
    ece_floor,
    evaluate_probabilities,
    expected_calibration_error,
    lift_top_decile,
    to_json,
    with_intervals,
)


def customers(n, seed=0):
    rng = np.random.default_rng(seed)
    probability = rng.beta(1, 3, n)
    return (rng.random(n) < probability).astype(np.int8), probability


def test_ece_of_one_bin_is_the_distance_of_rate_and_probability() -> None:
    labels = np.array([1, 0, 0, 0], dtype=np.int8)
    assert expected_calibration_error(labels, np.full(4, 0.45), bins=1) == pytest.approx(0.20)


def test_ece_weighs_bins_by_their_customers() -> None:
    labels = np.array([0, 0, 0, 1], dtype=np.int8)
    probability = np.array([0.1, 0.1, 0.1, 0.9])
    assert expected_calibration_error(labels, probability, bins=2) == pytest.approx(0.75 * 0.1 + 0.25 * 0.1)


def test_ece_is_small_where_probabilities_are_true_and_large_where_they_are_not() -> None:
    labels, probability = customers(100_000)
    assert expected_calibration_error(labels, probability) < 0.01
    assert expected_calibration_error(labels, np.clip(probability * 2, 0, 1)) > 0.1


def test_lift_of_a_perfect_order_is_one_over_the_churn_rate() -> None:
    labels = np.repeat(np.array([1, 0], dtype=np.int8), [20, 80])
    assert lift_top_decile(labels, np.linspace(1, 0, 100)) == pytest.approx(5.0)


def test_every_metric_that_has_a_title_is_measured() -> None:
    assert set(evaluate_probabilities(*customers(500), 0.3)) == set(TITLES)


def test_recall_and_precision_count_those_at_the_threshold_as_flagged() -> None:
    labels = np.array([1, 1, 0, 0], dtype=np.int8)
    figures = evaluate_probabilities(labels, np.array([0.9, 0.5, 0.5, 0.1]), 0.5)
    assert figures["recall"] == 1.0
    assert figures["precision"] == pytest.approx(2 / 3)


def test_nobody_flagged_is_no_division_by_zero() -> None:
    labels, probability = customers(200)
    assert evaluate_probabilities(labels, probability, 2.0)["precision"] == 0.0


def test_a_model_compared_with_itself_differs_by_nothing() -> None:
    labels, probability = customers(400)
    same = compare(labels, (probability, 0.3), (probability, 0.3), resamples=20)
    assert all(e.value == e.low == e.high == 0.0 for e in same.difference.values())
    assert same.ours == same.theirs == with_intervals(labels, probability, 0.3, resamples=20)


def test_plain_data_has_value_low_and_high() -> None:
    data = to_json(with_intervals(*customers(300), 0.3, resamples=20))
    assert set(data["ece"]) == {"value", "low", "high"}


def test_the_floor_is_the_ece_of_labels_that_follow_the_probabilities():
    rng = np.random.default_rng(0)
    probability = rng.beta(1, 3, 1_500)
    honest = [
        expected_calibration_error((rng.random(1_500) < probability).astype(np.int8), probability) for _ in range(300)
    ]
    assert ece_floor(probability) == pytest.approx(np.mean(honest), rel=0.05)
    assert ece_floor(np.tile(probability, 100), draws=20) < ece_floor(probability) / 5


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_the_calibration_slope_is_what_the_logits_were_off_by(slope):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, 50_000)
    labels = (rng.random(50_000) < 1 / (1 + np.exp(-slope * logits))).astype(np.int8)
    assert calibration_slope(labels, 1 / (1 + np.exp(-logits))) == pytest.approx(slope, rel=0.05)


def test_the_calibration_slope_of_certainties_is_finite():
    labels = np.array([0, 1, 0, 1, 1], dtype=np.int8)
    assert np.isfinite(calibration_slope(labels, np.array([0.0, 1.0, 0.2, 1.0, 0.4])))
