"""Files -> rows: encodings, delimiters, records and their lines, what is no table."""

from __future__ import annotations

import csv
import io
import random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.errors import TableError
from churn.schema import Field, Schema
from churn.tables import identifier_texts, read_batches, read_table
from churn.tables.sources import CsvSource
from churn.tables.text import NotPlainError, cut_blocks
from tests.customers import CUSTOMERS, customer, customers, write_csv

AB = Schema((Field("a", "integer"), Field("b", "category", levels=("x", "y"))), identifier="id")


@pytest.fixture
def put(tmp_path):
    def write(content, name="table.csv"):
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write


def cells(file, delimiter=None):
    return read_table(file, delimiter).table.to_pylist()


def refusal(file, delimiter=None):
    with pytest.raises(TableError) as error:
        read_table(file, delimiter)
    return str(error.value)


# --- What is read ----------------------------------------------------------------------------------


def test_cells_of_a_csv_file_are_text_and_untouched(put):
    assert cells(put("a,b\n 01,NA\n1.50,\n")) == [{"a": " 01", "b": "NA"}, {"a": "1.50", "b": ""}]


def test_column_names_are_stripped(put):
    assert read_table(put(" a ,b\t\n1,2\n")).table.column_names == ["a", "b"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(put, delimiter):
    rows = [["a", "b", "c"], ["1,5", "x;y", "z"], ["2,5", "p|q", "r"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    assert cells(put(text))[0] == {"a": "1,5", "b": "x;y", "c": "z"}


def test_a_comma_in_numbers_is_not_taken_for_the_delimiter(put):
    assert cells(put("a;b\n1,5;2,5\n3,5;4,5\n"))[1] == {"a": "3,5", "b": "4,5"}


def test_a_delimiter_that_is_given_is_not_searched_for(put):
    assert cells(put("a,b:c\n1,2:3\n"), ":") == [{"a,b": "1,2", "c": "3"}]


@pytest.mark.parametrize("delimiter", ["", ";;", "\n", '"', "§"])
def test_a_delimiter_that_cannot_be_one_is_refused(put, delimiter):
    assert "give one character" in refusal(put("a,b\n1,2\n"), delimiter)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"])
def test_unicode_is_read_with_and_without_a_byte_order_mark(put, encoding):
    text = "name,b\nZoë Ωmega,1\n"
    bom = {"utf-16-le-bom": b"\xff\xfe", "utf-16-be-bom": b"\xfe\xff"}.get(encoding, b"")
    raw = read_table(put(bom + text.encode(encoding.removesuffix("-bom"))))
    assert raw.table.to_pylist() == [{"name": "Zoë Ωmega", "b": "1"}]
    assert raw.notes == []


@pytest.mark.parametrize(
    ("content", "cell", "said"),
    [
        ("a,b\nMüller €,1\n".encode("cp1252"), "Müller €", "Windows-1252"),
        (b"a,b\nM\xfcller \x81,1\n", "Müller \x81", "Latin-1"),
    ],
)
def test_other_text_is_read_with_a_note(put, content, cell, said):
    raw = read_table(put(content))
    assert raw.table.to_pylist()[0]["a"] == cell
    assert len(raw.notes) == 1
    assert said in raw.notes[0]


def test_a_bad_byte_at_the_very_end_still_decides_the_encoding(put):
    file = put(b"a,b\n" + b"x,y\n" * 600_000 + b"M\xfcller,1\n")
    assert cells(file)[-1] == {"a": "Müller", "b": "1"}


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_newline_will_do(put, newline):
    raw = read_table(put(f"a,b{newline}1,2{newline}{newline}3,4"))
    assert raw.table.to_pylist() == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    assert raw.lines.tolist() == [2, 4]


@pytest.mark.parametrize("name", ["t.CSV", "t.tsv", "t.txt"])
def test_text_tables_go_by_several_names(put, name):
    assert cells(put("a\tb\n1\t2\n", name)) == [{"a": "1", "b": "2"}]


def test_parquet_keeps_its_types(tmp_path):
    table = pa.table({" a ": [1, None], "b": pa.array(["x", "y"]).dictionary_encode()})
    pq.write_table(table, tmp_path / "t.parquet")
    read = read_table(tmp_path / "t.parquet").table
    assert read.column_names == ["a", "b"]
    assert read.schema.field("a").type == pa.int64()
    assert read.to_pylist() == [{"a": 1, "b": "x"}, {"a": None, "b": "y"}]


@pytest.mark.parametrize("make", [pa.ipc.new_file, pa.ipc.new_stream])
def test_arrow_files_and_streams_are_read(tmp_path, make):
    table = pa.table({"a": [1, 2], "b": ["x", "y"]})
    with make(tmp_path / "t.arrow", table.schema) as writer:
        writer.write_table(table, max_chunksize=1)
    assert cells(tmp_path / "t.arrow") == table.to_pylist()


# --- What is refused -------------------------------------------------------------------------------

BINARY = bytes(range(256)) * 10
REFUSED = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\n", "is empty"),
    "header only": (b"a,b\n", "a line of column names and no rows"),
    "one column": (b"a\n1\n2\n", "one column only, 'a'"),
    "another delimiter": (b"a:b\n1:2\n", "--delimiter"),
    "two columns of one name": (b"a,b,a\n1,2,3\n", "more than one column of the name 'a'"),
    "two names that differ by blanks": (b"a,a \n1,2\n", "more than one column of the name 'a'"),
    "binary": (BINARY, "binary data"),
    "a spreadsheet": (b"PK\x03\x04" + BINARY, "spreadsheet"),
    "an old spreadsheet": (b"\xd0\xcf\x11\xe0" + BINARY, "spreadsheet"),
    "compressed": (b"\x1f\x8b\x08" + BINARY, "unpack it first"),
    "Parquet": (b"PAR1" + BINARY, ".parquet"),
    "UTF-16 cut off": (b"\xff\xfea\x00,", "UTF-16"),
    "mostly malformed": (b"a,b\n" + b"1,2\n" * 9 + b"1,2,3\n" * 3, "Are the delimiter and the quotes right?"),
}


@pytest.mark.parametrize(("content", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_is_refused_with_a_sentence(put, content, said):
    file = put(content)
    assert said in refusal(file)
    assert str(file) in refusal(file)


def test_a_file_that_is_not_there_is_told(tmp_path):
    assert "There is no file" in refusal(tmp_path / "none.csv")


def test_a_folder_is_no_table(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    assert "is a folder" in refusal(tmp_path / "folder.csv")


def test_an_unknown_suffix_is_told_with_the_known_ones(put):
    assert ".parquet" in refusal(put("a,b\n1,2\n", "table.pdf"))


def test_a_spreadsheet_is_refused_with_what_to_do(put):
    assert "save its sheet as CSV" in refusal(put("PK", "table.xlsx"))


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
@pytest.mark.parametrize("keep", [0, 3, 100])
def test_a_damaged_parquet_or_arrow_file_is_told(tmp_path, suffix, keep):
    file = tmp_path / f"t{suffix}"
    table = pa.table({"a": list(range(1000)), "b": ["x"] * 1000})
    if suffix == ".parquet":
        pq.write_table(table, file)
    else:
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    file.write_bytes(file.read_bytes()[:keep])
    assert "damaged or something else" in refusal(file)


def test_parquet_damaged_in_the_middle_is_told_when_it_is_reached(tmp_path):
    file = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": list(range(1000)), "b": ["x"] * 1000}), file)
    data = bytearray(file.read_bytes())
    data[4:400] = b"\xff" * 396
    file.write_bytes(data)
    assert "damaged" in refusal(file)


def test_a_few_malformed_rows_are_left_out_with_a_note(put):
    raw = read_table(put("a,b\n" + "1,2\n" * 20 + "3\n" + "4,5\n"))
    assert raw.table.num_rows == 21
    assert raw.table.column("a").to_pylist()[-1] == "4"
    assert raw.notes == [
        "1 of 22 rows do not fit the header (the first, on line 22: 1 cell instead of 2); they were left out."
    ]
    assert raw.lines.tolist() == [*range(2, 22), 23]


# --- Lines -----------------------------------------------------------------------------------------


def scan(file, schema=AB):
    """(line, id, what is wrong) of every row."""
    found = []
    for rows in read_batches(file, schema):
        wrong = {row: refused.told[-1] for row, refused in rows.refused.items()}
        for row, name in enumerate(identifier_texts(rows)):
            problem = wrong.get(row)
            found.append((problem.line if problem else None, name, problem.received if problem else None))
    return found


def test_lines_are_right_after_blank_lines_quoted_newlines_and_malformed_rows(put):
    file = put(
        "id,a,b\n"  # 1
        "\n"  # 2
        '"first\ncustomer",1,x\n'  # 3 and 4
        "second,bad,x\n"  # 5
        "\n"  # 6
        "third,1\n"  # 7
        '"fourth ""quoted""\n\nover three",oops,y\n'  # 8 to 10
        "fifth,1,x,more\n"  # 11
        "sixth,1,x\n"  # 12
        "seventh,,x\n"  # 13
    )
    assert scan(file) == [
        (None, "first\ncustomer", None),
        (5, "second", '"bad"'),
        (7, None, "2 cells instead of 3"),
        (8, 'fourth "quoted"\n\nover three', '"oops"'),
        (11, None, "4 cells instead of 3"),
        (None, "sixth", None),
        (13, "seventh", '""'),
    ]


def test_a_quote_that_nobody_closes_costs_its_own_line_only(put):
    file = put('id,a,b\n1,1,x\n2,1,"x\n3,1,y\n4,bad,x\n5,1,y\n')
    assert scan(file) == [
        (None, "1", None),
        (3, None, "a line with a quote that is not closed"),
        (None, "3", None),
        (5, "4", '"bad"'),
        (None, "5", None),
    ]


def test_a_quote_that_nobody_closes_before_quoted_rows_costs_its_own_line_only(put):
    file = put('"id","a","b"\n"1","1","x"\n"2,"1","x"\n"3","1","y"\n"4","bad","x"\n')
    assert [(line, name) for line, name, _ in scan(file)] == [(None, "1"), (3, None), (None, "3"), (5, "4")]


def test_a_quote_within_a_cell_is_text(put):
    file = put('id,a,b\n5" pipe,1,x\n7" pipe,bad,x\nnone,1,y\n')
    assert scan(file) == [(None, '5" pipe', None), (3, '7" pipe', '"bad"'), (None, "none", None)]


def test_a_cell_longer_than_any_should_be_is_refused_and_its_neighbours_are_not(put):
    file = put(f'id,a,b\n1,1,x\n2,1,{"z" * 200_000}"z\n3,1,y\n')
    assert [(line, name) for line, name, _ in scan(file)] == [(None, "1"), (3, None), (None, "3")]


def test_lines_go_on_over_blocks(put, monkeypatch):
    monkeypatch.setitem(cut_blocks.__kwdefaults__, "size", 16)
    rows = [f'"c{i}\n{i}",{"bad" if i % 7 == 0 else i},x\n\n' for i in range(60)]
    found = scan(put("id,a,b\n" + "".join(rows)))
    assert [name for _, name, _ in found] == [f"c{i}\n{i}" for i in range(60)]
    assert [line for line, _, _ in found if line] == [2 + 3 * i for i in range(60) if i % 7 == 0]


CELL = st.text(st.sampled_from("ab\",;\n 'é"), max_size=4)


@given(
    st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.integers(1, 40),
)
def test_what_pythons_writer_writes_is_cut_as_pythons_reader_cuts_it(tmp_path_factory, rows, quoting, size):
    file = tmp_path_factory.mktemp("t") / "t.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, quoting=quoting, lineterminator="\n").writerows([["x", "y", "z"], *rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(cut_blocks.__kwdefaults__, "size", size)
        batches = list(CsvSource(file, ",").batches(["x", "y", "z"]))
    assert [list(row.values()) for batch in batches for row in batch.table.to_pylist()] == rows
    starts, line = [], 2
    for row in rows:
        starts.append(line)
        line += 1 + sum(cell.count("\n") for cell in row)
    assert [int(line) for batch in batches for line in batch.lines] == starts


@given(st.text(st.sampled_from('a1,"\n'), max_size=40))
def test_no_text_whatever_loses_a_line_or_stops_the_reader(tmp_path_factory, body):
    file = tmp_path_factory.mktemp("t") / "t.csv"
    file.write_text("id,a\n" + body)
    batches = list(CsvSource(file, ",").batches(["id", "a"]))
    lines = [int(line) for batch in batches for line in batch.lines]
    assert lines == sorted(set(lines))
    assert all(2 <= line <= body.count("\n") + 2 for line in lines)
    assert bool(lines) == bool(body.strip("\n"))


def test_blocks_of_what_is_not_plain_are_handed_over_whole():
    blocks = cut_blocks(io.StringIO('a,b\nc"d",e\n'), ",", 1)
    with pytest.raises(NotPlainError) as error:
        next(blocks)
    assert (error.value.data, error.value.line) == (b'a,b\nc"d",e\n', 1)


# --- Batches ---------------------------------------------------------------------------------------


def test_batches_hold_every_row_once_and_in_order(put):
    n = 150_000
    file = put("id,a,b\n" + "".join(f"{i},{i},x\n" for i in range(n)))
    reader = read_batches(file, AB)
    batches = list(reader)
    assert [len(batch) for batch in batches] == [65_536, 65_536, n - 2 * 65_536]
    assert np.concatenate([batch.columns.numbers[:, 0] for batch in batches]).tolist() == list(range(n))
    assert reader.done() == 1.0


def test_memory_stays_bounded(tmp_path):
    file = tmp_path / "large.csv"
    with file.open("w") as stream:
        stream.write("id,a,b\n")
        for _ in range(40):
            stream.write("some customer with a long name,1,x\n" * 20_000)  # 28 MB in all
    before = pa.total_allocated_bytes()
    most = max(pa.total_allocated_bytes() - before for _ in read_batches(file, AB))
    assert most < 80e6
    done = [reader.done() for reader in [read_batches(file, AB)] for _ in reader]
    assert done == sorted(done)
    assert done[0] < 0.5


def test_a_malformed_row_keeps_its_place(put):
    rows = next(iter(read_batches(put("id,a,b\n1,1,x\n2\n3,3,y\n"), AB)))
    assert rows.good.tolist() == [True, False, True]
    assert identifier_texts(rows) == ["1", None, "3"]
    assert rows.columns.numbers[:, 0].tolist() == [1.0, 3.0]
    (problem,) = rows.problems
    assert (problem.record, problem.field, problem.line) == (1, None, 3)
    assert problem.sentence() == "expected one cell for each name of the header, received 1 cell instead of 3"


def test_a_file_without_rows_gives_no_batches(put):
    assert list(read_batches(put("id,a,b\n"), AB)) == []


def test_extra_columns_are_ignored_with_one_note(put):
    reader = read_batches(put("b,shoe,id,a,hat\nx,42,1,1,none\n"), AB)
    assert reader.notes == ["Not used, for the schema does not know them: 'shoe', 'hat'."]
    assert next(iter(reader)).columns.numbers.tolist() == [[1.0]]


def test_label_identifier_and_ignored_columns_need_no_note(tmp_path):
    records = [{"id": 1, "surname": "Li", "churn": "Yes", **customer()}]
    assert read_batches(write_csv(tmp_path / "t.csv", records), CUSTOMERS).notes == []


def test_a_column_that_may_be_missing_may_be_left_out_with_a_note(tmp_path):
    record = customer()
    del record["region"], record["charges"]
    reader = read_batches(write_csv(tmp_path / "t.csv", [record]), CUSTOMERS)
    assert reader.notes == ["Not in the table, so taken as missing in every row: 'charges', 'region'."]
    assert next(iter(reader)).good.tolist() == [True]


def test_a_required_column_that_is_missing_is_named_with_those_there_are(put):
    with pytest.raises(TableError) as error:
        read_batches(put("id,a,B\n1,1,x\n"), AB)
    assert "lacks the column(s) 'b'" in str(error.value)
    assert "It has 'id', 'a', 'B'" in str(error.value)


def test_a_wrong_delimiter_is_suspected_where_there_is_one_column(put):
    with pytest.raises(TableError, match="--delimiter"):
        read_batches(put("id:a:b\n1:1:x\n"), AB)


def test_a_table_that_has_nothing_of_the_schema_is_refused(put):
    schema = Schema((Field("a", "number", nullable=True),))
    with pytest.raises(TableError, match="no column of the schema"):
        read_batches(put("x,y\n1,2\n"), schema)


def test_a_schema_of_one_field_reads_a_table_of_one_column(put):
    rows = next(iter(read_batches(put("a\n1\n2\n"), Schema((Field("a", "integer"),)))))
    assert rows.columns.numbers.tolist() == [[1.0], [2.0]]
    assert identifier_texts(rows) is None


def test_the_order_of_columns_does_not_matter(tmp_path):
    records = customers(20)
    shuffled = list(records[0])
    random.Random(1).shuffle(shuffled)  # noqa: S311
    one = next(iter(read_batches(write_csv(tmp_path / "1.csv", records), CUSTOMERS)))
    two = next(
        iter(read_batches(write_csv(tmp_path / "2.csv", [{k: r[k] for k in shuffled} for r in records]), CUSTOMERS))
    )
    np.testing.assert_array_equal(one.columns.numbers, two.columns.numbers)
    np.testing.assert_array_equal(one.columns.codes, two.columns.codes)


def test_columns_to_carry_along_come_with_their_rows_good_or_bad(put):
    file = put("id,a,b,left\n1,1,x,Yes\n2,bad,x,No\n3\n4,4,y, Yes\n")
    [(rows, beside)] = read_batches(file, AB).beside(("left", "not there"))
    assert beside.to_pylist() == [{"left": "Yes"}, {"left": "No"}, {"left": None}, {"left": " Yes"}]
    assert rows.good.tolist() == [True, False, False, True]


def test_nothing_is_carried_along_unless_asked(put):
    [(_, beside)] = read_batches(put("id,a,b\n1,1,x\n"), AB).beside(())
    assert beside.column_names == []


# --- Damage that only shows in the cells -------------------------------------------------------------


@pytest.fixture(params=["parquet", "arrow"])
def damaged(request, put):
    """Write a table in a format of its own, with some bytes replaced."""

    def write(table, old, new):
        stream = io.BytesIO()
        if request.param == "parquet":
            pq.write_table(table, stream, use_dictionary=False, compression="none", store_schema=False)
        else:
            with pa.ipc.new_file(stream, table.schema) as writer:
                writer.write_table(table)
        assert old in stream.getvalue()
        return put(stream.getvalue().replace(old, new), f"table.{request.param}")

    return write


def test_text_that_is_not_utf_8_in_a_column_that_says_so_is_damage(damaged):
    file = damaged(pa.table({"a": [1, 2], "b": ["x", "wrong"]}), b"wrong", b"\xffrong")
    assert "it is damaged or something else" in refusal(file)
    with pytest.raises(TableError, match="it is damaged or something else"):
        list(read_batches(file, AB))


def test_the_name_of_a_column_that_is_not_utf_8_is_damage(damaged):
    file = damaged(pa.table({"a": [1, 2], "wrong": ["x", "y"]}), b"wrong", b"\xffrong")
    assert "it is damaged or something else" in refusal(file)
