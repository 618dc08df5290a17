"""Questions besides a prediction: ``POST /explain``, ``/decide`` and ``/whatif``, each a function of model and body."""

from __future__ import annotations

from collections.abc import Callable

from service.api.door import INLINE_QUESTION_BYTES, Door, Request
from service.api.noted import noted
from service.formats.json_body.writing import write_explained
from service.plane import Plane
from service.problems import Refusal
from service.reply import Reply
from service.served import Model

Between = Callable[[], None]
"""What is called between the steps of long work."""

Answer = Callable[[Plane, Model, bytes, Between], Reply]
"""Answers a question that a body asks; it may raise a Refusal, BadInput or NoReasonsError."""


class QuestionEndpoint:
    """Lets a question in, and has it answered at once or in a thread."""

    def __init__(
        self,
        path: str,
        door: Door,
        answer: Answer,
        *,
        inline_bytes: int = INLINE_QUESTION_BYTES,
        without_reasons: Answer | None = None,
    ) -> None:
        """Take what lets requests in, what answers them, and up to which size of the body that is a matter of moments.

        A few bytes may ask for very much; where they do, ``inline_bytes`` is 0. ``without_reasons`` answers callers
        whose key is not for reasons, where they get another answer.
        """
        self.path = path
        self._inline_bytes = inline_bytes
        self._door = door
        self._answer = answer
        self._without_reasons = without_reasons or answer

    async def __call__(self, request: Request) -> Reply:
        """Answer one request.

        Raises:
            Refusal: it cannot be answered as asked.
            ClientGone: the caller hung up before its body was complete.
        """
        model = self._door.admit(request, self.path)
        if request.query:
            raise Refusal("invalid-parameters", f"{self.path} takes no query parameters; ask in the body.")
        body = await self._door.read(request)
        answer = self._answer if request.may_explain else self._without_reasons
        return await self._door.question(
            body, lambda between: answer(self._door.plane, model, body, between), self._inline_bytes
        )


def explain(plane: Plane, model: Model, body: bytes, between: Between) -> Reply:
    """Return all reasons for the records of a body, what they add up to, and from where they start."""
    batch = model.explained.read(body, report=False)
    answers = plane.answer(model, batch, between, len(model.scorer.schema.fields))
    assert answers.reasons is not None  # noqa: S101  asked for, or the plane raises
    written = write_explained(model.head, answers, answers.reasons)
    return noted(Reply(200, written), model, answers)
