from datetime import date

import numpy as np
import pytest

from churn.columns import Columns
from churn.records import RecordReader
from churn.schema import Field, Schema
from training.publish.golden import ROWS, golden_records, to_records

SCHEMA = Schema(
    (
        Field("spend", "number", nullable=True, training_range=(0.0, 9.5)),
        Field("plan", "category", levels=("basic", "gold")),
        Field("calls", "integer", minimum=0),
        Field("joined", "date", date_format="%d/%m/%Y", training_range=(1.0, 400.0)),
        Field("seen_at", "time", training_range=(0.0, 23.9)),
        Field("flag", "category", levels=(0, 1), nullable=True),
        Field("paid", "category", levels=(False, True)),
    ),
    as_of=date(2024, 3, 1),
)


def columns(n=40):
    rng = np.random.default_rng(2)
    numbers = np.stack(
        [rng.random(n) * 9, rng.integers(0, 9, n), rng.integers(1, 400, n), rng.integers(0, 86_400, n) / 3600], axis=1
    ).astype(float)
    numbers[::7, 0] = np.nan
    codes = np.stack([rng.integers(0, 2, n), rng.integers(0, 2, n), rng.integers(0, 2, n)], axis=1).astype(np.int32)
    codes[::5, 1] = -2
    return Columns(SCHEMA, numbers, codes)


def test_records_read_back_as_the_columns_they_came_from() -> None:
    original = columns()
    again = RecordReader(SCHEMA).read(to_records(original))
    np.testing.assert_allclose(again.numbers, original.numbers, atol=1e-9)
    np.testing.assert_array_equal(again.codes, original.codes)


def test_golden_rows_can_be_read_and_hold_the_extremes() -> None:
    records = golden_records(columns(), seed=0)
    read = RecordReader(SCHEMA).read(records)
    assert len(records) == ROWS + 3
    assert np.nanmin(read.numbers[:, 0]) == pytest.approx(-1e300)
    assert read.numbers[:, 1].min() == 0  # a promised bound is kept
    assert (read.codes == -1).any()
    assert np.isnan(read.numbers[ROWS, 0])


def test_golden_rows_are_mixed_so_that_none_is_a_customer() -> None:
    original = columns()
    rows = {tuple(row) for row in np.nan_to_num(original.numbers).tolist()}
    mixed = RecordReader(SCHEMA).read(golden_records(original, seed=0)[:ROWS])
    assert sum(tuple(row) in rows for row in np.nan_to_num(mixed.numbers).tolist()) < 5


def test_the_same_seed_gives_the_same_rows() -> None:
    assert golden_records(columns(), seed=3) == golden_records(columns(), seed=3)
