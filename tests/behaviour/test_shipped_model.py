"""How the shipped model behaves: what must change its answers, and what must not.

These do not catch a model that is worse than it should be; the bundle's own metrics are for that.
"""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.bundle import open_bundle
from churn.kinds import kind_of
from churn.scoring import Scorer
from tests.examples import ONE_FIXTURE_FOR_ALL, examples

TELCO = Path(__file__).parents[2] / "artifacts" / "telco"


@pytest.fixture(scope="module")
def bundle():
    return open_bundle(TELCO)


@pytest.fixture(scope="module")
def scorer(bundle):
    return Scorer.open(bundle)


@pytest.fixture(scope="module")
def records(bundle):
    return bundle.golden["records"][:100]


def probabilities(scorer, records):
    return scorer.score(scorer.read(records)).probability


def changed(records, **values):
    return [{**record, **values} for record in records]


def test_the_order_of_records_does_not_change_an_answer(scorer, records):
    forwards, backwards = probabilities(scorer, records), probabilities(scorer, records[::-1])
    np.testing.assert_allclose(forwards, backwards[::-1], atol=1e-6)


def test_neighbours_in_a_batch_do_not_change_an_answer(scorer, records):
    together = probabilities(scorer, records)
    alone = [probabilities(scorer, [record])[0] for record in records]
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_the_order_of_fields_does_not_change_an_answer(scorer, records):
    turned = [dict(reversed(record.items())) for record in records]
    np.testing.assert_array_equal(probabilities(scorer, records), probabilities(scorer, turned))


def test_blanks_around_a_level_do_not_change_an_answer(scorer, records):
    padded = [{k: f" {v} " if isinstance(v, str) else v for k, v in record.items()} for record in records]
    np.testing.assert_array_equal(probabilities(scorer, records), probabilities(scorer, padded))


def test_every_field_that_drives_churn_can_change_an_answer(bundle, scorer, records):
    drivers = bundle.manifest.metrics["drivers"]
    for name in sorted(drivers, key=drivers.get)[-5:]:
        field = bundle.schema.by_name[name]
        ends = field.levels if field.is_category else field.training_range
        low, high = (probabilities(scorer, changed(records, **{name: end})) for end in (ends[0], ends[-1]))
        assert np.abs(high - low).max() > 0.01, name


def test_a_two_year_contract_lowers_the_risk(scorer, records):
    monthly = probabilities(scorer, changed(records, Contract="Month-to-month"))
    two_years = probabilities(scorer, changed(records, Contract="Two year"))
    assert (two_years < monthly).mean() > 0.9


def test_longer_tenure_lowers_the_risk_on_average(scorer, records):
    new = probabilities(scorer, changed(records, tenure=1, TotalCharges=70.0))
    old = probabilities(scorer, changed(records, tenure=60, TotalCharges=4_200.0))
    assert old.mean() < new.mean() - 0.05


def test_gender_hardly_changes_an_answer(scorer, records):
    women, men = (probabilities(scorer, changed(records, gender=g)) for g in ("Female", "Male"))
    assert np.abs(women - men).mean() < 0.03


@pytest.mark.parametrize("value", [1e300, -1e300, 0.0, 5e-324])
def test_a_number_far_outside_still_gets_a_probability(scorer, records, value):
    answers = probabilities(scorer, changed(records, MonthlyCharges=value))
    assert ((answers >= 0) & (answers <= 1)).all()


def test_a_level_never_seen_is_answered_within_the_range_of_the_known_ones(scorer, records):
    unseen = probabilities(scorer, changed(records, PaymentMethod="Barter")).mean()
    known = [
        probabilities(scorer, changed(records, PaymentMethod=level)).mean()
        for level in scorer.schema.by_name["PaymentMethod"].levels
    ]
    assert min(known) - 0.05 <= unseen <= max(known) + 0.05


def test_leaving_out_a_field_that_was_hardly_ever_missing_makes_nobody_a_sure_stayer(scorer, records):
    new = changed(records, tenure=1, MonthlyCharges=70.0, Contract="Month-to-month")
    given = probabilities(scorer, changed(new, TotalCharges=70.0))
    left_out = probabilities(scorer, changed(new, TotalCharges=None))  # scored as the median, far too much for a month
    assert (left_out > given / 2).all()


def test_the_golden_rows_are_reproduced(bundle, scorer):
    assert scorer.check_golden(bundle) <= bundle.golden["tolerance"]


def test_the_bundle_is_small(bundle):
    assert sum(path.stat().st_size for path in bundle.path.rglob("*") if path.is_file()) < 5e6


def test_no_golden_row_is_a_customer_identifier(bundle):
    assert all(bundle.schema.identifier not in record for record in bundle.golden["records"])


STRANGE = {
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    str: st.text(max_size=8) | st.sampled_from(["", "Yes", "No", "Fiber optic", "Two year"]),
}


@settings(max_examples=examples(50), suppress_health_check=ONE_FIXTURE_FOR_ALL)
@given(data=st.data())
def test_whatever_values_customers_have_each_gets_a_probability(scorer, data):
    kinds = {field.name: kind_of(field, scorer.schema.as_of) for field in scorer.schema.fields}
    nothing = {field.name: st.none() for field in scorer.schema.fields if field.nullable}
    customer = st.fixed_dictionaries(
        {name: STRANGE[kind.wire] | nothing.get(name, st.nothing()) for name, kind in kinds.items()}
    )
    made = data.draw(st.lists(customer, max_size=6))
    found = probabilities(scorer, made)
    assert len(found) == len(made)
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()
