"""``POST /decide``: whom to contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from churn.decide import Budget, decide, economics_from
from service.api.noted import noted
from service.api.questions import Between
from service.formats.json_body.decisions import decided
from service.formats.json_body.plain import write_object
from service.formats.json_body.questions import read_question
from service.keys.file import EXPLAIN
from service.keys.gate import forbidden
from service.plane import Plane
from service.problems import Refusal
from service.record.questions import at_most_fields, decide_adapter
from service.reply import Reply
from service.served import Model
from service.settings import EXPLAINED_RECORDS

EXAMPLE = '{"records": [...], "value": 200, "contact_cost": 10, "contact_success": 0.3, "budget": {"contacts": 100}}'
USUAL_REASONS = 3


@dataclass(frozen=True, slots=True)
class Decider:
    """Answers /decide; ``usual`` is what the operator chose for what a question leaves out.

    For a key that is not for reasons, ``may_explain`` is False: there are none, and asking for some is refused.
    """

    usual: Mapping[str, float | str | None]
    may_explain: bool = True

    def __call__(self, plane: Plane, model: Model, body: bytes, between: Between) -> Reply:
        """Decide about the records of a body.

        Raises:
            Refusal: the question or a record is wrong.
            BadInput: an amount makes no sense.
            NoReasonsError: reasons were asked for, and there are none.
        """
        model.reader.refuse_masses(body)
        question = read_question(body, decide_adapter(), EXAMPLE)
        asked = question.get("explain", None if self.may_explain else 0)
        if asked and not self.may_explain:
            raise forbidden('"explain" of /decide', EXPLAIN)
        economics = economics_from((question, self.usual, model.figures), _remedy)
        budget = Budget(**question.get("budget", {}))
        batch = model.reader.read_values(question["records"], report=False)
        answers = plane.answer(model, batch, between)
        decisions = decide(economics, budget, batch.columns, answers.scores.probability)
        count = _how_many_reasons(model, len(decisions.order), asked)
        chosen = batch.columns.take(decisions.order), answers.scores.probability[decisions.order]
        why = plane.reasons(model, *chosen, count, between) if count else None
        written = write_object(model.told, decided(decisions, answers, budget, why))
        return noted(Reply(200, written), model, answers)


def _remedy(name: str) -> str:
    option = f"--{name.replace('_', '-')}"
    return (
        f'give "{name}" in the request, as in {EXAMPLE}, start the service with {option}, or train the bundle with it'
    )


def _how_many_reasons(model: Model, contacts: int, asked: int | None) -> int:
    """Return how many reasons each of so many contacted customers gets.

    Who does not say how many gets the usual number, where there are reasons and not too many are contacted.

    Raises:
        BadInput: the model has fewer fields.
        Refusal: too many are contacted to give reasons for.
    """
    fields = len(model.scorer.schema.fields)
    usual = min(USUAL_REASONS, fields) if model.gives_reasons and contacts <= EXPLAINED_RECORDS else 0
    count = usual if asked is None else asked
    if at_most_fields(count, model.scorer.schema) and contacts > EXPLAINED_RECORDS:
        raise Refusal(
            "too-large",
            f"{contacts:,} customers are to be contacted; reasons are given for at most "
            f'{EXPLAINED_RECORDS:,} in one request. Send "explain": 0 to do without, or a smaller budget.',
        )
    return count if contacts else 0
