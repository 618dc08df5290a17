import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.errors import BadInput
from training.measure.threshold import (
    FEWEST_FLAGGED,
    ByHand,
    FBeta,
    Precision,
    Profit,
    Recall,
    aim_as_data,
    bands_for,
    sweep,
)

AIMS = [Recall(0.8), Precision(0.6), FBeta(2), Profit(100, 5, 0.3), ByHand(0.7)]


@st.composite
def answers(draw):
    """Labels of both kinds and probabilities, many of them equal."""
    labels = draw(st.lists(st.integers(0, 1), min_size=2, max_size=80).filter(lambda both: len(set(both)) == 2))
    grid = draw(st.sampled_from([3, 10, 1_000]))
    places = draw(st.lists(st.integers(0, grid), min_size=len(labels), max_size=len(labels)))
    return np.array(labels, dtype=np.int8), np.array(places) / grid


def customers(n, seed=0):
    """Labels drawn from their probabilities, (n,)."""
    rng = np.random.default_rng(seed)
    probability = rng.beta(1, 3, n)
    return (rng.random(n) < probability).astype(np.int8), probability


def brute(labels, probability):
    """Return (threshold at a customer's own probability, contacted, found) for each, counted one by one."""
    rows = []
    for value in sorted(set(probability.tolist())):
        flagged = [label for label, p in zip(labels.tolist(), probability.tolist(), strict=True) if p >= value]
        rows.append((value, len(flagged), sum(flagged)))
    return rows


def flags(threshold, probability):
    return (probability >= threshold).tolist()


@given(answers())
def test_a_sweep_counts_what_each_threshold_does(both):
    labels, probability = both
    steps = sweep(labels, probability)
    expected = brute(labels, probability)
    assert steps.contacted.tolist() == [contacted for _, contacted, _ in expected]
    assert steps.found.tolist() == [found for _, _, found in expected]
    for threshold, (value, _, _) in zip(steps.threshold, expected, strict=True):
        assert flags(threshold, probability) == flags(value, probability)


def test_between_neighbouring_numbers_the_threshold_still_tells_them_apart():
    low = 0.3
    high = np.nextafter(low, 1)
    assert sweep(np.array([0, 1], dtype=np.int8), np.array([low, high])).contacted.tolist() == [2, 1]
    threshold = Recall(1.0).choose(np.array([0, 1], dtype=np.int8), np.array([low, high])).threshold
    assert low < threshold <= high


@given(answers(), st.floats(0.01, 1))
def test_recall_is_reached_and_by_no_higher_threshold_up_to_one_half(both, recall):
    labels, probability = both
    threshold = Recall(recall).choose(labels, probability).threshold
    wanted = recall * labels.sum() - 1e-9
    highest = max(value for value, _, found in brute(labels, probability) if found >= wanted)
    assert labels[probability >= threshold].sum() >= wanted
    assert threshold <= 0.5
    assert threshold == 0.5 or flags(threshold, probability) == flags(highest, probability)


def test_the_threshold_lies_between_two_customers() -> None:
    labels = np.array([1, 1, 0, 0], dtype=np.int8)
    assert Recall(1.0).choose(labels, np.array([0.9, 0.6, 0.4, 0.1])).threshold == pytest.approx(0.5)


def test_whoever_is_likelier_to_leave_than_to_stay_is_flagged_whatever_the_recall():
    labels = np.array([1, 1, 1, 0], dtype=np.int8)
    assert Recall(0.3).choose(labels, np.array([0.99, 0.98, 0.97, 0.01])).threshold == 0.5


def test_everybody_flagged_leaves_a_threshold_above_nothing() -> None:
    labels = np.array([0, 1], dtype=np.int8)
    assert Recall(0.8).choose(labels, np.array([0.9, 0.2])).threshold == pytest.approx(0.1)


@pytest.mark.parametrize("aim", [Recall(0.8), Precision(0.5), FBeta(1)])
def test_equal_probabilities_are_flagged_together(aim) -> None:
    labels = np.array([1, 0, 1, 0], dtype=np.int8)
    assert aim.choose(labels, np.full(4, 0.3)).threshold <= 0.3


@given(answers(), st.floats(0.01, 0.99))
def test_precision_is_reached_by_the_lowest_threshold_or_the_highest_one_is_taken_with_a_warning(both, target):
    labels, probability = both
    choice = Precision(target).choose(labels, probability)
    enough = [row for row in brute(labels, probability) if row[1] >= min(FEWEST_FLAGGED, len(labels))]
    reached = [row for row in enough if row[2] / row[1] >= target - 1e-9]
    best = max(enough, key=lambda row: row[2] / row[1])
    value = reached[0][0] if reached else best[0]
    assert flags(choice.threshold, probability) == flags(value, probability)
    assert (choice.warning is None) == bool(reached)


def test_a_few_lucky_customers_at_the_top_are_no_precision():
    labels, probability = np.zeros(200, dtype=np.int8), np.linspace(0.01, 0.9, 200)
    labels[-3:] = 1
    choice = Precision(0.9).choose(labels, probability)
    assert (probability >= choice.threshold).sum() == FEWEST_FLAGGED
    assert "reaches a precision of 90%; this one has the highest, 12%." in choice.warning


