"""Which values of a field are tried for a customer."""

import pytest

from churn.errors import BadInput
from churn.schema import Field, Schema
from churn.whatif import ALL, MOST_TRIES, Range, actionable, changed, tries
from tests.customers import CUSTOMERS, customer

RECORD = customer()


def values(name, wanted, record=RECORD, schema=CUSTOMERS):
    found = tries(schema, record, {name: wanted})
    assert all(one.field == name and one.record == {**record, name: one.value} for one in found)
    return [one.value for one in found]


def refusal(ask, *given):
    with pytest.raises(BadInput) as caught:
        ask(*given)
    return str(caught.value)


def test_all_of_a_category_are_its_levels_but_that_of_the_customer():
    assert values("plan", ALL) == ["Basic", "Silver"]
    assert values("plan", ALL, customer(plan="never seen")) == ["Basic", "Gold", "Silver"]


@pytest.mark.parametrize(("name", "other"), [("senior", [1]), ("paperless", [False])])
def test_zero_and_one_are_no_truth_values(name, other):
    assert values(name, ALL) == other


def test_all_of_a_quantity_are_a_few_values_across_what_training_saw():
    assert values("tenure", ALL, customer(tenure=18)) == [0, 36, 54, 72]
    assert values("charges", ALL) == [10.0, 37.5, 65.0, 92.5, 120.0]
    assert all(isinstance(value, int) for value in values("tenure", ALL))


def test_all_of_a_date_are_days_between_the_first_and_the_last_that_training_saw():
    assert values("joined", ALL)[0] == "2023-12-31"  # one day before as_of
    assert values("joined", ALL)[-1] == "2015-10-15"  # 3,000 days before
    assert len(values("joined", ALL)) == 5


@pytest.mark.parametrize("name", ["wallet", "left_shop", "last_visit"])
def test_all_of_a_field_of_which_no_range_is_known_is_refused(name):
    assert refusal(values, name, ALL) == f'It is not known which values of "{name}" training saw; list those to try.'


def test_a_list_is_tried_as_it_is_but_for_what_the_customer_has():
    assert values("tenure", [1, 12, 2]) == [1, 2]
    assert values("plan", ["new", None, 5]) == ["new", None, 5]  # whoever reads records checks them
    assert values("charges", [None], customer(charges=None)) == []


def test_a_range_has_even_steps_and_both_ends():
    assert values("charges", Range(10, 20, 3)) == [10.0, 15.0, 20.0]
    assert values("tenure", Range(0, 60, 4)) == [0, 20, 40, 60]
    assert values("joined", Range("2020-01-01", "2020-01-11", 3)) == ["2020-01-01", "2020-01-06", "2020-01-11"]
    assert values("left_shop", Range("01/01/2020", "03/01/2020", 3)) == ["01/01/2020", "02/01/2020", "03/01/2020"]


def test_a_range_of_clock_times_keeps_its_minutes():
    assert values("last_visit", Range("13:15", "14:15", 3)) == ["13:15:00", "13:45:00", "14:15:00"]


def test_a_range_may_be_given_from_either_end():
    assert values("tenure", Range(4, 0, 3)) == [4, 2, 0]
    assert values("joined", Range("2020-01-03", "2020-01-01", 3)) == ["2020-01-03", "2020-01-02", "2020-01-01"]


def test_whole_numbers_and_days_that_steps_share_are_tried_once_and_stay_within_the_ends():
    assert values("tenure", Range(1, 3, 9)) == [1, 2, 3]
    assert values("joined", Range("2020-01-01", "2020-01-02", 9)) == ["2020-01-01", "2020-01-02"]


def test_ends_that_are_equal_are_one_value():
    assert values("tenure", Range(5, 5, 5)) == [5]


@pytest.mark.parametrize("steps", [-1, 0, 1, 201, 10_000])
def test_a_range_of_too_few_or_too_many_steps_is_refused(steps):
    said = refusal(values, "tenure", Range(0, 10, steps))
    assert said == f'The range of "tenure" has {steps} steps; it has to have 2 to 200.'


