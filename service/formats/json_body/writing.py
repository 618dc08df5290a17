"""From answers to the bytes of a JSON body."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churn.answers import RISKS, Answers
from churn.batch import NOTHING, Refused
from churn.notices import RecordWarning
from service.problems import dump, problem_text

_TAILS = {
    (churn, risk): f',"churn":{"true" if churn else "false"},"risk":"{name}"'
    for churn in (False, True)
    for risk, name in enumerate(RISKS)
}


def head_of(name: str, version: str) -> bytes:
    """Return the JSON of an answer up to its first prediction; it is the same in every answer of a model."""
    return f'{{"model":{dump({"name": name, "version": version})},"predictions":['.encode()


def write(head: bytes, answers: Answers) -> bytes:
    """Write answers: ``head``, then one entry for each record, in order."""
    batch = answers.batch
    identifiers: Sequence[Any] = [NOTHING] * len(batch) if batch.identifiers is None else batch.identifiers
    entries = _with_refused(answers, identifiers) if batch.refused else _entries(identifiers, answers)
    return head + ",".join(entries).encode() + b"]}"


def _entries(identifiers: Sequence[Any], answers: Answers) -> list[str]:
    """Write one prediction for each scored record; floats in the shortest form that gives the same float64."""
    scores = answers.scores
    rows = zip(identifiers, scores.probability.tolist(), scores.churn.tolist(), scores.risk.tolist(), strict=True)
    entries = [f'{{{_id(given)}"churn_probability":{p!r}{_TAILS[churn, risk]}}}' for given, p, churn, risk in rows]
    written: dict[RecordWarning, str] = {}
    for position, found in answers.warnings.items():
        texts = [written.get(warning) or written.setdefault(warning, _warning(warning)) for warning in found]
        entries[position] = f'{entries[position][:-1]},"warnings":[{",".join(texts)}]}}'
    return entries


def _with_refused(answers: Answers, identifiers: Sequence[Any]) -> list[str]:
    refused = answers.batch.refused
    scored = iter(_entries([given for index, given in enumerate(identifiers) if index not in refused], answers))
    return [
        _unscored(given, refused[index]) if index in refused else next(scored)
        for index, given in enumerate(identifiers)
    ]


def _unscored(given: Any, refused: Refused) -> str:
    errors = ",".join(map(problem_text, refused.told))
    return f'{{{_id(given)}"error":{{"detail":{dump(_detail(refused))},"errors":[{errors}]}}}}'


def _detail(refused: Refused) -> str:
    count, listed = refused.count, len(refused.told)
    said = f"The record has {count} {'problem' if count == 1 else 'problems'} and was not scored."
    if listed == count:
        return said
    if not listed:
        return f"{said} Not listed here: the answer lists as many as it may."
    return f"{said} {listed} of them {'is' if listed == 1 else 'are'} listed: the answer lists as many as it may."


def _id(given: Any) -> str:
    return "" if given is NOTHING else f'"customer_id":{dump(given)},'


def _warning(warning: RecordWarning) -> str:
    return dump(warning._asdict())