def test_the_precision_that_was_reached_holds_for_other_customers():
    labels, probability = customers(200_000, seed=1)
    thresholds = [Precision(0.5).choose(*customers(1_000, seed)).threshold for seed in range(2, 102)]
    held = [labels[probability >= threshold].mean() for threshold in thresholds]
    assert np.mean(held) == pytest.approx(0.5, abs=0.01)
    assert np.std(held) < 0.04


@given(answers(), st.floats(0.01, 100))
def test_f_beta_is_the_highest_there_is(both, beta):
    labels, probability = both
    choice = FBeta(beta).choose(labels, probability)

    def score(threshold):
        flagged = probability >= threshold
        found = labels[flagged].sum()
        if found == 0:
            return 0.0
        precision, recall = found / flagged.sum(), found / labels.sum()
        return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)

    best = max(score(value) for value in probability)
    assert score(choice.threshold) == pytest.approx(best)
    assert choice.warning is None


def test_a_larger_beta_finds_more_churners():
    both = customers(5_000)
    thresholds = [FBeta(beta).choose(*both).threshold for beta in (0.5, 1, 2, 4)]
    assert thresholds == sorted(thresholds, reverse=True)
    assert len(set(thresholds)) == 4


def test_the_threshold_of_profit_is_where_a_contact_pays_for_itself():
    labels, probability = customers(200_000)
    aim = Profit(value=200, contact_cost=10, success=0.2)
    assert aim.choose(labels, probability).threshold == pytest.approx(0.25)
    at = {t: aim.realised((probability >= t).sum(), labels[probability >= t].sum()) for t in (0.15, 0.25, 0.35)}
    assert max(at, key=at.get) == 0.25
    assert aim.expected(probability, 0.25) == pytest.approx(at[0.25], rel=0.02)


def test_profit_counts_every_contact_and_every_churner_kept():
    aim = Profit(value=100, contact_cost=5, success=0.5)
    assert aim.realised(contacted=10, found=4) == 4 * 50 - 10 * 5
    assert aim.expected(np.array([0.9, 0.5, 0.05]), 0.5) == pytest.approx(0.9 * 50 + 0.5 * 50 - 2 * 5)
    assert aim.expected(np.array([0.1]), 0.5) == 0


@pytest.mark.parametrize("aim", [ByHand(0.95), Profit(10, 9.5, 1)])
def test_a_threshold_that_nobody_reaches_is_said(aim):
    labels, probability = np.array([0, 1], dtype=np.int8), np.array([0.2, 0.6])
    choice = aim.choose(labels, probability)
    assert choice.threshold == pytest.approx(0.95)
    assert "No held-out customer reaches this threshold (the highest probability there is 0.6000)" in choice.warning
    assert aim.choose(labels, np.array([0.2, 0.96])).warning is None


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Recall(1.5), "A recall of 1.5 is no share"),
        (lambda: Recall(float("nan")), "A recall of nan is no share"),
        (lambda: Precision(0), "A precision of 0 is no share"),
        (lambda: Precision(1), "above 0 and below 1"),
        (lambda: FBeta(0), "A beta of 0 cannot be used"),
        (lambda: FBeta(float("inf")), "A beta of inf cannot be used"),
        (lambda: ByHand(1), "A threshold of 1 cannot be used"),
        (lambda: Profit(0, 1, 0.5), "value of a saved customer is 0;"),
        (lambda: Profit(float("inf"), 1, 0.5), "value of a saved customer is inf;"),
        (lambda: Profit(10, -1, 0.5), "cost of a contact is -1;"),
        (lambda: Profit(10, 1, 1.5), "chance that a contact works is 1.5;"),
        (lambda: Profit(100, 50, 0.5), "brings at most 0.5 x 100 = 50, even for a customer who is sure to leave"),
    ],
)
def test_an_aim_that_makes_no_sense_is_refused_with_a_sentence(make, sentence):
    with pytest.raises(BadInput) as refused:
        make()
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("aim", "numbers"),
    [
        (Recall(0.825), ["82.5%"]),
        (Precision(0.6), ["60%", str(FEWEST_FLAGGED)]),
        (FBeta(0.5), ["F0.5"]),
        (Profit(120, 4.5, 0.15), ["4.5 / (0.15 x 120)", "15%"]),
        (ByHand(0.7), ["by hand"]),
    ],
)
def test_a_rule_says_its_numbers(aim, numbers):
    assert all(number in aim.rule for number in numbers)


def test_names_tell_aims_apart():
    assert len({aim.name for aim in [*AIMS, Recall(0.9), FBeta(1)]}) == 7


@pytest.mark.parametrize(("threshold", "high"), [(0.2, 0.5), (0.5, 0.75), (0.8, 0.9)])
def test_bands_begin_at_the_threshold_and_where_leaving_is_likelier_than_staying(threshold, high) -> None:
    bands = bands_for(threshold)
    assert (bands.medium, bands.high) == (threshold, pytest.approx(high))


@pytest.mark.parametrize(
    ("aim", "data"),
    [
        (Recall(0.8), {"kind": "recall", "recall": 0.8}),
        (Precision(0.6), {"kind": "precision", "precision": 0.6}),
        (FBeta(2), {"kind": "f-beta", "beta": 2}),
        (Profit(200, 4.5, 0.1), {"kind": "profit", "value": 200, "contact_cost": 4.5, "success": 0.1}),
        (ByHand(0.3), {"kind": "by-hand", "probability": 0.3}),
    ],
)
def test_an_aim_is_told_as_data(aim, data):
    assert aim_as_data(aim) == data
