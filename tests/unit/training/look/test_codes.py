from datetime import date

import numpy as np
import pytest

from churn.columns import Columns
from churn.schema import Field, Schema
from training.look.codes import Rates, is_unordered, look_like_codes, rates_by_value


def table(name, rates, rows_each=200, kind="integer", step=1):
    """Customers with whole numbers from 1, of whom exactly these shares left: columns (n,), labels (n,)."""
    values = np.repeat(np.arange(1, len(rates) + 1) * step, rows_each).astype(float)
    labels = np.concatenate([np.arange(rows_each) < round(rate * rows_each) for rate in rates]).astype(np.int8)
    schema = Schema((Field(name, kind),), as_of=date(2024, 1, 1))
    return Columns(schema, values[:, None], np.empty((len(values), 0), np.int32)), labels


def test_values_that_go_with_leaving_in_no_order_are_said_with_what_to_write():
    (finding,) = look_like_codes(*table("PLAN", [0.1, 0.6, 0.05, 0.5, 0.2]))
    assert (finding.level, finding.column) == ("warning", "PLAN")
    assert finding.sentence.startswith("PLAN looks like a code: it has 5 whole numbers")
    assert "(5% leave at 3, 60% at 2)" in finding.sentence
    assert "kind: category in the schema, with levels: [1, 2, 3, 4, 5]." in finding.sentence


@pytest.mark.parametrize(
    "rates",
    [
        [0.1, 0.2, 0.3, 0.5, 0.9],
        [0.9, 0.5, 0.5, 0.2],
        [0.1, 0.15, 0.12, 0.2, 0.3],  # a step back of no weight
        [0.3, 0.3, 0.3],
        [0.5, 0.4, 0.3, 0.2, 0.1, 0.1, 0.2, 0.4, 0.6],  # of many values one turn is no disorder
        [0.0, 0.0, 1.0],
    ],
)
def test_an_order_is_a_quantity(rates):
    assert look_like_codes(*table("PLAN", rates)) == []


def test_what_counts_things_is_not_doubted():
    assert look_like_codes(*table("NumOfProducts", [0.3, 0.05, 0.8, 0.9, 0.1])) == []


@pytest.mark.parametrize(
    ("rows_each", "step", "kind"), [(9, 1, "integer"), (200, 0.5, "number"), (200, 1, "date")], ids=str
)
def test_rare_values_fractions_and_dates_are_no_codes(rows_each, step, kind):
    columns, labels = table("PLAN", [0.1, 0.6, 0.05, 0.5, 0.2], rows_each, kind, step)
    if kind == "date":
        assert look_like_codes(columns, labels) == []
    else:
        assert rates_by_value(columns.numbers[:, 0], labels) is None


def test_missing_values_have_no_part_in_it():
    values = np.array([1.0, 2.0, np.nan] * 50)
    labels = np.array([0, 1, 1] * 50, np.int8)
    assert rates_by_value(values, labels) is None  # two values are left
    found = rates_by_value(np.where(np.isnan(values), 3, values), labels)
    assert found is not None
    assert found.rates.tolist() == [0, 1, 1]


def test_noise_is_seldom_taken_for_disorder():
    rng = np.random.default_rng(0)
    rows = np.full(8, 60.0)
    found = [is_unordered(Rates(np.arange(8.0), rows, rng.binomial(60, 0.3, 8) / 60)) for _ in range(400)]
    assert sum(found) <= 1
