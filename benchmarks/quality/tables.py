"""The tables and their splits: every model gets the same rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.table.split import Split, split

_MOSTLY = 0.8
_MANY = 500

Labels = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Spec:
    """A table's file, its label, the label's value that means leaving, and the columns to leave out."""

    file: str
    label: str
    positive: str
    drop: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return Path(self.file).stem


KNOWN = (
    Spec("ibm_telco.csv", "Churn", "Yes", ("customerID",)),
    Spec("bank_churn.csv", "Exited", "1", ("RowNumber", "CustomerId", "Surname")),
    Spec("membership.csv", "churn", "1", ("customer_id", "referral_id")),
    Spec("orange_telecom.csv", "churn", "yes"),
)


@dataclass(frozen=True)
class Table:
    """n customers: ``frame`` as boosters read it, ``labels`` (n,), ``lines`` (n,) their rows in the file, from 0."""

    frame: pd.DataFrame
    labels: Labels
    lines: npt.NDArray[np.intp]

    def parts(self, seed: int) -> Split:
        """Return the rows of train (64 %), validation (16 %) and test (20 %), stratified."""
        return split(self.labels, seed)


def find_tables(folder: Path, extra: Sequence[str] = ()) -> list[Spec]:
    """Return the known tables of a folder, then those given as ``FILE:LABEL:POSITIVE[:COLUMN to drop]...``."""
    given = [Spec(file, label, positive, drop) for file, label, positive, *drop in (one.split(":") for one in extra)]
    return [spec for spec in (*KNOWN, *given) if (folder / spec.file).is_file()]


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load(path: Path, spec: Spec) -> Table:
    """Read a table as the boosters get it: labels known, equal rows once, dirty numbers missing, days since 2018."""
    frame = pd.read_csv(path).rename(columns=str.strip)
    frame = frame.dropna(subset=[spec.label]).drop(columns=[name for name in spec.drop if name in frame.columns])
    frame = frame.drop_duplicates()
    lines = frame.index.to_numpy().astype(np.intp)
    frame = frame.reset_index(drop=True)
    said = frame[spec.label].astype(str).str.strip().str.rstrip(".").str.lower()
    labels = (said == spec.positive.lower()).to_numpy().astype(np.int8)
    features = {name: _feature(frame[name]) for name in frame.columns if name != spec.label}
    return Table(pd.DataFrame({name: cells for name, cells in features.items() if cells is not None}), labels, lines)


def _feature(cells: pd.Series[Any]) -> pd.Series[Any] | None:
    """Return a column as numbers or as texts; None where it is neither (a name, an address)."""
    if pd.api.types.is_numeric_dtype(cells):
        return cells
    numbers = pd.to_numeric(cells, errors="coerce")
    if numbers.notna().mean() > _MOSTLY:
        return numbers
    if cells.nunique() <= _MANY:
        return cells
    days = pd.to_datetime(cells, errors="coerce", format="mixed")
    if days.notna().mean() > _MOSTLY:
        return (days - pd.Timestamp("2018-01-01")).dt.total_seconds() / 86_400
    return None
