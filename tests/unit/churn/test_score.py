"""churn-score as a user runs it, on a bundle whose engine answers tenure / 100."""

from __future__ import annotations

import builtins
import csv
import json
import os
import signal
import stat
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from churn import score as module
from churn import scoring
from churn.bundle import Manifest, seal
from churn.engines.base import FakeEngine
from churn.errors import EngineError, Fault
from churn.score import main
from churn.tables import reading, writing
from tests.customers import customer, customers, with_background, write_csv
from tests.customers import fake_bundle as make_bundle


class TenureEngine(FakeEngine):
    """Answers tenure / 100; the golden rows expect 0.5, which it answers until the first customers come."""

    golden_is_over = False
    closed = 0

    def predict(self, columns):
        if not self.golden_is_over:
            self.golden_is_over = True
            return np.full(len(columns), 0.5)
        return columns.numbers[:, 0] / 100

    def close(self):
        type(self).closed += 1


@pytest.fixture(autouse=True)
def engine(monkeypatch):
    made = []

    def load(name, bundle):
        made.append(TenureEngine())
        return made[-1]

    monkeypatch.setattr(scoring, "load_engine", load)
    return made


@pytest.fixture
def bundle(fake_bundle):
    return str(fake_bundle.path)


@pytest.fixture
def table(tmp_path):
    """Five customers, of whom the second and the fourth are bad."""
    records = [{"id": f"c{i}", **customer(tenure=10 * i)} for i in range(5)]
    records[1]["tenure"] = "x"
    records[1]["plan"] = ""
    records[3]["wallet"] = 1e6
    return write_csv(tmp_path / "in.csv", records)


@pytest.fixture
def out(tmp_path):
    (tmp_path / "answers").mkdir()
    return tmp_path / "answers" / "out.csv"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def test_every_row_is_answered_in_order_and_bad_ones_say_why(bundle, table, out, capsys):
    assert run(bundle, table, out) == 0
    rows = read(out)
    assert list(rows[0]) == ["id", "churn_probability", "churn", "risk", "warnings", "error"]
    assert [row["id"] for row in rows] == ["c0", "c1", "c2", "c3", "c4"]
    assert [row["churn_probability"] for row in rows] == ["0", "", "0.2", "", "0.4"]
    assert [row["churn"] for row in rows] == ["false", "", "false", "", "true"]
    assert [row["risk"] for row in rows] == ["low", "", "low", "", "medium"]
    assert rows[1]["error"] == (
        'line 3: tenure: expected a whole number, received "x"; '
        'plan: expected text such as "Basic", "Gold", "Silver", received ""'
    )
    assert rows[3]["error"].startswith("line 5: wallet: expected a number (at least -1000 and at most 5000) or null")
    assert [bool(row["error"]) for row in rows] == [False, True, False, True, False]
    assert capsys.readouterr().out == ""


def test_bad_rows_and_the_sum_of_all_rows_are_told_on_stderr(bundle, table, out, capsys):
    run(bundle, table, out)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Refused, line 3: tenure: expected a whole number")
    assert lines[1].startswith("Refused, line 5: wallet")
    assert lines[2:] == [f"{out}: 5 rows read = 3 scored + 2 refused = 5 rows written."]


def test_the_first_twenty_bad_rows_are_shown_and_the_others_counted(bundle, tmp_path, out, capsys):
    table = write_csv(tmp_path / "in.csv", [{"id": i, **customer(tenure="x")} for i in range(1_234)])
    assert run(bundle, table, out) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[19].startswith("Refused, line 21: ")
    assert lines[20] == "Refused, 1,214 more rows; the column 'error' says why."
    assert "1,234 rows read = 0 scored + 1,234 refused = 1,234 rows written" in lines[21]


def test_warnings_stand_in_their_row(bundle, tmp_path, out):
    records = [
        {"id": 1, **customer()},
        {"id": 2, **customer(tenure="x")},
        {"id": 3, **customer(plan="New", charges="?")},
    ]
    run(bundle, write_csv(tmp_path / "in.csv", records), out)
    assert [row["warnings"] for row in read(out)] == [
        "",
        "",
        (
            "charges: no value given; scored as the missing values of the training data; "
            "plan: a level never seen in training; scored as an unknown level"
        ),
    ]


def test_cells_that_need_quotes_get_them(bundle, tmp_path, out):
    name = 'a "b", c\nd;é'
    run(bundle, write_csv(tmp_path / "in.csv", [{"id": name, **customer()}]), out)
    assert read(out)[0]["id"] == name


def test_the_identifier_keeps_its_name_and_type_in_parquet(bundle, tmp_path):
    records = customers(3)
    table = pa.table({"id": [2**60 + 1, 5, None], **{name: [r[name] for r in records] for name in records[0]}})
    pq.write_table(table, tmp_path / "in.parquet")
    assert run(bundle, tmp_path / "in.parquet", tmp_path / "out.parquet") == 0
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.schema.field("id").type == pa.int64()
    assert found.column("id").to_pylist() == [2**60 + 1, 5, None]
    assert found.column("churn_probability").to_pylist() == [r["tenure"] / 100 for r in records]
    assert [str(field.type) for field in found.schema] == ["int64", "double", "bool", "string", "string", "string"]
    assert found.column("error").null_count == 3


