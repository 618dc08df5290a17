"""The rows of a file: how many were read, scored and refused, and whether they add up."""

from __future__ import annotations

from churn.batch import Batch
from churn.errors import Fault


class Counts:
    """Counts rows, and stands by its figures at the end."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.read = self.scored = self.refused = 0

    def add(self, batch: Batch, share: float) -> None:  # noqa: ARG002  who shows progress wants it
        """Count the n rows of a batch; with them, ``share`` of the file is done."""
        self.read += len(batch)
        self.scored += len(batch.columns)
        self.refused += len(batch.refused)

    def reconcile(self, written: int) -> None:
        """Compare with the rows that the file holds.

        Raises:
            Fault: a row was lost or made up on the way.
        """
        if not self.read == self.scored + self.refused == written:
            raise Fault(f"The rows do not add up, so nothing was written: {self.sum_of(written)}.")

    def sum_of(self, written: int) -> str:
        """Say how the rows add up."""
        return f"{self.read:,} rows read = {self.scored:,} scored + {self.refused:,} refused = {written:,} rows written"
