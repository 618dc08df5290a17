"""Does the memory grow? The last fifth of a long run beside its second one; the first is warm-up."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

ALLOWED = 0.02
_FIFTHS = 5


def growth(samples_mb: Sequence[float]) -> float:
    """Return by how much of the second fifth's median the last fifth's is larger; negative where it is smaller.

    Raises:
        ValueError: there is less than one sample for each fifth.
    """
    length = len(samples_mb) // _FIFTHS
    if not length:
        raise ValueError(f"{len(samples_mb)} samples of the memory are too few; it takes {_FIFTHS} at least.")
    return median(samples_mb[-length:]) / median(samples_mb[length : 2 * length]) - 1
