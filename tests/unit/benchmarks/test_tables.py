import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from benchmarks.quality.tables import Spec, find_tables, load

SPEC = Spec("t.csv", "left", "Yes.", ("id",))


@pytest.fixture
def folder(tmp_path):
    rows = [
        f"{i},{i % 7},{'x' if i % 3 else 'y'},{'' if i == 5 else i / 2},{'Yes.' if i % 4 == 0 else 'No.'}"
        for i in range(200)
    ]
    lines = ["id, months ,plan,bill,left", *rows, "900,1,x,0.5,No.", "901,1,x,0.5,", "902,3,y,oops,Yes."]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_rows_without_a_label_and_equal_rows_are_left_out_and_the_rest_keep_their_order(folder):
    table = load(folder / "t.csv", Spec("t.csv", "left", "Yes", ("id",)))
    assert table.frame.columns.tolist() == ["months", "plan", "bill"]
    assert table.lines.tolist() == [*range(200), 202]
    assert table.labels[:5].tolist() == [1, 0, 0, 0, 1]


def test_numbers_with_dirt_are_numbers_and_texts_stay_texts(folder):
    frame = load(folder / "t.csv", SPEC).frame
    assert pd.api.types.is_float_dtype(frame["bill"])
    assert frame["bill"].isna().sum() == 2
    assert not pd.api.types.is_numeric_dtype(frame["plan"])


def test_the_parts_are_those_of_scikit_learn_with_the_same_seed(folder):
    table = load(folder / "t.csv", Spec("t.csv", "left", "Yes"))
    rows = list(range(len(table.labels)))
    rest, test = train_test_split(rows, test_size=0.2, stratify=table.labels, random_state=3)
    train, validation = train_test_split(rest, test_size=0.2, stratify=table.labels[rest], random_state=3)
    parts = table.parts(3)
    assert (parts.train.tolist(), parts.validation.tolist(), parts.test.tolist()) == (train, validation, test)


def test_tables_are_found_by_their_files_and_others_can_be_named(folder):
    (folder / "bank_churn.csv").write_text("x\n")
    found = find_tables(folder, ["t.csv:left:Yes:id", "absent.csv:a:b"])
    assert [spec.name for spec in found] == ["bank_churn", "t"]
    assert list(found[1].drop) == ["id"]
