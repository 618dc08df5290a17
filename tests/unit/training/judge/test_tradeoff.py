from itertools import pairwise

import numpy as np
import pytest

from training.judge.tradeoff import SHOWN_AIMS, choices, curve, ladder, outcome
from training.measure.threshold import ByHand, FBeta, Precision, Profit, Recall


def answers(n, seed):
    rng = np.random.default_rng(seed)
    probability = rng.beta(1, 3, n)
    return (rng.random(n) < probability).astype(np.int8), probability


VALIDATION, TEST = answers(1_000, 0), answers(1_500, 1)
PROFIT = Profit(value=100, contact_cost=5, success=0.25)


def chosen_by(aim):
    threshold = aim.choose(*VALIDATION).threshold
    return {row.name: row for row in choices(aim, threshold, VALIDATION, TEST)}


def test_an_outcome_counts_customers():
    labels, probability = np.array([1, 0, 1, 0], dtype=np.int8), np.array([0.9, 0.8, 0.3, 0.1])
    found = outcome((labels, probability), 0.5)
    assert (found.contacted, found.found, found.missed) == (2, 1, 1)
    assert (found.share, found.recall, found.precision) == (0.5, 0.5, 0.5)
    assert (found.expected, found.realised) == (None, None)


def test_where_nobody_is_contacted_there_is_no_precision_and_nothing_is_earned():
    found = outcome((np.array([1, 0], dtype=np.int8), np.array([0.4, 0.1])), 0.5, PROFIT)
    assert (found.contacted, found.precision, found.expected, found.realised) == (0, None, 0, 0)


def test_every_aim_is_chosen_on_the_validation_part_and_counted_on_the_test_part():
    rows = chosen_by(Recall(0.8))
    assert list(rows) == [*(aim.name for aim in SHOWN_AIMS), "Everybody contacted"]
    for aim in SHOWN_AIMS:
        threshold = aim.choose(*VALIDATION).threshold
        assert rows[aim.name].threshold == threshold
        assert rows[aim.name].contacted == (TEST[1] >= threshold).sum()
        assert rows[aim.name].found == TEST[0][TEST[1] >= threshold].sum()
    assert [row.name for row in rows.values() if row.chosen] == [Recall(0.8).name]
    assert rows["Everybody contacted"].missed == 0


@pytest.mark.parametrize("aim", [PROFIT, ByHand(0.4), Precision(0.7), FBeta(0.5)])
def test_an_aim_of_ones_own_comes_first(aim):
    rows = list(chosen_by(aim).values())
    assert len(rows) == len(SHOWN_AIMS) + 2
    assert (rows[0].name, rows[0].chosen) == (aim.name, True)


def test_the_threshold_of_the_bundle_is_shown_as_it_is():
    assert choices(Recall(0.8), 0.123, VALIDATION, TEST)[0].threshold == 0.123


def test_an_aim_that_is_out_of_reach_says_so_in_its_row():
    rows = chosen_by(Precision(0.99))
    assert "highest" in rows[Precision(0.99).name].warning
    assert rows[Recall(0.8).name].warning is None


def test_what_each_choice_pays_stands_beside_it_when_values_are_given():
    rows = chosen_by(PROFIT)
    for row in rows.values():
        assert row.realised == pytest.approx(25 * row.found - 5 * row.contacted)
        flagged = TEST[1][TEST[1] >= row.threshold]
        assert row.expected == pytest.approx((25 * flagged - 5).sum())
    assert rows[PROFIT.name].expected == max(row.expected for row in rows.values())


def test_the_ladder_holds_the_chosen_threshold_in_its_place():
    rows = ladder(Recall(0.8), 0.33, TEST)
    assert [row.threshold for row in rows] == [0.1, 0.2, 0.3, 0.33, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert [row.threshold for row in rows if row.chosen] == [0.33]
    assert sum(row.chosen for row in ladder(Recall(0.8), 0.5, TEST)) == 1


@pytest.mark.parametrize("chosen", [0.2, 0.999])
def test_the_curve_goes_from_everybody_to_the_highest_threshold_of_interest(chosen):
    points = curve(PROFIT, chosen, TEST)
    assert points[0].recall == 1
    assert points[-1].threshold == max(chosen, TEST[1].max())
    assert all(a.contacted >= b.contacted for a, b in pairwise(points))
