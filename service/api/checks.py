"""What exactly is wrong with a record: every problem of every field, in words made from the schema."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import Any

from churn.columns import number_of
from churn.errors import Problem, shown
from churn.schema import TEXT_LIMIT_CHARACTERS, Field, Schema
from service.api.models import WORD_LIMIT, identifier_names

Check = Callable[[Any], str | None]
"""Returns None for a right value; for a wrong one a remark on it, or "" where the value speaks for itself."""

UNKNOWN_LIMIT = 20
"""Unknown fields told one by one in a record; the others are counted."""

_ID_EXPECTED = f"text of at most {TEXT_LIMIT_CHARACTERS:,} characters, or a whole number"
_BEYOND_WORD = "beyond 64 bits"


class Checker:
    """Finds every problem of a record that is already parsed; made once per schema."""

    def __init__(self, schema: Schema) -> None:
        """Prepare one check for each field."""
        self._fields = [(field, check_of(field, schema.as_of)) for field in schema.fields]
        self._identifiers = identifier_names(schema)
        self._known = frozenset((*self._identifiers, *schema.by_name))
        self._why_unknown = lru_cache(maxsize=256)(lambda name: _why_unknown(name, schema, self._known))

    def problems(self, index: int, record: object) -> list[Problem]:
        """Return every problem of one record; none for a record that can be scored."""
        if not isinstance(record, dict):
            return [Problem(index, None, received(record), "an object with the fields of one customer")]
        found = [
            Problem(index, name, received(record[name], note), _ID_EXPECTED)
            for name in self._identifiers
            if name in record and (note := check_identifier(record[name])) is not None
        ]
        every = (_problem(index, record, field, check) for field, check in self._fields)
        found += [problem for problem in every if problem is not None]
        if not self._known.issuperset(record):
            found += self._unknown(index, record)
        return found

    def _unknown(self, index: int, record: Mapping[str, Any]) -> list[Problem]:
        names = [name for name in record if name not in self._known]
        found = [
            Problem(index, _short(name), received(record[name]), self._why_unknown(name))
            for name in islice(names, UNKNOWN_LIMIT)
        ]
        if len(names) > UNKNOWN_LIMIT:
            more = f"{len(names) - UNKNOWN_LIMIT:,} more unknown fields"
            found.append(Problem(index, None, more, "only the fields that /schema lists"))
        return found


def _problem(index: int, record: Mapping[str, Any], field: Field, check: Check) -> Problem | None:
    value = record.get(field.name)
    if value is None:
        if field.nullable:
            return None
        return Problem(index, field.name, "null" if field.name in record else "nothing", field.expected())
    note = check(value)
    return None if note is None else Problem(index, field.name, received(value, note), field.expected())


def _why_unknown(name: str, schema: Schema, known: frozenset[str]) -> str:
    reason = dict(schema.ignored).get(name)
    if reason is not None:
        return f"no field of this name: training left the column out ({reason})"
    if schema.label is not None and name == schema.label.name:
        return "no field of this name: it is what the model predicts"
    near = get_close_matches(name[:100], known, n=1)
    return f"no field of this name; did you mean {near[0]}?" if near else "no field of this name; /schema lists them"


def _short(name: str) -> str:
    return name if len(name) <= 100 else shown(name)


def check_of(field: Field, as_of: date | None) -> Check:
    """Return the check of one field's values (null apart)."""
    if field.is_category:
        return {str: check_text, int: check_whole, bool: _check_truth}[field.level_type]
    if field.kind in {"date", "time"}:
        return _check_moment(field, as_of)
    return _bounded(field, check_whole if field.kind == "integer" else check_number)


def check_text(value: object) -> str | None:
    """Accept text that is not too long."""
    if not isinstance(value, str):
        return ""
    return None if len(value) <= TEXT_LIMIT_CHARACTERS else f"longer than {TEXT_LIMIT_CHARACTERS:,} characters"


def check_number(value: object) -> str | None:
    """Accept finite numbers; a whole number has to fit into 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if isinstance(value, int):
        return None if -WORD_LIMIT <= value < WORD_LIMIT else _BEYOND_WORD
    return None if math.isfinite(value) else "not a finite 64-bit number"


def check_whole(value: object) -> str | None:
    """Accept whole numbers of 64 bits, 5.0 as well as 5."""
    note = check_number(value)
    if note is None and isinstance(value, float):
        if not value.is_integer():
            return ""
        return None if -WORD_LIMIT <= value < WORD_LIMIT else _BEYOND_WORD
    return note


def check_identifier(value: object) -> str | None:
    """Accept what may come back as customer_id: text, or a whole number."""
    if isinstance(value, float):
        return ""
    return check_text(value) if isinstance(value, str) else check_number(value)


def _check_truth(value: object) -> str | None:
    return None if isinstance(value, bool) else ""


def _bounded(field: Field, check: Check) -> Check:
    if field.minimum is None and field.maximum is None:
        return check

    def check_with_bounds(value: Any) -> str | None:
        note = check(value)
        if note is not None or value in field.sentinels:
            return note
        return _check_bounds(field, value)

    return check_with_bounds


def _check_bounds(field: Field, value: float) -> str | None:
    low_ok = field.minimum is None or value >= field.minimum
    high_ok = field.maximum is None or value <= field.maximum
    return None if low_ok and high_ok else ""


def _check_moment(field: Field, as_of: date | None) -> Check:
    convert = number_of(field, as_of)

    def check(value: object) -> str | None:
        note = check_text(value)
        if note is not None:
            return note
        try:
            number = convert(value)
        except ValueError:
            return ""
        return None if math.isnan(number) else _check_bounds(field, number)

    return check


def received(value: object, note: str = "") -> str:
    """Show a received value as JSON would write it, shortened, with a remark where there is one."""
    return f"{_show(value)} ({note})" if note else _show(value)


def _show(value: object) -> str:
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return (
        {None: "null", True: "true", False: "false"}[value]
        if value is None or isinstance(value, bool)
        else shown(value)
    )