def test_rows_of_parquet_are_told_by_their_number(bundle, tmp_path, capsys):
    table = pa.table({name: [value, value] for name, value in customer().items()})
    table = table.set_column(0, "tenure", pa.array([1, None]))
    pq.write_table(table, tmp_path / "in.parquet")
    run(bundle, tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert "Refused, row 2: tenure: expected a whole number, received null" in capsys.readouterr().err


def test_a_table_without_an_identifier_keeps_its_columns_so_that_the_rows_can_be_told_apart(bundle, tmp_path, out):
    table = write_csv(tmp_path / "in.csv", [{**record, "shoe": 42} for record in customers(3)])
    run(bundle, table, out)
    given, answered = read(table), read(out)
    assert list(answered[0]) == [*given[0], *ANSWERS]
    assert [{name: row[name] for name in given[0]} for row in answered] == given


# --- Columns that are kept -------------------------------------------------------------------------


ANSWERS = ["churn_probability", "churn", "risk", "warnings", "error"]


def test_kept_columns_stand_before_the_answers_in_the_order_of_the_file(bundle, table, out):
    given = read(table)
    for keep, names in (
        (["all"], list(given[0])),
        (["none"], []),
        (["plan,id"], ["id", "plan"]),
        (["tenure", " plan , tenure"], ["tenure", "plan"]),
    ):
        assert run(bundle, table, out, "--overwrite", *(word for one in keep for word in ("--keep", one))) == 0
        answered = read(out)
        assert list(answered[0]) == [*names, *ANSWERS]
        assert [[row[name] for name in names] for row in answered] == [[row[name] for name in names] for row in given]


ODD_CELLS = ["", " ", " 007 ", "1.50", "1e400", 'say "hi", now', "a\nb", "é\u2028", "NULL", "'=1", "x;y", "\u200b"]


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_cells_of_a_csv_file_are_kept_as_they_are_whatever_they_hold(bundle, tmp_path, out, delimiter):
    records = [{"note": cell, **customer(tenure=at), "id": cell} for at, cell in enumerate(ODD_CELLS)]
    records[3]["tenure"] = "refused"
    table = write_csv(tmp_path / "in.csv", records, delimiter=delimiter, encoding="utf-8-sig")
    assert run(bundle, table, out, "--keep", "all") == 0
    answered = read(out)
    assert [row["note"] for row in answered] == [row["id"] for row in answered] == ODD_CELLS
    assert answered[3]["tenure"] == "refused"
    assert answered[3]["error"].startswith("line 5: tenure")


def test_cells_after_a_quote_that_nobody_closes_are_kept_and_the_row_that_cannot_be_cut_has_none(bundle, table, out):
    with table.open("a") as stream:
        stream.write('"c9,1,Gold\n' + table.read_text().splitlines()[1] + "\n")
    assert run(bundle, table, out, "--keep", "all") == 0
    *_, lost, last = read(out)
    assert set(lost.values()) == {"", lost["error"]}
    assert (last["id"], last["plan"], last["joined"], last["error"]) == ("c0", "Gold", "2021-03-04", "")


def test_a_name_that_holds_a_comma_is_given_by_itself(bundle, tmp_path, out):
    table = write_csv(tmp_path / "in.csv", [{"id": 1, "last, first": "Doe, J", "all": "x", **customer()}])
    assert run(bundle, table, out, "--keep", "last, first", "--keep", "id,all") == 0
    assert list(read(out)[0])[:4] == ["id", "last, first", "all", "churn_probability"]
    assert read(out)[0]["last, first"] == "Doe, J"


def native(rows: int) -> pa.Table:
    """Customers with columns of many types beside, of which some cells are missing."""
    columns = {name: [value] * rows for name, value in customer().items()}
    days = [date(2020, 1, 1 + row) for row in range(rows)]
    beside = {
        "whole": pa.array([2**63 - 1, *range(1, rows)], pa.int64()),
        "small": pa.array([None, *range(1, rows)], pa.uint8()),
        "share": pa.array([0.1] * rows, pa.float32()),
        "price": pa.array([Decimal("1.20")] * rows, pa.decimal128(9, 2)),
        "since": pa.array(days, pa.date32()),
        "seen": pa.array(range(rows), pa.timestamp("us", "Europe/Paris")),
        "city": pa.array(["é", *[None] * (rows - 1)]).dictionary_encode(),
        "bytes": pa.array([b"ab"] * rows, pa.binary()),
    }
    return pa.table({**beside, **columns})


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_native_types_are_kept_in_parquet(bundle, tmp_path, suffix):
    rows = native(3).append_column("tags", pa.array([["a", "b"], [], None]))
    table = stored(tmp_path / f"in{suffix}", rows)
    assert run(bundle, table, tmp_path / "out.parquet", "--keep", "all") == 0
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.column_names == [*rows.column_names, *ANSWERS]
    assert found.select(rows.column_names).to_pylist() == rows.to_pylist()
    plain = [name for name in rows.column_names if name != "tags"]  # Parquet names the items of lists itself
    assert [found.schema.field(name).type for name in plain] == [rows.schema.field(name).type for name in plain]


def test_native_types_are_kept_in_parquet_where_there_are_no_rows(bundle, tmp_path):
    rows = native(3)
    table = stored(tmp_path / "in.parquet", rows.slice(0, 0))
    assert run(bundle, table, tmp_path / "out.parquet", "--keep", "whole,city,seen") == 0
    found = pq.read_schema(tmp_path / "out.parquet")
    assert found.names == ["whole", "seen", "city", *ANSWERS]
    assert [found.field(name).type for name in found.names[:3]] == [rows.field(name).type for name in found.names[:3]]


def test_native_values_are_written_to_csv_as_text(bundle, tmp_path, out):
    table = stored(tmp_path / "in.parquet", native(2))
    assert run(bundle, table, out, "--keep", "all") == 0
    first, second = read(out)
    assert [first[name] for name in ("whole", "small", "share", "price", "since", "city", "bytes")] == [
        "9223372036854775807", "", "0.1", "1.20", "2020-01-01", "é", "ab",
    ]  # fmt: skip
    assert (second["small"], second["city"]) == ("1", "")


def test_kept_columns_of_many_batches_stay_beside_their_answers(bundle, tmp_path):
    rows = 150_000
    good = {name: [value] * rows for name, value in customer().items() if name != "tenure"}
    table = pa.table({"row": range(rows), "tenure": [row % 70 for row in range(rows)], **good})
    assert run(bundle, stored(tmp_path / "in.parquet", table), tmp_path / "out.parquet", "--keep", "row,tenure") == 0
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.column("row").to_pylist() == list(range(rows))
    expected = np.array(found.column("tenure").to_pylist()) / 100
    assert np.array_equal(found.column("churn_probability").to_numpy(), expected)


def test_a_type_that_csv_cannot_hold_is_told_before_a_row_is_read(bundle, tmp_path, out, capsys):
    table = stored(tmp_path / "in.parquet", native(2).append_column("tags", pa.array([["a"], None])))
    said = refusal(capsys, bundle, table, out, "--keep", "all")
    assert "The column 'tags' is of the type list<element: string>, which a .csv file cannot hold" in said
    assert "--keep none" in said
    assert nothing_is_left(out)


def test_bytes_that_are_no_text_are_told(bundle, tmp_path, out, capsys):
    table = stored(tmp_path / "in.parquet", native(1).set_column(0, "photo", pa.array([b"\xff"])))
    assert run(bundle, table, out, "--keep", "photo") == 2
    assert "The column 'photo' holds bytes that are no UTF-8 text" in capsys.readouterr().err
    assert nothing_is_left(out)


@pytest.mark.parametrize("name", ["churn", "risk", "error"])
def test_a_kept_column_named_as_one_of_the_answers_is_refused(bundle, tmp_path, out, capsys, name):
    table = write_csv(tmp_path / "in.csv", [{"id": 1, name: "x", **customer()}])
    for keep in ("all", name):
        assert f"The column {name!r} cannot be kept" in refusal(capsys, bundle, table, out, "--keep", keep)
    assert nothing_is_left(out)
    assert run(bundle, table, out) == 0


def test_a_kept_column_named_as_a_decision_is_refused_only_where_there_are_decisions(bundle, tmp_path, out, capsys):
    table = write_csv(tmp_path / "in.csv", [{"id": 1, "rank": "general", **customer()}])
    assert "The column 'rank' cannot be kept" in refusal(capsys, bundle, table, out, "--keep", "rank", *ECONOMICS)
    assert run(bundle, table, out, "--keep", "rank") == 0
    assert read(out)[0]["rank"] == "general"


def test_without_identifier_and_choice_a_column_named_as_an_answer_is_left_out_with_a_note(
    bundle, tmp_path, out, capsys
):
    table = write_csv(tmp_path / "in.csv", [{"churn": "Yes", **customer(tenure=60)}])
    assert run(bundle, table, out) == 0
    assert "Note: Not kept, for columns of the answers have the same names: 'churn'." in capsys.readouterr().err
    assert list(read(out)[0]) == [*customer(), *ANSWERS]
    assert read(out)[0]["churn"] == "true"


@pytest.mark.parametrize("keep", ["shoe", "id,shoe", "id,", "all,id", ""])
def test_a_kept_column_that_is_not_there_is_told_with_those_that_are(bundle, table, out, capsys, keep):
    said = refusal(capsys, bundle, table, out, "--keep", keep)
    assert "which the table does not have. It has 'id', 'tenure', 'plan'" in said
    assert nothing_is_left(out)


def test_a_malformed_row_has_its_answer_too(bundle, table, out):
    with table.open("a") as stream:
        stream.write("only,three,cells\n" + table.read_text().splitlines()[1] + "\n")
    assert run(bundle, table, out) == 0
    rows = read(out)
    assert len(rows) == 7
    assert rows[5]["error"] == "line 7: expected one cell for each name of the header, received 3 cells instead of 11"
    assert (rows[6]["id"], rows[6]["error"]) == ("c0", "")


def test_many_batches_are_reconciled(bundle, tmp_path, out, capsys):
    header, line = write_csv(tmp_path / "one.csv", [{"id": 1, **customer(tenure=40)}]).read_text().splitlines()
    (tmp_path / "in.csv").write_text(header + "\n" + (line + "\n") * 150_000)
    assert run(bundle, tmp_path / "in.csv", out) == 0
    assert "150,000 rows read = 150,000 scored + 0 refused = 150,000 rows written" in capsys.readouterr().err
    assert len(read(out)) == 150_000


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_no_customers_are_no_answers(bundle, tmp_path, suffix, capsys):
    out = tmp_path / f"out{suffix}"
    (tmp_path / "in.csv").write_text(",".join(["id", *customer()]) + "\n")
    assert run(bundle, tmp_path / "in.csv", out) == 0
    assert "0 rows read = 0 scored + 0 refused = 0 rows written" in capsys.readouterr().err
    names = (
        pq.read_table(out).column_names if suffix == ".parquet" else out.read_text().replace('"', "").strip().split(",")
    )
    assert names == ["id", "churn_probability", "churn", "risk", "warnings", "error"]


def test_notes_on_the_table_are_told(bundle, tmp_path, out, capsys):
    table = write_csv(tmp_path / "in.csv", [{"shoe": 42, **customer()}])
    run(bundle, table, out)
    assert "Note: Not used, for the schema does not know them: 'shoe'." in capsys.readouterr().err


def test_dates_count_back_from_another_day_where_it_is_given(bundle, table, out, engine):
    seen = []
    predict = TenureEngine.predict

    def look(self, columns):
        seen.append(columns.schema.as_of.isoformat())
        return predict(self, columns)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TenureEngine, "predict", look)
        run(bundle, table, out, "--as-of", "2030-06-01")
    assert seen == ["2024-01-01", "2030-06-01"]  # the golden rows keep the bundle's own day


