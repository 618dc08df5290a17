"""The table of targets: the name of each, which is that of its corpus too, and what opens it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.hostile.targets.bodies import json_body, question
from tests.hostile.targets.dialects import mlflow, v1, v2
from tests.hostile.targets.files import keys, manifest, schema
from tests.hostile.targets.headers import content_type, query, request_id
from tests.hostile.targets.http import http
from tests.hostile.targets.numbers import spelling
from tests.hostile.targets.tables import arrow, csv, parquet
from tests.hostile.targets.target import Open

TARGETS: Mapping[str, Open] = {
    "json_body": json_body,
    "question": question,
    "mlflow": mlflow,
    "v1": v1,
    "v2": v2,
    "http": http,
    "query": query,
    "request_id": request_id,
    "content_type": content_type,
    "keys": keys,
    "manifest": manifest,
    "schema": schema,
    "csv": csv,
    "parquet": parquet,
    "arrow": arrow,
    "spelling": spelling,
}
