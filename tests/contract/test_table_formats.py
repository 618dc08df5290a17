"""What every format of table owes: the same customers get the same answers, whatever they come in and go to."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from churn.answers import RISKS
from churn.engines import ENGINES
from churn.records import RecordReader
from churn.score import main
from churn.scoring import Scorer
from tests.customers import CUSTOMERS, customers, write_csv

RECORDS = [{"id": f"c{i}", **record} for i, record in enumerate(customers(300, seed=3))]


def put_csv(folder: Path) -> Path:
    return write_csv(folder / "in.csv", RECORDS)


def put_csv_of_a_spreadsheet(folder: Path) -> Path:
    options = {"delimiter": ";", "encoding": "utf-8-sig", "lineterminator": "\r\n", "quoting": csv.QUOTE_ALL}
    return write_csv(folder / "in.csv", RECORDS, **options)


def as_table() -> pa.Table:
    return pa.table({name: [record[name] for record in RECORDS] for name in RECORDS[0]})


def put_parquet(folder: Path) -> Path:
    pq.write_table(as_table(), folder / "in.parquet", row_group_size=70)
    return folder / "in.parquet"


def put_arrow(folder: Path) -> Path:
    with pa.ipc.new_stream(folder / "in.arrow", as_table().schema) as writer:
        writer.write_table(as_table(), max_chunksize=70)
    return folder / "in.arrow"


def get_csv(file: Path) -> list[dict[str, Any]]:
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return [
        {**row, "churn_probability": float(row["churn_probability"]), "churn": row["churn"] == "true"} for row in rows
    ]


def get_parquet(file: Path) -> list[dict[str, Any]]:
    return [
        {**row, "warnings": row["warnings"] or "", "error": row["error"] or ""}
        for row in pq.read_table(file).to_pylist()
    ]


SOURCES = {"csv": put_csv, "csv of a spreadsheet": put_csv_of_a_spreadsheet, "parquet": put_parquet, "arrow": put_arrow}
TARGETS = {".csv": get_csv, ".parquet": get_parquet}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("get", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("put", SOURCES.values(), ids=SOURCES)
def test_a_table_is_answered_as_its_records_are(tiny_bundle, tmp_path, put, get, engine):
    suffix = next(name for name, item in TARGETS.items() if item is get)
    out = tmp_path / f"out{suffix}"
    assert main([str(tiny_bundle.path), str(put(tmp_path)), str(out), "--engine", engine]) == 0
    answers = get(out)
    scorer = Scorer.open(tiny_bundle, engine)
    columns = RecordReader(CUSTOMERS).read(RECORDS)
    scores, warnings = scorer.score(columns), scorer.warnings(columns)
    assert [answer["id"] for answer in answers] == [record["id"] for record in RECORDS]
    found = [answer["churn_probability"] for answer in answers]
    np.testing.assert_allclose(
        found, scores.probability, atol=1e-6
    )  # the batches differ, and with them float32's last bit
    assert [answer["churn"] for answer in answers] == scores.churn.tolist()
    assert [answer["risk"] for answer in answers] == [RISKS[i] for i in scores.risk]
    assert [answer["error"] for answer in answers] == [""] * len(RECORDS)
    assert [row for row, answer in enumerate(answers) if answer["warnings"]] == sorted(warnings)
