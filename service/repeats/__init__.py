"""Answers that are kept for a caller who asks the same again, over all workers: whichever of them is asked has them.

``region`` is the memory they share and whose turn it is, ``table`` finds an entry by its key, ``ring`` holds the
answers, ``packing`` makes bytes of an answer, and ``repeats`` decides. Importing this is cheap, for the parent of the
workers makes the region.
"""

from service.repeats.region import Region
from service.repeats.repeats import Claim, OtherBodyError, Repeats, StillAnsweredError

__all__ = ["Claim", "OtherBodyError", "Region", "Repeats", "StillAnsweredError"]
