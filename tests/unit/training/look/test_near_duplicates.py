from dataclasses import replace

import numpy as np
import pytest

from churn.columns import Columns
from churn.schema import Field, Schema
from churn.tables import to_batch
from training.look.near_duplicates import find_near_duplicates, near_duplicates
from training.synthetic import make_customers
from training.table.infer import infer_schema
from training.table.split import split

ROWS = 3_000
SEEDS = (0, 1)


@pytest.fixture(scope="module")
def honest():
    made = make_customers(ROWS, 4)
    return to_batch(made.table, infer_schema(made.table, "churn").schema).columns, made.label


def with_copies(customers, change, share=0.2, seed=0):
    """Add copies of a share of the customers, changed by ``change``, and shuffle."""
    columns, labels = customers
    rng = np.random.default_rng(seed)
    rows = rng.choice(len(columns), round(share * len(columns)), replace=False)
    copies = change(columns.take(rows), rng)
    return joined(columns, copies, labels, labels[rows], rng)


def joined(columns, more, labels, their_labels, rng):
    order = rng.permutation(len(columns) + len(more))
    numbers, codes = np.vstack([columns.numbers, more.numbers]), np.vstack([columns.codes, more.codes])
    return Columns(columns.schema, numbers[order], codes[order]), np.concatenate([labels, their_labels])[order]


def one_number_jittered(columns, rng):
    numbers = columns.numbers.copy()
    numbers[np.arange(len(numbers)), rng.integers(0, numbers.shape[1], len(numbers))] *= 1.01
    return replace(columns, numbers=numbers)


def every_number_jittered(columns, rng):
    return replace(columns, numbers=columns.numbers * (1 + 0.01 * rng.normal(size=columns.numbers.shape)))


def one_category_changed(columns, rng):
    codes = columns.codes.copy()
    field = rng.integers(0, codes.shape[1], len(codes))
    levels = np.array([len(category.levels) for category in columns.schema.categories])[field]
    codes[np.arange(len(codes)), field] = (codes[np.arange(len(codes)), field] + 1) % levels
    return replace(columns, codes=codes)


def nothing_changed(columns, rng):
    return columns


