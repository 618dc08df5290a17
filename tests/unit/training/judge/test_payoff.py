import json

import numpy as np
import pytest

from training.judge.payoff import assumptions_of, empc_to_json, payoff
from training.measure.empc import PAPER, Assumptions, expected_maximum_profit
from training.measure.threshold import ByHand, Profit, Recall

AIM = Profit(value=100, contact_cost=5, success=0.25)


def answers(n=1_500, seed=1):
    rng = np.random.default_rng(seed)
    probability = rng.beta(1, 3, n).round(3)
    return (rng.random(n) < probability).astype(np.int8), probability


TEST = answers()


def test_without_amounts_of_ones_own_those_of_the_paper_are_assumed():
    found = payoff(Recall(0.8), 0.2, TEST)
    assert found.assumptions == PAPER
    assert found.from_paper
    assert "No amounts were given with the training" in found.in_words
    assert "worth 200, a contact costs 1, an offer costs 10 for whoever takes it" in found.in_words
    assert "keeps 30% of those who would have left" in found.in_words
    assert found.in_words.endswith("it is drawn from the distribution Beta(6, 14).")


def test_the_amounts_of_an_aim_are_taken_and_its_chance_is_the_mean():
    found = payoff(AIM, 0.2, TEST)
    assert found.assumptions == Assumptions(value=100, offer_cost=0, contact_cost=5, alpha=5, beta=15)
    assert found.assumptions.success == AIM.success
    assert not found.from_paper
    assert found.in_words.startswith("By the amounts given with the training: a customer who stays is worth 100")
    assert "offer" not in found.in_words


def test_amounts_that_happen_to_be_those_of_the_paper_are_still_ones_own():
    assert not payoff(Profit(200, 1, 0.3), 0.2, TEST).from_paper


def test_a_contact_that_always_works_leaves_nothing_uncertain():
    found = payoff(Profit(100, 30, 1), 0.3, TEST)
    assert found.measured.empc == pytest.approx(found.measured.profit)
    assert found.in_words.endswith("That every contact works is taken as certain.")


def test_both_thresholds_are_told_with_what_they_bring_per_thousand_customers():
    labels = np.array([1, 1, 0, 0, 0], np.int8)
    found = payoff(AIM, 0.25, (labels, np.array([0.9, 0.4, 0.3, 0.2, 0.1])))
    assert (found.chosen.threshold, found.chosen.share) == (0.25, 3 / 5)
    assert found.chosen.profit_per_1000 == pytest.approx(1_000 * (0.25 * 100 * 2 - 5 * 3) / 5)
    assert (found.best.threshold, found.best.share) == (pytest.approx(0.35), 2 / 5)
    assert found.best.profit_per_1000 == pytest.approx(1_000 * (0.25 * 100 * 2 - 5 * 2) / 5)


@pytest.mark.parametrize("threshold", [0.05, 0.2, 0.5, 0.9])
def test_no_threshold_brings_more_than_the_best(threshold):
    found = payoff(ByHand(threshold), threshold, TEST)
    assert found.chosen.profit_per_1000 <= found.best.profit_per_1000
    assert found.best.profit_per_1000 == pytest.approx(1_000 * found.measured.profit)


def test_what_the_chosen_threshold_brings_is_what_the_aim_counts_itself():
    labels, probability = TEST
    flagged = probability >= 0.2
    found = payoff(AIM, 0.2, TEST)
    realised = AIM.realised(int(flagged.sum()), int(labels[flagged].sum()))
    assert found.chosen.profit_per_1000 == pytest.approx(1_000 * realised / len(labels))


def test_the_curve_goes_from_nobody_to_everybody_and_has_its_highest_point_where_the_best_threshold_is():
    found = payoff(AIM, 0.2, TEST)
    assert (found.shares[0], found.profits[0], found.shares[-1]) == (0, 0, 1)
    assert (np.diff(found.shares) > 0).all()
    assert found.profits[-1] == pytest.approx(25 * TEST[0].mean() - 5)
    assert found.profits.max() == pytest.approx(found.measured.profit)
    assert found.shares[found.profits.argmax()] == pytest.approx(found.best.share)


def test_where_nobody_is_worth_a_contact_the_best_is_to_contact_nobody():
    found = payoff(Profit(100, 24, 0.25), 0.2, (np.array([0, 0, 1], np.int8), np.array([0.9, 0.8, 0.7])))
    assert (found.best.threshold, found.best.share, found.best.profit_per_1000) == (None, 0, 0)
    assert found.chosen.profit_per_1000 < 0


def test_the_figures_are_told_as_data_with_what_they_assume():
    told = json.loads(json.dumps(empc_to_json(AIM, *TEST), allow_nan=False))
    measured = expected_maximum_profit(*TEST, assumptions_of(AIM))
    assert told == {
        "value": measured.empc,
        "fraction": measured.fraction,
        "threshold": measured.threshold,
        "assumptions": {"value": 100, "offer_cost": 0, "contact_cost": 5, "alpha": 5, "beta": 15},
    }
