"""The dialects beside ``/predict``: the same customers by the same service, asked in each dialect in turns."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.load import Figures, write_script
from benchmarks.servers import Running
from benchmarks.speed.loads import Load
from benchmarks.speed.records import so_many
from benchmarks.speed.turns import How, measured, median_ratio, per_s
from churn.bundle import open_bundle
from churn.schema import Schema
from service.dialects.v2.tensors import datatype_of

PREDICT = "/predict"
CONNECTIONS = {1: 64, 1_000: 2}
"""By records a request."""

Records = list[Any]
_BODIES: Mapping[str, tuple[str, Callable[[Schema, Records], object]]] = {
    PREDICT: (PREDICT, lambda _, records: records),
    "v2": ("/v2/models/{name}/infer", lambda schema, records: {"inputs": _tensors(schema, records)}),
    "v1, rows": ("/v1/models/{name}:predict", lambda _, records: {"instances": records}),
    "v1, columns": ("/v1/models/{name}:predict", lambda schema, records: {"inputs": _columns(schema, records)}),
    "MLflow": ("/invocations", lambda _, records: {"dataframe_records": records}),
}


@dataclass(frozen=True, slots=True)
class ByDialect:
    """The rounds of requests of so many records, by dialect."""

    records: int
    figures: Mapping[str, list[Figures]]

    def ratio(self, dialect: str) -> float:
        """Return a dialect's requests as a multiple of /predict's: the median of the rounds' ratios."""
        return median_ratio(self.figures[dialect], self.figures[PREDICT], per_s)

    def records_per_s(self, dialect: str) -> float:
        """Return the records a second: the median of the rounds."""
        return median(map(per_s, self.figures[dialect])) * self.records


def measure_dialects(server: Running, path: Path, records: Records, how: How) -> list[ByDialect]:
    """Measure one record, and a thousand, in each dialect in turns."""
    bundle = open_bundle(path)
    return [
        _in_turns(server, bundle.schema, bundle.manifest.name, so_many(records, count), how) for count in CONNECTIONS
    ]


def _in_turns(server: Running, schema: Schema, name: str, records: Records, how: How) -> ByDialect:
    figures: dict[str, list[Figures]] = {dialect: [] for dialect in _BODIES}
    with ExitStack() as folders:
        scripts = {}
        for dialect, (_, body) in _BODIES.items():
            folder = Path(folders.enter_context(tempfile.TemporaryDirectory()))
            scripts[dialect] = write_script(folder, body(schema, records))
        for turn in range(how.rounds):
            for dialect in _BODIES if turn % 2 else reversed(list(_BODIES)):
                load = Load(records, CONNECTIONS[len(records)], _BODIES[dialect][0].format(name=name))
                figures[dialect].append(measured(dialect, scripts[dialect], server, load, how.seconds))
    return ByDialect(len(records), figures)


def _columns(schema: Schema, records: Records) -> dict[str, list[Any]]:
    return {field.name: [record.get(field.name) for record in records] for field in schema.fields}


def _tensors(schema: Schema, records: Records) -> list[dict[str, Any]]:
    columns = _columns(schema, records)
    return [
        {"name": field.name, "datatype": datatype_of(field), "shape": [len(records)], "data": columns[field.name]}
        for field in schema.fields
    ]
