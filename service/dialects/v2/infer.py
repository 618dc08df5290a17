"""``POST /v2/models/NAME/infer``: tensors in, tensors out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from churn.errors import shown
from service.dialects.call import Plain, Question, Told
from service.dialects.errors import wrong
from service.dialects.forms import Forms
from service.dialects.v2 import binary
from service.dialects.v2.inputs import Inputs
from service.dialects.v2.outputs import ALL, BINARY, PLAIN, Wanted, wanted, written
from service.dialects.v2.quick import read_quickly
from service.dialects.v2.tensors import as_whole
from service.formats.json_body.parse import parse
from service.keys.file import PREDICT
from service.reply import Reply
from service.served import Model

_WANTED = 'Send an object with "inputs", an array of one tensor for each field.'


class Infer:
    """Reads and writes tensors."""

    types = frozenset((b"", BINARY))
    headers = frozenset((binary.HEADER,))
    scope = PREDICT

    def __init__(self) -> None:
        """Know no form yet."""
        self._forms = Forms(b'"data":[')

    def glance(self, body: bytes, headers: Mapping[bytes, bytes]) -> Plain | None:
        """Return the customer of a request in a known form."""
        record = None if binary.HEADER in headers else self._forms.record(body)
        return None if record is None else Plain(record, PLAIN)

    def read(self, model: Model, body: bytes, headers: Mapping[bytes, bytes]) -> Question:
        """Read the inputs.

        Raises:
            Refusal: the body is no request of v2, or a tensor is not as it says.
        """
        sent, rest = headers.get(binary.HEADER), b""
        if sent is not None:
            body, rest = binary.split(body, sent)
        model.values.refuse_masses(body)
        if sent is None and (question := self._read_quickly(body)) is not None:
            return question
        request = parse(body, _WANTED)
        inputs = request.get("inputs") if isinstance(request, dict) else None
        if not isinstance(inputs, list) or not inputs:
            raise wrong('The body is not an object with an array "inputs", of one tensor for each field')
        whole = model.values.whole
        found = Inputs(rest, model.values.refuse_many)
        columns: dict[str, Sequence[Any]] = {}
        count = -1
        for tensor in inputs:
            name, values = found.read(tensor)
            if name in columns:
                raise wrong(f"Input {shown(name)} is there twice")
            if count not in {-1, len(values)}:
                raise wrong(f"Input {shown(name)} has {len(values):,} elements, and others have {count:,}")
            count = len(values)
            columns[name] = as_whole(values) if name in whole else values
        if found.left_bytes:
            raise wrong(f"{found.left_bytes:,} bytes of binary data are left over behind those of the inputs")
        return Question(count, columns, context=wanted(request))

    def _read_quickly(self, body: bytes) -> Question | None:
        if b"NaN" in body:  # what it means depends on the datatype
            return None
        found = read_quickly(body)
        if found is None:
            return None
        columns, count, given = found
        if given is not None:
            return Question(count, columns, context=Wanted(given, ALL))
        self._forms.learn(body, columns)
        return Question(count, columns, context=PLAIN)

    def write(self, told: Told, context: Wanted) -> Reply:
        """Write the outputs."""
        return written(told, context)
