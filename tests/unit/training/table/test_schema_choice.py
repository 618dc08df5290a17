import pytest
import yaml

from churn.errors import BadInput
from tests.unit.training.conftest import write_customers
from training.config import TrainConfig
from training.progress import Reporter
from training.table.read import read_customers


@pytest.fixture
def read(tmp_path):
    def run(data=None, **changes):
        data = data or write_customers(tmp_path / "customers.csv", 300)
        return read_customers(TrainConfig(data, "churn", tmp_path / "artifacts" / "mine", **changes), Reporter())

    return run


def test_the_schema_is_saved_beside_the_data(read, tmp_path, capsys):
    read()
    saved = yaml.safe_load((tmp_path / "customers.schema.yaml").read_text())
    assert saved["label"]["name"] == "churn"
    assert "--schema" in capsys.readouterr().err


def test_an_edited_schema_is_never_overwritten(read, tmp_path, capsys):
    read()
    path = tmp_path / "customers.schema.yaml"
    path.write_text(path.read_text() + "# my notes\n")
    read()
    assert path.read_text().endswith("# my notes\n")
    assert "was left as it is" in " ".join(capsys.readouterr().err.split())


def test_where_the_data_cannot_be_written_beside_the_schema_goes_beside_the_bundle(read, tmp_path, monkeypatch):
    write = "training.table.schema_choice.save_schema"
    from training.table.schema_file import save_schema

    def read_only(path, inference, data):
        if path.parent == tmp_path:
            raise BadInput("read-only")
        save_schema(path, inference, data)

    monkeypatch.setattr(write, read_only)
    read()
    assert (tmp_path / "artifacts" / "customers.schema.yaml").exists()


def test_a_given_schema_is_honoured(read, tmp_path):
    read()
    path = tmp_path / "customers.schema.yaml"
    plain = yaml.safe_load(path.read_text())
    field = next(f for f in plain["fields"] if f["name"] == "age")
    field.update(kind="number", maximum=40, unit="years", description="How old")
    edited = tmp_path / "edited.yaml"
    edited.write_text(yaml.safe_dump(plain))
    found = read(schema=edited)
    age = found.columns.schema.by_name["age"]
    assert (age.kind, age.maximum, age.unit) == ("number", 40, "years")
    assert len(found.columns) < 300  # those over 40 break the promise
    assert any("cannot be read by the schema" in finding.sentence for finding in found.findings)


def test_a_schema_that_has_the_label_among_its_fields_is_refused(read, tmp_path):
    edited = tmp_path / "edited.yaml"
    edited.write_text("fields:\n- {name: churn, kind: integer}\n- {name: age, kind: integer}\n")
    with pytest.raises(BadInput, match=r"the label, among its fields"):
        read(schema=edited)


def test_dropped_columns_are_no_features_and_listed_as_such(read):
    found = read(drop=("gender", "age"))
    assert not {"gender", "age"} & set(found.columns.schema.by_name)
    assert dict(found.columns.schema.ignored)["gender"] == "left out as asked"


def test_an_as_of_day_moves_the_days(read):
    from datetime import date

    early, late = (read(as_of=day).columns for day in (date(2018, 1, 1), date(2018, 1, 11)))
    j = [field.name for field in early.schema.numbers].index("joining_date")
    assert ((late.numbers[:, j] - early.numbers[:, j]) == 10).all()
