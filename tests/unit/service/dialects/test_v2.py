"""Open Inference Protocol v2, in detail."""

import json
import tracemalloc

import numpy as np
import pytest

from service.dialects.v2 import binary
from service.dialects.v2.tensors import NUMPY_TYPES
from service.problems import Refusal
from tests.contract.dialects.v2 import in_binary, tensors_of
from tests.unit.service.conftest import DOORS, JSON, RECORD, SCHEMA

INFER = "/v2/models/telco/infer"


@pytest.fixture(params=DOORS)
def door(request):
    return request.param


def infer(client, document):
    answer = client.post(json.dumps(document), INFER, JSON)
    assert answer.status_code == 200, answer.text
    return answer.json()


def good(count=2):
    return tensors_of(SCHEMA, [RECORD] * count)


def test_all_outputs_are_given_unless_some_are_wanted(client):
    assert infer(client, {"inputs": good()}) == {
        "model_name": "telco",
        "model_version": "2024-06-30.1",
        "outputs": [
            {"name": "churn_probability", "datatype": "FP64", "shape": [2], "data": [0.5, 0.5]},
            {"name": "churn", "datatype": "BOOL", "shape": [2], "data": [True, True]},
            {"name": "risk", "datatype": "BYTES", "shape": [2], "data": ["medium", "medium"]},
        ],
    }
    some = infer(client, {"id": "mine", "inputs": good(), "outputs": [{"name": "risk"}, {"name": "churn"}]})
    assert some["id"] == "mine"
    assert [output["name"] for output in some["outputs"]] == ["risk", "churn"]


def test_columns_of_one_are_read_as_lists(client):
    nested = [{**each, "shape": [2, 1], "data": [[value] for value in each["data"]]} for each in good()]
    flat = [{**each, "shape": [2, 1]} for each in good()]
    assert infer(client, {"inputs": nested}) == infer(client, {"inputs": flat}) == infer(client, {"inputs": good()})


def test_as_many_as_may_come_are_read_in_any_form(start):
    with start(max_records=300) as client:
        client.await_loaded()
        nested = [{**each, "shape": [300, 1], "data": [[v] for v in each["data"]]} for each in good(300)]
        assert infer(client, {"inputs": nested})["outputs"][0]["shape"] == [300]


def test_a_missing_number_is_null_or_nan(client):
    for value in (None, float("nan")):
        inputs = [{**each, "data": [value] * 2} if each["name"] == "total" else each for each in good()]
        assert infer(client, {"inputs": inputs})["outputs"][1]["data"] == [True, True]


@pytest.mark.parametrize(
    ("name", "datatype", "value"),
    [("tenure", "FP64", 12.0), ("tenure", "UINT8", 12), ("tenure", "FP16", 12.0), ("charges", "INT32", 70),
     ("charges", "FP32", 70.5), ("senior", "FP64", 0.0)],
)  # fmt: skip
@pytest.mark.parametrize("is_binary", [False, True])
def test_numbers_are_read_in_other_datatypes(client, name, datatype, value, is_binary):
    tensor = {"name": name, "datatype": datatype, "shape": [2]}
    others = [each for each in good() if each["name"] != name]
    if is_binary:
        part = binary.written(datatype, [value, value])
        tensor["parameters"] = {"binary_data_size": len(part)}
        body, headers = in_binary({"inputs": [tensor, *others]}, part)
        answer = client.post(body, INFER, headers)
    else:
        answer = client.post(json.dumps({"inputs": [{**tensor, "data": [value, value]}, *others]}), INFER, JSON)
    assert answer.status_code == 200, answer.text


def test_outputs_may_be_mixed(client):
    wanted = [{"name": "risk", "parameters": {"binary_data": True}}, {"name": "churn_probability"}]
    answer = client.post(json.dumps({"inputs": good(), "outputs": wanted}), INFER, JSON)
    length = int(answer.headers["inference-header-content-length"])
    outputs = json.loads(answer.content[:length])["outputs"]
    assert outputs[0]["parameters"] == {"binary_data_size": 20}
    assert outputs[1]["data"] == [0.5, 0.5]
    assert answer.content[length:] == b"\6\0\0\0medium" * 2
    assert answer.headers["content-type"] == "application/octet-stream"


def test_binary_is_read_whatever_the_content_type(client):
    part = np.array([12.0, 12.0]).tobytes()
    tensor = {"name": "tenure", "datatype": "FP64", "shape": [2], "parameters": {"binary_data_size": len(part)}}
    body, headers = in_binary({"inputs": [tensor, *good()[1:]]}, part)
    for sent in ({}, JSON, {"content-type": "application/octet-stream"}):
        assert client.post(body, INFER, {**headers, **sent}).status_code == 200


@pytest.mark.parametrize("datatype", NUMPY_TYPES)
def test_every_datatype_is_read_as_it_was_written(datatype):
    values = [0, 1, 1] if datatype != "BOOL" else [False, True, True]
    assert binary.read("x", datatype, binary.written(datatype, values), 3) == values


def test_texts_are_read_as_they_were_written():
    texts = ["", "month", "ü€", "a\nb"]
    assert binary.read("x", "BYTES", binary.written("BYTES", texts), 4) == texts


def test_a_wrong_size_is_said_with_the_right_one():
    with pytest.raises(Refusal, match=r'Input "x" has 7 bytes of binary data; 1 elements of INT64 are 8\.'):
        binary.read("x", "INT64", bytes(7), 1)


def test_very_many_customers_are_refused_before_anything_is_made_of_them(client):
    data = bytes(4_000_000)
    tensor = {
        "name": "partner",
        "datatype": "BOOL",
        "shape": [len(data)],
        "parameters": {"binary_data_size": len(data)},
    }
    body, headers = in_binary({"inputs": [tensor]}, data)
    tracemalloc.start()
    try:
        answer = client.post(body, INFER, headers)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer.status_code == 413
    assert "4,000,000 records; the limit is 10,000 records" in answer.json()["error"]
    assert peak_bytes < 8 * len(data)


def test_very_many_values_are_refused_too(client):
    data = bytes(10_000)
    tensors = [
        {"name": f"x{index}", "datatype": "BOOL", "shape": [10_000], "parameters": {"binary_data_size": 10_000}}
        for index in range(200)
    ]
    body, headers = in_binary({"inputs": tensors}, data * 200)
    answer = client.post(body, INFER, headers)
    assert answer.status_code == 413
    assert "more than twice what its records can hold" in answer.json()["error"]


def test_what_is_read_needs_no_post(client):
    assert client.get("/v2").json()["extensions"] == ["binary_tensor_data"]
    assert client.get("/v2/health/live").json() == {"live": True}
    assert client.get("/v2/health/ready").json() == {"ready": True}
    assert client.get("/v2/models").json() == {"models": ["telco"]}
    assert client.get("/v2/models/telco/versions/2024-06-30.1/ready").json() == {"name": "telco", "ready": True}
    inputs = {each["name"]: each["datatype"] for each in client.get("/v2/models/telco").json()["inputs"]}
    assert (inputs["tenure"], inputs["joined"], inputs["total"], inputs["partner"]) == (
        "INT64",
        "BYTES",
        "FP64",
        "BOOL",
    )
    assert client.ask("HEAD", "/v2").content == b""


def test_a_service_that_stops_is_alive_and_not_ready(client):
    client.app.serving.drain()
    assert client.get("/v2/health/live").status_code == 200
    for path in ("/v2/health/ready", "/v2/models/telco/ready"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["error"][:23]) == (503, "The service is stopping")
