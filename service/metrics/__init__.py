"""What the service counts, over all its workers: whichever of them is asked tells the sum.

``slots`` is the memory they share, ``layout`` says what stands where in it, ``counting`` writes, ``exposition`` and
``processes`` read. Importing this is cheap, for the parent of the workers does: Prometheus comes with ``Metrics()``.
"""

from service.metrics.counting import Metrics
from service.metrics.slots import Slot, shared_slots

__all__ = ["Metrics", "Slot", "shared_slots"]
