"""How each peer wants customers written as JSON, and where its answer holds the probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Record = dict[str, Any]


def as_array(records: Sequence[Record]) -> object:
    """Write the records as they are, as our own service takes them."""
    return list(records)


def as_customers(records: Sequence[Record]) -> object:
    """Write an object whose one member is the records."""
    return {"customers": list(records)}


def as_dataframe_records(records: Sequence[Record]) -> object:
    """Write one of the forms that MLflow's scoring server takes."""
    return {"dataframe_records": list(records)}


def as_v2_columns(records: Sequence[Record]) -> object:
    """Write the V2 inference protocol with the content type ``pd``: an input for each column."""
    inputs = [_v2_input(name, [record[name] for record in records]) for name in records[0]]
    return {"parameters": {"content_type": "pd"}, "inputs": inputs}


def _v2_input(name: str, values: list[Any]) -> Record:
    column: Record = {"name": name, "shape": [len(values), 1], "data": values}
    if all(isinstance(value, str) for value in values):
        return column | {"datatype": "BYTES", "parameters": {"content_type": "str"}}
    whole = all(isinstance(value, int) for value in values)
    return column | {"datatype": "INT64" if whole else "FP64"}


def from_array(answer: Any) -> list[float]:
    """Read an array of probabilities."""
    return list(answer)


def from_objects(answer: Any) -> list[float]:
    """Read an array of objects with a probability each."""
    return [one["churn_probability"] for one in answer]


def from_probabilities(answer: Any) -> list[float]:
    """Read an object whose one member is the probabilities."""
    return list(answer["probabilities"])


def from_predictions(answer: Any) -> list[float]:
    """Read what MLflow answers."""
    return list(answer["predictions"])


def from_v2_output(answer: Any) -> list[float]:
    """Read the one output of the V2 inference protocol."""
    return list(answer["outputs"][0]["data"])


def from_service(answer: Any) -> list[float]:
    """Read what our own service answers."""
    return from_objects(answer["predictions"])
