"""``POST /whatif``: what the model would say if something were otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from churn.answers import Answers
from churn.batch import Batch
from churn.columns import Record
from churn.errors import BadInput
from churn.reasons import Reasoner
from churn.whatif import Range, Try, Wanted, actionable, changed, tries
from service.api.noted import noted
from service.api.questions import Between
from service.formats.json_body.plain import plain_scores, write_object
from service.formats.json_body.questions import read_question
from service.plane import Plane
from service.problems import Refusal
from service.record.questions import what_if_adapter
from service.reply import Reply
from service.served import Model

EXAMPLE = '{"record": {...}, "changes": {"FIELD": VALUE}} or {"record": {...}, "try": {"FIELD": "all"}}'
_DIFFERENCE_DECIMALS = 7
_MOST_TOLD = 5


def what_if(plane: Plane, model: Model, body: bytes, between: Between) -> Reply:
    """Answer a question about one customer.

    Raises:
        Refusal: the question or the record is wrong, or a value that is to be tried.
        BadInput: a field does not exist, is named twice, or there is nothing or too much to try.
    """
    model.reader.refuse_masses(body)
    question = read_question(body, what_if_adapter(), EXAMPLE)
    record, changes = question["record"], question.get("changes", {})
    model.reader.read_values([record], report=False)
    record = model.reader.with_numbers(record)  # so that what it has is not tried as something else
    otherwise = changed(model.scorer.schema, record, changes)
    trials = tries(model.scorer.schema, otherwise, _wanted(question, model, changes))
    batch = _read_all(model, [record, otherwise, *(one.record for one in trials)])
    answers = plane.answer(model, batch, between)
    _warn_of_pairs(model.given_reasons, answers, [list(changes), *([one.field] for one in trials)])
    return noted(Reply(200, write_object(model.told, _told(plain_scores(answers), changes, trials))), model, answers)


def _read_all(model: Model, records: Sequence[Record]) -> Batch:
    """Read the customer and what is made of it; wrong is then only what was changed."""
    try:
        return model.reader.at_most(len(records), "of one customer").read_values(records, report=False)
    except Refusal as refusal:
        if not refusal.problems:
            raise
        said = list(dict.fromkeys(problem.sentence() for problem in refusal.problems))
        more = f", and {len(said) - _MOST_TOLD} more" if len(said) > _MOST_TOLD else ""
        raise BadInput(f"A change cannot be made: {'; '.join(said[:_MOST_TOLD])}{more}.") from None


def _wanted(question: dict[str, Any], model: Model, changes: dict[str, Any]) -> dict[str, Wanted]:
    """Return what to try: what was asked for, or, where nothing was, what the schema marks as actionable."""
    if "try" not in question:
        return {} if changes else actionable(model.scorer.schema)
    if not question["try"]:
        raise BadInput('"try" names no field; name those to try, or leave "try" out.')
    twice = [name for name in question["try"] if name in changes]
    if twice:
        raise BadInput(f'"{twice[0]}" stands in "changes" and in "try"; change it, or try several of its values.')
    return {name: _read(what) for name, what in question["try"].items()}


def _read(what: Any) -> Wanted:
    if not isinstance(what, dict):
        wanted: Wanted = what
        return wanted
    return Range(what["from"], what["to"], **({"steps": what["steps"]} if "steps" in what else {}))


def _told(scores: Sequence[dict[str, Any]], changes: dict[str, Any], trials: Sequence[Try]) -> dict[str, Any]:
    """Return the answer as plain data: the customer as it is, with the changes, and what was tried, the best first."""
    before, after, *tried = scores
    start = after if changes else before
    found = [
        {"field": one.field, "value": one.value, "difference": _difference(score, start), **score}
        for one, score in zip(trials, tried, strict=True)
    ]
    told: dict[str, Any] = {"before": before}
    if changes:
        told["after"] = {"changes": changes, "difference": _difference(after, before), **after}
    return {**told, "tried": sorted(found, key=lambda entry: entry["difference"])}


def _difference(score: dict[str, Any], start: dict[str, Any]) -> float:
    difference: float = round(score["churn_probability"] - start["churn_probability"], _DIFFERENCE_DECIMALS) + 0.0
    return difference


def _warn_of_pairs(reasoner: Reasoner | None, answers: Answers, fields: Sequence[Sequence[str]]) -> None:
    """Warn of each changed customer whose new value never met another of its values in training."""
    if reasoner is None:
        return
    places: dict[str, list[int]] = {}
    for at, names in enumerate(fields, start=1):
        for name in names:
            places.setdefault(name, []).append(at)
    warnings = {at: list(found) for at, found in answers.warnings.items()}
    for name, rows in places.items():
        said = reasoner.pair_warnings(answers.batch.columns.take(np.array(rows)), name)
        for at, warning in zip(rows, said, strict=True):
            if warning is not None:
                warnings.setdefault(at, []).append(warning)
    answers.warnings = warnings
