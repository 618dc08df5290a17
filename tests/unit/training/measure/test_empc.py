import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betainc
from scipy.stats import beta as beta_distribution

from churn.errors import BadInput
from tests.examples import examples
from training.measure.empc import PAPER, Assumptions, expected_maximum_profit

EIGHT = np.array([0, 1, 0, 1, 0, 1, 0, 1], np.int8), np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9])


@st.composite
def answers(draw):
    """Labels of both kinds and probabilities, many of them equal."""
    labels = draw(st.lists(st.integers(0, 1), min_size=2, max_size=60).filter(lambda both: len(set(both)) == 2))
    grid = draw(st.sampled_from([3, 10, 1_000]))
    places = draw(st.lists(st.integers(0, grid), min_size=len(labels), max_size=len(labels)))
    return np.array(labels, np.int8), np.array(places) / grid


assumed = st.builds(
    Assumptions,
    value=st.floats(20, 300),
    offer_cost=st.sampled_from([0.0, 1.0, 10.0, 19.0]),
    contact_cost=st.sampled_from([0.0, 0.1, 1.0, 8.0]),
    alpha=st.floats(1, 12),
    beta=st.floats(1, 20),
)


def every_threshold(labels, probability):
    """Return the customers contacted and the churners among them, for nobody and from each probability on."""
    starts = sorted(set(probability.tolist()), reverse=True)
    flagged = [probability >= start for start in starts]
    return [(0, 0), *((int(who.sum()), int(labels[who].sum())) for who in flagged)]


def paper_profit(chance, contacted, found, labels, assumptions):
    """Return equation 3 of the paper: CLV (gamma (1 - delta) - phi) pi0 F0 - CLV (delta + phi) pi1 F1."""
    clv = assumptions.value
    delta, phi = assumptions.offer_cost / clv, assumptions.contact_cost / clv
    churners, stayers = labels.sum(), (labels == 0).sum()
    share_0, share_1 = churners / len(labels), stayers / len(labels)
    gain = clv * (chance * (1 - delta) - phi) * share_0 * (found / churners)
    return gain - clv * (delta + phi) * share_1 * ((contacted - found) / stayers)


def best(chance, labels, probability, assumptions):
    """Return the highest profit among all thresholds, and the share contacted for it."""
    return max(
        (paper_profit(chance, contacted, found, labels, assumptions), contacted / len(labels))
        for contacted, found in every_threshold(labels, probability)
    )


@given(answers(), assumed)
@settings(max_examples=examples(40))
def test_it_is_the_mean_over_the_chance_of_the_highest_profit_of_all_thresholds(both, assumptions):
    found = expected_maximum_profit(*both, assumptions)
    # Where the profit's best threshold changes it has a kink, which the midpoint rule takes with an error of 1 / n**2.
    edges = np.linspace(0, 1, 2_001)
    weight = np.diff(betainc(assumptions.alpha, assumptions.beta, edges))
    middles = (edges[1:] + edges[:-1]) / 2
    counts = np.array(every_threshold(*both)).T
    profits = [paper_profit(middles, *count, both[0], assumptions) for count in counts.T]
    assert found.empc == pytest.approx(float((np.max(profits, axis=0) * weight).sum()), abs=0.01)


@pytest.mark.parametrize("assumptions", [PAPER, Assumptions(60, 5, 2, 3, 3), Assumptions(100, 0, 5, 2, 18)])
@pytest.mark.parametrize("decimals", [1, 6])
def test_it_agrees_with_numeric_integration(assumptions, decimals):
    rng = np.random.default_rng(4)
    probability = rng.beta(1, 3, 60).round(decimals)
    labels = (rng.random(60) < probability).astype(np.int8)
    density = beta_distribution(assumptions.alpha, assumptions.beta).pdf
    empc, fraction = (
        quad(lambda chance, i=i: best(chance, labels, probability, assumptions)[i] * density(chance), 0, 1, limit=400)[
            0
        ]
        for i in (0, 1)
    )
    found = expected_maximum_profit(labels, probability, assumptions)
    assert found.empc == pytest.approx(empc, abs=1e-4)
    assert found.fraction == pytest.approx(fraction, abs=1e-3)


@given(answers(), assumed)
def test_the_threshold_has_the_highest_profit_at_the_mean_chance(both, assumptions):
    labels, probability = both
    found = expected_maximum_profit(labels, probability, assumptions)
    profit, _ = best(assumptions.success, labels, probability, assumptions)
    assert found.profit == pytest.approx(profit, abs=1e-9)
    flagged = probability >= (2 if found.threshold is None else found.threshold)
    brings = paper_profit(assumptions.success, flagged.sum(), labels[flagged].sum(), labels, assumptions)
    assert brings == pytest.approx(found.profit, abs=1e-9)
    assert found.empc >= found.profit - 1e-9  # to know the chance before choosing is never worth less


