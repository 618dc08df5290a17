"""The service as SageMaker, Vertex AI and Cloud Run start it: through their variables and arguments alone."""

import json
import os

import pytest

pytestmark = pytest.mark.e2e

HERE = {"CHURN_HOST": "127.0.0.1"}
"""A platform alone reaches its containers; of a test, nobody else shall reach the service."""

IMAGE = {"CHURN_IMAGE_BUNDLE": "/app/artifacts/telco", "CHURN_IMAGE_PORT": "1"}
"""The defaults of an image, which give way."""


ANY = "0"
"""The port that a platform chooses here: any free one, which none of the defaults is."""


def post(service, path, body, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = service.connect()
    try:
        connection.request("POST", path, body.encode(), named)
        answer = connection.getresponse()
        return answer.headers["content-type"], answer.read().decode()
    finally:
        connection.close()


def test_sagemaker_starts_it_with_serve_and_asks_for_records_and_lines(serve, shipped_bundle, golden):
    environ = {**HERE, **IMAGE, "CHURN_BUNDLE": str(shipped_bundle), "SAGEMAKER_BIND_TO_PORT": ANY, "PORT": "1"}
    service = serve("serve", env=environ).await_ready()
    assert service.port not in {1, 8000, 8080}
    assert service.ask("GET", "/ping")[0] == 200
    assert service.ask("GET", "/")[0] == 404
    assert service.ask("GET", "/execution-parameters")[1]["MaxPayloadInMB"] == 16
    records = golden["records"][:20]
    told = service.ask("POST", "/invocations", {"instances": records})[1]["predictions"]
    assert [each["churn_probability"] for each in told] == pytest.approx(golden["probabilities"][:20], abs=1e-4)
    lines = "".join(f"{json.dumps(record)}\n" for record in records)
    content_type, text = post(service, "/invocations", lines, content_type="application/jsonlines")
    assert content_type == "application/jsonlines"
    assert [json.loads(line) for line in text.splitlines()] == told


def test_serve_without_a_bundle_names_the_place_where_sagemaker_puts_it(serve):
    if os.path.exists("/opt/ml/model"):  # noqa: PTH110
        pytest.skip("there is a bundle where SageMaker puts it")
    service = serve("serve", env=HERE)
    assert service.wait() == 2
    assert "/opt/ml/model" in service.err.read_text()


def test_it_starts_where_nothing_can_be_written(serve, shipped_bundle, tmp_path):
    nowhere = tmp_path / "not there"  # a folder without rights would not keep root out
    environ = {**HERE, "CHURN_BUNDLE": str(shipped_bundle), "CHURN_PORT": ANY, "TMPDIR": str(nowhere), "HOME": "/"}
    service = serve("serve", env={**environ, "CHURN_WORKERS": "2"}).await_ready()
    assert service.ask("GET", "/ping")[0] == 200
    assert not nowhere.exists()


def test_vertex_starts_it_by_its_variables(serve, shipped_bundle, golden):
    service = serve(
        env={
            **HERE,
            **IMAGE,
            "AIP_HTTP_PORT": ANY,
            "AIP_STORAGE_URI": str(shipped_bundle),
            "AIP_HEALTH_ROUTE": "/v1/endpoints/1/deployedModels/2",
            "AIP_PREDICT_ROUTE": "/v1/endpoints/1/deployedModels/2:predict",
        }
    ).await_ready()
    assert service.port not in {1, 8000, 8080}
    assert service.ask("GET", "/v1/endpoints/1/deployedModels/2") == (200, {"status": "ready"})
    status, told = service.ask(
        "POST", "/v1/endpoints/1/deployedModels/2:predict", {"instances": golden["records"][:3], "parameters": None}
    )
    assert status == 200
    probabilities = [each["churn_probability"] for each in told["predictions"]]
    assert probabilities == pytest.approx(golden["probabilities"][:3], abs=1e-4)


def test_a_bundle_in_a_cloud_without_what_reads_it_ends_with_a_sentence(serve):
    service = serve(env={**HERE, "AIP_HTTP_PORT": "0", "AIP_STORAGE_URI": "nocloud://models/7"})
    assert service.wait() == 2
    assert "nocloud://models/7" in service.err.read_text()


def test_cloud_run_says_the_port(serve, shipped_bundle):
    service = serve(shipped_bundle, env={**HERE, **IMAGE, "PORT": ANY, "K_SERVICE": "churn"}).await_ready()
    assert service.port not in {1, 8000, 8080}


def test_an_option_wins_over_a_platform(serve, shipped_bundle, golden):
    environ = {**HERE, "PORT": "1", "AIP_HTTP_PORT": "1", "AIP_STORAGE_URI": "nocloud://models/7"}
    service = serve(shipped_bundle, "--port", "0", env=environ).await_ready()
    assert service.ask("POST", "/predict", golden["records"][:1])[0] == 200


def test_a_table_of_many_customers_is_scored_as_csv_line_by_line(serve, shipped_bundle, golden):
    service = serve(shipped_bundle, "--port", "0", "--host", "127.0.0.1").await_ready()
    names = list(golden["records"][0])
    rows = [[record.get(name) for name in names] for record in golden["records"]]
    cells = [",".join("" if value is None else str(value) for value in row) for row in rows]
    body = "\n".join([",".join(names), *cells])
    _, text = post(service, "/invocations", body, content_type="text/csv", accept="text/csv")
    header, *lines = text.splitlines()
    assert header == "churn_probability,churn,risk"
    told = [float(line.partition(",")[0]) for line in lines]
    assert told == pytest.approx(golden["probabilities"], abs=1e-4)
