from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.errors import SchemaError
from churn.schema import Field, Label, Schema
from tests.customers import CUSTOMERS

NAMES = st.text(min_size=1, max_size=12)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
LEVELS = st.one_of(
    st.lists(st.text(max_size=8), min_size=1, max_size=5, unique=True),
    st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=5, unique=True),
    st.permutations([False, True]),
).map(tuple)
SHARED = {
    "nullable": st.booleans(),
    "missing_markers": st.lists(st.text(max_size=4), max_size=3).map(tuple),
    "sentinels": st.lists(FLOATS, max_size=2).map(tuple),
    "description": st.text(max_size=10),
    "unit": st.none() | NAMES,
}
QUANTITIES = st.builds(
    Field,
    name=NAMES,
    kind=st.sampled_from(["number", "integer", "date", "time"]),
    training_range=st.none() | st.tuples(FLOATS, FLOATS).map(sorted).map(tuple),
    minimum=st.none() | st.floats(-1e9, 0),
    maximum=st.none() | st.floats(1, 1e9),
    date_format=st.none() | st.just("%d.%m.%Y"),
    **SHARED,
)
CATEGORIES = st.builds(Field, name=NAMES, kind=st.just("category"), levels=LEVELS, **SHARED)


@st.composite
def schemas(draw):
    fields = draw(st.lists(QUANTITIES | CATEGORIES, min_size=1, max_size=5, unique_by=lambda field: field.name))
    taken = {field.name for field in fields} | {"customer_id"}
    fields = [field for field in fields if field.name != "customer_id"] or [Field("age", "number")]
    free = NAMES.filter(lambda name: name not in taken | {"age"})
    label = draw(st.none() | st.builds(Label, free, st.text() | st.integers() | st.booleans()))
    return Schema(
        tuple(fields),
        identifier=draw(st.none() | free),
        label=label,
        ignored=tuple(draw(st.dictionaries(NAMES, st.text(), max_size=2)).items()),
        as_of=draw(st.dates()),
    )


@given(schemas())
def test_a_schema_comes_back_from_its_json_unchanged(schema):
    again = Schema.from_json(json.loads(json.dumps(schema.to_json())))
    assert json.dumps(again.to_json()) == json.dumps(schema.to_json())
    assert again.digest() == schema.digest()
    # An empty text is a setting left out.
    assert again == replace(schema, fields=tuple(replace(f, unit=f.unit or None) for f in schema.fields))


def test_the_digest_changes_with_any_field():
    changed = replace(CUSTOMERS, fields=(replace(CUSTOMERS.fields[0], nullable=True), *CUSTOMERS.fields[1:]))
    assert changed.digest() != CUSTOMERS.digest()


def test_numbers_and_categories_keep_the_order_of_the_schema():
    assert [f.name for f in CUSTOMERS.numbers] == ["tenure", "charges", "wallet", "joined", "left_shop", "last_visit"]
    assert [f.name for f in CUSTOMERS.categories] == ["plan", "region", "senior", "paperless"]


def test_another_day_makes_another_schema_and_leaves_this_one():
    moved = CUSTOMERS.with_as_of(date(2025, 1, 1))
    assert (moved.as_of, CUSTOMERS.as_of) == (date(2025, 1, 1), date(2024, 1, 1))


CATEGORY = {"name": "c", "kind": "category", "levels": ["a"]}
NUMBER = {"name": "n", "kind": "number"}
WRONG = [
    ([], "the schema is list"),
    ({"fields": []}, "no fields"),
    ({"fields": [NUMBER], "feilds": 1}, "unknown keys ['feilds']"),
    ({"fields": [NUMBER, NUMBER]}, "['n'] stand in the schema more than once"),
    ({"fields": ["n"]}, "a field is str"),
    ({"fields": [{"kind": "number"}]}, "has the name None"),
    ({"fields": [{"name": "n", "kind": "float"}]}, "has kind 'float'"),
    ({"fields": [{"name": "n", "kind": ["number"]}]}, "has kind ['number']"),
    ({"fields": [{**NUMBER, "levles": []}]}, "unknown keys ['levles']"),
    ({"fields": [{**NUMBER, "levels": ["a"]}]}, "only categories have them"),
    ({"fields": [{**CATEGORY, "levels": []}]}, "a category without levels"),
    ({"fields": [{**CATEGORY, "levels": "ab"}]}, "has to be a list"),
    ({"fields": [{**CATEGORY, "levels": ["a", 1]}]}, "of the types ['int', 'str']"),
    ({"fields": [{**CATEGORY, "levels": [1, True]}]}, "of the types ['bool', 'int']"),
    ({"fields": [{**CATEGORY, "levels": ["a", "a"]}]}, "stands in its list twice"),
    ({"fields": [{**NUMBER, "minimum": "1"}]}, "minimum is '1'"),
    ({"fields": [{**NUMBER, "minimum": 10**400}]}, "it has to be a number, and a finite one"),
    ({"fields": [{**NUMBER, "maximum": math.nan}]}, "maximum is nan; it has to be a number, and a finite one"),
    ({"fields": [{**NUMBER, "sentinels": [math.inf]}]}, "each has to be a number"),
    ({"fields": [{**NUMBER, "training_range": [0, 10**400]}]}, "it is [lowest, highest]"),
    ({"fields": [{**NUMBER, "kind": "integer", "example": math.inf}]}, "example is inf"),
    ({"fields": [{**NUMBER, "example": [1]}]}, "example is [1]"),
    ({"fields": [{**NUMBER, "minimum": 2, "maximum": 1}]}, "minimum 2 is above maximum 1"),
    ({"fields": [{**NUMBER, "nullable": "yes"}]}, "has to be true or false"),
    ({"fields": [{**NUMBER, "sentinels": ["-999"]}]}, "each has to be a number"),
    ({"fields": [{**NUMBER, "training_range": [2, 1]}]}, "it is [lowest, highest]"),
    ({"fields": [{**NUMBER, "training_range": [1]}]}, "it is [lowest, highest]"),
    ({"fields": [{"name": "d", "kind": "date"}]}, "no 'as_of' day"),
    ({"fields": [NUMBER], "as_of": "31.12.2024"}, "it has to be a day"),
    ({"fields": [NUMBER], "identifier": 3}, "'identifier' is 3"),
    ({"fields": [NUMBER], "identifier": "n"}, "cannot be features"),
    ({"fields": [NUMBER], "label": {"name": "n", "positive": 1}}, "cannot be features"),
    ({"fields": [{**NUMBER, "name": "customer_id"}]}, "cannot be features"),
    ({"fields": [NUMBER], "label": "churn"}, "'label' is str"),
    ({"fields": [NUMBER], "label": {"name": "churn"}}, "'label' needs"),
]


@pytest.mark.parametrize(("data", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_wrong_schema_is_refused_with_a_sentence_that_says_where(data, said):
    with pytest.raises(SchemaError) as error:
        Schema.from_json(data)
    assert said in str(error.value)
    assert str(error.value).rstrip()[-1] in ".)"