def test_for_spreadsheets_kept_columns_and_their_names_hold_no_formulas(bundle, tmp_path, out):
    names = FORMULAS + HARMLESS
    columns = {name: [value] * len(names) for name, value in customer().items()}
    kept = {"=note": names, "bytes": pa.array([name.encode() for name in names]), "debt": range(-1, len(names) - 1)}
    table = stored(tmp_path / "in.parquet", pa.table({**kept, **columns}))
    assert run(bundle, table, out, "--for-spreadsheets", "--keep", "all") == 0
    safe = [f"'{name}" for name in FORMULAS] + HARMLESS
    assert [row["'=note"] for row in read(out)] == [row["bytes"] for row in read(out)] == safe
    assert read(out)[0]["debt"] == "-1"


FORMULAS = ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", '="a\nb"']
HARMLESS = ["c1", " =1", "1=1", "'=1", "a\n=1", "é", "x-1", ""]


def named(path: Path, identifiers: object) -> Path:
    """Write a good customer for each identifier; Parquet and Arrow hold every text as it is."""
    columns = {name: [value] * len(identifiers) for name, value in customer().items()}
    return stored(path, pa.table({"id": identifiers, **columns}))


def stored(path: Path, table: pa.Table) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    return path


def test_for_spreadsheets_no_text_of_a_csv_file_begins_as_a_formula(bundle, tmp_path, out):
    names = FORMULAS + HARMLESS
    table = named(tmp_path / "in.parquet", names)
    assert run(bundle, table, out, "--for-spreadsheets") == 0
    assert [row["id"] for row in read(out)] == [f"'{name}" for name in FORMULAS] + HARMLESS
    assert run(bundle, table, out, "--overwrite") == 0
    assert [row["id"] for row in read(out)] == names


