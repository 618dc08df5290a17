"""From the JSON of a request to customers: ``instances`` in rows, or ``inputs`` in columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import Any

from churn.errors import shown
from service.dialects.call import Question
from service.dialects.errors import wrong
from service.dialects.v1.texts import decoded_column, decoded_row, may_be_encoded
from service.formats.json_body.parse import parse
from service.served import Model

SIGNATURE = "serving_default"
_SIGNATURES = (None, "", SIGNATURE)
ROWS, _COLUMNS = "instances", "inputs"
_WANTED = 'Send an object with "instances", an array of one object for each customer.'


class Form(Enum):
    """In which form customers came; their answers go back in the same."""

    ROWS = auto()
    COLUMNS = auto()


def read_customers(model: Model, body: bytes) -> Question:
    """Read the customers of a request, in the form that it chose; that is the question's context.

    Raises:
        Refusal: the body is no request of this protocol.
    """
    model.values.refuse_masses(body)
    request = parse(body, _WANTED)
    if not isinstance(request, dict):
        raise wrong(f"The body is {_kind(request)}. {_WANTED[:-1]}")
    _check_signature(request.get("signature_name"))
    if (ROWS in request) == (_COLUMNS in request):
        which = "both" if ROWS in request else "neither"
        raise wrong(f'The body has {which} of "{ROWS}" (rows) and "{_COLUMNS}" (columns); send one of them')
    is_encoded = may_be_encoded(body)
    if ROWS in request:
        return _rows(model, request[ROWS], is_encoded=is_encoded)
    return _columns(model, request[_COLUMNS], is_encoded=is_encoded)


def _check_signature(name: Any) -> None:
    if name not in _SIGNATURES:
        raise wrong(f"There is no signature {shown(name)} in this model; the only one is {shown(SIGNATURE)}")


def _rows(model: Model, instances: Any, *, is_encoded: bool) -> Question:
    if not isinstance(instances, list):
        raise wrong(f'"{ROWS}" is {_kind(instances)}; it is an array of one object for each customer')
    if any(isinstance(instance, list) for instance in instances):
        first = shown(model.values.schema.fields[0].name)
        raise wrong(
            f'"{ROWS}" holds arrays; the model has several inputs, and values need the name of theirs. Send an '
            f"object for each customer, such as {{{first}: ...}}"
        )
    if is_encoded:
        instances = [decoded_row(index, instance) for index, instance in enumerate(instances)]
    return Question(len(instances), records=instances, context=Form.ROWS)


def _columns(model: Model, inputs: Any, *, is_encoded: bool) -> Question:
    if not isinstance(inputs, dict) or not inputs:
        what = "an empty object" if inputs == {} else _kind(inputs)
        first = shown(model.values.schema.fields[0].name)
        raise wrong(f'"{_COLUMNS}" is {what}; it is an object with an array for each field, such as {{{first}: [...]}}')
    count = _count(inputs)
    columns: Mapping[str, Sequence[Any]] = (
        {name: decoded_column(name, values) for name, values in inputs.items()} if is_encoded else inputs
    )
    return Question(count, columns, context=Form.COLUMNS)


def _count(inputs: Mapping[str, Any]) -> int:
    """Return of how many customers there are values."""
    first, count = "", -1
    for name, values in inputs.items():
        if not isinstance(values, list):
            raise wrong(f"Input {shown(name)} is {_kind(values)}; it is an array of one value for each customer")
        if count < 0:
            first, count = name, len(values)
        elif len(values) != count:
            raise wrong(
                f"Input {shown(name)} has {len(values):,} values, and {shown(first)} has {count:,}; all have one for "
                "each customer"
            )
    return count


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "an array", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")
