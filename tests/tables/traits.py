"""Small tables of synthetic customers, each with one trait of each sort: how people and programs write tables."""

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROWS = 240
DELIMITERS = (",", ";", "\t", "|")
SPELLINGS = {
    "1234.56": lambda x: f"{x:.2f}",
    "1.234,56": lambda x: f"{x:,.2f}".translate(str.maketrans(",.", ".,")),
    "1,234.56": lambda x: f"{x:,.2f}",
    "1 234,56 €": lambda x: f"{x:,.2f} €".replace(",", " ").replace(".", ","),
}
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16")
LABELS = (("Yes", "No"), ("1", "0"), ("true", "false"), ("Churned", "Stayed"))
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d %b %Y")
MARKERS = ("", "n/a", "?", "Unknown")
_EVERY = 8


@dataclass(frozen=True)
class Traits:
    """How one table is written."""

    delimiter: str
    spelling: str
    encoding: str
    label: tuple[str, str]
    date_format: str
    marker: str

    def __str__(self) -> str:
        parts = (repr(self.delimiter), self.spelling, self.encoding, self.label[0], self.date_format, repr(self.marker))
        return " | ".join(parts)


def combinations() -> Iterator[Traits]:
    """Give an eighth of all combinations, in which any three traits meet in every way."""
    choices = (DELIMITERS, tuple(SPELLINGS), ENCODINGS, LABELS, DATES, MARKERS)
    for picked in itertools.product(*(range(len(choice)) for choice in choices)):
        if sum(picked) % _EVERY == 0:
            yield Traits(*(choice[i] for choice, i in zip(choices, picked, strict=True)))


@dataclass(frozen=True)
class Customers:
    """What every table says: (n,) each; NaN where the cell holds the marker."""

    spend: np.ndarray
    visits: np.ndarray
    days: list[dt.date]
    plan: list[str]
    left: np.ndarray


def customers(seed: int = 0) -> Customers:
    """Draw the customers that all tables hold."""
    rng = np.random.default_rng(seed)
    spend = rng.gamma(2, 700, ROWS).round(2)
    spend[rng.permutation(ROWS)[:12]] = np.nan
    return Customers(
        spend,
        rng.integers(0, 40, ROWS),
        [dt.date(2023, 1, 1) + dt.timedelta(days=int(day)) for day in rng.integers(0, 360, ROWS)],
        [("klein", "größer", "à la carte")[i] for i in rng.integers(0, 3, ROWS)],
        rng.random(ROWS) < 0.4,
    )


def write(path: Path, made: Customers, traits: Traits) -> None:
    """Write the customers as these traits have it."""
    spell = SPELLINGS[traits.spelling]
    header = ["id", "spend", "visits", "joined", "plan", "left"]
    rows = [
        [
            f"K{i:05}X",
            traits.marker if np.isnan(made.spend[i]) else spell(made.spend[i]),
            str(made.visits[i]),
            made.days[i].strftime(traits.date_format),
            made.plan[i],
            traits.label[0] if made.left[i] else traits.label[1],
        ]
        for i in range(ROWS)
    ]
    lines = [traits.delimiter.join(_quoted(cell, traits.delimiter) for cell in row) for row in [header, *rows]]
    path.write_bytes(("\n".join(lines) + "\n").encode(traits.encoding))


def _quoted(cell: str, delimiter: str) -> str:
    return f'"{cell}"' if delimiter in cell else cell
