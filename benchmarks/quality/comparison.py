"""What a comparison is: tables, models, seeds, and the cells that they make."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.quality.store import Cell


@dataclass(frozen=True)
class Run:
    """A comparison: its tables, models and seeds, the cells by (table, model, seed), and what made it.

    The models of the cells in ``outdated`` were made by other code or versions than are here now.
    """

    tables: Sequence[str]
    models: Sequence[str]
    seeds: Sequence[int]
    trials: int
    cells: Mapping[tuple[str, str, int], Cell]
    outdated: Collection[tuple[str, str, int]]
    command: str
    versions: Mapping[str, str]