def test_for_spreadsheets_numbers_stay_numbers(bundle, tmp_path, out):
    table = named(tmp_path / "in.parquet", [-5, 7])
    economics = ("--decide", "--value", "1", "--contact-cost", "10", "--contact-success", "0.5")
    assert run(bundle, table, out, "--for-spreadsheets", *economics) == 0
    rows = read(out)
    assert [row["id"] for row in rows] == ["-5", "7"]
    assert all(float(row["expected_profit"]) < 0 for row in rows)


@pytest.mark.parametrize(
    "type_", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
)
def test_for_spreadsheets_every_type_of_text_is_looked_at(bundle, tmp_path, out, type_):
    table = named(tmp_path / "in.arrow", pa.array(["=1", None]).cast(type_))
    assert run(bundle, table, out, "--for-spreadsheets") == 0
    assert [row["id"] for row in read(out)] == ["'=1", ""]


def test_for_spreadsheets_parquet_stays_as_it_is(bundle, tmp_path):
    table = named(tmp_path / "in.parquet", FORMULAS)
    outs = [tmp_path / "plain.parquet", tmp_path / "spread.parquet"]
    assert run(bundle, table, outs[0]) == 0
    assert run(bundle, table, outs[1], "--for-spreadsheets") == 0
    plain, spread = map(pq.read_table, outs)
    assert spread.equals(plain)
    assert spread.column("id").to_pylist() == FORMULAS


