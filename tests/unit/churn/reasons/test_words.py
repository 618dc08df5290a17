"""Contributions in words."""

from datetime import date

import numpy as np
import pytest

from churn.columns import MISSING, UNSEEN, Columns
from churn.reasons import Attributions, ReasonWriter
from churn.records import RecordReader
from churn.schema import Field, Schema

SCHEMA = Schema(
    fields=(
        Field("contract", "category", nullable=True, levels=("month", "Two year")),
        Field("tenure", "integer", nullable=True, unit="months"),
        Field("partner", "category", levels=(False, True)),
        Field("charges", "number", unit="EUR"),
        Field("senior", "category", levels=(0, 1)),
        Field("joined", "date"),
        Field("left", "date", nullable=True, date_format="%d/%m/%Y"),
        Field("at", "time"),
        Field("score", "number"),
    ),
    as_of=date(2024, 1, 31),
)
ORDER = [field.name for field in (*SCHEMA.numbers, *SCHEMA.categories)]
RECORD = {
    "contract": "month", "tenure": 12, "partner": True, "charges": 70.35, "senior": 1, "joined": "2024-01-01",
    "left": "24/12/2023", "at": "13:45:30", "score": 1.0,
}  # fmt: skip


def read(**changes):
    return RecordReader(SCHEMA).read([{**RECORD, **changes}])


def told(columns, contributions, log_odds=0.0, count=9):
    """The reasons of customers to whom each named field contributes so much, and all others nothing."""
    rows = np.array([[row.get(name, 0.0) for name in ORDER] for row in contributions]).reshape(-1, len(ORDER))
    attributions = Attributions(
        tuple(SCHEMA.by_name[name] for name in ORDER), rows, np.full(len(rows), log_odds), base=0.0
    )
    return ReasonWriter(SCHEMA).top(columns, attributions, count)


def first(columns, name, contribution=1.0, log_odds=0.0):
    ((reason, *_),) = told(columns, [{name: contribution}], log_odds)
    assert reason.field == name
    return reason


@pytest.mark.parametrize(
    ("changes", "name", "value", "words"),
    [
        ({}, "contract", "month", "contract is month"),
        ({"contract": "Two year"}, "contract", "Two year", "contract is Two year"),
        ({"contract": None}, "contract", None, "contract is not given"),
        ({"contract": "never seen"}, "contract", None, "contract has a level never seen in training"),
        ({}, "partner", True, "partner is true"),
        ({"partner": False}, "partner", False, "partner is false"),
        ({"senior": 0}, "senior", 0, "senior is 0"),
        ({}, "tenure", 12, "tenure is 12 months"),
        ({"tenure": 1}, "tenure", 1, "tenure is 1 month"),
        ({"tenure": 0}, "tenure", 0, "tenure is 0 months"),
        ({"tenure": None}, "tenure", None, "tenure is not given"),
        ({}, "charges", 70.35, "charges is 70.35 EUR"),
        ({"charges": 70.0}, "charges", 70.0, "charges is 70 EUR"),
        ({"charges": 1_234_567.25}, "charges", 1_234_567.25, "charges is 1234567.25 EUR"),
        ({"score": -0.125}, "score", -0.125, "score is -0.125"),
        ({}, "joined", "2024-01-01", "joined is 2024-01-01"),
        ({}, "left", "24/12/2023", "left is 24/12/2023"),
        ({"left": None}, "left", None, "left is not given"),
        ({}, "at", "13:45:30", "at is 13:45:30"),
    ],
)
def test_a_value_is_said_as_a_client_writes_it(changes, name, value, words):
    reason = first(read(**changes), name)
    assert reason.value == value
    assert type(reason.value) is type(value)
    assert reason.sentence.startswith(f"{words}: ")


def odds(probability):
    return float(np.log(probability / (1 - probability)))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (0.35, 0.60, "raises the risk from 35 % to 60 %"),
        (0.60, 0.35, "lowers the risk from 60 % to 35 %"),
        (0.352, 0.354, "raises the risk from 35.2 % to 35.4 %"),
        (0.3521, 0.3523, "raises the risk from 35.21 % to 35.23 %"),
        (0.0004, 0.9996, "raises the risk from 0 % to 100 %"),
        (0.35214, 0.35216, "raises the risk from 35.21 % to 35.22 %"),
        (0.352111, 0.352131, "leaves the risk at 35 %"),
        (0.35, 0.35, "leaves the risk at 35 %"),
    ],
)
def test_percentages_have_the_fewest_decimals_that_tell_them_apart(before, after, said):
    reason = first(read(), "contract", odds(after) - odds(before), log_odds=odds(after))
    assert reason.sentence == f"contract is month: {said}."


@pytest.mark.parametrize(
    ("contribution", "direction"), [(0.5, "raises"), (-0.5, "lowers"), (0.0, "none"), (-0.0, "none")]
)
def test_the_direction_is_that_of_the_contribution(contribution, direction):
    reason = first(read(), "contract", contribution)
    assert (reason.contribution, reason.direction) == (contribution, direction)
    assert str(reason.contribution) == str(contribution + 0.0)  # no negative zero


def test_a_contribution_that_rounds_to_zero_is_none():
    reason = first(read(), "contract", -0.000001)
    assert (str(reason.contribution), reason.direction) == ("0.0", "none")
    assert reason.sentence == "contract is month: leaves the risk at 50 %."


def test_the_most_extreme_probabilities_can_be_said():
    raised, lowered = (first(read(), "contract", sign * 60.0, sign * 34.5).sentence for sign in (1, -1))
    assert raised == "contract is month: raises the risk from 0 % to 100 %."
    assert lowered == "contract is month: lowers the risk from 100 % to 0 %."


def test_the_largest_come_first_and_equal_ones_in_the_order_of_the_schema():
    (reasons,) = told(read(), [{"charges": 0.5, "tenure": -0.5, "contract": -0.5, "at": 2.0, "senior": -0.6}])
    names = ["at", "senior", "contract", "tenure", "charges", "partner", "joined", "left", "score"]
    assert [reason.field for reason in reasons] == names


def test_each_customer_has_its_own_reasons_and_so_many_as_were_asked_for():
    columns = Columns(SCHEMA, np.repeat(read().numbers, 2, axis=0), np.repeat(read().codes, 2, axis=0))
    columns.codes[:, 0] = MISSING, UNSEEN
    reasons = told(columns, [{"contract": 1.0, "score": 0.2}, {"at": 1.0, "contract": -0.5}], count=2)
    assert [[reason.field for reason in each] for each in reasons] == [["contract", "score"], ["at", "contract"]]
    assert "not given" in reasons[0][0].sentence
    assert "never seen" in reasons[1][1].sentence


def test_nobody_has_no_reasons():
    assert told(RecordReader(SCHEMA).read([]), []) == []
