"""Whether the shipped bundle's reasons are what they say: Shapley values of its model's log-odds."""

import numpy as np
import pytest

from churn.batch import Batch
from churn.bundle import open_bundle
from churn.odds import log_odds
from churn.reasons import Background, Explainer, Reasoner
from churn.reasons.background import each_field
from churn.scoring import Scorer

CUSTOMERS = 10
PAIRS = 3
"""Of each customer and each of the sample so many orders of the fields are drawn, each forwards and backwards."""


@pytest.fixture(scope="module")
def bundle(shipped_bundle):
    return open_bundle(shipped_bundle)


@pytest.fixture(scope="module")
def background(bundle):
    found = Background.open(bundle)
    if found is None:
        pytest.skip("the shipped bundle holds no background.npz")
    return found


@pytest.fixture(scope="module")
def scorer(bundle):
    made = Scorer.open(bundle)
    yield made
    made.close()


@pytest.fixture(scope="module")
def reasoner(bundle, background, scorer):
    return Reasoner(background, scorer)


@pytest.fixture(scope="module")
def records(bundle):
    return bundle.golden["records"]


def reference(scorer, sample, one, rng):
    """Shapley values of one customer by sampled orders of the fields (Castro et al. 2009; Mitchell et al. 2022, 4.1).

    From a customer of the sample to this one, field by field in a random order, each step of the log-odds is what the
    field contributes in that order; the same order backwards takes away most of the noise.
    """
    d = len(each_field(sample))
    orders = np.concatenate(
        [[order, order[::-1]] for order in (rng.permutation(d) for _ in range(PAIRS * len(sample)))]
    )
    starts = np.repeat(np.tile(np.arange(len(sample)), PAIRS), 2)
    walk = sample.take(np.repeat(starts, d + 1))  # d + 1 customers for each order, the first as in the sample
    step = np.tile(np.arange(d + 1), len(orders))
    place = np.argsort(orders, axis=1)
    for j, (column, value) in enumerate(zip(each_field(walk), each_field(one), strict=True)):
        column[:] = np.where(np.repeat(place[:, j], d + 1) < step, value[0], column)
    steps = np.diff(log_odds(scorer.probability(walk)).reshape(-1, d + 1), axis=1)
    return np.take_along_axis(steps, place, axis=1).mean(axis=0)


def test_they_are_near_the_shapley_values_of_a_long_sampling(background, scorer, records):
    rng = np.random.default_rng(0)
    columns = scorer.read(records[:: len(records) // CUSTOMERS][:CUSTOMERS])
    found = Explainer(background, scorer.probability).explain(columns, scorer.probability(columns)).contributions
    exact = np.array(
        [reference(scorer, background.sample, columns.take(slice(i, i + 1)), rng) for i in range(len(columns))]
    )
    errors = np.abs(found - exact)
    assert errors.mean() < 0.01
    assert errors.max() < 0.08


def reasons(reasoner, scorer, records, count):
    answers = scorer.answer(Batch(scorer.read(records), None, {}))
    return reasoner.reasons(answers.batch.columns, answers.scores.probability, count)


def test_the_golden_records_have_finite_reasons_that_add_up(reasoner, scorer, records, bundle):
    d = len(bundle.schema.fields)
    found = reasons(reasoner, scorer, records, d)
    contributions = np.array([[reason.contribution for reason in told] for told in found.told])
    assert contributions.shape == (len(records), d)
    assert np.isfinite(contributions).all()
    np.testing.assert_allclose(contributions.sum(axis=1), found.log_odds - found.base, atol=1e-3)


def test_who_is_at_risk_by_a_monthly_contract_is_not_with_a_long_one(reasoner, scorer, records):
    told = reasons(reasoner, scorer, records, 1).told
    chosen = [
        record
        for record, (top,) in zip(records, told, strict=True)
        if (top.field, top.value, top.direction) == ("Contract", "Month-to-month", "raises")
    ]
    assert chosen
    before, after = (
        scorer.probability(scorer.read([{**record, "Contract": contract} for record in chosen]))
        for contract in ("Month-to-month", "Two year")
    )
    assert (after < before).all()


def test_who_stays_by_a_long_contract_is_at_more_risk_with_a_monthly_one(reasoner, scorer, records):
    told = reasons(reasoner, scorer, records, 1).told
    chosen = [
        record
        for record, (top,) in zip(records, told, strict=True)
        if (top.field, top.value, top.direction) == ("Contract", "Two year", "lowers")
    ]
    assert chosen
    monthly = scorer.read([{**record, "Contract": "Month-to-month"} for record in chosen])
    assert (scorer.probability(monthly) > scorer.probability(scorer.read(chosen))).all()
