"""Memory that all workers share: a slot for each, which it alone writes to, and which all read.

No lock is needed: a number is eight bytes at an address that eight divides, which a processor writes whole, and
no number has two writers. A slot outlives its worker: the one that takes its place counts on from there.
"""

from __future__ import annotations

import mmap

SLOT_BYTES = 128 * 1024
"""Room for the numbers of more than 20 routes; the system gives memory only to the pages that are used."""

_NUMBER_BYTES = 8
_PID, _READY, _PAST_CPU_S, _WAITING_ROWS, _WAITING_BYTES = range(5)
_COUNTS = 8
"""Where the counts begin; before them stands whose slot it is."""


class Slot:
    """One worker's numbers, all 0 at first. ``counts`` is for what it counts."""

    __slots__ = ("_numbers", "_region", "counts")

    def __init__(self, region: memoryview, index: int) -> None:
        """``region`` is the memory of all slots, in bytes."""
        self._region = region
        self._numbers = region[index * SLOT_BYTES : (index + 1) * SLOT_BYTES].cast("d")
        self.counts = self._numbers[_COUNTS:]

    @property
    def all(self) -> list[Slot]:
        """The slots of all workers, this one included."""
        return [Slot(self._region, index) for index in range(len(self._region) // SLOT_BYTES)]

    @property
    def pid(self) -> int | None:
        """The process whose slot it is; None when that is gone, or has not come yet."""
        return int(self._numbers[_PID]) or None

    @property
    def ready(self) -> bool | None:
        """Whether its worker would say that it is ready; None while it is loading."""
        told = self._numbers[_READY]
        return told > 0 if told else None

    @property
    def past_cpu_s(self) -> float:
        """The processor time of the workers that had the slot before."""
        return float(self._numbers[_PAST_CPU_S])

    @property
    def waiting_rows(self) -> int:
        """How many records wait for their turn."""
        return int(self._numbers[_WAITING_ROWS])

    @waiting_rows.setter
    def waiting_rows(self, rows: int) -> None:
        self._numbers[_WAITING_ROWS] = rows

    @property
    def waiting_bytes(self) -> int:
        """How many bytes of bodies wait for a thread, or are worked on by one."""
        return int(self._numbers[_WAITING_BYTES])

    @waiting_bytes.setter
    def waiting_bytes(self, size_bytes: int) -> None:
        self._numbers[_WAITING_BYTES] = size_bytes

    def take(self, pid: int) -> None:
        """Say whose slot it is."""
        self._numbers[_PID] = pid

    def tell_ready(self, ready: bool) -> None:  # noqa: FBT001  it is told, and nothing else is
        """Say whether its worker is ready; safe in a signal handler."""
        self._numbers[_READY] = 1 if ready else -1

    def release(self, cpu_s: float) -> None:
        """Note that its worker is gone, which took so much processor time. For the parent: the worker cannot."""
        for place in (_PID, _READY, _WAITING_ROWS, _WAITING_BYTES):
            self._numbers[place] = 0
        self._numbers[_PAST_CPU_S] += cpu_s


def shared_slots(count: int) -> list[Slot]:
    """Make slots that are shared with all processes which are forked from now on."""
    return Slot(memoryview(mmap.mmap(-1, count * SLOT_BYTES)), 0).all


def private_slot() -> Slot:
    """Make a slot for a service of one process; one that is forked from it counts apart."""
    return Slot(memoryview(bytearray(SLOT_BYTES)), 0)


def numbers_in_a_slot() -> int:
    """Return how many counts a slot has room for."""
    return SLOT_BYTES // _NUMBER_BYTES - _COUNTS
