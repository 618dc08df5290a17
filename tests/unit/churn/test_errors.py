from __future__ import annotations

import pytest

from churn import errors
from churn.errors import BadInput, ChurnError, Fault, Problem, shown


@pytest.mark.parametrize("name", ["SchemaError", "TableError", "TrainingDataError", "BundleError"])
def test_what_somebody_gave_us_wrong_is_bad_input(name):
    assert issubclass(getattr(errors, name), BadInput)


@pytest.mark.parametrize("name", ["EngineError", "ParityError"])
def test_what_is_ours_to_mend_is_a_fault_and_no_bad_input(name):
    assert issubclass(getattr(errors, name), Fault)
    assert not issubclass(getattr(errors, name), BadInput)


def test_every_error_is_in_the_tree_that_is_drawn():
    drawn = set(errors.__doc__.replace("├", " ").replace("└", " ").replace("│", " ").replace("─", " ").split())
    made = {name for name, item in vars(errors).items() if isinstance(item, type) and issubclass(item, ChurnError)}
    assert made <= drawn


def test_a_megabyte_stays_out_of_a_message():
    text = shown("x" * 1_000_000)
    assert len(text) < 120
    assert "1,000,000 characters" in text


def test_texts_are_quoted_and_numbers_are_not():
    assert (shown("5"), shown(5)) == ('"5"', "5")


def test_a_problem_says_field_expected_and_received():
    assert (
        Problem(0, "tenure", '"abc"', "a whole number").sentence() == 'tenure: expected a whole number, received "abc"'
    )
    assert Problem(0, None, "[]", "a record").sentence() == "expected a record, received []"
