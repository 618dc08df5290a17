"""What goes wrong with one peer does not stop the others."""

from __future__ import annotations


class PeerFailed(Exception):
    """A peer could not be measured; the sentence says why, and stands in the results."""


def last_line(text: str) -> str:
    """Return the last line that says something of what a program printed: the reason, as a rule."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines or ["no reason was given."])[-1][:300]
