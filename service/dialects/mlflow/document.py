"""Customers in a JSON object, under one of four names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from churn.errors import shown
from service.dialects.around import Around
from service.dialects.call import Question
from service.dialects.errors import refuse_parameters, wrong
from service.dialects.v2.tensors import without_nan
from service.formats.json_body.parse import parse
from service.served import Model


def read_document(model: Model, body: bytes) -> Question:
    """Read the customers of a JSON body. NaN, as pandas writes what is missing, is null.

    Raises:
        Refusal: it is no JSON, or no such object.
    """
    model.values.refuse_masses(body)
    request = parse(body)
    given = [name for name in _MEMBERS if name in request] if isinstance(request, dict) else []
    if len(given) != 1:
        had = f"has {' and '.join(given)}" if given else "has none of them"
        raise wrong(f"The body is an object with exactly one of {', '.join(_MEMBERS)}; this one {had}")
    name = given[0]
    refuse_parameters("params", request.get("params"))
    question = _MEMBERS[name](name, request[name])
    return _without_nan(question) if b"NaN" in body else question


def _split(name: str, value: Any) -> Question:
    """Read ``{"columns": [...], "data": [[...], ...]}``; an index says nothing of the customers."""
    columns, data = (value.get("columns"), value.get("data")) if isinstance(value, dict) else (None, None)
    if not isinstance(columns, list) or not isinstance(data, list):
        raise wrong(f"{name} is not an object with an array columns, of names, and an array data, of rows")
    refuse_wrong_names(columns)
    for index, row in enumerate(data):
        if not isinstance(row, list):
            raise wrong(f"Row {index} of data is {shown(row)}; it is an array of the values of one customer")
        if len(row) != len(columns):
            raise wrong(f"Row {index} of data has {len(row):,} values, but there are {len(columns):,} columns")
    return Question(len(data), by_name(columns, data))


def _records(name: str, value: Any) -> Question:
    if not isinstance(value, list):
        raise wrong(f"{name} is {shown(value)}; it is an array of records, one object for each customer")
    return Question(len(value), records=value)


def _inputs(name: str, value: Any) -> Question:
    if not isinstance(value, dict):
        return _records(name, value)
    for field, values in value.items():
        if not isinstance(values, list):
            raise wrong(
                f"Column {shown(field)} of {name} is {shown(values)}; it is an array, a value for each customer"
            )
    columns = {field: _flat(values) for field, values in value.items()}
    count = max(map(len, columns.values()), default=0)
    for field, values in columns.items():
        if len(values) != count:
            raise wrong(f"Column {shown(field)} of {name} has {len(values):,} values, and others have {count:,}")
    return Question(count, columns)


_MEMBERS: Mapping[str, Callable[[str, Any], Question]] = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "instances": _records,
    "inputs": _inputs,
}
AROUND = Around(*(name for name, read in _MEMBERS.items() if read is _records))
"""What a body is that holds records and nothing else."""


def refuse_wrong_names(columns: Sequence[Any]) -> None:
    """Refuse names of columns that are no texts, or of which one stands twice.

    Raises:
        Refusal: there is one.
    """
    seen: set[str] = set()
    for name in columns:
        if not isinstance(name, str):
            raise wrong(f"A column has the name {shown(name)}; names are texts")
        if name in seen:
            raise wrong(f"The column {shown(name)} is there twice; each field may stand once")
        seen.add(name)


def by_name(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Return the columns of rows that are as long as there are names."""
    turned: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return {name: list(values) for name, values in zip(columns, turned, strict=True)}


def _flat(values: list[Any]) -> list[Any]:
    """Return the values of a column that may be an array of shape (n, 1)."""
    if values and all(isinstance(each, list) and len(each) == 1 for each in values):
        return [each[0] for each in values]
    return values


def _without_nan(question: Question) -> Question:
    if question.columns is not None:
        return Question(question.count, {name: without_nan(values) for name, values in question.columns.items()})
    return Question(question.count, records=[_null_for_nan(record) for record in question.records or ()])


def _null_for_nan(record: Any) -> Any:
    if not isinstance(record, dict):
        return record
    return dict(zip(record, without_nan(list(record.values())), strict=True))