def warned(customers, seed):
    columns, labels = customers
    return near_duplicates(columns, split(labels, seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_honest_customers_give_nothing_to_say(honest, seed):
    assert warned(honest, seed) == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "change",
    [one_number_jittered, every_number_jittered, one_category_changed, nothing_changed],
    ids=lambda f: f.__name__,
)
def test_copies_with_a_change_are_found_and_said(honest, change, seed):
    customers = with_copies(honest, change)
    (finding,) = warned(customers, seed)
    assert finding.level == "warning"
    assert "The figures of the test part flatter" in finding.sentence
    found = find_near_duplicates(customers[0], split(customers[1], seed))
    with_a_copy = 2 * 0.2 / 1.2 * 0.8 * found.looked  # in a pair, the other one not in the test part
    assert len(found.rows) == pytest.approx(with_a_copy, rel=0.25)


def test_copies_of_every_customer_are_found_too(honest):
    customers = with_copies(honest, one_number_jittered, share=1)
    found = find_near_duplicates(customers[0], split(customers[1], 0))
    assert len(found.rows) > 0.6 * found.looked


def test_a_few_copies_are_found(honest):
    assert warned(with_copies(honest, one_category_changed, share=0.03), 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_customers_made_between_two_who_left_are_found(honest, seed):
    columns, labels = honest
    rng = np.random.default_rng(seed)
    left = np.flatnonzero(labels == 1)
    made = between_neighbours(columns.take(left), rng)
    assert warned(joined(columns, made, labels, np.ones(len(made), np.int8), rng), seed)


def between_neighbours(columns, rng, rows=600):
    """SMOTE (Chawla et al. 2002): numbers on the way from one customer to one of the five nearest."""
    from sklearn.neighbors import NearestNeighbors

    scaled = np.nan_to_num((columns.numbers - np.nanmean(columns.numbers, 0)) / np.nanstd(columns.numbers, 0))
    near = NearestNeighbors(n_neighbors=6).fit(scaled).kneighbors(scaled, return_distance=False)[:, 1:]
    one = rng.integers(0, len(columns), rows)
    other = near[one, rng.integers(0, 5, rows)]
    numbers = columns.numbers[one] + rng.random((rows, 1)) * (columns.numbers[other] - columns.numbers[one])
    return Columns(columns.schema, numbers, columns.codes[one])


def test_the_suspicious_rows_come_with_their_twins(honest):
    columns, labels = honest
    rows = np.arange(600)
    more = one_number_jittered(columns.take(rows), np.random.default_rng(0))
    both = Columns(columns.schema, np.vstack([columns.numbers, more.numbers]), np.vstack([columns.codes, more.codes]))
    parts = split(np.concatenate([labels, labels[rows]]), 0)
    found = find_near_duplicates(both, parts)
    assert set(found.rows.tolist()) <= set(parts.test.tolist())
    assert not set(found.twins.tolist()) & set(parts.test.tolist())
    assert (np.abs(found.rows - found.twins) == ROWS).mean() > 0.9


def test_the_sentence_counts_and_shows_how_a_pair_differs(honest):
    (finding,) = warned(with_copies(honest, nothing_changed), 0)
    assert "of the 720 customers of the test part have a near-duplicate" in finding.sentence
    assert "One pair is equal in all" in finding.sentence


def test_a_large_test_part_is_looked_at_by_a_sample(honest, monkeypatch):
    monkeypatch.setattr("training.look.near_duplicates._MOST_CELLS", 0)
    (finding,) = warned(with_copies(honest, one_number_jittered), 0)
    assert "of 100 customers drawn from the 720 customers of the test part" in finding.sentence


def look_alikes():
    rng = np.random.default_rng(1)
    unused = rng.random((ROWS, 1)) < 0.5
    return {
        "few coarse categories": (np.empty((ROWS, 0)), rng.integers(0, 3, (ROWS, 5))),
        "categories with rare levels": (np.empty((ROWS, 0)), np.minimum(rng.zipf(1.5, (ROWS, 5)), 200) - 1),
        "small whole numbers": (rng.poisson(4, (ROWS, 3)).astype(float), np.empty((ROWS, 0))),
        "half of the customers never used anything": (
            np.where(unused, 0, rng.gamma(1, 1, (ROWS, 8))),
            np.empty((ROWS, 0)),
        ),
        "half of the customers were never asked": (
            np.where(unused, np.nan, rng.normal(size=(ROWS, 8))),
            np.empty((ROWS, 0)),
        ),
        "numbers that follow one another": (np.repeat(rng.normal(size=(ROWS, 4)), 3, axis=1), np.empty((ROWS, 0))),
        "dense and sparse groups": (
            10 ** rng.uniform(-3, 1, (ROWS, 1)) * rng.normal(size=(ROWS, 8)),
            np.empty((ROWS, 0)),
        ),
    }


@pytest.mark.parametrize("kind", look_alikes())
def test_customers_who_look_alike_by_nature_give_nothing_to_say(kind):
    numbers, codes = look_alikes()[kind]
    fields = [Field(f"n{j}", "number", nullable=True) for j in range(numbers.shape[1])]
    fields += [Field(f"c{j}", "category", levels=tuple(range(200))) for j in range(codes.shape[1])]
    columns = Columns(Schema(tuple(fields)), numbers, codes.astype(np.int32))
    labels = (np.random.default_rng(2).random(ROWS) < 0.3).astype(np.int8)
    assert warned((columns, labels), 0) == []


def test_a_tiny_table_tells_nothing():
    columns = Columns(Schema((Field("x", "number"),)), np.zeros((60, 1)), np.empty((60, 0), np.int32))
    assert warned((columns, np.arange(60).astype(np.int8) % 2), 0) == []
