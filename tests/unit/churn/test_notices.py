from __future__ import annotations

import numpy as np
import pytest

from churn.columns import Columns
from churn.notices import WarningFinder
from churn.records import RecordReader
from churn.schema import Field, Schema
from tests.customers import CUSTOMERS, customer


def read(*records):
    return RecordReader(CUSTOMERS).read(records)


def warnings_of(record):
    found = WarningFinder(CUSTOMERS).find(read(record)).get(0, [])
    return {(warning.field, warning.code) for warning in found}


def test_a_record_with_nothing_to_say_has_no_warning():
    assert WarningFinder(CUSTOMERS).find(read(customer(), customer())) == {}


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"tenure": 73}, ("tenure", "out_of_training_range")),
        ({"tenure": -1}, ("tenure", "out_of_training_range")),
        ({"joined": "2024-01-01"}, ("joined", "out_of_training_range")),
        ({"charges": None}, ("charges", "missing_value")),
        ({"wallet": -999}, ("wallet", "missing_value")),
        ({"region": None}, ("region", "missing_value")),
        ({"plan": "Platinum"}, ("plan", "unseen_level")),
    ],
)
def test_what_the_model_has_to_guess_is_told(changes, warning):
    assert warnings_of(customer(**changes)) == {warning}


def test_the_ends_of_the_training_range_are_within_it():
    assert warnings_of(customer(tenure=0)) == warnings_of(customer(tenure=72)) == set()


def test_a_field_without_a_training_range_is_never_outside_it():
    assert warnings_of(customer(wallet=1e300)) == set()


def test_warnings_stand_at_the_position_of_their_record():
    found = WarningFinder(CUSTOMERS).find(
        read(customer(), customer(plan="?"), customer(), customer(tenure=99, plan="?"))
    )
    assert {row: len(warnings) for row, warnings in found.items()} == {1: 1, 3: 2}


def test_a_batch_without_categories_or_numbers_can_be_looked_at():
    schema = Schema((Field("c", "category", levels=("x",)),))
    assert WarningFinder(schema).find(Columns(schema, np.empty((1, 0)), np.array([[0]], np.int32))) == {}
