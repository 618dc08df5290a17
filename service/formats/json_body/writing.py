"""From answers to the bytes of a JSON body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic_core import to_json

from churn.answers import RISKS, Answers, Reasons
from churn.batch import NOTHING, Refused
from churn.notices import RecordWarning
from churn.odds import probability_of
from service.problems import dump, problem_text

_DECIMALS = 5
_RISKS = [f'"{risk}"' for risk in RISKS]
_TAILS = [f',"churn":{"true" if churn else "false"},"risk":{risk}}}' for churn in (False, True) for risk in _RISKS]


def head_of(name: str, version: str) -> bytes:
    """Return the JSON of an answer up to its first prediction; it is the same in every answer of a model."""
    return f'{{"model":{dump({"name": name, "version": version})},"predictions":['.encode()


def write(head: bytes, answers: Answers) -> bytes:
    """Write answers: ``head``, then one entry for each record, in order."""
    batch = answers.batch
    if batch.refused:
        return _joined(head, _with_refused(answers, batch.given))
    return write_some(head, answers, 0, batch.given)


def write_some(head: bytes, answers: Answers, start: int, identifiers: Sequence[Any]) -> bytes:
    """Write those from ``start`` on, as many as there are identifiers, of answers to records that are all scored."""
    return _joined(head, _entries(answers, start, identifiers))


def _joined(head: bytes, entries: Sequence[str]) -> bytes:
    return b"%b%b]}" % (head, ",".join(entries).encode())


def write_scores(answers: Answers, rows: slice) -> Sequence[str]:
    """Write some scores, each from the first member of its object to the end of it."""
    if answers.written is None:
        answers.written = _written(answers)
    return answers.written[rows]


def write_columns(answers: Answers, rows: slice) -> dict[str, str]:
    """Write some scores by column: an array of the values of all, by name."""
    if answers.written_columns is None:
        scores = answers.scores
        answers.written_columns = {
            "churn_probability": _probabilities(answers),
            "churn": ["true" if churn else "false" for churn in scores.churn.tolist()],
            "risk": [_RISKS[risk] for risk in scores.risk.tolist()],
        }
    return {name: f"[{','.join(values[rows])}]" for name, values in answers.written_columns.items()}


def _entries(answers: Answers, start: int, identifiers: Sequence[Any]) -> list[str]:
    """Write one prediction for each scored record."""
    written = write_scores(answers, slice(start, start + len(identifiers)))
    entries = [
        f"{{{'' if given is NOTHING else _id(given)}{score}" for given, score in zip(identifiers, written, strict=True)
    ]
    if answers.reasons is not None:
        _add_reasons(entries, answers.reasons)
    if answers.warnings:
        _add_warnings(entries, answers.warnings, start)
    return entries


def _add_reasons(entries: list[str], reasons: Reasons) -> None:
    """Add the reasons for each score; those who ask for reasons share their answers with nobody."""
    for position, told in enumerate(reasons.told):
        entries[position] = f'{entries[position][:-1]},"reasons":{to_json(told).decode()}}}'


def write_explained(head: bytes, answers: Answers, reasons: Reasons) -> bytes:
    """Write answers with all that is known of the reasons: what they add up to, and from where they start."""
    entries = _entries(answers, 0, answers.batch.given)
    sums = zip(entries, reasons.log_odds.round(_DECIMALS).tolist(), reasons.sums.round(_DECIMALS).tolist(), strict=True)
    entries = [f'{entry[:-1]},"log_odds":{odds},"sum":{total}}}' for entry, odds, total in sums]
    probability = round(float(probability_of(np.array(reasons.base))), _DECIMALS)
    base = {"log_odds": round(reasons.base, _DECIMALS), "probability": probability}
    return b'%b%b],"base":%b}' % (head, ",".join(entries).encode(), dump(base).encode())


def _written(answers: Answers) -> list[str]:
    """Write each score; all probabilities in one go, which is several times as fast."""
    scores, probabilities = answers.scores, _probabilities(answers)
    tails = map(_TAILS.__getitem__, (scores.churn * len(RISKS) + scores.risk).tolist())
    return [f'"churn_probability":{p}{tail}' for p, tail in zip(probabilities, tails, strict=False)]  # no score: [""]


def _probabilities(answers: Answers) -> list[str]:
    """Write each probability; [""] where there is none."""
    return to_json(answers.short)[1:-1].decode().split(",")


def _add_warnings(entries: list[str], warnings: Mapping[int, Sequence[RecordWarning]], start: int) -> None:
    written: dict[RecordWarning, str] = {}
    for position, entry in enumerate(entries):
        if found := warnings.get(start + position):
            texts = [written.get(warning) or written.setdefault(warning, _warning(warning)) for warning in found]
            entries[position] = f'{entry[:-1]},"warnings":[{",".join(texts)}]}}'


def _with_refused(answers: Answers, identifiers: Sequence[Any]) -> list[str]:
    refused = answers.batch.refused
    scored = iter(_entries(answers, 0, [given for index, given in enumerate(identifiers) if index not in refused]))
    return [
        _unscored(given, refused[index]) if index in refused else next(scored)
        for index, given in enumerate(identifiers)
    ]


def _unscored(given: Any, refused: Refused) -> str:
    errors = ",".join(map(problem_text, refused.told))
    return (
        f'{{{"" if given is NOTHING else _id(given)}"error":{{"detail":{dump(_detail(refused))},"errors":[{errors}]}}}}'
    )


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