def test_the_figures_of_another_implementation_are_met():
    # empulse 0.13.1: empc_score, its optimal_rate, and mpc_score, on the example of its documentation.
    found = expected_maximum_profit(*EIGHT)
    assert found.empc == pytest.approx(23.875593418348124, abs=1e-12)
    assert found.fraction == pytest.approx(0.8743700763487141, abs=1e-12)
    assert found.profit == pytest.approx(23.875, abs=1e-12)
    assert found.threshold == pytest.approx(0.15)  # half-way from the last customer contacted to the first who is not


def test_the_defaults_are_those_of_the_paper():
    assert PAPER.success == pytest.approx(0.3)
    assert (PAPER.value, PAPER.offer_cost, PAPER.contact_cost) == (200, 10, 1)


def test_a_perfect_ranking_contacts_the_churners_whenever_that_pays():
    labels = np.repeat(np.array([1, 0], np.int8), [30, 70])
    found = expected_maximum_profit(labels, labels * 0.8 + 0.1)
    pays_from = 1 / 190  # f / (CLV - d)
    above, mean_above = 1 - betainc(6, 14, pays_from), 0.3 * (1 - betainc(7, 14, pays_from))
    assert found.empc == pytest.approx(0.3 * (190 * mean_above - 1 * above))
    assert found.fraction == pytest.approx(0.3 * above)
    assert found.profit == pytest.approx(0.3 * (190 * 0.3 - 1))
    assert found.threshold == pytest.approx(0.5)


@pytest.mark.parametrize("value", [0.0, 0.2, 1.0])
def test_where_all_probabilities_are_equal_everybody_is_contacted_whenever_that_pays(value):
    labels = np.repeat(np.array([1, 0], np.int8), [20, 80])
    found = expected_maximum_profit(labels, np.full(100, value))
    pays_from = (100 * 1 + 80 * 10) / (20 * 190)
    above, mean_above = 1 - betainc(6, 14, pays_from), 0.3 * (1 - betainc(7, 14, pays_from))
    assert found.empc == pytest.approx((190 * 20 * mean_above - 900 * above) / 100)
    assert found.fraction == pytest.approx(above)
    assert found.profit == pytest.approx((190 * 20 * 0.3 - 900) / 100)
    assert found.threshold <= value


def test_where_nobody_pays_nobody_is_contacted():
    found = expected_maximum_profit(*EIGHT, Assumptions(value=10, offer_cost=0, contact_cost=11))
    assert (found.empc, found.fraction, found.threshold, found.profit) == (0, 0, None, 0)


def test_where_contacts_and_offers_cost_nothing_all_churners_are_contacted_and_nobody_below_them():
    labels = np.array([1, 0, 1, 0], np.int8)
    found = expected_maximum_profit(labels, np.array([0.9, 0.8, 0.7, 0.1]), Assumptions(100, 0, 0))
    assert found.empc == pytest.approx(100 * 0.3 * 2 / 4)
    assert found.fraction == pytest.approx(0.75)
    assert found.threshold == pytest.approx(0.4)


@given(answers())
def test_a_chance_that_is_certain_leaves_nothing_to_average(both):
    certain = Assumptions(100, 0, 30, alpha=20, beta=0)
    found = expected_maximum_profit(*both, certain)
    assert certain.success == 1
    assert found.empc == pytest.approx(found.profit)


def test_what_is_known_for_sure_is_the_limit_of_what_is_known_better_and_better():
    nearly = expected_maximum_profit(*EIGHT, Assumptions(alpha=6e5, beta=14e5))
    assert nearly.empc == pytest.approx(nearly.profit, abs=1e-3)
    assert nearly.fraction == pytest.approx(7 / 8, abs=1e-3)


@pytest.mark.parametrize("kind", [0, 1])
def test_customers_of_one_kind_are_refused(kind):
    with pytest.raises(BadInput, match="some must have left, some not"):
        expected_maximum_profit(np.full(3, kind, np.int8), np.array([0.1, 0.2, 0.3]))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"value": 10}, "value of a customer is 10; it has to be above the cost of an offer, 10"),
        ({"value": math.nan}, "value of a customer is nan"),
        ({"offer_cost": -1}, "cost of an offer is -1; it has to be 0 or more"),
        ({"contact_cost": math.inf}, "cost of a contact is inf; it has to be 0 or more"),
        ({"alpha": 0}, "alpha of the chance that a contact works is 0; it has to be above 0"),
        ({"beta": -2}, "beta of the chance that a contact works is -2; it has to be 0 or more"),
    ],
)
def test_assumptions_that_make_no_sense_are_refused_with_a_sentence(changes, sentence):
    with pytest.raises(BadInput, match=sentence):
        Assumptions(**changes)
