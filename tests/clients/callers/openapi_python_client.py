"""Calls the service by what openapi-python-client made of a description, 3.0 or 3.1; prints the predictions."""

import json
import sys
from importlib import import_module
from pathlib import Path

from made.client import AuthenticatedClient

asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
predict = import_module("made.api.default.predict")
models = import_module("made.models")
Record = getattr(models, "Record", None) or models.CustomerRecord  # the 3.1 document gives it a title
records = [Record.from_dict(record) for record in asked["records"]]
assert [record.to_dict() for record in records] == asked["records"], "a record did not survive"
with AuthenticatedClient(
    asked["address"], token=asked["key"], prefix="", auth_header_name="X-API-Key", raise_on_unexpected_status=True
) as client:
    answer = predict.sync_detailed(client=client, body=records, on_error=models.PredictOnError.REPORT)
assert answer.status_code == 200, answer.content
print(json.dumps(answer.parsed.to_dict()["predictions"]))
