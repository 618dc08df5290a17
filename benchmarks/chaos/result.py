"""What a scenario found, and whether what is promised was kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario: sentences for the table; ``kept`` is None where it could not be tried here."""

    done: str
    promise: str
    figures: str
    kept: bool | None

    @property
    def verdict(self) -> str:
        """Return one word."""
        return "not tried" if self.kept is None else "yes" if self.kept else "NO"


class NotHere(Exception):
    """A scenario needs what this machine does not have; the text is a sentence that says what."""


class Overdue(Exception):
    """A scenario has used up the time that was left; the text is a sentence."""
