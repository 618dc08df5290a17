"""What several workers share: made before they are forked, and found by each of them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from service.metrics import Slot

if TYPE_CHECKING:
    from service.repeats import Region

REPEATS_BYTES = 16 * 1024 * 1024
"""Room for the answers that are kept for repeats; memory is taken only as far as it is used."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Where this worker counts, the folder for lists, and the memory for answers that are kept; None for one's own."""

    slot: Slot | None = None
    lists_root: Path | None = None
    region: Region | None = None


ALONE = Shared()
"""A service of one process shares nothing."""


def repeats_region() -> Region | None:
    """Make the memory for answers that are kept; None on a system without locks as Unix has them."""
    if find_spec("fcntl") is None:
        return None
    from service.repeats import Region

    return Region(REPEATS_BYTES)
