"""What drives churn, in a few sentences that claim no more than the figures.

The rules: a field is named where the model leans on it (``Driver.matters``), with its groups of the highest and the
lowest churn rate where their 95 % intervals lie apart; a group of few customers (``fewest``), or one of rare levels
together, is never quoted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from churn.kinds import TextQuantity, kind_of
from training.judge.drivers import Driver, Group
from training.judge.pairs import PairEffect
from training.judge.segments import Segment, fewest
from training.judge.wilson import wilson
from training.measure.labels import Labels

_MOST_NAMED = 4
_OF_THE_LARGEST = 0.1
"""Fields with less than this share of the largest contribution are not among those that matter most."""
_MOST_HARDLY = 6
_MOST_COVERED = 3
_MOST_COVERED_TOLD = 2
_MOST_LEVELS_NAMED = 3
_MONOTONE_RANGES = 3


def findings_in_words(labels: Labels, drivers: Sequence[Driver]) -> list[str]:
    """Return three to five sentences on the (m,) customers of the test part, who are in the groups of the drivers."""
    return [_how_many(labels), *_most(drivers), *_covered(drivers), *_hardly(drivers)]


def pair_in_words(pair: PairEffect) -> str:
    """Say for whom a pair of fields is strongest."""
    strongest = pair.strongest
    first, second = (
        f"{field.name} {_of(segment, field.unit)}"
        for field, segment in zip(pair.fields, strongest.segments, strict=True)
    )
    points = f"{100 * abs(strongest.effect):.0f}"
    direction = "raise" if strongest.effect > 0 else "lower"
    return (
        f"Of the {strongest.rows:,} customers with {first} and {second}, {percent(strongest.churn_rate)} leave; "
        f"in the model the two fields together {direction} their risk by about {points} percentage "
        f"point{'' if points == '1' else 's'} beyond what each does alone."
    )


def percent(rate: float) -> str:
    """Return a rate in whole percent; one that is not quite none or all is not called so."""
    if 0 < rate < 0.005:
        return "under 1%"
    return "over 99%" if 0.995 <= rate < 1 else f"{rate:.0%}"


def _how_many(labels: Labels) -> str:
    left = int(labels.sum())
    rate = percent(left / len(labels))
    if wilson(left, len(labels))[0] > 0.5:
        return f"Over half of the customers leave ({rate})."
    return f"{rate[0].upper()}{rate[1:]} of the customers leave."


def _most(drivers: Sequence[Driver]) -> list[str]:
    named = [driver for driver in drivers if driver.matters][:_MOST_NAMED]
    named = [driver for driver in named if driver.contribution >= _OF_THE_LARGEST * named[0].contribution]
    if not named:
        return ["No single field matters much on its own."]
    most = f"{_listed([driver.field.name for driver in named])} matter{'s' if len(named) == 1 else ''} most."
    told = [sentence for driver in named if (sentence := _rates(driver))]
    return [f"{most} {told[0]}" if told else most, *told[1:2]]


def _covered(drivers: Sequence[Driver]) -> list[str]:
    named = sorted((driver for driver in drivers if driver.covered), key=lambda driver: -driver.association)
    if not named:
        return []
    names = _shortened([driver.field.name for driver in named], _MOST_COVERED)
    verb, add = ("goes", "adds") if len(named) == 1 else ("go", "add")
    known = f"{names} {verb} with leaving, too, but {add} little to what the other fields say."
    told = [sentence for driver in named if (sentence := _rates(driver))]
    return [" ".join([known, *told[:_MOST_COVERED_TOLD]])]


def _hardly(drivers: Sequence[Driver]) -> list[str]:
    weak = [driver.field.name for driver in drivers if driver.hardly_matters]
    return [f"{_shortened(weak, _MOST_HARDLY)} hardly matter{'s' if len(weak) == 1 else ''}."] if weak else []


def _rates(driver: Driver) -> str | None:
    """Say how differently the groups of a field leave; None where that could be chance."""
    least = fewest(sum(group.rows for group in driver.groups))
    groups = [g for g in driver.groups if g.rows >= least and g.segment.kind not in {"others", "unseen"}]
    if len(groups) < 2:
        return None
    lowest, highest = (pick(groups, key=lambda group: group.churn_rate) for pick in (min, max))
    if highest.low <= lowest.high:
        return None
    return _monotone(driver, groups) or _extremes(driver, groups, highest, lowest)


def _monotone(driver: Driver, groups: Sequence[Group]) -> str | None:
    ranges = [group for group in groups if group.segment.kind == "range"]
    steps = [after.churn_rate - before.churn_rate for before, after in pairwise(ranges)]
    if len(ranges) < _MONOTONE_RANGES or not (all(s > 0 for s in steps) or all(s < 0 for s in steps)):
        return None
    first, last = ranges[0], ranges[-1]
    if min(first.high, last.high) >= max(first.low, last.low):
        return None
    way = "later" if isinstance(kind_of(driver.field), TextQuantity) else "higher"
    unit = driver.field.unit
    return (
        f"The {way} {driver.field.name}, the {'more' if steps[0] > 0 else 'fewer'} leave: "
        f"{percent(first.churn_rate)} {_up_to(first.segment, unit)}, "
        f"{percent(last.churn_rate)} {_from(last.segment, unit)}."
    )


def _extremes(driver: Driver, groups: Sequence[Group], highest: Group, lowest: Group) -> str:
    name, unit = driver.field.name, driver.field.unit
    if driver.field.is_category:
        low = f"{percent(lowest.churn_rate)} {_with(groups, lowest)}"
        return f"By {name}, {percent(highest.churn_rate)} leave {_with(groups, highest)}, {low}."
    return (
        f"{name} {_of(highest.segment, unit)}: {percent(highest.churn_rate)} leave; "
        f"{_of(lowest.segment, unit)}: {percent(lowest.churn_rate)}."
    )


def _with(groups: Sequence[Group], extreme: Group) -> str:
    """Name the level, and others with the same rate in whole percent where they are few."""
    same = [group for group in groups if percent(group.churn_rate) == percent(extreme.churn_rate)]
    named = same if len(same) <= _MOST_LEVELS_NAMED else [extreme]
    levels = [group.name for group in named if group.segment.kind == "level"]
    missing = ["where it is missing"] if any(group.segment.kind == "missing" for group in named) else []
    return " or ".join([*([f"with {' or '.join(levels)}"] if levels else []), *missing])


def _of(segment: Segment, unit: str | None) -> str:
    if segment.kind != "range":
        return segment.name.strip("()") if segment.kind == "missing" else segment.name
    after = f" {unit}" if unit else ""
    if segment.first == segment.last:
        return f"at {segment.first}{after}"
    return f"from {segment.first} to {'under ' if segment.under else ''}{segment.last}{after}"


def _up_to(segment: Segment, unit: str | None) -> str:
    if segment.first == segment.last:
        return _of(segment, unit)
    return f"{'under' if segment.under else 'up to'} {segment.last}{f' {unit}' if unit else ''}"


def _from(segment: Segment, unit: str | None) -> str:
    return f"from {segment.first}{f' {unit}' if unit else ''} on"


def _shortened(names: Sequence[str], most: int) -> str:
    if len(names) <= most + 1:
        return _listed(names)
    return _listed([*names[:most], f"{len(names) - most} other fields"])


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
