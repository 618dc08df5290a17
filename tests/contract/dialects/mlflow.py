"""MLflow's callers and SageMaker's: four forms of JSON, tables, lines."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from tests.contract.dialects.speaker import JSON, Sent, Speaker, columns_of, sent_as_json
from tests.unit.service.conftest import RECORD

CSV, LINES = {"content-type": "text/csv"}, {"content-type": "application/jsonlines"}


def _path(_name: str) -> str:
    return "/invocations"


def _told(body: bytes, _headers: Any) -> Any:
    return [(each["churn_probability"], each["churn"], each["risk"]) for each in json.loads(body)["predictions"]]


def _told_lines(body: bytes, _headers: Any) -> Any:
    return [(each["churn_probability"], each["churn"], each["risk"]) for each in map(json.loads, body.splitlines())]


def _sentence(body: bytes) -> str:
    document = json.loads(body)
    assert document.keys() == {"error_code", "message"}
    return str(document["message"])


def _split(schema: Any, records: Any) -> Sent:
    columns = columns_of(schema, records)
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return sent_as_json({"dataframe_split": {"columns": list(columns), "data": rows}})


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _table(schema: Any, records: Any) -> Sent:
    columns = columns_of(schema, records)
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(columns)
    writer.writerows([*map(_cell, row)] for row in zip(*columns.values(), strict=True))
    return stream.getvalue().encode(), CSV


def _row(**changes: Any) -> Sent:
    return sent_as_json({"dataframe_records": [RECORD, {**RECORD, **changes}]})


_BAD: dict[str, Any] = {
    "no JSON": ((b"{", JSON), 400, "not JSON"),
    "a bare list": (sent_as_json([RECORD]), 400, "dataframe_split"),
    "none of the four": (sent_as_json({"rows": [RECORD]}), 400, "dataframe_split"),
    "two of the four": (sent_as_json({"instances": [RECORD], "dataframe_records": [RECORD]}), 400, "instances"),
    "ragged": (sent_as_json({"dataframe_split": {"columns": ["tenure", "charges"], "data": [[1]]}}), 400, "1"),
    "wrong type": (_row(tenure="x"), 400, 'Record 1: tenure: expected a whole number, received "x"'),
    "unknown": (_row(tenur=1), 400, "tenur"),
    "parameters": (sent_as_json({"dataframe_records": [RECORD], "params": {"a": 1}}), 400, "takes no parameters"),
}

RECORDS = Speaker(
    path=_path, label="/invocations", read=_told, bad=_BAD, sentence=_sentence,
    write=lambda _schema, records: sent_as_json({"dataframe_records": list(records)}),
)  # fmt: skip
SPLIT = Speaker(path=_path, label="/invocations", read=_told, bad={}, sentence=_sentence, write=_split)
TABLE = Speaker(
    path=_path, label="/invocations", read=_told, write=_table, sentence=_sentence,
    bad={
        "no header": ((b"", CSV), 400, ""),
        "ragged": ((b"tenure,charges\n1\n", CSV), 400, ""),
        "a column twice": ((b"tenure,tenure\n1,2\n", CSV), 400, "tenure"),
    },
)  # fmt: skip
IN_LINES = Speaker(
    path=_path, label="/invocations", read=_told_lines, sentence=_sentence,
    write=lambda _schema, records: ("".join(f"{json.dumps(one)}\n" for one in records).encode(), LINES),
    bad={"a line that is none": ((b"[1]\n", LINES), 400, ""), "nothing": ((b"", LINES), 400, "")},
)  # fmt: skip
