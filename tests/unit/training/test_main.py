import subprocess
import sys

import pytest

from churn import __version__
from churn.score import main as score
from tests.customers import fake_bundle
from tests.unit.training.conftest import change_rows, write_customers
from training.__main__ import evaluate, main
from training.look.dataset import load_dataset
from training.measure.threshold import ByHand, FBeta, Precision, Profit, Recall


@pytest.fixture
def customers(tmp_path):
    return write_customers(tmp_path / "customers.csv", 200)


@pytest.fixture
def refused(tmp_path, capsys):
    """Run churn-train, which has to refuse with code 2; give what it said, and see that nothing was written."""

    def run(data, *more, label="churn"):
        out = tmp_path / "artifacts" / "mine"
        code = main([str(data), "--label", label, "--out", str(out), *more])
        said = capsys.readouterr()
        assert code == 2
        assert said.out == ""
        assert "Traceback" not in said.err
        assert not out.exists()
        return " ".join(said.err.split())

    return run


def test_an_empty_file(refused, tmp_path):
    (tmp_path / "empty.csv").touch()
    assert "empty" in refused(tmp_path / "empty.csv")


def test_a_file_that_is_not_there(refused, tmp_path):
    assert "nowhere.csv" in refused(tmp_path / "nowhere.csv")


def test_a_label_that_is_not_there_names_the_nearest(refused, customers):
    assert "Did you mean 'churn'?" in refused(customers, label="chrun")


def test_a_label_with_one_value(refused, customers):
    assert "'churn'" in refused(change_rows(customers, lambda _, row: {**row, "churn": "0"}))


def test_a_label_with_more_than_two_values(refused, customers):
    said = refused(change_rows(customers, lambda i, row: {**row, "churn": str(i % 3)}))
    assert "3" in said
    assert "two" in said


def test_a_positive_value_that_is_none_of_the_labels(refused, customers):
    assert "--positive is 'Yes', which is no value of the label column" in refused(customers, "--positive", "Yes")


def test_two_columns_of_one_name(refused, customers):
    text = customers.read_text().replace("gender", "age", 1)
    customers.write_text(text)
    assert "age" in refused(customers)


def test_a_wrong_delimiter(refused, customers):
    assert "--delimiter" in refused(customers, "--delimiter", ";")


def test_too_few_churners(refused, customers):
    said = refused(change_rows(customers, lambda i, row: {**row, "churn": "1" if i < 4 else "0"}))
    assert "4" in said


def scored(index, row):
    """Give a customer a score that knows who left, but for one customer in four."""
    return {**row, "churn_score": str(index % 50 + 35 * (row["churn"] == "1" and index % 4 > 0))}


def test_strict_leaks_stops_before_the_training_where_a_column_is_named_like_a_result(refused, customers):
    said = refused(change_rows(customers, scored), "--strict-leaks")
    assert "churn_score (ROC AUC alone 0." in said
    assert "--drop churn_score" in said
    assert "The training stopped, as --strict-leaks asks." in said


def test_too_few_rows(refused, tmp_path):
    assert "20" in refused(write_customers(tmp_path / "few.csv", 20))


@pytest.mark.parametrize("command", [main, evaluate])
def test_where_only_the_service_is_installed_a_sentence_says_what_to_install(command, customers, monkeypatch, capsys):
    monkeypatch.setattr("training.__main__.find_spec", lambda name: None if name == "tensorflow" else name)
    assert command([str(customers), "--label", "churn", "--out", "artifacts/mine"]) == 2
    assert "needs tensorflow, which is not installed: pip install 'churn-service[train]'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["my bundle", "..", "ünicode", "a" * 65])
def test_a_name_that_a_bundle_cannot_have(name, customers, tmp_path, capsys):
    assert main([str(customers), "--label", "churn", "--out", f"{tmp_path}/x/{name}"]) == 2
    assert "letters, digits" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        *(["--recall", "1.5"], ["--precision", "1.5"], ["--f-beta", "-2"], ["--value", "much"], ["--threshold", "x"]),
        *(["--seed", "-1"], ["--epochs", "0"], ["--as-of", "soon"]),
    ],
)
def test_wrong_usage_is_code_2(wrong, customers, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([str(customers), "--label", "churn", "--out", "x", *wrong])
    assert stopped.value.code == 2
    assert wrong[1] in capsys.readouterr().err


def test_sigterm_ends_a_training_with_a_sentence_and_leaves_nothing(customers, tmp_path):
    code = """
import sys, time
import training.run
from churn.bundle import staged
from training.__main__ import main

def train(config, reporter):
    with staged(config.out) as stage:
        (stage / "schema.json").touch()
        print("staged", flush=True)
        time.sleep(100)

training.run.train = train
sys.exit(main(sys.argv[1:]))
"""
    command = [sys.executable, "-c", code, str(customers), "--label", "churn", "--out", str(tmp_path / "new" / "mine")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "staged\n"
        assert [path.name[:6] for path in (tmp_path / "new").iterdir()] == [".mine."]
        process.terminate()
        _, said = process.communicate()
    assert process.returncode == 130
    assert said.endswith("Interrupted.\n")
    assert "Traceback" not in said
    assert list((tmp_path / "new").iterdir()) == []


def test_options_are_read_before_the_libraries_that_train_are_needed():
    code = "import sys, training.__main__; assert not {'sklearn', 'keras', 'pandas'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture
def asked(monkeypatch, customers):
    """Run churn-train up to the training; give the aim that it was asked for."""
    configs = []
    monkeypatch.setattr("training.__main__._train", lambda config: configs.append(config) or 0)

    def run(*more):
        assert main([str(customers), "--label", "churn", "--out", "x", *more]) == 0
        return configs[-1].aim

    return run


@pytest.mark.parametrize(
    ("options", "aim"),
    [
        ("", Recall(0.8)),
        ("--recall 0.9", Recall(0.9)),
        ("--precision 0.6", Precision(0.6)),
        ("--f-beta 2", FBeta(2)),
        ("--threshold 0.3", ByHand(0.3)),
        ("--value 200 --contact-cost 4.5 --contact-success 0.1", Profit(200, 4.5, 0.1)),
    ],
)
def test_the_aim_is_what_the_options_say(options, aim, asked):
    assert asked(*options.split()) == aim


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--recall 0.8 --precision 0.6", "argument --precision: not allowed with argument --recall"),
        ("--threshold 0.3 --f-beta 1", "argument --f-beta: not allowed with argument --threshold"),
        ("--recall 0.8 --value 9 --contact-cost 1 --contact-success 1", "--value: not allowed with argument --recall"),
        ("--value 200", "together; missing: --contact-cost, --contact-success"),
        ("--recall 0.9 --contact-cost 2", "together; missing: --value, --contact-success"),
        ("--value 20 --contact-cost 4 --contact-success 0.1", "nobody is worth contacting"),
        ("--value 20 --contact-cost 0 --contact-success 0.1", "The cost of a contact is 0; it has to be an amount"),
        ("--recall 1.5", "argument --recall: A recall of 1.5 is no share of the churners"),
        ("--precision half", "argument --precision: 'half' is no number"),
    ],
)
def test_aims_that_contradict_each_other_or_lack_a_part(options, sentence, asked, capsys):
    with pytest.raises(SystemExit) as stopped:
        asked(*options.split())
    assert stopped.value.code == 2
    assert sentence in " ".join(capsys.readouterr().err.split())


