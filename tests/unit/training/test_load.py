import pytest
import yaml

from churn.errors import BadInput
from tests.unit.training.conftest import change_rows, write_customers
from training.config import TrainConfig
from training.load import load_dataset
from training.progress import Reporter


@pytest.fixture
def load(tmp_path):
    def run(data=None, **changes):
        data = data or write_customers(tmp_path / "customers.csv", 300)
        return load_dataset(TrainConfig(data, "churn", tmp_path / "artifacts" / "mine", **changes), Reporter())

    return run


def test_a_table_becomes_columns_labels_and_findings(load):
    dataset = load()
    assert len(dataset.columns) == len(dataset.labels) == 300
    assert set(dataset.labels.tolist()) == {0, 1}
    assert dataset.schema.identifier == "customer_id"
    assert dataset.facts["rows"] == 300
    assert [f.sentence for f in dataset.findings if f.column == "referral_id"]


def test_of_a_large_table_some_customers_are_drawn(load, monkeypatch):
    monkeypatch.setattr("training.load.MOST_ROWS", 200)
    dataset = load()
    assert len(dataset.columns) == len(dataset.labels) == 200
    assert "Of 300 customers 200 are drawn, for time and memory." in [f.sentence for f in dataset.findings]
    assert load().labels.tolist() == dataset.labels.tolist()
    assert load(seed=7).labels.tolist() != dataset.labels.tolist()


def test_the_schema_is_saved_beside_the_data(load, tmp_path, capsys):
    load()
    saved = yaml.safe_load((tmp_path / "customers.schema.yaml").read_text())
    assert saved["label"]["name"] == "churn"
    assert "--schema" in capsys.readouterr().err


def test_an_edited_schema_is_never_overwritten(load, tmp_path, capsys):
    load()
    path = tmp_path / "customers.schema.yaml"
    path.write_text(path.read_text() + "# my notes\n")
    load()
    assert path.read_text().endswith("# my notes\n")
    assert "was left as it is" in " ".join(capsys.readouterr().err.split())


def test_where_the_data_cannot_be_written_beside_the_schema_goes_beside_the_bundle(load, tmp_path, monkeypatch):
    write = "training.load.save_schema"
    from training.schema_file import save_schema

    def read_only(path, inference, data):
        if path.parent == tmp_path:
            raise BadInput("read-only")
        save_schema(path, inference, data)

    monkeypatch.setattr(write, read_only)
    load()
    assert (tmp_path / "artifacts" / "customers.schema.yaml").exists()


def test_a_given_schema_is_honoured(load, tmp_path):
    load()
    path = tmp_path / "customers.schema.yaml"
    plain = yaml.safe_load(path.read_text())
    field = next(f for f in plain["fields"] if f["name"] == "age")
    field.update(kind="number", maximum=40, unit="years", description="How old")
    edited = tmp_path / "edited.yaml"
    edited.write_text(yaml.safe_dump(plain))
    dataset = load(schema=edited)
    age = dataset.schema.by_name["age"]
    assert (age.kind, age.maximum, age.unit) == ("number", 40, "years")
    assert len(dataset.columns) < 300  # those over 40 break the promise
    assert any("cannot be read by the schema" in finding.sentence for finding in dataset.findings)


def test_a_schema_that_has_the_label_among_its_fields_is_refused(load, tmp_path):
    edited = tmp_path / "edited.yaml"
    edited.write_text("fields:\n- {name: churn, kind: integer}\n- {name: age, kind: integer}\n")
    with pytest.raises(BadInput, match=r"the label, among its fields"):
        load(schema=edited)


def test_dropped_columns_are_no_features_and_listed_as_such(load):
    dataset = load(drop=("gender", "age"))
    assert not {"gender", "age"} & set(dataset.schema.by_name)
    assert dict(dataset.schema.ignored)["gender"] == "left out as asked"


def test_a_column_that_gives_the_label_away_is_dropped_unless_it_is_to_stay(load, tmp_path):
    telling = change_rows(
        write_customers(tmp_path / "telling.csv", 300),
        lambda _, row: {**row, "account_status": "closed" if row["churn"] == "1" else "open"},
    )
    dataset = load(telling)
    assert "account_status" in dict(dataset.schema.ignored)
    assert any(f.column == "account_status" and f.level == "warning" for f in dataset.findings)
    assert "account_status" in load(telling, keep=("account_status",)).schema.by_name


def test_equal_customers_are_learned_from_once(load, tmp_path):
    path = write_customers(tmp_path / "twice.csv", 300)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, *lines[1:6]]) + "\n")
    dataset = load(path)
    assert len(dataset.columns) == 300
    assert dataset.facts["rows_read"] == 305


def test_rows_without_a_label_are_left_out_and_counted(load, tmp_path):
    some = change_rows(
        write_customers(tmp_path / "some.csv", 300),
        lambda index, row: {**row, "churn": "" if index < 7 else row["churn"]},
    )
    dataset = load(some)
    assert len(dataset.labels) == 293
    assert any("7 rows have no value in the label column" in finding.sentence for finding in dataset.findings)


def test_an_as_of_day_moves_the_days(load):
    from datetime import date

    early, late = (load(as_of=day).columns for day in (date(2018, 1, 1), date(2018, 1, 11)))
    j = [field.name for field in early.schema.numbers].index("joining_date")
    assert ((late.numbers[:, j] - early.numbers[:, j]) == 10).all()
