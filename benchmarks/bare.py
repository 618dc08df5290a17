"""The yardstick: a bare FastAPI endpoint that validates the same body and answers a constant.

``python -m benchmarks.bare BUNDLE PORT`` serves it. The model of a record is written as a FastAPI user would:
a pydantic model with the schema's fields, a list of it as the body. No ``from __future__ import annotations``.
"""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import ConfigDict, create_model

from churn.bundle import open_bundle
from churn.kinds import kind_of
from churn.schema import Schema


def make_app(schema: Schema) -> FastAPI:
    """Return the app."""
    fields: dict[str, Any] = {}
    for field in schema.fields:
        kind: Any = kind_of(field, schema.as_of).wire
        fields[field.name] = (kind | None, None) if field.nullable else (kind, ...)
    record: Any = create_model("Record", __config__=ConfigDict(extra="forbid"), **fields)
    app = FastAPI()

    @app.post("/predict")
    async def predict(records: list[record]) -> dict[str, Any]:
        return {"model": {"name": "none", "version": "0"}, "predictions": [{"churn_probability": 0.5} for _ in records]}

    return app


if __name__ == "__main__":
    uvicorn.run(make_app(open_bundle(sys.argv[1]).schema), port=int(sys.argv[2]), access_log=False, log_level="warning")
