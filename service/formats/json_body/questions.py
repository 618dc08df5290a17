"""From a JSON body to a question, which is an object of a few known members."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from churn.errors import shown
from service.formats.json_body.parse import count_names, parse
from service.problems import Refusal
from service.record.checks import received

_MOST_TOLD = 5
_MOST_MEMBERS = 10_000
"""Of more members, those of inner objects included, none is looked at: pydantic takes a kilobyte to tell of each."""
_WANTED = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text",
    "list_type": "an array",
    "dict_type": "an object",
    "bool_type": "true or false",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} at the most",
    "literal_error": "{expected}",
}
_BRANCHES = {"float", "str", "list[any]", "RangeQuestion"}
"""What pydantic adds to the place of an error to say which of several types it tried."""


def read_question(body: bytes, adapter: TypeAdapter[dict[str, Any]], example: str) -> dict[str, Any]:
    """Return the question that a body asks.

    Raises:
        Refusal: it is no JSON (400), or a member is missing, unknown, or of another type (422).
    """
    value = parse(body)
    if not isinstance(value, dict):
        raise Refusal("invalid-question", f"The body is {received(value)}; send an object such as {example}.")
    _refuse_crowds(value, example)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        told = list(_sentences(error.errors(include_url=False)))
        more = f" And {len(told) - _MOST_TOLD} more." if len(told) > _MOST_TOLD else ""
        said = " ".join(told[:_MOST_TOLD])
        raise Refusal("invalid-question", f"{said}{more} Send an object such as {example}.") from None


def _refuse_crowds(question: Mapping[str, Any], example: str) -> None:
    _refuse_crowd("The body", len(question), example)
    for name, value in question.items():
        if isinstance(value, dict):
            _refuse_crowd(shown(name), count_names(value)[0], example)


def _refuse_crowd(where: str, members: int, example: str) -> None:
    if members > _MOST_MEMBERS:
        said = f"{where} has {members:,} members; that is more than a question has"
        raise Refusal("invalid-question", f"{said}. Send an object such as {example}.")


def _sentences(errors: Any) -> Iterator[str]:
    """Say what is wrong with each member, once, whatever was tried with it."""
    places: dict[tuple[str | int, ...], list[Mapping[str, Any]]] = {}
    for error in errors:
        place = tuple(part for part in error["loc"] if part not in _BRANCHES)
        places.setdefault(place, []).append(error)
    wrong_inside = {place[:end] for place in places for end in range(len(place))}
    for place, found in places.items():
        if place in wrong_inside:  # one of several types that it could be; that is the one that was meant
            continue
        name = shown(".".join(map(str, place)))
        kinds = [error["type"] for error in found]
        if "missing" in kinds:
            yield f"{name} is missing."
        elif "extra_forbidden" in kinds:
            yield f"{name} is no member that is known here."
        else:
            right = " or ".join(dict.fromkeys(map(_right, found)))
            yield f"{name} is {received(found[0]['input'])}; it has to be {right}."


def _right(error: Mapping[str, Any]) -> str:
    """Say what would have been right."""
    return _WANTED.get(error["type"], "of another type").format_map(error.get("ctx", {}))
