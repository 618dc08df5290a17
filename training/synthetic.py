"""Synthetic customers of a membership site: seeded, any number, each with the true probability of leaving.

Tests and benchmarks use them, so that no real table is needed. Every distribution here is made up. What
matters by construction: membership category, transaction value, points, feedback, and a little how often a
customer logs in; region, gender and age hardly. With ``markers`` and ``sentinels`` off, no model can beat
``probability``; with them on, some of what it is made of is hidden.

    python -m training.synthetic 10000 customers.csv --seed 7
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

LABEL = "churn"
POSITIVE = 1
IDENTIFIER = "customer_id"

_MEMBERSHIPS = {  # level: (share, effect on the log-odds)
    "No Membership": (0.20, 1.7),
    "Basic Membership": (0.21, 1.4),
    "Silver Membership": (0.16, 0.3),
    "Gold Membership": (0.18, -0.3),
    "Premium Membership": (0.13, -1.8),
    "Platinum Membership": (0.12, -2.0),
}
_FEEDBACK = {
    "Poor Website": (0.16, 0.5),
    "Poor Customer Service": (0.16, 0.6),
    "Poor Product Quality": (0.16, 0.6),
    "Too many ads": (0.16, 0.5),
    "No reason specified": (0.18, 0.4),
    "Reasonable Price": (0.045, -2.2),
    "User Friendly Website": (0.045, -2.2),
    "Products always in Stock": (0.045, -2.4),
    "Quality Customer Care": (0.045, -2.4),
}
_REGIONS = {"City": (0.42, 0.03), "Town": (0.44, 0.0), "Village": (0.14, -0.05)}
_GENDERS = {"F": (0.5, 0.0), "M": (0.5, 0.02)}
_OFFERS = ("Gift Vouchers/Coupons", "Credit/Debit Card Offers", "Without Offers")
_MEDIA = ("Desktop", "Smartphone", "Both")
_INTERNET = ("Wi-Fi", "Mobile_Data", "Fiber_Optic")
_COMPLAINTS = ("Solved", "Solved in Follow-up", "Unsolved", "No Information Available")
_NO_COMPLAINT = "Not Applicable"
_FIRST_DAY = np.datetime64("2015-01-01")
_DAYS = 1_096
_REFERENCE_ROWS = 200_000
_REFERENCE_SEED = 20_150_101

Floats = npt.NDArray[np.float64]
Effects = Mapping[str, tuple[float, float]]


@dataclass(frozen=True)
class SyntheticCustomers:
    """n customers: ``table`` with text cells as a CSV file has them, the label column included.

    ``probability`` (n,) is the true probability of leaving, from which ``label`` (n,) 0/1 was drawn.
    """

    table: pa.Table
    probability: Floats
    label: npt.NDArray[np.int8]


@dataclass(frozen=True)
class _Drawn:
    """What the churn depends on, before it is written down; all (n,), categories as positions."""

    membership: npt.NDArray[np.intp]
    feedback: npt.NDArray[np.intp]
    region: npt.NDArray[np.intp]
    gender: npt.NDArray[np.intp]
    age: npt.NDArray[np.int64]
    transaction_value: Floats
    points: Floats
    login_days: Floats


def make_customers(
    rows: int, seed: int = 0, *, churn_rate: float = 0.5, markers: bool = True, sentinels: bool = True
) -> SyntheticCustomers:
    """Make customers; the same arguments give the same ones.

    Args:
        rows: how many.
        seed: of all that is drawn.
        churn_rate: the share expected to leave, within (0, 1).
        markers: hide values behind blanks, ``?``, ``Error``, ``Unknown`` and ``xxxxxxxx``.
        sentinels: write -999 for some days, and negative times and points, which cannot be.
    """
    rng = np.random.default_rng(seed)
    drawn = _draw(rng, rows)
    probability = 1 / (1 + np.exp(-(_log_odds(drawn) + _intercept(churn_rate))))
    label = (rng.random(rows) < probability).astype(np.int8)
    cells = _cells(rng, drawn)
    if sentinels:
        _write_sentinels(rng, cells)
    texts = {name: _text(values) for name, values in cells.items()}
    if markers:
        texts = _with_markers(rng, texts)
    texts[LABEL] = _text(label)
    return SyntheticCustomers(pa.table(texts), probability, label)


# --- What it depends on ----------------------------------------------------------------------------


def _draw(rng: np.random.Generator, rows: int) -> _Drawn:
    return _Drawn(
        membership=_positions(rng, _MEMBERSHIPS, rows),
        feedback=_positions(rng, _FEEDBACK, rows),
        region=_positions(rng, _REGIONS, rows),
        gender=_positions(rng, _GENDERS, rows),
        age=rng.integers(10, 65, rows),
        transaction_value=np.clip(800 + rng.gamma(2.2, 13_000, rows), 800, 100_000).round(2),
        points=np.clip(rng.normal(700, 95, rows), 500, 1_000).round(2),
        login_days=np.clip(rng.normal(16, 9, rows), 0, 73).round(),
    )


def _positions(rng: np.random.Generator, effects: Effects, rows: int) -> npt.NDArray[np.intp]:
    bounds = np.cumsum([share for share, _ in effects.values()])
    drawn: npt.NDArray[np.intp] = np.searchsorted(bounds[:-1], rng.random(rows) * bounds[-1], side="right")
    return drawn


def _log_odds(drawn: _Drawn) -> Floats:
    """Return the log-odds of leaving, but for the intercept: (n,).

    Points count twice for the two middle memberships, where there is something to lose: an interaction that
    a linear model misses.
    """
    value = np.log(drawn.transaction_value / 25_000)
    points = (drawn.points - 700) / 95
    middle = np.isin(drawn.membership, (2, 3))
    odds: Floats = (
        _effect(_MEMBERSHIPS, drawn.membership)
        + _effect(_FEEDBACK, drawn.feedback)
        + _effect(_REGIONS, drawn.region)
        + _effect(_GENDERS, drawn.gender)
        - 0.9 * value
        - np.where(middle, 1.6, 0.8) * points
        + 0.02 * (drawn.login_days - 16)
        + 0.001 * (drawn.age - 37)
    )
    return odds


def _effect(effects: Effects, positions: npt.NDArray[np.intp]) -> Floats:
    return np.array([effect for _, effect in effects.values()])[positions]


@lru_cache
def _intercept(churn_rate: float) -> float:
    """Return the intercept that gives the churn rate in a fixed large population, whatever is drawn later."""
    if not 0 < churn_rate < 1:
        raise ValueError(f"churn_rate is {churn_rate}; it has to lie between 0 and 1.")
    odds = _log_odds(_draw(np.random.default_rng(_REFERENCE_SEED), _REFERENCE_ROWS))
    low, high = -30.0, 30.0
    for _ in range(40):
        middle = (low + high) / 2
        too_many = (1 / (1 + np.exp(-(odds + middle)))).mean() > churn_rate
        low, high = (low, middle) if too_many else (middle, high)
    return (low + high) / 2


# --- How it is written -----------------------------------------------------------------------------


def _cells(rng: np.random.Generator, drawn: _Drawn) -> dict[str, Any]:
    """Return all columns but the label, in order: numbers as numbers, all else as Arrow text."""
    rows = len(drawn.age)
    referred, complained = rng.random(rows) < 0.5, rng.random(rows) < 0.5
    complaint = np.where(complained, rng.integers(0, len(_COMPLAINTS), rows), len(_COMPLAINTS))
    return {
        IDENTIFIER: _identifiers(rng, rows),
        "age": drawn.age,
        "gender": _levels(list(_GENDERS), drawn.gender),
        "region_category": _levels(list(_REGIONS), drawn.region),
        "membership_category": _levels(list(_MEMBERSHIPS), drawn.membership),
        "joining_date": pa.array(_FIRST_DAY + rng.integers(0, _DAYS, rows)),
        "joined_through_referral": _yes_no(referred),
        "referral_id": _referrals(rng, rows),
        "preferred_offer_types": _any(rng, _OFFERS, rows),
        "medium_of_operation": _any(rng, _MEDIA, rows),
        "internet_option": _any(rng, _INTERNET, rows),
        "last_visit_time": pa.array(rng.integers(0, 86_400, rows), pa.int32()).cast(pa.time32("s")),
        "days_since_last_login": np.clip(rng.normal(12.5, 5.5, rows).round(), 1, 26).astype(np.int64),
        "avg_time_spent": rng.gamma(1.1, 264, rows).round(2),
        "avg_transaction_value": drawn.transaction_value,
        "avg_frequency_login_days": drawn.login_days,
        "points_in_wallet": drawn.points,
        "used_special_discount": _yes_no(rng.random(rows) < 0.55),
        "offer_application_preference": _yes_no(rng.random(rows) < 0.55),
        "past_complaint": _yes_no(complained),
        "complaint_status": _levels([*_COMPLAINTS, _NO_COMPLAINT], complaint),
        "feedback": _levels(list(_FEEDBACK), drawn.feedback),
    }


def _levels(levels: Sequence[str], positions: npt.NDArray[np.integer[Any]]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(positions, pa.int32()), pa.array(levels)).cast(pa.string())


def _any(rng: np.random.Generator, levels: Sequence[str], rows: int) -> pa.Array:
    return _levels(levels, rng.integers(0, len(levels), rows))


def _yes_no(yes: npt.NDArray[np.bool_]) -> pa.Array:
    return _levels(("No", "Yes"), yes.astype(np.int32))


def _identifiers(rng: np.random.Generator, rows: int) -> pa.Array:
    """Return as many different texts: an odd factor maps different numbers of 32 bits to different ones."""
    start = int(rng.integers(0, 2**32))
    numbers = (np.arange(start, start + rows, dtype=np.uint64) * np.uint64(2_654_435_761)) % np.uint64(2**32)
    return pa.array([f"m{number:08x}" for number in numbers.tolist()])


def _referrals(rng: np.random.Generator, rows: int) -> pa.Array:
    return pc.binary_join_element_wise("CID", pa.array(rng.integers(10_000, 100_000, rows)).cast(pa.string()), "")


def _text(values: Any) -> pa.Array:
    array = pa.array(values) if isinstance(values, np.ndarray) else values
    return array.cast(pa.string())


def _write_sentinels(rng: np.random.Generator, cells: dict[str, Any]) -> None:
    rows = len(cells["age"])
    cells["days_since_last_login"][rng.random(rows) < 0.05] = -999
    for name, share in (("avg_time_spent", 0.05), ("points_in_wallet", 0.004)):
        impossible = rng.random(rows) < share
        cells[name] = np.where(impossible, -rng.gamma(2, 150, rows).round(2), cells[name])


_MARKED = (  # column, share of the rows, what stands there instead
    ("gender", 0.002, "Unknown"),
    ("region_category", 0.15, ""),
    ("joined_through_referral", 0.15, "?"),
    ("referral_id", 0.45, "xxxxxxxx"),
    ("preferred_offer_types", 0.008, ""),
    ("medium_of_operation", 0.14, "?"),
    ("avg_frequency_login_days", 0.10, "Error"),
    ("points_in_wallet", 0.09, ""),
)


def _with_markers(rng: np.random.Generator, texts: dict[str, pa.Array]) -> dict[str, pa.Array]:
    marked = dict(texts)
    for name, share, marker in _MARKED:
        hidden = pa.array(rng.random(len(texts[name])) < share)
        marked[name] = pc.if_else(hidden, marker, texts[name])
    return marked


def main(arguments: Sequence[str] | None = None) -> int:
    """Write synthetic customers to a CSV file."""
    parser = argparse.ArgumentParser(
        prog="python -m training.synthetic", description="Write synthetic customers as CSV."
    )
    parser.add_argument("rows", type=int, metavar="ROWS", help="how many")
    parser.add_argument("out", type=Path, metavar="OUT.csv", help="the file to write")
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="the same seed, the same customers (default: 0)"
    )
    parser.add_argument(
        "--churn-rate", type=float, default=0.5, metavar="P", help="the share that leaves (default: 0.5)"
    )
    parser.add_argument("--clean", action="store_true", help="no missing values and no impossible ones")
    options = parser.parse_args(arguments)
    if options.rows < 1 or not 0 < options.churn_rate < 1:
        parser.error("ROWS has to be at least 1, and --churn-rate between 0 and 1")
    dirty = not options.clean
    made = make_customers(options.rows, options.seed, churn_rate=options.churn_rate, markers=dirty, sentinels=dirty)
    try:
        pv.write_csv(made.table, options.out)
    except OSError as error:
        print(f"{options.out} cannot be written: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
