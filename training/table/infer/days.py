"""Days and clock times: the form in which they are written, found by trying, with day and month told apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from churn.columns import Mask
from churn.kinds.day import ISO_DATE
from training.table.infer.profile import Counts, Profile, Settled, mask, settle
from training.table.infer.quantities import far

_EPOCH = date(1970, 1, 1)
_SAMPLE = 200
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO_TIME = r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:Z|[+-]\d{2}:?\d{2})?)?"
_TIMES = (("", ""), (r" \d{1,2}:\d{2}", " %H:%M"), (r" \d{1,2}:\d{2}:\d{2}", " %H:%M:%S"))
_CLOCK = r"^([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?$"

_YEAR, _SHORT_YEAR, _TWO = r"(?P<y>\d{4})", r"(?P<y>\d{2})", r"\d{1,2}"
_FIRST_LAST = {(1, 1), (12, 31)}
_SENTINEL_ROWS = 3

Days = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DayColumn:
    """Days of a column: ``days`` (k distinct, since 1970-01-01) and ``counts`` (k,), as written in ``texts``.

    ``note`` says what could not be known for sure; ``markers`` are texts that mean "missing".
    """

    days: Days
    counts: Counts
    texts: pa.Array
    date_format: str
    markers: tuple[str, ...] = ()
    wrong: int = 0
    note: str = ""

    @property
    def span(self) -> tuple[date, date]:
        """The first and the last day."""
        return _day(int(self.days.min())), _day(int(self.days.max()))

    @property
    def example(self) -> str:
        """The text of the day that stands most often."""
        text = str(self.texts[int(self.counts.argmax())])
        return text[:10] if self.date_format == ISO_DATE else text


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)


def day_column(column: Profile) -> DayColumn | None:
    """Return the column's days, or None when it does not hold dates."""
    if column.family == "date":
        return _native(column)
    if column.family != "text" or not column.distinct:
        return None
    for pattern, forms in _patterns():
        if _fits(column, pattern) and (found := _read(column, pattern, forms)):
            return _without_sentinels(found)
    return None


def _native(column: Profile) -> DayColumn | None:
    if not column.distinct:
        return None
    days = column.values.cast(pa.int32()).to_numpy(zero_copy_only=False).astype(np.int64)
    return _without_sentinels(DayColumn(days, column.counts, column.values.cast(pa.string()), ISO_DATE))


