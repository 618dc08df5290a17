"""NVIDIA's own client, tritonclient, against a real process of the service."""

import numpy as np
import pytest

http = pytest.importorskip("tritonclient.http", reason="tritonclient is in the dependency group clients")
utils = pytest.importorskip("tritonclient.utils")

pytestmark = pytest.mark.e2e
NUMPY = {"BYTES": np.object_, "FP64": np.float64, "INT64": np.int64, "BOOL": np.bool_}


@pytest.fixture
def service(serve, shipped_bundle):
    return serve(shipped_bundle, "--port", "0").await_ready()


@pytest.fixture
def client(service):
    client = http.InferenceServerClient(f"127.0.0.1:{service.port}")
    yield client
    client.close()


def inputs_of(client, records, *, binary):
    """Return the inputs that the metadata of the model asks for; numbers of which some are missing come as FP64."""
    made = []
    for described in client.get_model_metadata("telco")["inputs"]:
        values = [record.get(described["name"]) for record in records]
        datatype = described["datatype"]
        if datatype != "BYTES" and None in values:
            datatype, values = "FP64", [np.nan if value is None else value for value in values]
        array = np.array(values, NUMPY[datatype])
        tensor = http.InferInput(described["name"], list(array.shape), datatype)
        tensor.set_data_from_numpy(array, binary_data=binary)
        made.append(tensor)
    return made


def test_it_is_alive_ready_and_described(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("telco")
    assert client.get_server_metadata()["name"] == "churn-service"
    metadata = client.get_model_metadata("telco")
    assert client.is_model_ready("telco", metadata["versions"][0])
    assert {each["datatype"] for each in metadata["inputs"]} <= set(NUMPY)
    assert [each["name"] for each in metadata["outputs"]] == ["churn_probability", "churn", "risk"]


@pytest.mark.parametrize("count", [1, 16, 17, 131, 2_000])
@pytest.mark.parametrize("binary", [False, True])
def test_numpy_arrays_are_answered_as_by_predict(service, client, golden, count, binary):
    records = [golden["records"][index % len(golden["records"])] for index in range(count)]
    expected = service.ask("POST", "/predict", records)[1]["predictions"]
    wanted = [http.InferRequestedOutput(name, binary_data=binary) for name in ("risk", "churn_probability", "churn")]
    found = client.infer("telco", inputs_of(client, records, binary=binary), request_id="mine-1", outputs=wanted)
    assert found.get_response()["id"] == "mine-1"
    assert found.as_numpy("churn_probability").tolist() == [each["churn_probability"] for each in expected]
    assert found.as_numpy("churn").tolist() == [each["churn"] for each in expected]
    risks = [each.decode() if isinstance(each, bytes) else each for each in found.as_numpy("risk").tolist()]
    assert risks == [each["risk"] for each in expected]


def test_without_wishes_all_outputs_come_in_binary(client, golden):
    found = client.infer("telco", inputs_of(client, golden["records"][:3], binary=True))
    outputs = found.get_response()["outputs"]
    assert [each["name"] for each in outputs] == ["churn_probability", "churn", "risk"]
    assert all("binary_data_size" in each["parameters"] for each in outputs)
    assert found.as_numpy("risk").dtype == np.object_


def test_what_is_wrong_is_its_own_exception(client, golden):
    inputs = inputs_of(client, golden["records"][:2], binary=True)
    with pytest.raises(utils.InferenceServerException, match="2 of 2 records cannot be scored") as missing:
        client.infer("telco", inputs[1:])
    assert missing.value.status() == "400"
    with pytest.raises(utils.InferenceServerException) as unknown:
        client.infer("other", inputs)
    assert unknown.value.status() == "404"


def test_a_packed_body_is_refused_as_what_it_is(client, golden):
    inputs = inputs_of(client, golden["records"][:2], binary=True)
    with pytest.raises(utils.InferenceServerException, match="send it plain"):
        client.infer("telco", inputs, request_compression_algorithm="gzip")
