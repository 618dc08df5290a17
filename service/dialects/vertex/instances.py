"""``{"instances": [...]}`` in, ``{"predictions": [...]}`` out."""

from __future__ import annotations

from collections.abc import Mapping

from service.dialects.around import Around
from service.dialects.call import Plain, Question, Told, sentence_of
from service.dialects.errors import refuse_parameters, said, status_of, wrong
from service.formats.json_body.parse import parse
from service.keys.file import PREDICT
from service.problems import Refusal
from service.reply import Reply
from service.served import Model

_STATUSES = {
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
}
"""The names that Google's interfaces have for statuses; all else is INVALID_ARGUMENT."""


_AROUND = Around("instances")


class Instances:
    """Reads and writes JSON."""

    types: frozenset[bytes] = frozenset()
    headers: frozenset[bytes] = frozenset()
    scope = PREDICT

    def glance(self, body: bytes, _headers: Mapping[bytes, bytes]) -> Plain | None:
        """Return the instances."""
        rows = _AROUND.inside(body)
        return None if rows is None else Plain(rows)

    def read(self, model: Model, body: bytes, headers: Mapping[bytes, bytes]) -> Question:  # noqa: ARG002  as others need
        """Read the instances: each is the record of one customer.

        Raises:
            Refusal: the body is no object with an array of instances, or has parameters.
        """
        model.values.refuse_masses(body)
        request = parse(body)
        instances = request.get("instances") if isinstance(request, dict) else None
        if not isinstance(instances, list):
            raise wrong('The body is not an object with an array "instances", of one record for each customer')
        refuse_parameters("parameters", request.get("parameters"))
        return Question(len(instances), records=instances)

    def write(self, told: Told, context: None) -> Reply:  # noqa: ARG002  as others need
        """Write one prediction for each instance."""
        return Reply(200, f"{{{told.predictions}}}".encode())


def refused(refusal: Refusal, _identity: str) -> Reply:
    """Write a refusal as ``{"error": {"code": ..., "message": ..., "status": ...}}``."""
    status = status_of(refusal)
    error = {"code": status, "message": sentence_of(refusal), "status": _STATUSES.get(status, "INVALID_ARGUMENT")}
    return said(refusal, {"error": error})
