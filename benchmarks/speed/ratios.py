"""The ratios that are kept from one version to the next: seconds depend on the machine, ratios less so."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.speed.loads import Load
from benchmarks.speed.targets import FASTAPI, UVICORN
from benchmarks.speed.turns import Turns, What, p50_ms, per_s

RATIOS = Path(__file__).parents[1] / "ratios.json"


class NoRatios(Exception):
    """There are no stored ratios to compare with; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A ratio that is kept: what of ours, as a multiple of whose."""

    name: str
    other: str
    what: What
    lower_is_better: bool = False


def kept(load: Load) -> list[Kept]:
    """Return what is kept of a load, all of it beside the same server."""
    if len(load.records) > 1:
        return [Kept(f"{load.name}: records/s, service / {FASTAPI}", FASTAPI, per_s)]
    ratios = [Kept(f"{load.name}: requests/s, service / {UVICORN}", UVICORN, per_s)]
    if load.connections == 1:
        ratios.append(Kept(f"{load.name}: p50, service / {UVICORN}", UVICORN, p50_ms, lower_is_better=True))
    return ratios


def write_ratios(path: Path, turns: Iterable[Turns]) -> None:
    """Write the ratios of what was measured, with the day."""
    ratios = {one.name: round(each.ratio(one.other, one.what), 4) for each in turns for one in kept(each.load)}
    text = json.dumps({"date": f"{datetime.now(tz=UTC):%Y-%m-%d}", "ratios": ratios}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def read_ratios(path: Path, loads: Iterable[Load]) -> dict[str, float]:
    """Return the stored ratios of some loads by name.

    Raises:
        NoRatios: the file is missing, or does not hold all of them.
    """
    try:
        ratios = json.loads(path.read_text(encoding="utf-8"))["ratios"]
        stored = {one.name: float(ratios[one.name]) for load in loads for one in kept(load)}
    except FileNotFoundError:
        raise NoRatios(f"There is no {path} to compare with: `make bench` writes it.") from None
    except KeyError as error:
        raise NoRatios(f"{path} has no {error}: `make bench` writes it anew.") from None
    except (ValueError, TypeError) as error:
        raise NoRatios(f"{path} does not hold ratios by name ({error}): `make bench` writes it anew.") from None
    wrong = {name: value for name, value in stored.items() if not (math.isfinite(value) and value > 0)}
    if wrong:
        raise NoRatios(f"{path} holds {wrong}, where ratios are above 0: `make bench` writes it anew.")
    return stored
