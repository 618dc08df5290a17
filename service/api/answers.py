"""From scores to the bytes of an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from churn.columns import RecordWarning
from churn.scoring import RISKS, Scores
from service.api.errors import dump
from service.api.listing import Found
from service.api.records import NOTHING, Batch
from service.api.reply import Reply

Warned = Mapping[int, Sequence[RecordWarning]]

_TAILS = {
    (churn, risk): f',"churn":{"true" if churn else "false"},"risk":"{name}"'
    for churn in (False, True)
    for risk, name in enumerate(RISKS)
}


def answer(head: bytes, batch: Batch, scores: Scores, warned: Warned) -> Reply:
    """Write the answer for a batch: ``head``, then one entry for each record, in order."""
    entries = _with_problems(batch, scores, warned) if batch.problems else _entries(batch.ids, scores, warned)
    return Reply(
        200,
        head + ",".join(entries).encode() + b"]}",
        scored=len(batch.columns),
        refused=len(batch.problems),
        warnings=Counter(warning.code for found in warned.values() for warning in found) if warned else {},
    )


def _entries(ids: Sequence[Any], scores: Scores, warned: Warned) -> list[str]:
    """Write one prediction for each scored record; floats in the shortest form that gives the same float64."""
    rows = zip(ids, scores.probability.tolist(), scores.churn.tolist(), scores.risk.tolist(), strict=True)
    entries = [f'{{{_id(given)}"churn_probability":{p!r}{_TAILS[churn, risk]}}}' for given, p, churn, risk in rows]
    written: dict[RecordWarning, str] = {}
    for position, found in warned.items():
        texts = [written.get(warning) or written.setdefault(warning, _warning(warning)) for warning in found]
        entries[position] = f'{entries[position][:-1]},"warnings":[{",".join(texts)}]}}'
    return entries


def _with_problems(batch: Batch, scores: Scores, warned: Warned) -> list[str]:
    good = [given for index, given in enumerate(batch.ids) if index not in batch.problems]
    scored = iter(_entries(good, scores, warned))
    return [
        _unscored(given, batch.problems[index]) if index in batch.problems else next(scored)
        for index, given in enumerate(batch.ids)
    ]


def _unscored(given: Any, found: Found) -> str:
    return f'{{{_id(given)}"error":{{"detail":{dump(_detail(found))},"errors":[{",".join(found.listed)}]}}}}'


def _detail(found: Found) -> str:
    count, listed = found.count, len(found.listed)
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
