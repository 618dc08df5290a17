"""Requests that stay the same for ever, and what was answered when they were recorded.

``RECORD_ANSWERS=1 pytest tests/unit/service/test_recorded_answers.py`` records anew: only when an answer is meant to
change.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from churn.schema import Field, Schema

FILE = Path(__file__).with_name("recorded_answers.jsonl.gz")
RECORDS = 500
"""Of each schema."""

_WRONG = (
    None, "", " ", "nothing", "12", "x" * 1_001, -1, 0, 5.0, 5.5, 1e300, 2**63, 10**40, True, False, [], {}, [1],
    {"a": 1}, "2020-02-30", "2020-02-29", "31/12/2023", "25:00", "12:30", "-", "?", -999, -999.0,
)  # fmt: skip
_BODIES = (
    "", "   ", "null", "7", '"text"', "[]", "{}", "[{}]", "[[]]", "[1, null]", "{", "[{]", '{"a":1,"a":2}',
    '[{"a":1},{"b":1,"b":2}]', "[NaN]", "[" * 300, "\ufeff[]", '{"tenure": 1e999}', '[{"customer_id": 1}, 2]',
)  # fmt: skip


def requests(schema: Schema) -> Iterator[tuple[str, str]]:
    """Give (query, body) pairs with ``RECORDS`` records altogether, right and wrong, alone and in company."""
    chance = random.Random(7)  # noqa: S311  no secret
    left = RECORDS
    while left:
        size = min(left, chance.choice((1, 1, 1, 2, 5, 20)))
        left -= size
        share = chance.choice((0, 0, 0.2, 1))
        records = [_record(schema, chance, wrong=chance.random() < share) for _ in range(size)]
        one = size == 1 and chance.random() < 0.5
        query = chance.choice(("", "?on_error=report", "?on_error=refuse"))
        yield query, json.dumps(records[0] if one else records, ensure_ascii=chance.random() < 0.5)
    for body in _BODIES:
        yield "", body
        yield "?on_error=report", body


def _record(schema: Schema, chance: random.Random, *, wrong: bool) -> dict[str, Any]:
    record = {field.name: _value(field, chance) for field in schema.fields}
    if chance.random() < 0.7:
        record["customer_id"] = chance.choice(("7590-ABC", 42, "Zoë", "2**63"))
    for field in schema.fields:
        if field.nullable and chance.random() < 0.1:
            record.pop(field.name)
    for _ in range(chance.choice((1, 1, 2, 5)) if wrong else 0):
        _spoil(record, schema, chance)
    return record


def _value(field: Field, chance: random.Random) -> Any:
    if field.is_category:
        return chance.choice(
            (*field.levels, *field.levels, "never seen" if field.level_type is str else field.levels[0])
        )
    if isinstance(field.example, str):
        return field.example
    low, high = field.training_range or (field.minimum or 0.0, field.maximum or 1.0)
    value = chance.uniform(low, high * (1.5 if field.maximum is None and chance.random() < 0.05 else 1))
    return round(value) if field.kind == "integer" else round(value, 2)


def _spoil(record: dict[str, Any], schema: Schema, chance: random.Random) -> None:
    name = chance.choice(schema.fields).name
    how = chance.randrange(4)
    if how == 0:
        record.pop(name, None)
    elif how == 1:
        record[chance.choice((name + "s", name.upper(), "unknown", schema.identifier or "id"))] = chance.choice(_WRONG)
    elif how == 2:
        record["customer_id"] = chance.choice(_WRONG)
    else:
        record[name] = chance.choice(_WRONG)


def ask_all(client: Any, schema: Schema) -> list[dict[str, Any]]:
    """Send every request; the model's version is left out of the answers."""
    headers = {"content-type": "application/json", "x-request-id": "recorded"}
    found = []
    for query, body in requests(schema):
        answer = client.post(body.encode(), f"/predict{query}", headers)
        text = re.sub(r'("model":\{"name":"[^"]*","version":)"[^"]*"', r'\1"..."', answer.text)
        found.append({"query": query, "body": body, "status": answer.status_code, "answer": text})
    return found


def recorded() -> dict[str, list[dict[str, Any]]]:
    """Return what was recorded, by the name of the schema."""
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        return dict(map(json.loads, lines))


def record(answers: dict[str, list[dict[str, Any]]]) -> None:
    """Keep answers as the recorded ones."""
    with FILE.open("wb") as stream, gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as packed:
        packed.write("".join(json.dumps(item) + "\n" for item in answers.items()).encode())
