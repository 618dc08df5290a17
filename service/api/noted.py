"""What log, counts and audit are told of an answer, whichever endpoint gave it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from churn.answers import Answers
from churn.notices import RecordWarning
from service.plane import Share, seen
from service.reply import NO_WARNINGS, Reply
from service.served import Model


def noted(reply: Reply, model: Model, answers: Answers) -> Reply:
    """Return a reply that has answers for itself."""
    reply.scored = len(answers.batch.columns)
    reply.warnings = _codes(answers.warnings)
    reply.counted = answers.scores.probability
    reply.seen = seen(model, answers)
    return reply


def noted_of(reply: Reply, share: Share, answers: Answers) -> Reply:
    """Return a reply that shares answers with others; the first of them counts the batch."""
    asked = share.request
    reply.scored = len(asked.records)
    if answers.warnings:
        reply.warnings = _codes(share.warnings)
    if not share.start:
        reply.counted = answers.scores.probability
    if answers.fingerprints:
        reply.seen = seen(asked.model, answers, share.start, len(asked.records))
    return reply


def _codes(warnings: Mapping[int, Sequence[RecordWarning]]) -> Mapping[str, int]:
    """Count the warnings by code."""
    if not warnings:
        return NO_WARNINGS
    return Counter(warning.code for found in warnings.values() for warning in found)
