import numpy as np
import pytest

from churn.columns import UNSEEN, Columns
from churn.schema import Field, Schema
from training.table.seen import seen_in_training

SCHEMA = Schema(
    (
        Field("plan", "category", levels=("a", "b", "c", "d"), nullable=True),
        Field("spend", "number", training_range=(0.0, 100.0)),
    )
)


@pytest.fixture
def restricted():
    codes = np.array([[0], [2], [-2], [1], [3]], dtype=np.int32)
    numbers = np.array([[1.0], [5.0], [np.nan], [100.0], [0.0]])
    return seen_in_training(Columns(SCHEMA, numbers, codes), np.array([0, 1, 2]))


def test_levels_that_no_training_row_holds_become_never_seen_ones(restricted) -> None:
    assert restricted.schema.by_name["plan"].levels == ("a", "c")
    assert restricted.codes[:, 0].tolist() == [0, 1, -2, UNSEEN, UNSEEN]


def test_the_training_range_is_that_of_the_training_part(restricted) -> None:
    assert restricted.schema.by_name["spend"].training_range == (1.0, 5.0)


def test_fields_keep_their_order(restricted) -> None:
    assert [field.name for field in restricted.schema.fields] == ["plan", "spend"]


def test_a_category_all_missing_in_training_still_makes_a_schema() -> None:
    codes = np.array([[-2], [-2], [1]], dtype=np.int32)
    made = seen_in_training(Columns(SCHEMA, np.ones((3, 1)), codes), np.array([0, 1]))
    assert made.schema.by_name["plan"].levels == ("a",)
    assert made.codes[:, 0].tolist() == [-2, -2, UNSEEN]


def test_a_category_of_one_level_or_nothing_is_kept():
    schema = Schema((Field("left_note", "category", levels=("x",), nullable=True),))
    codes = np.array([[0], [-2], [-1]], dtype=np.int32)
    made = seen_in_training(Columns(schema, np.empty((3, 0)), codes), np.array([0, 1]))
    assert made.codes.tolist() == codes.tolist()
