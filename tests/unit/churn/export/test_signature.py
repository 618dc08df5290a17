from churn.export.signature import example_row, input_columns, output_columns
from churn.schema import Field, Schema
from tests.customers import CUSTOMERS


def types(schema):
    return {column["name"]: column["type"] for column in input_columns(schema)}


def test_every_field_is_a_column_in_its_order_and_required_where_it_may_not_be_missing():
    columns = input_columns(CUSTOMERS)
    assert [column["name"] for column in columns] == [field.name for field in CUSTOMERS.fields]
    assert {c["name"] for c in columns if c["required"]} == {"tenure", "plan", "joined", "senior"}


def test_numbers_and_what_may_be_missing_come_in_any_type_of_pandas():
    assert types(CUSTOMERS) == dict.fromkeys(CUSTOMERS.by_name, "any") | {"plan": "string"}


def test_levels_are_of_a_type_where_pandas_has_one_for_them():
    schema = Schema(
        (
            Field("area", "category", levels=("408", "415")),
            Field("mixed", "category", levels=("408", "other")),
            Field("truth", "category", levels=(False, True)),
            Field("code", "category", levels=(1, 2)),
        )
    )
    assert types(schema) == {"area": "any", "mixed": "string", "truth": "boolean", "code": "any"}


def test_the_answers_are_of_one_type_each():
    assert [(c["name"], c["type"]) for c in output_columns()] == [
        ("churn_probability", "double"),
        ("churn", "boolean"),
        ("risk", "string"),
    ]


def test_the_example_has_a_value_for_each_column():
    example = example_row(CUSTOMERS)
    (row,) = example["data"]
    assert dict(zip(example["columns"], row, strict=True))["plan"] == "Basic"
