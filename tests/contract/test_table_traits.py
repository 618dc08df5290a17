"""A table says the same, however it is written: delimiter, spelling of numbers, encoding, label, dates, markers."""

import numpy as np
import pytest

from churn.tables import read_table, to_batch
from tests.tables.traits import combinations, customers, write
from training.table.infer import infer_schema

MADE = customers()


@pytest.mark.parametrize("traits", list(combinations()), ids=str)
def test_a_table_is_read_as_what_it_says(traits, tmp_path):
    write(tmp_path / "table.csv", MADE, traits)
    raw = read_table(tmp_path / "table.csv")
    inference = infer_schema(raw.table, "left")
    schema = inference.schema
    assert inference.findings == []
    assert schema.identifier == "id"
    assert {field.name: field.kind for field in schema.fields} == {
        "spend": "number",
        "visits": "integer",
        "joined": "date",
        "plan": "category",
    }
    assert str(schema.label.positive).lower() == traits.label[0].lower()
    batch = to_batch(raw.table, schema)
    assert batch.refused == {}
    numbers = dict(zip([field.name for field in schema.numbers], batch.columns.numbers.T, strict=True))
    np.testing.assert_array_equal(numbers["spend"], MADE.spend)
    np.testing.assert_array_equal(numbers["visits"], MADE.visits)
    assert numbers["joined"].tolist() == [float((schema.as_of - day).days) for day in MADE.days]
    assert schema.as_of == max(MADE.days)
    levels = schema.by_name["plan"].levels
    assert [levels[code] for code in batch.columns.codes[:, 0]] == MADE.plan
