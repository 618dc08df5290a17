"""MLflow's own client against the service: ``pip install mlflow-skinny pandas requests scipy`` brings it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

client_module = pytest.importorskip("mlflow.pyfunc.scoring_server.client")
np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")

PROJECT = Path(__file__).parents[2]
BUNDLE = PROJECT / "artifacts" / "telco"
PATIENCE_S = 60.0


def url_in(log, process):
    """The address that the service tells in its log, once it listens."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        assert process.poll() is None, log.with_suffix(".err").read_text()
        lines = [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
        for line in lines:
            if line["event"] == "listening":
                return line["url"]
        time.sleep(0.05)
    pytest.fail(f"waited {PATIENCE_S} s in vain for the port")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    log = tmp_path_factory.mktemp("service") / "log"
    python = os.environ.get("CHURN_TEST_PYTHON", sys.executable)  # where MLflow is, the service need not be
    env = {**os.environ, "PYTHONPATH": str(PROJECT)}
    with log.open("w") as out, log.with_suffix(".err").open("w") as err:
        process = subprocess.Popen(
            [python, "-m", "service", str(BUNDLE), "--port", "0", "--host", "127.0.0.1"],
            stdout=out,
            stderr=err,
            env=env,
        )
    try:
        port = url_in(log, process).rpartition(":")[2]
        found = client_module.ScoringServerClient("127.0.0.1", port)
        found.wait_server_ready(timeout=PATIENCE_S, scoring_server_proc=process)
        yield found
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def golden():
    return json.loads((BUNDLE / "golden.json").read_text())


def probabilities(answer):
    return [each["churn_probability"] for each in answer["predictions"]]


def test_a_data_frame_is_scored(client, golden):
    answer = client.invoke(pd.DataFrame(golden["records"]))
    assert probabilities(answer) == pytest.approx(golden["probabilities"], abs=1e-4)


def test_what_a_data_frame_has_not_is_missing(client, golden):
    frame = pd.DataFrame(golden["records"][:2])
    frame["TotalCharges"] = [np.nan, 1.0]
    assert len(probabilities(client.invoke(frame))) == 2


def test_a_list_of_records_is_scored(client, golden):
    assert probabilities(client.invoke(golden["records"][:5])) == pytest.approx(golden["probabilities"][:5], abs=1e-4)


def test_columns_by_name_are_scored(client, golden):
    records = golden["records"][:5]
    inputs = {name: [record[name] for record in records] for name in records[0]}
    answer = client.invoke(json.dumps({"inputs": inputs}))  # given a dictionary, the client of MLflow 3.17 fails itself
    assert probabilities(answer) == pytest.approx(golden["probabilities"][:5], abs=1e-4)


def test_an_array_without_names_is_refused(client):
    with pytest.raises(Exception, match="an object with the fields of one customer"):
        client.invoke(np.zeros((2, 3)))


def test_the_answer_becomes_a_data_frame(client, golden):
    frame = client.invoke(pd.DataFrame(golden["records"][:3])).get_predictions()
    assert list(frame.columns) == ["churn_probability", "churn", "risk"]
    assert frame["churn_probability"].tolist() == pytest.approx(golden["probabilities"][:3], abs=1e-4)


def test_the_version_is_ours(client):
    assert client.get_version().count(".") == 2


def test_parameters_and_wrong_records_are_refused_with_our_sentences(client, golden):
    frame = pd.DataFrame(golden["records"][:1])
    with pytest.raises(Exception, match="takes no parameters"):
        client.invoke(frame, params={"threshold": 0.5})
    with pytest.raises(Exception, match=r"error code 400.*Record 0"):
        client.invoke(frame.assign(tenure="long"))
