"""Probabilities in no more digits than their 32 bits hold: 0.7755985, not 0.7755985260009766."""

from __future__ import annotations

import numpy as np

from churn.arrays import Floats

_FEW = 16
_FIRST_DECIMALS, _LAST_DECIMALS = 7, 17


def shortest(probability: Floats) -> list[float]:
    """Return for each probability, (n,), the float of fewest decimals that is the same in 32 bits."""
    narrow = probability.astype(np.float32)
    if len(narrow) < _FEW:
        return [float(str(one)) for one in narrow]  # NumPy writes the fewest digits, but one at a time
    found = np.round(probability, _FIRST_DECIMALS)
    for decimals in range(_FIRST_DECIMALS + 1, _LAST_DECIMALS):
        wrong = np.flatnonzero(found.astype(np.float32) != narrow)
        if not wrong.size:
            break
        found[wrong] = np.round(probability[wrong], decimals)
    else:
        tiny = found.astype(np.float32) != narrow
        found[tiny] = [float(str(one)) for one in narrow[tiny]]
    written: list[float] = found.tolist()
    return written