@pytest.mark.parametrize(
    ("name", "low", "shown", "right"),
    [
        ("tenure", 1.5, "1.5", "a whole number"),
        ("tenure", None, "None", "a whole number"),
        ("tenure", "1", '"1"', "a whole number"),
        ("tenure", True, "True", "a whole number"),
        ("charges", float("nan"), "nan", "a number"),
        ("charges", float("inf"), "inf", "a number"),
        ("wallet", 1e6, "1000000.0", "a number (at least -1000 and at most 5000)"),
        ("joined", 5, "5", "a date as text, YYYY-MM-DD"),
        ("joined", "2020-02-30", '"2020-02-30"', "a date as text, YYYY-MM-DD"),
        ("last_visit", "25:00", '"25:00"', "a clock time as text, HH:MM or HH:MM:SS"),
    ],
)
def test_an_end_that_is_no_value_of_the_field_is_refused(name, low, shown, right):
    said = refusal(values, name, Range(low, {"joined": "2020-01-01", "last_visit": "12:00"}.get(name, 5), 3))
    assert said.startswith(f'The range of "{name}" has the end {shown}; it has to be {right}')


@pytest.mark.parametrize(
    ("name", "end", "shown", "right"),
    [
        ("charges", None, "None", "a number"),
        ("charges", "?", '"?"', "a number"),
        ("charges", "", '""', "a number"),
        ("wallet", -999, "-999", "a number (at least -1000 and at most 5000)"),
        ("left_shop", None, "None", "a date as text, in the form %d/%m/%Y"),
        ("left_shop", "never", '"never"', "a date as text, in the form %d/%m/%Y"),
        ("last_visit", "", '""', "a clock time as text, HH:MM or HH:MM:SS"),
    ],
)
def test_what_stands_for_a_missing_value_is_no_end_of_a_range(name, end, shown, right):
    said = refusal(values, name, Range({"left_shop": "01/01/2020", "last_visit": "12:00"}.get(name, 50), end, 3))
    assert said == (
        f'The range of "{name}" has the end {shown}; it has to be {right}, and may not stand for a missing value.'
    )


def test_a_category_has_no_range():
    said = refusal(values, "plan", Range("Basic", "Gold"))
    assert said == 'Field "plan" is a category and has no range; try "all", or list levels.'


def test_another_word_than_all_is_refused():
    said = refusal(values, "plan", "every")
    assert said == 'What to try of "plan" is "every"; it has to be "all", a list or a range.'


def test_an_empty_list_is_refused():
    said = refusal(values, "plan", [])
    assert said == 'The list of values to try of "plan" is empty; list some, or try "all".'


def test_an_unknown_field_is_refused_with_those_there_are():
    for said in (refusal(values, "shoe", ALL), refusal(changed, CUSTOMERS, RECORD, {"shoe": 1})):
        assert said.startswith('There is no field "shoe" to change; the fields are tenure, plan, charges')


def test_at_most_so_many_values_are_tried_in_all():
    enough = list(range(100, 100 + MOST_TRIES))
    assert len(values("tenure", enough)) == MOST_TRIES
    said = refusal(tries, CUSTOMERS, RECORD, {"tenure": enough, "plan": ALL})
    assert said == "There are 1,002 values to try; at most 1,000 are tried in one request."


def test_changes_are_made_together_and_the_customer_stays_as_it_is():
    before = dict(RECORD)
    assert changed(CUSTOMERS, RECORD, {"tenure": 1, "plan": "Basic"}) == {**before, "tenure": 1, "plan": "Basic"}
    assert before == RECORD


def test_by_default_all_of_what_the_schema_marks_as_actionable_is_tried():
    schema = Schema(
        (Field("a", "number"), Field("b", "number", actionable=True), Field("c", "number", actionable=True))
    )
    assert actionable(schema) == {"b": ALL, "c": ALL}


def test_where_nothing_is_marked_it_is_said_what_to_ask():
    said = refusal(actionable, CUSTOMERS)
    assert said.startswith(
        'There is nothing to try: give changes, or name what to try, such as {"try": {"tenure": "all"}}'
    )
