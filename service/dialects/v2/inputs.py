"""The tensors of a request, one after the other: each has its elements in the JSON, or in the binary data behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from churn.errors import shown
from service.dialects.errors import wrong
from service.dialects.v2 import binary
from service.dialects.v2.tensors import DATATYPES, without_nan

_LIMIT = 2**31
"""No tensor has so many elements: whatever holds them, a body does not."""


class Inputs:
    """Reads tensors in order, and knows how much of the binary data they have had."""

    def __init__(self, data: bytes, refuse_many: Callable[[int, int], None]) -> None:
        """Take the binary data behind the JSON, which may be none, and what refuses too many customers and values."""
        self._data = memoryview(data)
        self._refuse_many = refuse_many
        self._values = 0

    @property
    def left_bytes(self) -> int:
        """So much of the binary data is no tensor's that was read so far."""
        return len(self._data)

    def read(self, tensor: Any) -> tuple[str, Sequence[Any]]:
        """Return the name of a tensor and its elements, one for each customer.

        Raises:
            Refusal: it is none, or not as it says, or there are too many.
        """
        if not isinstance(tensor, dict) or not isinstance(tensor.get("name"), str):
            raise wrong("An input is not an object with a name")
        name, datatype = tensor["name"], tensor.get("datatype")
        if not isinstance(datatype, str) or datatype not in DATATYPES:
            raise wrong(
                f"Input {shown(name)} has the datatype {shown(datatype)}; it is one of {', '.join(sorted(DATATYPES))}"
            )
        count = _count(name, tensor.get("shape"))
        self._values += count
        self._refuse_many(count, self._values)
        size_bytes = parameters_of(tensor).get("binary_data_size")
        if size_bytes is None:
            values = _flat(name, tensor.get("data"))
            if len(values) != count:
                raise wrong(
                    f"Input {shown(name)} has the shape {tensor['shape']}, but data of the length {len(values):,}"
                )
        else:
            values = binary.read(name, datatype, self._next(name, size_bytes), count)
        return name, without_nan(values) if datatype.startswith("FP") else values

    def _next(self, name: str, size_bytes: Any) -> bytes:
        if type(size_bytes) is not int or not 0 <= size_bytes <= len(self._data):
            raise wrong(
                f"Input {shown(name)} says that it has {shown(size_bytes)} bytes of binary data; "
                f"{len(self._data):,} are left"
            )
        part, self._data = bytes(self._data[:size_bytes]), self._data[size_bytes:]
        return part


def _count(name: str, shape: Any) -> int:
    """Return of how many customers a tensor has a value: its shape is [n] or [n, 1]."""
    if (
        isinstance(shape, list)
        and len(shape) in {1, 2}
        and all(type(size) is int for size in shape)
        and 0 <= shape[0] < _LIMIT
        and shape[1:] in ([], [1])
    ):
        count: int = shape[0]
        return count
    raise wrong(f"Input {shown(name)} has the shape {shown(shape)}; it is [n] or [n, 1] for n customers")


def _flat(name: str, data: Any) -> Sequence[Any]:
    """Return the elements of data that may stand in arrays of one each."""
    if not isinstance(data, list):
        said = "has no data" if data is None else f"has data that is {shown(data)}"
        raise wrong(f"Input {shown(name)} {said}; it is an array, or binary with a binary_data_size")
    if data and all(isinstance(row, list) and len(row) == 1 for row in data):
        return [row[0] for row in data]
    return data


def parameters_of(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters of a request, a tensor or an output; most have none."""
    found = holder.get("parameters")
    return found if isinstance(found, dict) else {}
