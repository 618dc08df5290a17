"""Calls the service by what OpenAPI Generator made of the description in Swagger 2.0; prints the predictions."""

import json
import sys
from pathlib import Path

import openapi_client

asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
records = [openapi_client.Record.from_dict(record) for record in asked["good"]]
assert [json.loads(record.to_json()) for record in records] == asked["good"], "a record did not survive"
configuration = openapi_client.Configuration(host=asked["address"], api_key={"key": asked["key"]})
with openapi_client.ApiClient(configuration) as client:
    api = openapi_client.DefaultApi(client)
    assert api.get_readiness().status == "ready"
    assert api.get_model().name
    answer = api.predict("report", records)
print(json.dumps([one.to_dict() for one in answer.predictions]))
