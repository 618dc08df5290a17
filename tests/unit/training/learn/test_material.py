import numpy as np

from churn.columns import Columns
from churn.schema import Field, Schema
from training.learn.material import FEWEST_MISSING_ROWS, Preparation

SCHEMA = Schema(
    (
        Field("often", "number", nullable=True),
        Field("never", "number"),
        Field("rarely", "number", nullable=True),
        Field("plan", "category", levels=("a", "b")),
    )
)


def customers(n=200):
    numbers = np.random.default_rng(0).normal(size=(n, 3))
    numbers[:FEWEST_MISSING_ROWS, 0] = np.nan
    numbers[: FEWEST_MISSING_ROWS - 1, 2] = np.nan
    return Columns(SCHEMA, numbers, np.zeros((n, 1), dtype=np.int32))


def test_an_indicator_that_hardly_a_row_sets_is_hidden_while_learning_and_others_stay():
    columns = customers()
    lessons = Preparation(columns).lessons(columns)
    assert lessons.inputs["numbers"][:, 3:].sum(axis=0).tolist() == [FEWEST_MISSING_ROWS, 0]


def test_customers_are_served_with_every_indicator():
    columns = customers()
    served = Preparation(columns).customers(columns)
    assert served.inputs["numbers"][:, 3:].sum(axis=0).tolist() == [FEWEST_MISSING_ROWS, FEWEST_MISSING_ROWS - 1]


def test_customers_without_numbers_are_prepared_too():
    columns = Columns(Schema(SCHEMA.categories), np.empty((3, 0)), np.zeros((3, 1), dtype=np.int32))
    assert list(Preparation(columns).lessons(columns).inputs) == ["codes"]


def test_customers_and_then_others_are_both_in_order():
    columns = customers()
    all_of_them = Preparation(columns).customers(columns)
    first, rest = all_of_them.take(np.arange(50)), all_of_them.take(np.arange(50, 200))
    both = first.and_then(rest)
    np.testing.assert_array_equal(both.columns.numbers, columns.numbers)
    np.testing.assert_array_equal(both.inputs["numbers"], all_of_them.inputs["numbers"])
    assert (len(first), len(both)) == (50, 200)
