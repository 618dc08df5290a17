"""What exactly is wrong with a record: every problem of every field, in words made from the schema.

Counting is cheap, and done for all records; words are made one by one, for the problems that an answer lists.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from itertools import islice
from typing import Any, NamedTuple

from churn.errors import Problem, shown
from churn.identifier import identifier_names
from churn.kinds import kind_of
from churn.kinds.wire import TEXT_LIMIT_CHARACTERS, Check, check_number, check_text
from churn.schema import Field, Schema
from service.record.ignored import left_out
from service.record.numerals import check_with_numerals, number_in, takes_numerals

UNKNOWN_LIMIT = 20
"""Unknown fields told one by one in a record; the others are counted."""

GUESS_COMPARISONS_LIMIT = 500
"""Comparisons of unknown names with known ones in one answer, to guess what was meant; about 4 µs each."""

_ID_EXPECTED = f"text of at most {TEXT_LIMIT_CHARACTERS:,} characters, or a whole number"


class _Rule(NamedTuple):
    """What holds for the values of one name."""

    check: Check
    expected: str
    required: bool


class Guesses:
    """Guesses which known name was meant by an unknown one, for as many names as one answer may spend time on."""

    def __init__(self, known: frozenset[str]) -> None:
        """Take the names that there are."""
        self._known = known
        self._left = max(1, GUESS_COMPARISONS_LIMIT // len(known))
        self._made: dict[str, str | None] = {}

    def guess(self, name: str) -> str | None:
        """Return the known name that is most like this one, if one is and there is still time for it."""
        cut = name[:100]
        if cut not in self._made and self._left > 0:
            self._left -= 1
            self._made[cut] = next(iter(get_close_matches(cut, self._known, n=1)), None)
        return self._made.get(cut)


class Checker:
    """Finds every problem of a record that is already parsed; made once per schema."""

    def __init__(self, schema: Schema, *, ignores: bool = True) -> None:
        """Prepare one rule for each name that a record may have; ``ignores`` says whether those left out may stand."""
        self._rules = {name: _Rule(check_identifier, _ID_EXPECTED, required=False) for name in identifier_names(schema)}
        self._rules |= {field.name: _rule_of(field, schema.as_of) for field in schema.fields}
        self._checks = {name: rule.check for name, rule in self._rules.items()}
        self._required = frozenset(name for name, rule in self._rules.items() if rule.required)
        self._known = frozenset(self._rules)
        self._reasons = left_out(schema)
        self._ignored = frozenset(self._reasons) if ignores else frozenset()
        kinds = {field.name: kind_of(field, schema.as_of) for field in schema.fields}
        self._numerals = {name: kind for name, kind in kinds.items() if takes_numerals(kind)}

    def guesses(self) -> Guesses:
        """Return what guesses for one answer."""
        return Guesses(self._known)

    def count(self, record: object) -> int:
        """Return how many problems a record has: as many as ``problems`` gives."""
        if not isinstance(record, dict):
            return 1
        count = len(self._required.difference(record))
        unknown = 0
        find = self._checks.get
        for name, value in record.items():
            check = find(name)
            if check is None:
                unknown += name not in self._ignored
            elif check(value) is not None:
                count += 1
        return count + min(unknown, UNKNOWN_LIMIT + 1)

    def problems(self, index: int, record: object, guesses: Guesses) -> Iterator[Problem]:
        """Give every problem of one record, one by one; none for a record that can be scored."""
        if not isinstance(record, dict):
            yield Problem(index, None, received(record), "an object with the fields of one customer")
            return
        for name, rule in self._rules.items():
            if name in record:
                note = rule.check(record[name])
                if note is not None:
                    yield Problem(index, name, received(record[name], note), rule.expected)
            elif rule.required:
                yield Problem(index, name, "nothing", rule.expected)
        yield from self._unknown(index, record, guesses)

    def with_numbers(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return a right record whose numbers that came as text are numbers."""
        found = {name: number_in(record[name], kind) for name, kind in self._numerals.items() if name in record}
        return {**record, **found} if found else record

    def _unknown(self, index: int, record: Mapping[str, Any], guesses: Guesses) -> Iterator[Problem]:
        names = [name for name in record if name not in self._known and name not in self._ignored]
        for name in islice(names, UNKNOWN_LIMIT):
            why = f"no field of this name{self._why_unknown(name, guesses)}"
            yield Problem(index, _short(name), received(record[name]), why)
        if len(names) > UNKNOWN_LIMIT:
            more = f"{len(names) - UNKNOWN_LIMIT:,} more unknown fields"
            yield Problem(index, None, more, "only the fields that /schema lists")

    def _why_unknown(self, name: str, guesses: Guesses) -> str:
        reason = self._reasons.get(name)
        if reason is not None:
            return f": {reason}"
        near = guesses.guess(name)
        return f"; did you mean {near}?" if near else "; /schema lists them"


def _short(name: str) -> str:
    return name if len(name) <= 100 else shown(name)


def _rule_of(field: Field, as_of: date | None) -> _Rule:
    kind = kind_of(field, as_of)
    check = kind.check()
    if kind.wire in {int, float}:
        check = check_with_numerals(kind, _or_null(check) if field.nullable else check)
    return _Rule(_or_null(check) if field.nullable else check, field.expected(), required=not field.nullable)


def _or_null(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def check_identifier(value: object) -> str | None:
    """Accept what may come back as customer_id: text, or a whole number."""
    if isinstance(value, float):
        return ""
    return check_text(value) if isinstance(value, str) else check_number(value)


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