def test_the_delimiter_can_be_given(bundle, tmp_path, out):
    table = write_csv(tmp_path / "in.csv", customers(2), delimiter=":", quoting=csv.QUOTE_ALL)
    assert run(bundle, table, out) == 2
    assert run(bundle, table, out, "--delimiter", ":") == 0


# --- Refusals: exit code 2, one sentence, nothing written ------------------------------------------


def refusal(capsys, *arguments: object) -> str:
    assert run(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("Error: ")
    return captured.err


def test_out_that_exists_is_kept_unless_asked(bundle, table, out, capsys):
    out.write_text("precious")
    assert "add --overwrite" in refusal(capsys, bundle, table, out)
    assert out.read_text() == "precious"
    assert run(bundle, table, out, "--overwrite") == 0
    assert len(read(out)) == 5


@pytest.mark.parametrize("how", ["same", "dotted", "linked", "hard"])
def test_out_that_is_in_is_refused_even_with_overwrite(bundle, table, tmp_path, how, capsys):
    out = {"same": table, "dotted": tmp_path / "fake" / ".." / "in.csv"}.get(how, tmp_path / "link.csv")
    if how == "linked":
        out.symlink_to(table)
    if how == "hard":
        out.hardlink_to(table)
    before = table.read_text()
    assert "is the table to score" in refusal(capsys, bundle, table, out, "--overwrite")
    assert table.read_text() == before


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("out.xlsx", "let the answers' name end in .csv or .parquet"),
        ("out", "end in .csv"),
        ("nowhere/out.csv", "There is no folder"),
    ],
)
def test_an_out_that_cannot_be_written_is_told_first(bundle, table, tmp_path, name, said, capsys):
    assert said in refusal(capsys, bundle, table, tmp_path / name)


def test_a_folder_in_the_place_of_out_is_told(bundle, table, tmp_path, capsys):
    (tmp_path / "folder.csv").mkdir()
    assert "is a folder" in refusal(capsys, bundle, table, tmp_path / "folder.csv", "--overwrite")


@pytest.mark.parametrize("name", ["none.csv", "in.xlsx", "fake.csv"])
def test_a_table_that_cannot_be_read_is_told(bundle, tmp_path, out, name, capsys):
    (tmp_path / "in.xlsx").write_text("")
    assert name in refusal(capsys, bundle, tmp_path / name, out)
    assert not out.exists()


def test_a_table_without_a_required_column_is_told(bundle, tmp_path, out, capsys):
    table = write_csv(tmp_path / "in.csv", [{"id": 1, "tenure": 2}])
    assert "lacks the column(s) 'plan', 'joined', 'senior'" in refusal(capsys, bundle, table, out)


def test_a_damaged_bundle_is_told(bundle, table, out, capsys):
    (Path(bundle) / "golden.json").write_text("{}")
    assert "golden.json" in refusal(capsys, bundle, table, out)


def test_a_missing_pyarrow_is_told_with_the_command_that_helps(bundle, table, out, capsys, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "pyarrow" or name.startswith("churn.tables")]:
        monkeypatch.delitem(sys.modules, name)
    importing = builtins.__import__

    def without(name, *rest):
        if name.split(".")[0] == "pyarrow":
            raise ModuleNotFoundError(f"No module named {name!r}", name="pyarrow")
        return importing(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "pip install 'churn-service[tables]'" in refusal(capsys, bundle, table, out)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["bundle"],
        ["bundle", "in.csv"],
        ["b", "i.csv", "o.csv", "--engine", "quantum"],
        ["b", "i.csv", "o.csv", "--as-of", "soon"],
    ],
)
def test_wrong_usage_has_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage: churn-score" in capsys.readouterr().err


# --- Faults: nothing half-written remains ----------------------------------------------------------


def nothing_is_left(out: Path) -> bool:
    return list(out.parent.iterdir()) == []


def test_golden_rows_that_are_not_reproduced_stop_everything(bundle, table, out, monkeypatch, capsys):
    monkeypatch.setattr(scoring, "load_engine", lambda name, bundle: FakeEngine(0.9))
    assert run(bundle, table, out) == 1
    assert "golden rows were not reproduced" in capsys.readouterr().err
    assert nothing_is_left(out)


@pytest.mark.parametrize(
    ("error", "code"),
    [(EngineError("It does not answer."), 1), (KeyboardInterrupt(), 130), (OSError(28, "No space left on device"), 1)],
)
def test_what_fails_in_the_middle_leaves_nothing(bundle, table, out, error, code, monkeypatch):
    def fail(*_):
        raise error

    monkeypatch.setattr(module._Counts, "add", fail)
    assert run(bundle, table, out) == code
    assert nothing_is_left(out)


def test_what_fails_in_the_middle_leaves_the_old_answers(bundle, table, out, monkeypatch):
    out.write_text("old")
    monkeypatch.setattr(module._Counts, "reconcile", lambda *_: (_ for _ in ()).throw(Fault("no")))
    assert run(bundle, table, out, "--overwrite") == 1
    assert out.read_text() == "old"
    assert [path.name for path in out.parent.iterdir()] == ["out.csv"]


