from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.model_selection import StratifiedKFold, train_test_split

from churn.errors import TrainingDataError
from training.table.alike import Groups, in_company
from training.table.split import Split, folds, halve, some, split, split_by_date


def some_labels(rows: int = 1_003, rate: float = 0.3, seed: int = 0) -> npt.NDArray[np.int8]:
    return (np.random.default_rng(seed).random(rows) < rate).astype(np.int8)


def all_rows(parts: Split) -> list[int]:
    return sorted(np.concatenate([parts.train, parts.validation, parts.test]).tolist())


def test_every_row_stands_in_exactly_one_part() -> None:
    assert all_rows(split(some_labels(), seed=0)) == list(range(1_003))


def test_the_parts_have_their_fractions_and_the_same_churn_rate() -> None:
    labels = some_labels()
    parts = split(labels, seed=0)
    assert [len(rows) for rows in (parts.train, parts.validation, parts.test)] == [641, 161, 201]
    for rows in (parts.train, parts.validation, parts.test):
        assert labels[rows].mean() == pytest.approx(labels.mean(), abs=0.005)


@pytest.mark.parametrize("rows", [997, 1_000, 5_000, 7_021])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_split_is_what_two_calls_of_train_test_split_give(rows: int, seed: int) -> None:
    labels = some_labels(rows)
    rest, test = train_test_split(np.arange(rows), test_size=0.2, stratify=labels, random_state=seed)
    train, validation = train_test_split(rest, test_size=0.2, stratify=labels[rest], random_state=seed)
    parts = split(labels, seed)
    assert parts.train.tolist() == train.tolist()
    assert parts.validation.tolist() == validation.tolist()
    assert parts.test.tolist() == test.tolist()


def test_another_seed_gives_another_split() -> None:
    assert split(some_labels(), 0).test.tolist() != split(some_labels(), 1).test.tolist()


def test_too_few_of_a_class_cannot_be_split_by_chance() -> None:
    labels = np.zeros(100, np.int8)
    labels[0] = 1
    with pytest.raises(TrainingDataError, match="100 rows with 1 who left and 99 who stayed cannot be split"):
        split(labels, 0)


def test_by_date_the_oldest_train_and_the_newest_test_and_no_day_is_on_two_sides() -> None:
    days_before = np.random.default_rng(0).integers(0, 90, 1_003).astype(float)
    parts = split_by_date(days_before, some_labels())
    assert all_rows(parts) == list(range(1_003))
    assert days_before[parts.train].min() > days_before[parts.validation].max()
    assert days_before[parts.validation].min() > days_before[parts.test].max()


def test_by_date_the_fractions_are_nearly_kept() -> None:
    days_before = np.random.default_rng(0).integers(0, 90, 1_003).astype(float)
    parts = split_by_date(days_before, some_labels())
    shares = [len(rows) / 1_003 for rows in (parts.train, parts.validation, parts.test)]
    assert shares == pytest.approx([0.64, 0.16, 0.20], abs=0.02)


