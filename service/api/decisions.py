"""``POST /decide``: whom to contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from churn.answers import Answers
from churn.batch import Batch
from churn.decide import Budget, Decisions, decide, economics_from
from churn.errors import BadInput
from service.api.predict import codes
from service.api.questions import Between
from service.formats.json_body.decisions import decided
from service.formats.json_body.plain import write_object
from service.formats.json_body.questions import read_question
from service.plane import Plane
from service.problems import Refusal
from service.record.questions import decide_adapter
from service.reply import Reply
from service.served import Model
from service.settings import EXPLAINED_RECORDS

EXAMPLE = '{"records": [...], "value": 200, "contact_cost": 10, "contact_success": 0.3, "budget": {"contacts": 100}}'
USUAL_REASONS = 3


@dataclass(frozen=True, slots=True)
class Decider:
    """Answers /decide; ``usual`` is what the operator chose for what a question leaves out."""

    usual: Mapping[str, float | str | None]

    def __call__(self, plane: Plane, model: Model, body: bytes, between: Between) -> Reply:
        """Decide about the records of a body.

        Raises:
            Refusal: the question or a record is wrong.
            BadInput: an amount makes no sense.
            NoReasonsError: reasons were asked for, and there are none.
        """
        model.reader.refuse_masses(body)
        question = read_question(body, decide_adapter(), EXAMPLE)
        economics = economics_from((question, self.usual, model.figures), _remedy)
        budget = Budget(**question.get("budget", {}))
        batch = model.reader.read_values(question["records"], report=False)
        answers = plane.answer(model, batch, between)
        decisions = decide(economics, budget, batch.columns, answers.scores.probability)
        why = _why(plane, model, answers, decisions, question.get("explain"), between)
        written = write_object(model.told, decided(decisions, answers, budget, why))
        return Reply(200, written, scored=len(answers), warnings=codes(answers.warnings))


def _remedy(name: str) -> str:
    option = f"--{name.replace('_', '-')}"
    return (
        f'give "{name}" in the request, as in {EXAMPLE}, start the service with {option}, or train the bundle with it'
    )


def _why(
    plane: Plane, model: Model, answers: Answers, decisions: Decisions, asked: int | None, between: Between
) -> Answers | None:
    """Return the answers for the contacted with their reasons; None where there are to be none.

    Who does not say how many gets the usual number, where there are reasons and not too many are contacted.
    """
    fields, contacts = len(model.scorer.schema.fields), len(decisions.order)
    usual = min(USUAL_REASONS, fields) if model.gives_reasons and contacts <= EXPLAINED_RECORDS else 0
    count = usual if asked is None else asked
    if count > fields:
        raise BadInput(f'"explain" is {count:,}; the model has {fields} fields, so there are at most so many reasons.')
    if not count or not contacts:
        return None
    if contacts > EXPLAINED_RECORDS:
        raise Refusal(
            "too-large",
            f"{contacts:,} customers are to be contacted; reasons are given for at most "
            f'{EXPLAINED_RECORDS:,} in one request. Send "explain": 0 to do without, or a smaller budget.',
        )
    chosen = answers.batch.columns.take(np.asarray(decisions.order))
    return plane.answer(model, Batch(chosen, None, {}), between, count)