def test_sigterm_in_the_middle_leaves_nothing(bundle, table, out, monkeypatch):
    monkeypatch.setattr(module._Counts, "add", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    assert run(bundle, table, out) == 130
    assert nothing_is_left(out)


def test_a_table_that_turns_out_to_be_damaged_leaves_nothing(bundle, tmp_path, out, capsys):
    table = pa.table({name: [value] * 200_000 for name, value in customer().items()})
    file = tmp_path / "in.parquet"
    pq.write_table(table, file, row_group_size=70_000, use_dictionary=False, compression="none")
    data = bytearray(file.read_bytes())
    middle = pq.read_metadata(file).row_group(1).column(1).data_page_offset
    data[middle : middle + 64] = b"\xff" * 64
    file.write_bytes(data)
    assert run(bundle, file, out) == 2
    assert "damaged" in capsys.readouterr().err
    assert nothing_is_left(out)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_rows_that_do_not_add_up_are_a_fault(bundle, table, tmp_path, suffix, monkeypatch, capsys):
    write = writing.AnswerFile.write

    def lose_one(self, answers, kept, more):
        write(self, answers, kept, more)
        self.rows -= suffix == ".csv"

    whole = writing.answer_table
    monkeypatch.setattr(writing.AnswerFile, "write", lose_one)
    if suffix == ".parquet":  # what counts there is what the file says of itself
        monkeypatch.setattr(writing, "answer_table", lambda *given: whole(*given).slice(1))
    out = tmp_path / f"out{suffix}"
    assert run(bundle, table, out) == 1
    assert "do not add up" in capsys.readouterr().err
    assert not out.exists()


def test_answers_that_somebody_else_made_in_the_meantime_are_kept(bundle, table, out, monkeypatch, capsys):
    monkeypatch.setattr(module._Counts, "reconcile", lambda *_: out.write_text("theirs"))
    assert run(bundle, table, out) == 2
    assert "in the meantime" in capsys.readouterr().err
    assert out.read_text() == "theirs"


def test_the_engine_is_closed_whatever_happens(bundle, table, out):
    before = TenureEngine.closed
    run(bundle, table, out)
    run(bundle, table.with_name("none.csv"), out, "--overwrite")
    assert TenureEngine.closed == before + 2


def test_answers_may_be_read_by_whom_the_umask_lets(bundle, table, out):
    before = os.umask(0o022)
    try:
        run(bundle, table, out)
    finally:
        os.umask(before)
    assert stat.S_IMODE(out.stat().st_mode) == 0o644


# --- Reasons and decisions -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def explained_folder(tmp_path_factory):
    """A bundle with reasons, for an engine that answers tenure / 100."""
    folder = make_bundle(tmp_path_factory.mktemp("explained") / "fake")
    return with_background(folder, lambda columns: np.nan_to_num(columns.numbers[:, 0]) / 100)


@pytest.fixture
def explained(explained_folder):
    return str(explained_folder)


ECONOMICS = ("--decide", "--value", "200", "--contact-cost", "10", "--contact-success", "0.5")


def tenures(*given: object) -> list[dict[str, object]]:
    return [{"id": f"c{i}", **customer(tenure=tenure)} for i, tenure in enumerate(given)]


def test_reasons_are_added_in_words_the_largest_first(explained, table, out):
    assert run(explained, table, out, "--explain", "2") == 0
    rows = read(out)
    reasons = [f"reason_{rank}{part}" for rank in (1, 2) for part in ("", "_field", "_contribution")]
    assert list(rows[0]) == ["id", "churn_probability", "churn", "risk", *reasons, "warnings", "error"]
    answered = [rows[0], rows[2], rows[4]]
    assert all((row["reason_1_field"], row["reason_2_contribution"]) == ("tenure", "0") for row in answered)
    contributions = [float(row["reason_1_contribution"]) for row in answered]  # of tenures of 0, 20 and 40 months
    assert contributions == sorted(contributions)
    assert contributions[0] < 0
    assert rows[2]["reason_1"].startswith("tenure is 20 months: ")
    assert rows[2]["reason_1"].endswith(" to 20 %.")
    assert all(rows[1][name] == rows[3][name] == "" for name in reasons)


def test_decisions_are_added_by_hand_computed_figures(bundle, tmp_path, out, capsys):
    """A contact brings 0.5 x tenure / 100 x 200 - 10 = tenure - 10."""
    table = write_csv(tmp_path / "in.csv", tenures(5, 40, "x", 70, 10, 60))
    assert run(bundle, table, out, *ECONOMICS, "--contacts", "2") == 0
    rows = read(out)
    added = ["contact", "rank", "value", "expected_profit", "decision", "decision_sentence"]
    assert list(rows[0])[4:10] == added
    assert [row["contact"] for row in rows] == ["false", "false", "", "true", "false", "true"]
    assert [row["rank"] for row in rows] == ["", "", "", "1", "", "2"]
    assert [row["value"] for row in rows] == ["200", "200", "", "200", "200", "200"]
    assert [float(row["expected_profit"] or "nan") for row in rows] == pytest.approx(
        [-5, 30, np.nan, 60, 0, 50], nan_ok=True
    )
    decisions = [row["decision"] for row in rows]
    assert decisions == ["does_not_pay", "over_budget", "", "contacted", "does_not_pay", "contacted"]
    assert rows[3]["decision_sentence"].startswith("Contacting is expected to bring 60.00: 0.5 (chance")
    assert all(rows[2][name] == "" for name in added)
    said = "2 of 5 customers are to be contacted; that costs 20.00 and is expected to bring 110.00 beyond it."
    assert said in capsys.readouterr().err


def test_decisions_and_reasons_go_together(explained, tmp_path, out):
    table = write_csv(tmp_path / "in.csv", tenures(40, 70))
    assert run(explained, table, out, *ECONOMICS, "--explain", "1") == 0
    names = list(read(out)[0])
    assert names.index("decision_sentence") < names.index("reason_1") < names.index("warnings")


@pytest.mark.parametrize("budget", [("--contacts", "3"), ("--budget", "39.99")])
def test_the_budget_is_that_of_the_whole_file_whatever_its_batches(bundle, tmp_path, out, monkeypatch, budget):
    monkeypatch.setattr(reading, "BATCH_ROWS", 64)
    given = [(i * 37) % 71 for i in range(500)]
    given[100], given[499] = 99, 98
    table = write_csv(tmp_path / "in.csv", tenures(*given))
    assert run(bundle, table, out, *ECONOMICS, *budget) == 0
    chosen = {row["id"]: row["rank"] for row in read(out) if row["contact"] == "true"}
    first_of_70 = given.index(70)
    assert chosen == {"c100": "1", "c499": "2", f"c{first_of_70}": "3"}


def test_a_column_may_hold_the_value_and_who_has_none_is_left_out(bundle, tmp_path, out):
    records = tenures(50, 50, 50, 50)
    for record, wallet in zip(records, (100.0, "", -999, 300.0), strict=True):
        record["wallet"] = wallet
    table = write_csv(tmp_path / "in.csv", records)
    economics = ["wallet" if option == "200" else option for option in ECONOMICS]
    assert run(bundle, table, out, *economics) == 0
    rows = read(out)
    assert [row["value"] for row in rows] == ["100", "", "", "300"]
    assert [row["expected_profit"] for row in rows] == ["15", "", "", "65"]  # 0.5 x 0.5 x value - 10
    assert [row["decision"] for row in rows] == ["contacted", "no_value", "no_value", "contacted"]
    assert [row["rank"] for row in rows] == ["2", "", "", "1"]
    assert 'missing in the field "wallet"' in rows[1]["decision_sentence"]


@pytest.mark.parametrize("given", [(10, 60), (10, "x", 60), ("x", "x"), ()], ids=["good", "some", "refused", "none"])
def test_parquet_has_the_same_types_whatever_rows_there_are(explained, tmp_path, given):
    table, out = tmp_path / "in.csv", tmp_path / "out.parquet"
    write_csv(table, tenures(*given) or tenures(1))
    if not given:
        table.write_text(table.read_text().splitlines()[0] + "\n")
    assert run(explained, table, out, *ECONOMICS, "--explain", "1") == 0
    found = pq.read_table(out)
    types = {field.name: str(field.type) for field in found.schema}
    assert found.num_rows == len(given)
    assert {name: kind for name, kind in types.items() if name != "id"} == {
        "churn_probability": "double", "churn": "bool", "risk": "string",
        "contact": "bool", "rank": "int64", "value": "double", "expected_profit": "double",
        "decision": "string", "decision_sentence": "string",
        "reason_1": "string", "reason_1_field": "string", "reason_1_contribution": "double",
        "warnings": "string", "error": "string",
    }  # fmt: skip
    for name in ("contact", "value", "reason_1"):
        assert [value is None for value in found.column(name).to_pylist()] == [one == "x" for one in given]


def test_what_is_left_out_is_taken_from_the_aim_of_the_training(tmp_path, out):
    aim = {"kind": "profit", "value": 200.0, "contact_cost": 10.0, "success": 0.5}
    folder = make_bundle(tmp_path / "profit", aim=aim)
    table = write_csv(tmp_path / "in.csv", tenures(60))
    assert run(folder, table, out, "--decide") == 0
    assert read(out)[0]["expected_profit"] == "50"
    assert run(folder, table, out, "--decide", "--contact-cost", "0", "--overwrite") == 0
    assert read(out)[0]["expected_profit"] == "60"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--explain", "0"), "--explain is 0; the model has 10 fields: ask for 1 to 10."),
        (("--explain", "-1"), "--explain is -1; the model has 10 fields: ask for 1 to 10."),
        (("--explain", "11"), "--explain is 11; the model has 10 fields: ask for 1 to 10."),
        (("--decide",), "What a saved customer is worth is not known: add --value"),
        (("--decide", "--value", "200"), "What a contact costs is not known: add --contact-cost"),
        (("--decide", "--value", "1", "--contact-cost", "1"), "The chance that a contact works is not known"),
        (("--value", "200"), "--value says what to decide by; add --decide."),
        (("--contact-cost", "0"), "--contact-cost says what to decide by; add --decide."),
        (("--contacts", "0"), "--contacts says what to decide by; add --decide."),
        (("--budget", "5"), "--budget says what to decide by; add --decide."),
        ((*ECONOMICS, "--value", "-5"), "The value of a saved customer is -5.0; it has to be an amount above 0."),
        ((*ECONOMICS, "--value", "nan"), "The value of a saved customer is nan"),
        ((*ECONOMICS, "--value", "1e999"), "The value of a saved customer is inf"),
        ((*ECONOMICS, "--value", "shoe"), 'from the field "shoe", but there is no such field'),
        ((*ECONOMICS, "--value", "plan"), 'from the field "plan", but that field is text'),
        ((*ECONOMICS, "--value", "joined"), 'from the field "joined", but that field is a date'),
        ((*ECONOMICS, "--contact-cost", "-1"), "The cost of a contact is -1.0; it has to be an amount of 0 or more."),
        ((*ECONOMICS, "--contact-cost", "nan"), "The cost of a contact is nan"),
        ((*ECONOMICS, "--contact-success", "0"), "The chance that a contact works is 0.0; it has to be above 0"),
        ((*ECONOMICS, "--contact-success", "1.01"), "The chance that a contact works is 1.01"),
        ((*ECONOMICS, "--contacts", "0"), "The budget is 0 contacts; it has to be a whole number above 0."),
        ((*ECONOMICS, "--budget", "0"), "The budget is an amount of 0.0; it has to be above 0."),
        ((*ECONOMICS, "--budget", "inf"), "The budget is an amount of inf"),
        ((*ECONOMICS, "--budget", "9.99"), "the budget has to pay for one contact at least"),
        ((*ECONOMICS, "--budget", "99", "--contacts", "2"), "The budget is given twice"),
    ],
)
def test_options_that_make_no_sense_are_told_and_nothing_is_written(explained, table, out, options, said, capsys):
    assert said in refusal(capsys, explained, table, out, *options)
    assert nothing_is_left(out)


