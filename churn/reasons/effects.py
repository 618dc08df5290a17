"""One field on its own: its effect on the log-odds, and the few values, its cells, that stand for all of its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from churn.arrays import MISSING, Codes, Floats

Cells = npt.NDArray[np.intp]


class Place(NamedTuple):
    """Where n values lie among the cells: ``share`` (n,) of the way from cell ``low`` (n,) to cell ``high`` (n,)."""

    low: Cells
    high: Cells
    share: Floats


@dataclass(frozen=True, slots=True)
class NumberEffect:
    """A number: its effect in log-odds at ``knots`` (m,), ascending, and where it is missing.

    ``cells`` (k,) ascend, too; cell 0 is the missing value, and cell i + 1 stands for ``cells[i]``.
    """

    knots: Floats
    effect: Floats
    missing: Floats
    cells: Floats

    def of(self, values: Floats) -> Floats:
        """Return the effects of n values, (n,) -> (n,): linear between the knots, constant beyond."""
        return np.where(np.isnan(values), self.missing, np.interp(values, self.knots, self.effect))

    def is_whole(self, levels: int) -> bool:  # noqa: ARG002  a number has none
        """Say whether the parts fit together."""
        return (
            self.knots.ndim == self.cells.ndim == 1
            and len(self.knots) > 0
            and len(self.cells) > 0
            and self.effect.shape == self.knots.shape
            and self.missing.shape == (1,)
            and all(bool(np.isfinite(part).all()) for part in (self.knots, self.effect, self.missing, self.cells))
        )

    @property
    def cell_values(self) -> Floats:
        """The value that each cell stands for, (k + 1,)."""
        return np.concatenate([[np.nan], self.cells])

    def place(self, values: Floats) -> Place:
        """Say between which cells n values lie, (n,)."""
        missing, last = np.isnan(values), len(self.cells) - 1
        at = np.interp(np.where(missing, self.cells[0], values), self.cells, np.arange(last + 1.0))
        low = at.astype(np.intp)
        high = np.minimum(low + 1, last)
        return Place(np.where(missing, 0, low + 1), np.where(missing, 0, high + 1), np.where(missing, 0, at - low))


@dataclass(frozen=True, slots=True)
class CategoryEffect:
    """A category: ``effect`` (l + 2,) in log-odds and ``cell`` (l + 2,) of missing, never seen, then its l levels.

    ``cells`` (k,) are the codes that the cells stand for.
    """

    effect: Floats
    cell: Cells
    cells: Codes

    def of(self, codes: Codes) -> Floats:
        """Return the effects of n codes, (n,) -> (n,)."""
        effects: Floats = self.effect[codes - MISSING]
        return effects

    def is_whole(self, levels: int) -> bool:
        """Say whether the parts fit together, and to so many levels."""
        return (
            self.cells.ndim == 1
            and self.cells.dtype.kind == self.cell.dtype.kind == "i"
            and self.effect.shape == self.cell.shape == (levels - MISSING,)
            and bool(np.isfinite(self.effect).all())
            and bool(((self.cell >= 0) & (self.cell < len(self.cells))).all())
            and bool(((self.cells >= MISSING) & (self.cells < levels)).all())
        )

    @property
    def cell_values(self) -> Codes:
        """The code that each cell stands for, (k,)."""
        return self.cells

    def place(self, codes: Codes) -> Place:
        """Say in which cells n codes lie, (n,)."""
        cell = self.cell[codes - MISSING]
        return Place(cell, cell, np.zeros(len(cell)))


Effect = NumberEffect | CategoryEffect


def to_arrays(effect: Effect, prefix: str) -> dict[str, npt.NDArray[Any]]:
    """Return an effect as arrays, by name."""
    return {f"{prefix}.{name}": np.asarray(value) for name, value in asdict(effect).items()}


def from_arrays(
    kind: type[NumberEffect | CategoryEffect], arrays: Mapping[str, npt.NDArray[Any]], prefix: str
) -> Effect:
    """Read what ``to_arrays`` gives.

    Raises:
        KeyError: a part is missing.
    """
    return kind(**{field.name: arrays[f"{prefix}.{field.name}"] for field in fields(kind)})
