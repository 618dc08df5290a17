"""Schemas with the names and kinds of real tables, and records of them; the values are made up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from churn.schema import Field, Label, Schema
from tests.customers import CUSTOMERS, customer


@dataclass(frozen=True)
class Table:
    """A schema, a good record of it, and the field of it that is made wrong by ``wrong``."""

    schema: Schema
    record: dict[str, Any]
    field: str
    wrong: Any


CALLS = Table(
    Schema(
        (
            Field("State", "category", levels=("KS", "OH")),
            Field("Account Length", "integer", training_range=(1.0, 243.0)),
            Field("Int'l Plan", "category", levels=("no", "yes")),
            Field("#VMail Message", "integer", training_range=(0.0, 51.0)),
            Field("Day.Mins", "number", minimum=0.0, training_range=(0.0, 350.8)),
            Field("24h calls", "integer", nullable=True, training_range=(0.0, 165.0)),
            Field("class", "category", levels=("a", "b")),
            Field("CustServ Calls (total)", "integer", training_range=(0.0, 9.0)),
        ),
        label=Label("Churn.", "True."),
    ),
    {"State": "KS", "Account Length": 128, "Int'l Plan": "no", "#VMail Message": 25, "Day.Mins": 265.1,
     "24h calls": 91, "class": "a", "CustServ Calls (total)": 1},
    "Day.Mins",
    -5.0,
)  # fmt: skip
BANK = Table(
    Schema(
        (
            Field("CreditScore", "integer", training_range=(350.0, 850.0)),
            Field("Geography", "category", levels=("France", "Spain")),
            Field("Balance", "number", minimum=0.0, training_range=(0.0, 250_000.0)),
            Field("HasCrCard", "category", levels=(0, 1)),
        ),
        identifier="CustomerId",
        label=Label("Exited", 1),
        ignored=(("RowNumber", "it counts the rows"), ("Surname", "identifies")),
    ),
    {"CreditScore": 619, "Geography": "France", "Balance": 83_807.86, "HasCrCard": 1},
    "Balance",
    -5.0,
)
MEMBERS = Table(CUSTOMERS, customer(), "wallet", 6000.5)
TABLES: Mapping[str, Table] = {"calls": CALLS, "bank": BANK, "members": MEMBERS}