@pytest.mark.parametrize(
    "option", ["--explain=some", "--contact-cost=much", "--contact-success=half", "--contacts=1.5", "--budget=all"]
)
def test_an_option_that_is_no_number_is_wrong_usage(explained, table, out, option, capsys):
    with pytest.raises(SystemExit) as end:
        run(explained, table, out, "--decide", option)
    assert end.value.code == 2
    assert option.split("=")[0] in capsys.readouterr().err
    assert nothing_is_left(out)


def test_a_bundle_without_a_background_gives_no_reasons(bundle, table, out, capsys):
    assert "holds no background.npz, so it gives no reasons" in refusal(capsys, bundle, table, out, "--explain", "1")
    assert nothing_is_left(out)


def test_amounts_whose_sum_no_number_can_hold_are_told(bundle, tmp_path, out, capsys):
    table = write_csv(tmp_path / "in.csv", tenures(90, 90, 90))
    said = refusal(capsys, bundle, table, out, *ECONOMICS, "--value", "1.7e308", "--contact-success", "1")
    assert "give the amounts in a larger unit of money" in said
    assert nothing_is_left(out)


@pytest.mark.parametrize("then", [(40,), (40, 70, 20), (70, 40), (40, 71)], ids=["fewer", "more", "turned", "other"])
def test_a_table_that_changes_between_the_two_readings_is_told(bundle, tmp_path, out, then, monkeypatch, capsys):
    table = write_csv(tmp_path / "in.csv", tenures(40, 70))
    look_ahead = module._look_ahead

    def change(read, additions):
        look_ahead(read, additions)
        write_csv(tmp_path / "in.csv", tenures(*then))
        changed.append(read())

    def score(reader, *rest, **more):
        return score_file(changed[0], *rest, **more)  # what a reader finds that reads on only now

    changed: list[object] = []
    score_file = module._score_file
    monkeypatch.setattr(module, "_look_ahead", change)
    monkeypatch.setattr(module, "_score_file", score)
    assert run(bundle, table, out, *ECONOMICS) == 2
    assert "The table has changed while it was read; nothing was written." in capsys.readouterr().err
    assert nothing_is_left(out)


def test_identifiers_in_a_column_named_as_an_answer_are_not_lost_in_silence(tmp_path, out, capsys):
    folder = make_bundle(tmp_path / "named")
    schema = json.loads((folder / "schema.json").read_text())
    schema["identifier"] = "rank"
    (folder / "schema.json").write_text(json.dumps(schema))
    seal(folder, Manifest.from_json(json.loads((folder / "manifest.json").read_text())))
    table = write_csv(tmp_path / "in.csv", [{"rank": "general", **customer(tenure=60)}])
    assert "The identifiers are in a column named 'rank'" in refusal(capsys, folder, table, out, *ECONOMICS)
    assert nothing_is_left(out)
    assert run(folder, table, out) == 0
    assert read(out)[0]["rank"] == "general"