def _patterns() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Give every form of a date: a regular expression with groups y, m, d (or a, b), and its format(s)."""
    yield rf"^{_YEAR}-(?P<m>\d{{2}})-(?P<d>\d{{2}}){_ISO_TIME}$", (ISO_DATE,)
    yield r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})$", ("%Y%m%d",)
    for time, time_form in _TIMES:
        for sep in "/.-":
            s, y = re.escape(sep), f"%Y{time_form}"
            if sep != "-":
                yield rf"^{_YEAR}{s}(?P<m>{_TWO}){s}(?P<d>{_TWO}){time}$", (f"%Y{sep}%m{sep}%d{time_form}",)
            pair = rf"^(?P<a>{_TWO}){s}(?P<b>{_TWO}){s}"
            yield rf"{pair}{_YEAR}{time}$", (f"%d{sep}%m{sep}{y}", f"%m{sep}%d{sep}{y}")
            short = y.lower()
            if not time_form:
                yield rf"{pair}{_SHORT_YEAR}$", (f"%d{sep}%m{sep}{short}", f"%m{sep}%d{sep}{short}")
    for sep in " -":
        for word, code in (("[A-Za-z]{3}", "%b"), ("[A-Za-z]{3,9}", "%B")):
            yield rf"^(?P<d>{_TWO}){sep}(?P<m>{word}){sep}{_YEAR}$", (f"%d{sep}{code}{sep}%Y",)
            yield rf"^(?P<m>{word}){sep}(?P<d>{_TWO}),{sep}{_YEAR}$", (f"{code}{sep}%d,{sep}%Y",)


def _fits(column: Profile, pattern: str) -> bool:
    """Try the form on the first few distinct values, so that columns of other kinds cost little."""
    head = column.values[:_SAMPLE]
    plain = re.sub(r"\?P<\w>", "", pattern)
    return bool(mask(pc.match_substring_regex(head, plain)).sum() > 0.3 * len(head))


def _read(column: Profile, pattern: str, forms: tuple[str, ...]) -> DayColumn | None:
    parts = pc.extract_regex(column.values, pattern)
    if len(forms) == 1:
        days, valid = _days(*(_numbers(parts.field(name)) for name in "ymd"))
        return _settled(column, days, valid, forms[0])
    y, a, b = (_numbers(parts.field(name)) for name in "yab")
    if "%y" in forms[0]:
        y = np.where(y < 0, y, np.where(y < 69, 2000 + y, 1900 + y))  # as strptime does
    (day_first, first_valid), (month_first, second_valid) = _days(y, b, a), _days(y, a, b)
    rows = (int(column.counts[first_valid].sum()), int(column.counts[second_valid].sum()))
    if rows[0] == rows[1]:
        return _ambiguous(column, (a, b), (day_first, month_first), (first_valid, second_valid), forms)
    if rows[0] > rows[1]:
        return _settled(column, day_first, first_valid, forms[0])
    return _settled(column, month_first, second_valid, forms[1])


def _ambiguous(
    column: Profile, pair: tuple[Days, Days], days: tuple[Days, Days], valid: tuple[Mask, Mask], forms: tuple[str, ...]
) -> DayColumn | None:
    """Choose where no value has a part above 12: a part that is always 1 is the day, else the day stands first."""
    firsts, seconds = (np.unique(part[valid[0]]) for part in pair)
    month_first = seconds.tolist() == [1] and firsts.tolist() != [1]
    note = f"day and month cannot be told apart, taken as {forms[month_first]}; change date_format if that is wrong"
    return _settled(column, days[month_first], valid[month_first], forms[month_first], note)


def _numbers(texts: pa.Array) -> Days:
    """Return a part as whole numbers, -1 where there is none; names of months as their numbers."""
    filled = pc.fill_null(texts, "")
    if mask(pc.match_substring_regex(filled, "[A-Za-z]")).any():
        short = pc.utf8_slice_codeunits(pc.utf8_lower(filled), 0, 3)
        place = pc.fill_null(pc.index_in(short, value_set=pa.array(_MONTHS, short.type)), -2)
        return np.asarray(place.to_numpy(zero_copy_only=False), np.int64) + 1
    digits = pc.if_else(pc.equal(filled, ""), "-1", filled)
    return np.asarray(digits.cast(pa.int64()).to_numpy(zero_copy_only=False), np.int64)


def _days(year: Days, month: Days, day: Days) -> tuple[Days, Mask]:
    """Return days since 1970-01-01, and which of them exist: 31 February does not."""
    likely = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    months = (np.where(likely, (year - 1970) * 12 + month - 1, 0)).astype("datetime64[M]")
    first = months.astype("datetime64[D]").astype(np.int64)
    length = (months + 1).astype("datetime64[D]").astype(np.int64) - first
    return first + day - 1, likely & (day <= length)


def _settled(column: Profile, days: Days, valid: Mask, form: str, note: str = "") -> DayColumn | None:
    settled: Settled | None = settle(column, valid)
    if settled is None:
        return None
    texts = column.values.filter(pa.array(valid))
    return DayColumn(days[valid], column.counts[valid], texts, form, settled.markers, settled.wrong, note)


def _without_sentinels(found: DayColumn) -> DayColumn:
    """Take away days such as 1900-01-01 or 9999-12-31 that are repeated and far from all others."""
    gone = _sentinels(found)
    stays = ~np.isin(found.days, list(gone))
    markers = {*found.markers, *found.texts.filter(pa.array(~stays)).to_pylist()}
    return replace(_only(found, stays), markers=tuple(sorted(markers)))


def _only(found: DayColumn, stays: Mask) -> DayColumn:
    return replace(found, days=found.days[stays], counts=found.counts[stays], texts=found.texts.filter(pa.array(stays)))


def _sentinels(found: DayColumn) -> set[int]:
    return {int(day) for day in (found.days.min(), found.days.max()) if _is_sentinel(found, int(day))}


def _is_sentinel(found: DayColumn, day: int) -> bool:
    this = found.days == day
    when = _day(day)
    if (when.month, when.day) not in _FIRST_LAST or found.counts[this].sum() < _SENTINEL_ROWS or (~this).sum() < 2:
        return False
    order = np.argsort(found.days[~this])
    return far(float(day), found.days[~this][order].astype(np.float64), found.counts[~this][order])


@dataclass(frozen=True)
class TimeColumn:
    """Clock times of a column: ``hours`` (k,) since midnight, ascending, with the rows of each."""

    hours: npt.NDArray[np.float64]
    example: str
    markers: tuple[str, ...] = ()
    wrong: int = 0


def time_column(column: Profile) -> TimeColumn | None:
    """Return the column's clock times, or None when it does not hold them."""
    if column.family == "time":
        return _native_times(column)
    if column.family != "text" or not column.distinct:
        return None
    valid = mask(pc.match_substring_regex(column.values, _CLOCK))
    settled = settle(column, valid)
    if settled is None:
        return None
    texts = column.values.filter(pa.array(valid))
    parts = pc.extract_regex(texts, r"^(?P<h>\d+):(?P<m>\d+)(?::(?P<s>[\d.]+))?$")
    hour, minute, second = (_floats(parts.field(name)) for name in "hms")
    example = str(texts[int(column.counts[valid].argmax())])
    return TimeColumn(hour + minute / 60 + second / 3600, example, settled.markers, settled.wrong)


def _floats(texts: pa.Array) -> npt.NDArray[np.float64]:
    filled = pc.if_else(pc.equal(pc.fill_null(texts, ""), ""), "0", texts)
    found: npt.NDArray[np.float64] = filled.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return found


def _native_times(column: Profile) -> TimeColumn | None:
    if not column.distinct:
        return None
    hours = column.values.cast(pa.int64()).to_numpy(zero_copy_only=False) / 3.6e12
    index = int(column.counts.argmax())
    seconds = int(hours[index] * 3600 + 0.5) % 86400
    return TimeColumn(hours, f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}")
