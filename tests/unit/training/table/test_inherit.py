from churn.schema import Field, Schema
from training.table.inherit import inherited_schema

OLDER = Schema(
    (
        Field("months", "integer", unit="months"),
        Field("plan", "category", levels=("b", "a")),
        Field("flag", "category", levels=(0, 1)),
    )
)


def test_new_levels_come_after_the_old_ones_and_the_rest_stays():
    newer = Schema(
        (
            Field("months", "number"),
            Field("plan", "category", levels=("a", "c"), nullable=True),
            Field("flag", "integer"),
            Field("extra", "number"),
        )
    )
    schema = inherited_schema(OLDER, newer)
    assert schema.by_name["months"] == OLDER.by_name["months"]
    assert schema.by_name["plan"].levels == ("b", "a", "c")
    assert schema.by_name["plan"].nullable
    assert schema.by_name["flag"] == OLDER.by_name["flag"]
    assert dict(schema.ignored) == {"extra": "not in the bundle that this training starts from"}


def test_a_column_that_the_newer_table_alone_would_not_use_is_used_all_the_same():
    newer = Schema((Field("months", "integer"), Field("flag", "category", levels=(0, 1))), ignored=(("plan", "empty"),))
    schema = inherited_schema(OLDER, newer)
    assert [field.name for field in schema.fields] == ["months", "plan", "flag"]
    assert not schema.ignored
