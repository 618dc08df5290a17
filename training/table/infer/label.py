"""The label: which column says who left, and which of its values means leaving."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from churn.columns import Mask
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


def require_names(names: Sequence[str], wanted: Collection[str], what: str) -> None:
    """Refuse a wanted name that is no column.

    Raises:
        TrainingDataError: it lists the columns and suggests the nearest name.
    """
    for name in wanted:
        if name not in names:
            raise TrainingDataError(
                f"The table has no column {name!r}, {what}.{_suggestion(name, names)} "
                f"Its columns are: {', '.join(names)}."
            )


def require_columns(table: pa.Table, names: Collection[str], what: str) -> None:
    """Refuse names that are no columns of a table, as ``require_names`` does."""
    require_names(table.column_names, names, what)


def _suggestion(name: str, names: Sequence[str]) -> str:
    lower = {known.lower().strip(): known for known in names}
    near = get_close_matches(name.lower().strip(), list(lower), n=1, cutoff=0.5)
    return f" Did you mean {lower[near[0]]!r}?" if near else ""


def resolve_label(
    table: pa.Table,
    name: str,
    positive: Level | None = None,
    drop: Collection[str] = (),
    drop_if_there: Collection[str] = (),
) -> ResolvedLabel:
    """Find out who left: which value of a column means leaving; all others mean staying.

    ``positive`` is compared as text, without regard to case and to ``.0``; it may be None where the column has two
    values and one of them is an obvious one (yes, true, 1, churned, left ...). Cells that are empty, hold a missing
    marker, or a value of ``drop`` or ``drop_if_there``, are not ``known``; the latter need not be there.

    Raises:
        TrainingDataError: there is no such column, its values do not tell who left from who stayed, or ``positive``
            or a value of ``drop`` is none of them; the sentence says what is there.
    """
    require_columns(table, [name], "which was to be the label")
    column = profile(name, table.column(name))
    column = column.without([t for t in _texts(column) if is_marker(t)]) if column.family == "text" else column
    left_out = _left_out(column, drop, drop_if_there)
    _refuse_both(column, left_out, positive)
    kept, gone = _part(column, ~left_out), _part(column, left_out)
    texts = _texts(kept)
    _require_values(kept, texts, only_two=positive is None)
    left = [_obvious(name, kept, texts)] if positive is None else _given(kept, texts, positive, "--positive")
    if len(left) == len(texts):
        raise TrainingDataError(f"All values of {name!r} mean leaving: {_counted(kept, texts)}; nobody stayed.")
    notes = [f"{name} = {texts[left[0]]!r} was taken to mean that the customer left."] if positive is None else []
    if len(texts) > 2 or gone.distinct:
        notes.append(_who(kept, left, gone))
    if column.missing:
        notes.append(f"{column.missing:,} rows have no value in the label column {name!r}; they were left out.")
    values, known = _as_labels(kept, left)
    return ResolvedLabel(Label(name, _levels(kept, texts)[left[0]]), values, known, tuple(notes))


def _left_out(column: Profile, drop: Collection[str], drop_if_there: Collection[str]) -> Mask:
    """Say which of the k values, (k,), are to be left out."""
    texts = _texts(column)
    places = [i for value in drop for i in _given(column, texts, value, "--drop-label")]
    places += [i for value in drop_if_there for i in _alike(texts, value)]
    chosen = np.zeros(len(texts), dtype=np.bool_)
    chosen[places] = True
    return chosen


def _refuse_both(column: Profile, left_out: Mask, positive: Level | None) -> None:
    texts = _texts(column)
    if positive is not None and any(left_out[i] for i in _alike(texts, positive)):
        raise TrainingDataError(
            f"{_text(positive)!r} is to mean leaving and to be left out; name it with --positive or with --drop-label."
        )


def _part(column: Profile, chosen: Mask) -> Profile:
    """Return a column as if it had only some of its k values, chosen (k,); the rows of the others hold nothing."""
    return replace(column, values=column.values.filter(pa.array(chosen)), counts=column.counts[chosen])


def _who(kept: Profile, left: Sequence[int], gone: Profile) -> str:
    """Say who left, who stayed and who was left out, in values of the label."""
    means = np.isin(np.arange(kept.distinct), left)
    parts = {"left": _part(kept, means), "stayed": _part(kept, ~means), "left out": gone}
    said = [f"{what}: {_listed(part)}" for what, part in parts.items() if part.distinct]
    return f"By {kept.name}, {'; '.join(said)}."


def _listed(column: Profile) -> str:
    more = column.distinct - _SHOWN_VALUES
    return _most_frequent(column, _texts(column)) + (f" and {more:,} more" if more > 0 else "")


def _texts(column: Profile) -> list[str]:
    """Return the distinct values, (k,), as a person would write them."""
    return [_text(value) for value in column.values.to_pylist()]


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _require_values(column: Profile, texts: list[str], *, only_two: bool) -> None:
    if not texts:
        raise TrainingDataError(f"The label column {column.name!r} is empty; it has to say for each customer who left.")
    if len(texts) == 1:
        raise TrainingDataError(
            f"The label column {column.name!r} has only the value {quoted(texts)} ({column.counts[0]:,} rows); "
            "training needs customers who left and customers who stayed."
        )
    if len(texts) > 2 and only_two:
        raise TrainingDataError(
            f"The label column {column.name!r} has {column.distinct:,} values, it may have two: "
            f"{_counted(column, texts)}. Say with --positive VALUE which one means leaving (all others then mean "
            "staying), leave customers out with --drop-label VALUE, or choose another --label."
        )


def _counted(column: Profile, texts: list[str]) -> str:
    listed = _most_frequent(column, texts)
    return listed if column.distinct <= _SHOWN_VALUES else f"{listed}, …"


def _most_frequent(column: Profile, texts: list[str]) -> str:
    order = np.argsort(-column.counts, kind="stable")[:_SHOWN_VALUES]
    return ", ".join(f"{texts[i]!r} ({column.counts[i]:,} rows)" for i in order)


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


def _given(column: Profile, texts: list[str], value: Level, option: str) -> list[int]:
    """Return the places of the values that an option means: the one written so first, then those but for case."""
    if found := _alike(texts, value):
        return found
    raise TrainingDataError(
        f"{option} is {_text(value)!r}, which is no value of the label column {column.name!r}; "
        f"its values are {_counted(column, texts)}."
    )


def _alike(texts: list[str], value: Level) -> list[int]:
    wanted = _text(value)
    for same in (_plain, _as_number):
        if found := [i for i, text in enumerate(texts) if same(text) == same(wanted)]:
            return sorted(found, key=lambda i: texts[i] != wanted)
    return []


def _as_number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _levels(column: Profile, texts: list[str]) -> list[Level]:
    """Return the values in the type that the data suggests: true/false, whole numbers, or text."""
    if column.family == "bool" or {text.lower() for text in texts} == {"true", "false"}:
        return [text.lower() == "true" for text in texts]
    numbers = [_as_number(text) for text in texts]
    if all(isinstance(number, float) and number.is_integer() for number in numbers):
        return [int(number) for number in numbers]
    return list(texts)


def _as_labels(column: Profile, left: Sequence[int]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.bool_]]:
    means = mask(pc.is_in(column.cells, value_set=column.values.take(pa.array(left))))
    known = mask(pc.is_in(column.cells, value_set=column.values))
    return means.astype(np.int8), known