def test_by_date_a_day_with_most_of_the_rows_still_leaves_three_parts() -> None:
    for heavy in range(4):
        days_before = np.repeat(np.arange(4.0), [900 if day == heavy else 30 for day in range(4)])
        parts = split_by_date(days_before, np.tile([0, 1], len(days_before) // 2).astype(np.int8))
        assert min(len(rows) for rows in (parts.train, parts.validation, parts.test)) >= 30


def test_by_date_rows_without_a_day_train() -> None:
    days_before = np.arange(1_003.0)
    days_before[[3, 5]] = np.nan
    assert {3, 5} <= set(split_by_date(days_before, some_labels()).train.tolist())


def test_by_date_too_few_days_are_refused() -> None:
    with pytest.raises(TrainingDataError, match="2 different day"):
        split_by_date(np.tile([1.0, 2.0], 50), some_labels(100))


def test_by_date_a_part_without_churners_is_refused() -> None:
    days_before = np.arange(100.0)
    labels = ((days_before > 30) & (days_before % 2 == 0)).astype(np.int8)
    with pytest.raises(TrainingDataError, match=r"The test part \(20 rows\) would have nobody who left"):
        split_by_date(days_before, labels)


def test_by_date_a_part_without_stayers_is_refused() -> None:
    days_before = np.arange(100.0)
    labels = ((days_before < 30) | (days_before % 2 == 0)).astype(np.int8)
    with pytest.raises(TrainingDataError, match=r"The test part \(20 rows\) would have nobody who stayed"):
        split_by_date(days_before, labels)


def test_halves_are_stratified_and_share_no_row() -> None:
    labels = some_labels()
    rows = split(labels, 0).validation
    first, second = halve(rows, labels, 0)
    assert sorted([*first.tolist(), *second.tolist()]) == sorted(rows.tolist())
    assert labels[first].mean() == pytest.approx(labels[second].mean(), abs=0.02)


def test_rows_with_one_churner_cannot_be_halved() -> None:
    labels = np.zeros(20, np.int8)
    labels[3] = 1
    with pytest.raises(TrainingDataError, match="20 rows with 1 who left"):
        halve(np.arange(20), labels, 0)


def test_some_rows_are_all_where_there_are_no_more_and_else_as_many_as_asked() -> None:
    rows, rng = np.arange(10, 20), np.random.default_rng(0)
    assert some(rows, 10, rng) is rows
    drawn = some(rows, 4, rng)
    assert drawn.tolist() == sorted(set(drawn.tolist()) & set(rows.tolist()))
    assert len(drawn) == 4


# --- Rows that stay together ------------------------------------------------------------------------


def with_copies(rows: int, copies: int) -> tuple[npt.NDArray[np.int8], Groups]:
    """Labels and groups of customers of whom the first ``copies`` stand there twice."""
    labels = some_labels(rows)
    return np.concatenate([labels, labels[:copies]]), np.concatenate([np.arange(rows), np.arange(copies)])


@pytest.mark.parametrize("seed", range(5))
def test_a_group_is_never_on_two_sides(seed: int) -> None:
    labels, groups = with_copies(2_850, 300)
    parts = split(labels, seed, groups)
    assert all_rows(parts) == list(range(3_150))
    sides = [set(groups[rows].tolist()) for rows in (parts.train, parts.validation, parts.test)]
    assert sum(map(len, sides)) == 2_850
    for rows, share in ((parts.train, 0.64), (parts.validation, 0.16), (parts.test, 0.20)):
        assert len(rows) == pytest.approx(share * 3_150, abs=10)
        assert labels[rows].mean() == pytest.approx(labels.mean(), abs=0.01)


def test_large_groups_are_kept_together_too() -> None:
    labels = some_labels(3_000)
    groups = np.random.default_rng(1).integers(0, 100, 3_000)
    parts = split(labels, 0, groups)
    assert not set(groups[parts.test]) & set(groups[np.concatenate([parts.train, parts.validation])])
    assert labels[parts.test].mean() == pytest.approx(labels.mean(), abs=0.05)


def test_without_rows_that_belong_together_the_split_is_the_same() -> None:
    labels = some_labels()
    plain, grouped = split(labels, 0), split(labels, 0, np.arange(len(labels))[::-1].copy())
    assert [part.tolist() for part in vars(plain).values()] == [part.tolist() for part in vars(grouped).values()]


@pytest.mark.parametrize("kinds", [1, 4, 6])
def test_a_table_of_a_few_kinds_of_rows_is_split_row_by_row(kinds: int) -> None:
    labels = some_labels(1_000)
    groups = np.where(np.arange(1_000) % 2, 0, np.arange(1_000) % kinds)
    assert split(labels, 0, groups).test.tolist() == split(labels, 0).test.tolist()


def test_halves_and_folds_keep_groups_together() -> None:
    labels, groups = with_copies(500, 200)
    one, other = halve(np.arange(100, 700), labels, 0, groups)
    assert sorted([*one, *other]) == list(range(100, 700))
    assert not set(groups[one]) & set(groups[other])
    dealt = folds(labels, 5, 0, groups)
    assert sorted(np.concatenate([fold for _, fold in dealt])) == list(range(700))
    for rest, fold in dealt:
        assert sorted([*rest, *fold]) == list(range(700))
        assert not set(groups[rest]) & set(groups[fold])


def test_folds_without_groups_are_stratified_ones() -> None:
    labels = some_labels(100)
    theirs = list(StratifiedKFold(5, shuffle=True, random_state=3).split(labels, labels))
    assert [fold.tolist() for _, fold in folds(labels, 5, 3)] == [fold.tolist() for _, fold in theirs]
    assert not in_company(np.arange(100)).any()
