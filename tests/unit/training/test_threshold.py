import numpy as np
import pytest

from training.threshold import bands_for, threshold_for_recall


@pytest.mark.parametrize("recall", [0.5, 0.8, 0.95])
def test_the_threshold_reaches_the_recall_and_no_higher_one_does(recall) -> None:
    rng = np.random.default_rng(1)
    probability = rng.random(2_000) / 2
    labels = (rng.random(2_000) < probability).astype(np.int8)
    churners = probability[labels == 1]
    threshold = threshold_for_recall(labels, probability, recall)
    assert (churners >= threshold).mean() >= recall
    higher = np.sort(probability[probability > threshold])[0] + 1e-12
    assert (churners >= higher).mean() < recall or not np.isin(higher - 1e-12, churners)


def test_the_threshold_lies_between_two_customers() -> None:
    labels = np.array([1, 1, 0, 0], dtype=np.int8)
    assert threshold_for_recall(labels, np.array([0.9, 0.6, 0.4, 0.1]), 1.0) == pytest.approx(0.5)


def test_whoever_is_likelier_to_leave_than_to_stay_is_flagged_whatever_the_recall():
    labels = np.array([1, 1, 1, 0], dtype=np.int8)
    assert threshold_for_recall(labels, np.array([0.99, 0.98, 0.97, 0.01]), 0.3) == 0.5


def test_everybody_flagged_leaves_a_threshold_above_nothing() -> None:
    labels = np.array([0, 1], dtype=np.int8)
    assert threshold_for_recall(labels, np.array([0.9, 0.2]), 0.8) == pytest.approx(0.1)


def test_equal_probabilities_are_flagged_together() -> None:
    labels = np.array([1, 0, 1, 0], dtype=np.int8)
    threshold = threshold_for_recall(labels, np.full(4, 0.3), 0.8)
    assert threshold <= 0.3


@pytest.mark.parametrize(("threshold", "high"), [(0.2, 0.5), (0.5, 0.75), (0.8, 0.9)])
def test_bands_begin_at_the_threshold_and_where_leaving_is_likelier_than_staying(threshold, high) -> None:
    bands = bands_for(threshold)
    assert (bands.medium, bands.high) == (threshold, pytest.approx(high))
