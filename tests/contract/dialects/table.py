"""The table of ways to ask; a new dialect is finished when its lines are here and all is green."""

from __future__ import annotations

from collections.abc import Mapping

from tests.contract.dialects import mlflow, v1, v2, vertex
from tests.contract.dialects.speaker import Speaker

SPEAKERS: Mapping[str, Speaker] = {
    "v2 JSON": v2.IN_JSON,
    "v2 binary": v2.IN_BINARY,
    "v1 rows": v1.ROWS,
    "v1 columns": v1.IN_COLUMNS,
    "MLflow records": mlflow.RECORDS,
    "MLflow split": mlflow.SPLIT,
    "CSV": mlflow.TABLE,
    "JSON Lines": mlflow.IN_LINES,
    "Vertex AI": vertex.INSTANCES,
}
