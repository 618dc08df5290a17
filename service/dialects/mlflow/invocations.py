"""``POST /invocations``: customers in one of three forms, and what is told of them in one of the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from service.dialects.call import Plain, Question, Told
from service.dialects.mlflow.delimited import read_table
from service.dialects.mlflow.document import AROUND, read_document
from service.dialects.mlflow.lines import read_lines
from service.dialects.mlflow.media import TYPES, Form, Media, media_of
from service.keys.file import PREDICT
from service.reply import JSON, Reply
from service.served import Model


class Invocations:
    """Reads and writes JSON, CSV and JSON Lines."""

    types = TYPES
    headers: frozenset[bytes] = frozenset()
    scope = PREDICT

    def glance(self, body: bytes, headers: Mapping[bytes, bytes]) -> Plain | None:
        """Return the records of a JSON body that has them as records, without the NaN that is read as null."""
        media = media_of(headers)
        rows = AROUND.inside(body) if media.sent is Form.JSON and b"NaN" not in body else None
        return None if rows is None else Plain(rows, media)

    def read(self, model: Model, body: bytes, headers: Mapping[bytes, bytes]) -> Question:
        """Read the customers.

        Raises:
            Refusal: the body is not what its type says, or no such customers are in it.
        """
        media = media_of(headers)
        if media.sent is Form.CSV:
            question = read_table(model, body, has_header=media.has_header)
        elif media.sent is Form.LINES:
            question = read_lines(model, body)
        else:
            question = read_document(model, body)
        question.context = media
        return question

    def write(self, told: Told, context: Media) -> Reply:
        """Write what is told: ``{"predictions": [...]}``, or a line for each customer."""
        write, content_type = _WRITE[context.wanted]
        return Reply(200, write(told, context).encode(), content_type)


def _document(told: Told, _media: Media) -> str:
    return f"{{{told.predictions}}}"


def _table(told: Told, media: Media) -> str:
    """Write CSV with as many lines as the question had: a header where that had one, to stand side by side."""
    each = zip(told.probability, told.churn, told.risk, strict=True)
    lines = [f"{probability!r},{'true' if churn else 'false'},{risk}\n" for probability, churn, risk in each]
    has_header = media.has_header and media.sent is Form.CSV
    return "".join(["churn_probability,churn,risk\n"] * has_header + lines)


def _lines(told: Told, _media: Media) -> str:
    return "".join(f"{one}\n" for one in told.objects)


_WRITE: Mapping[Form, tuple[Callable[[Told, Media], str], bytes]] = {
    Form.JSON: (_document, JSON),
    Form.CSV: (_table, b"text/csv"),
    Form.LINES: (_lines, b"application/jsonlines"),
}
