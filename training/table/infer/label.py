"""The label: which column says who left, and which of its two values means leaving."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from churn.errors import TrainingDataError
from churn.schema import Label, Level
from training.table.infer.profile import Profile, is_marker, mask, profile, quoted

_SHOWN_VALUES = 10
_LEAVING = frozenset({
    "yes", "y", "true", "t", "1", "churn", "churned", "left", "leave", "leaver", "exited", "gone", "lost",
    "cancelled", "canceled", "closed", "terminated", "inactive", "attrited", "attrited customer", "positive",
})  # fmt: skip
_STAYING = frozenset({
    "no", "n", "false", "f", "0", "stayed", "stay", "retained", "kept", "active", "existing",
    "existing customer", "current", "open", "negative", "not churned",
})  # fmt: skip


@dataclass(frozen=True)
class ResolvedLabel:
    """The label of n rows: ``values`` (n,) 1 where the customer left, ``known`` (n,) where the cell says so.

    ``notes`` are sentences worth showing (how the positive value was found, rows without a label).
    """

    label: Label
    values: npt.NDArray[np.int8]
    known: npt.NDArray[np.bool_]
    notes: tuple[str, ...] = ()


def require_column(table: pa.Table, name: str, what: str) -> None:
    """Refuse a name that is no column.

    Raises:
        TrainingDataError: it lists the columns and suggests the nearest name.
    """
    names = list(table.column_names)
    if name in names:
        return
    raise TrainingDataError(
        f"The table has no column {name!r}, {what}.{_suggestion(name, names)} Its columns are: {', '.join(names)}."
    )


def _suggestion(name: str, names: Sequence[str]) -> str:
    lower = {known.lower().strip(): known for known in names}
    near = get_close_matches(name.lower().strip(), list(lower), n=1, cutoff=0.5)
    return f" Did you mean {lower[near[0]]!r}?" if near else ""


def resolve_label(table: pa.Table, name: str, positive: Level | None = None) -> ResolvedLabel:
    """Find out who left: the two values of a column, and which of them means leaving.

    ``positive`` is compared as text, without regard to case where that is clear; it may be None where one
    of the two values is an obvious one (yes, true, 1, churned, left ...). Cells that are empty or hold a
    missing marker are not ``known``.

    Raises:
        TrainingDataError: there is no such column, it does not have two values, or ``positive`` is none of
            them; the sentence says what is there.
    """
    require_column(table, name, "which was to be the label")
    column = profile(name, table.column(name))
    column = column.without([t for t in _texts(column) if is_marker(t)]) if column.family == "text" else column
    texts = _texts(column)
    _require_two(column, texts)
    chosen, how = (
        (_obvious(name, column, texts), True) if positive is None else (_given(column, texts, positive), False)
    )
    levels = _levels(column, texts)
    values, known = _as_labels(column, chosen)
    notes = [f"{name} = {texts[chosen]!r} was taken to mean that the customer left."] if how else []
    if column.missing:
        notes.append(f"{column.missing:,} rows have no value in the label column {name!r}; they were left out.")
    return ResolvedLabel(Label(name, levels[chosen]), values, known, tuple(notes))


def _texts(column: Profile) -> list[str]:
    """Return the distinct values as a person would write them."""
    return [_text(value) for value in column.values[:1_000].to_pylist()]


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _require_two(column: Profile, texts: list[str]) -> None:
    if column.known == 0:
        raise TrainingDataError(f"The label column {column.name!r} is empty; it has to say for each customer who left.")
    if len(texts) == 1:
        raise TrainingDataError(
            f"The label column {column.name!r} has only the value {quoted(texts)} ({column.known:,} rows); training "
            "needs customers who left and customers who stayed."
        )
    if len(texts) > 2:
        raise TrainingDataError(
            f"The label column {column.name!r} has {column.distinct:,} values, it may have two: "
            f"{_counted(column, texts)}. Choose another --label, or make a column that says yes or no."
        )


def _counted(column: Profile, texts: list[str]) -> str:
    order = np.argsort(-column.counts[: len(texts)], kind="stable")[:_SHOWN_VALUES]
    listed = ", ".join(f"{texts[i]!r} ({column.counts[i]:,} rows)" for i in order)
    return listed if column.distinct <= _SHOWN_VALUES else f"{listed}, …"


def _plain(text: str) -> str:
    """Return what is compared: without case, ``1.0`` as ``1``, ``True.`` (of some old tables) as ``true``."""
    return re.sub(r"\.0*$", "", text.strip().lower())


def _obvious(name: str, column: Profile, texts: list[str]) -> int:
    leaving = [i for i, text in enumerate(texts) if _plain(text) in _LEAVING]
    staying = [i for i, text in enumerate(texts) if _plain(text) in _STAYING]
    if len(leaving) == 1:
        return leaving[0]
    if len(staying) == 1 and not leaving:
        return 1 - staying[0]
    raise TrainingDataError(
        f"Which value of {name!r} means that a customer left: {_counted(column, texts)}? Say it with --positive."
    )


def _given(column: Profile, texts: list[str], positive: Level) -> int:
    wanted = _text(positive)
    for same in (str, _plain, _as_number):
        if (found := [i for i, text in enumerate(texts) if same(text) == same(wanted)]) and len(found) == 1:
            return found[0]
    raise TrainingDataError(
        f"--positive is {wanted!r}, which is no value of the label column {column.name!r}; "
        f"its values are {_counted(column, texts)}."
    )


def _as_number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _levels(column: Profile, texts: list[str]) -> list[Level]:
    """Return the two values in the type that the data suggests: true/false, whole numbers, or text."""
    if column.family == "bool" or {text.lower() for text in texts} == {"true", "false"}:
        return [text.lower() == "true" for text in texts]
    numbers = [_as_number(text) for text in texts]
    if all(isinstance(number, float) and number.is_integer() for number in numbers):
        return [int(number) for number in numbers]
    return list(texts)


def _as_labels(column: Profile, chosen: int) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.bool_]]:
    left = mask(pc.equal(column.cells, column.values[chosen]))
    known = mask(pc.is_in(column.cells, value_set=column.values))
    return left.astype(np.int8), known


def require_columns(table: pa.Table, names: Collection[str], what: str) -> None:
    """Refuse names that are no columns, as ``require_column`` does."""
    for name in names:
        require_column(table, name, what)
