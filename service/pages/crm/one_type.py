"""A schema of JSON Schema 2020-12 in the words of OpenAPI 3.0, with one type for each value and ``nullable``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FORMATS: Mapping[str, str] = {"integer": "int64", "number": "double"}
"""Without them, an importer takes 32 bits and single precision."""
_OF_TEXT = ("pattern", "maxLength", "minLength")
_UNSAID = ("title", "examples", "additionalProperties")


def one_type(described: Mapping[str, Any], keep: str | None = None) -> dict[str, Any]:
    """Return a value's schema with one type; ``keep`` names it where there are several besides null.

    Raises:
        ValueError: there are several types, and ``keep`` is none of them.
    """
    if "$ref" in described:
        return {"$ref": described["$ref"]}  # OpenAPI 3.0 overlooks all that stands beside it
    common = {key: value for key, value in described.items() if key not in {"anyOf", "type", *_UNSAID}}
    forms = _forms(described)
    some = [form for form in forms if form.get("type") != "null"]
    one = some[0] if len(some) == 1 else next((form for form in some if form.get("type") == keep), None)
    if one is None:
        raise ValueError(f"{described} has several types; say which of them is to be kept.")
    made = {**common, **one, **({"nullable": True} if len(some) < len(forms) else {})}
    return _said(made, example=described.get("examples"))


def one_typed(described: Mapping[str, Any], keep: Mapping[str, str], left_out: str | None = None) -> dict[str, Any]:
    """Return an object's schema with one type for each member, with their titles for people.

    ``keep`` names the type of members that have several, ``left_out`` a member for which none will do.

    Raises:
        ValueError: a member has several types, and ``keep`` does not say which.
    """
    members = {name: value for name, value in described["properties"].items() if name != left_out}
    titles = {name: value["title"] for name, value in members.items() if "title" in value}
    made: dict[str, Any] = {
        "type": "object",
        "description": " ".join(described["description"].split()),
        "properties": {name: one_type(value, keep.get(name)) for name, value in members.items()},
    }
    for name, title in titles.items():
        if "$ref" not in made["properties"][name]:
            made["properties"][name]["x-ms-summary"] = title
    required = [name for name in described.get("required", ()) if name in members]
    return {**made, "required": required} if required else made


def _forms(described: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "anyOf" in described:
        return [dict(form) for form in described["anyOf"]]
    types = described["type"]
    return [{"type": name} for name in ([types] if isinstance(types, str) else types)]


def _said(made: dict[str, Any], example: list[Any] | None) -> dict[str, Any]:
    """Return it in the words that OpenAPI 3.0 has."""
    kind = made["type"]
    if kind != "string":
        made = {key: value for key, value in made.items() if key not in _OF_TEXT}
    if kind in _FORMATS:
        made["format"] = _FORMATS[kind]
    for key, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if key in made:
            made[bound], made[key] = made[key], True
    if kind == "array":
        made["items"] = one_type(made["items"])
    if example and example[0] is not None:
        made["example"] = example[0]
    return made
