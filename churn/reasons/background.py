"""What reasons compare with: a sample of customers, and what the model does with them when one or two fields change.

``background.npz`` of a bundle holds it. ``training.publish.background`` makes it when the bundle is written.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from churn.arrays import MISSING, Mask
from churn.bundle import BACKGROUND
from churn.columns import Columns
from churn.errors import BundleError
from churn.reasons.effects import CategoryEffect, Cells, Effect, NumberEffect, Place, from_arrays, to_arrays

if TYPE_CHECKING:
    from churn.bundle import Bundle

__all__ = ["BACKGROUND", "NO_REASONS", "Background"]

NO_REASONS = f"The bundle holds no {BACKGROUND}, so there are no reasons; train it again."
"""What is said where reasons are asked for that nobody can give."""

_DAMAGED = (KeyError, ValueError, TypeError, OSError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Background:
    """A sample of k customers, and tables of the model's log-odds v: its mean over the sample with some fields changed.

    ``effects``: for each of the d fields, numbers before categories, v of a change of that field, less ``base``, the
    mean log-odds of the sample. ``paired`` (p,): the positions of the fields that have pairs: all, unless there are
    very many. ``pairs`` (t, t): what two fields changed together do beyond the sum of what each does, by cell; the t
    cells of those fields stand side by side. ``never_together`` (t, t): pairs of cells that training would have held
    if their fields had nothing to do with each other, and did not hold.
    """

    sample: Columns
    base: float
    effects: tuple[Effect, ...]
    paired: Cells
    pairs: npt.NDArray[np.float32]
    never_together: Mask

    def places(self, columns: Columns, fields: Iterable[int]) -> Place:
        """Say between which cells n customers lie: (n, f) each, for f fields, whose cells stand side by side."""
        values = each_field(columns)
        chosen = [(self.effects[j], values[j]) for j in fields]
        placed = [effect.place(values) for effect, values in chosen]
        starts = first_cells([effect for effect, _ in chosen])
        low, high, share = (np.stack(part, axis=1) for part in zip(*placed, strict=True))
        return Place(low + starts, high + starts, share)

    def never_met(self, columns: Columns, field: int) -> list[Cells]:
        """Return for each of n customers the fields, by position, whose value training never held beside its ``field``.

        Only where chance would have brought the two together, had they nothing to do with each other.
        """
        place = self.places(columns, self.paired)
        nearest = np.where(place.share > 0.5, place.high, place.low)
        own = np.flatnonzero(self.paired == field)
        if not len(own):
            return [np.empty(0, np.intp)] * len(columns)
        never = self.never_together[nearest[:, own], nearest]
        return [self.paired[row] for row in never]

    def save(self, path: Path) -> None:
        """Write ``background.npz``."""
        parts: dict[str, npt.NDArray[np.generic]] = {}
        for j, effect in enumerate(self.effects):
            parts |= to_arrays(effect, str(j))
        np.savez_compressed(
            path,
            names=_names(self.sample),
            numbers=self.sample.numbers,
            codes=self.sample.codes,
            base=self.base,
            paired=self.paired,
            pairs=self.pairs.astype(np.float16),
            never_together=np.packbits(self.never_together),
            allow_pickle=False,
            **parts,
        )

    @classmethod
    def open(cls, bundle: Bundle) -> Background | None:
        """Read the background of a bundle; None where it has none, as those of before had.

        Raises:
            BundleError: the file is damaged, or its fields are not the schema's.
        """
        return cls.read(bundle) if BACKGROUND in bundle.manifest.files else None

    @classmethod
    def read(cls, bundle: Bundle) -> Background:
        """Read the file, also of a bundle that is not sealed yet.

        Raises:
            BundleError: it is missing or damaged, or its fields are not the schema's.
        """
        try:
            with bundle.file(BACKGROUND).open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
                sample = Columns(bundle.schema, arrays["numbers"], arrays["codes"])
                if arrays["names"].tolist() != _names(sample).tolist():
                    raise BundleError(f"{BACKGROUND} and schema.json name different fields; export the bundle again.")
                effects = tuple(
                    from_arrays(CategoryEffect if field.is_category else NumberEffect, arrays, str(j))
                    for j, field in enumerate((*bundle.schema.numbers, *bundle.schema.categories))
                )
                pairs = arrays["pairs"].astype(np.float32)
                never = np.unpackbits(arrays["never_together"], count=pairs.size).reshape(pairs.shape)
                found = cls(sample, float(arrays["base"]), effects, arrays["paired"], pairs, never.astype(np.bool_))
        except _DAMAGED as error:
            raise BundleError(f"{BACKGROUND} is damaged ({error}); train the bundle again.") from None
        if not found.is_whole:
            raise BundleError(f"{BACKGROUND} is damaged (its parts do not fit together); train the bundle again.")
        return found

    @property
    def is_whole(self) -> bool:
        """Whether the parts fit together, and to the schema."""
        schema, d = self.sample.schema, len(self.effects)
        levels = [len(field.levels) for field in (*schema.numbers, *schema.categories)]
        return (
            _fits(self.sample)
            and math.isfinite(self.base)
            and all(effect.is_whole(count) for effect, count in zip(self.effects, levels, strict=True))
            and self.paired.ndim == 1
            and self.paired.dtype.kind == "i"
            and bool(((self.paired >= 0) & (self.paired < d)).all())
            and self.pairs.shape == (sum(len(self.effects[j].cell_values) for j in self.paired),) * 2
            and bool(np.isfinite(self.pairs).all())
        )


def _fits(sample: Columns) -> bool:
    """Say whether a sample has somebody in it, and a column for each field of its schema, of codes that exist."""
    numbers, categories = len(sample.schema.numbers), sample.schema.categories
    shapes_fit = sample.numbers.shape == (len(sample), numbers) and sample.codes.shape == (len(sample), len(categories))
    if not shapes_fit or not len(sample) or sample.codes.dtype.kind != "i":
        return False
    counts = [len(field.levels) for field in categories]
    return bool(((sample.codes >= MISSING) & (sample.codes < counts)).all())


def first_cells(effects: Sequence[Effect]) -> Cells:
    """Return the first cell of each of f fields, (f,), where the cells of all stand side by side."""
    counts = [len(effect.cell_values) for effect in effects]
    return np.cumsum([0, *counts[:-1]]).astype(np.intp)


def each_field(columns: Columns) -> list[npt.NDArray[Any]]:
    """Return the values of each field, d arrays of (n,): numbers, then codes."""
    return [*columns.numbers.T, *columns.codes.T]


def _names(columns: Columns) -> npt.NDArray[np.str_]:
    return np.array([field.name for field in (*columns.schema.numbers, *columns.schema.categories)], dtype=np.str_)
