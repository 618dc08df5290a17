"""The rows of a table that cannot be read by its schema: left out with a finding, or too many to go on."""

from __future__ import annotations

from collections.abc import Sequence

from churn.columns import Mask
from churn.errors import Problem, TrainingDataError
from training.findings import Finding

_SHOWN = 5


def look_at_problems(problems: Sequence[Problem], good: Mask) -> list[Finding]:
    """Say which rows could not be read: ``problems`` of the rows that are not ``good`` (n,).

    Raises:
        TrainingDataError: more than half of the rows cannot be read.
    """
    bad = int(len(good) - good.sum())
    if bad == 0:
        return []
    first = "; ".join(_problem(problem) for problem in problems[:_SHOWN]) + ("; …" if len(problems) > _SHOWN else "")
    counted = f"{bad:,} of {len(good):,} rows cannot be read by the schema"
    if 2 * bad > len(good):
        raise TrainingDataError(f"{counted}, more than half. Correct the schema or the table. The first: {first}.")
    return [Finding("warning", None, f"{counted} and were left out. {first}.")]


def _problem(problem: Problem) -> str:
    where = f"line {problem.line:,}" if problem.line is not None else f"row {(problem.record or 0) + 1:,}"
    return f"{where}: {problem.sentence()}"