@pytest.fixture
def loaded(monkeypatch, trained):
    """Run churn-train on a table, which stops when the table is loaded; give the customers it would learn from."""
    loads = []

    def load(config, reporter):
        loads.append(load_dataset(config, reporter))
        return trained[1]

    monkeypatch.setattr("training.run.train", load)

    def run(data):
        assert main([str(data), "--label", "churn", "--out", "x"]) == 0
        return loads[-1]

    return run


@pytest.mark.parametrize(("encoding", "name"), [("utf-8-sig", "bom"), ("latin-1", "latin")])
def test_a_byte_order_mark_and_latin_1_are_read(encoding, name, customers, tmp_path, loaded, capsys):
    text = customers.read_text(encoding="utf-8").replace("City", "Zürich")
    data = tmp_path / f"{name}.csv"
    data.write_bytes(text.encode(encoding))
    found = loaded(data)
    assert "Zürich" in found.schema.by_name["region_category"].levels
    assert "churn" not in found.schema.by_name
    assert len(found.labels) == 200
    assert "churn-serve" in capsys.readouterr().err


def test_semicolons_are_found_out(customers, tmp_path, loaded):
    plain = loaded(customers)
    data = tmp_path / "semicolons.csv"
    data.write_text(customers.read_text().replace(",", ";"))
    found = loaded(data)
    assert found.schema == plain.schema
    assert found.labels.tolist() == plain.labels.tolist()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fast", "--search", "5"], "only one can be given"),
        (["--model", "tabm", "--fast"], "--model tabm has no teacher"),
        (["--model", "functional", "--search", "5"], "--model functional has no teacher"),
    ],
)
def test_options_that_do_not_go_together(options, said, refused, customers):
    assert said in refused(customers, *options)


def test_a_training_without_a_label_asks_for_it(customers, tmp_path, capsys):
    assert main([str(customers), "--out", str(tmp_path / "none")]) == 2
    assert "--label is missing" in capsys.readouterr().err


def test_the_label_is_that_of_the_bundle_to_start_from(trained, tmp_path, customers, monkeypatch):
    asked = []
    monkeypatch.setattr("training.__main__._train", lambda config: asked.append(config) or 0)
    assert main([str(customers), "--from", str(trained[0].out), "--out", str(tmp_path / "new")]) == 0
    assert (asked[0].label, asked[0].positive) == ("churn", "1")


def test_what_the_label_left_out_is_that_of_the_bundle_to_start_from_unless_said_anew(tmp_path, customers, monkeypatch):
    older = fake_bundle(tmp_path / "older", training={"labels_left_out": ["Joined"]})
    asked = []
    monkeypatch.setattr("training.__main__._train", lambda config: asked.append(config) or 0)
    for more in ([], ["--drop-label", "Paused", "--drop-label", "Joined"], ["--positive", "Lost"]):
        assert main([str(customers), "--from", str(older), "--out", str(tmp_path / "new"), *more]) == 0
    assert [(config.drop_label, config.drop_label_if_there) for config in asked] == [
        ([], ["Joined"]),
        (["Paused", "Joined"], ()),
        ([], ()),
    ]


def test_two_values_that_mean_leaving_are_refused_not_forgotten(customers, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([str(customers), "--label", "churn", "--out", "x", "--positive", "Churned", "--positive", "Cancelled"])
    assert stopped.value.code == 2
    assert "--positive is given twice, as 'Churned' and as 'Cancelled'" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("command", "name"), [(main, "churn-train"), (evaluate, "churn-evaluate"), (score, "churn-score")]
)
def test_every_command_tells_its_version(command, name, capsys):
    with pytest.raises(SystemExit) as stopped:
        command(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"{name} {__version__}\n"


def test_a_bundle_to_start_from_that_is_not_there(customers, tmp_path, capsys):
    assert main([str(customers), "--from", str(tmp_path / "absent"), "--out", str(tmp_path / "new")]) == 2
    assert "absent" in capsys.readouterr().err
