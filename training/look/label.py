"""Looking at the label: are there enough who left and who stayed, and is their share believable?"""

from __future__ import annotations

from churn.errors import TrainingDataError
from training.findings import Finding
from training.measure.labels import Labels

FEWEST_ROWS = 50
FEW_ROWS = 500
FEWEST_OF_A_CLASS = 10
FEW_OF_A_CLASS = 50
EXTREME_RATE = 0.01


def about_labels(labels: Labels) -> list[Finding]:
    """Say how many left and stayed: labels (n,) 0/1.

    Raises:
        TrainingDataError: there are too few rows, or too few of a kind.
    """
    rows, left = len(labels), int(labels.sum())
    counted = f"{rows:,} customers, {left:,} of whom left"
    if rows < FEWEST_ROWS:
        raise TrainingDataError(f"There are {counted}; training needs at least {FEWEST_ROWS} different rows.")
    if min(left, rows - left) < FEWEST_OF_A_CLASS:
        raise TrainingDataError(
            f"There are {counted}; training needs at least {FEWEST_OF_A_CLASS} who left and who stayed."
        )
    findings = [Finding("info", None, f"There are {counted} ({left / rows:.1%}).")]
    if min(left, rows - left) < FEW_OF_A_CLASS:
        who = "left" if left < rows - left else "stayed"
        sentence = f"Only {min(left, rows - left)} customers {who}: the figures of this training will be rough."
        findings.append(Finding("warning", None, sentence))
    elif rows < FEW_ROWS:
        findings.append(Finding("warning", None, f"{rows} rows are few: the figures of this training will be rough."))
    if not EXTREME_RATE <= left / rows <= 1 - EXTREME_RATE:
        sentence = (
            f"{left / rows:.2%} of the customers left, which is extreme; is it the right column, the right value?"
        )
        findings.append(Finding("warning", None, sentence))
    return findings
