"""What goes wrong with one peer does not stop the others."""

from __future__ import annotations


class PeerFailed(Exception):
    """A peer could not be measured; the sentence says why, and stands in the results."""
