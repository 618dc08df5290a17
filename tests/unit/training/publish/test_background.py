"""The file that reasons compare with: which sample it holds, and how much work it takes."""

import numpy as np
import pytest

from churn.columns import MISSING, UNSEEN, Columns
from churn.odds import log_odds
from churn.reasons import Explainer
from churn.reasons.background import each_field
from churn.schema import Field, Schema
from tests.unit.churn.reasons.models import drawn, model, schema_of
from training.publish import background as making
from training.publish.background import CELLS, KNOTS, MOST_PAIRED_CELLS, SAMPLE_ROWS, make_background

COLUMNS = drawn(schema_of(2, 2), 8 * SAMPLE_ROWS)
PREDICT = model(lambda a, b, c, d: a * b / 8 - 2 * (c == 1) + (d == 2) * b / 3 - 1)


@pytest.fixture(scope="module")
def made():
    return make_background(PREDICT, COLUMNS, seed=3)


def test_the_sample_has_the_size_that_is_promised(made):
    assert len(made.sample) == SAMPLE_ROWS


def test_the_sample_is_of_customers_that_were_learned_from(made):
    known = {
        (*numbers, *codes) for numbers, codes in zip(COLUMNS.numbers.tolist(), COLUMNS.codes.tolist(), strict=True)
    }
    assert {(*n, *c) for n, c in zip(made.sample.numbers.tolist(), made.sample.codes.tolist(), strict=True)} <= known


def test_the_sample_has_one_of_each_stratum_by_log_odds(made):
    """So its i-th log-odds, in order, lies between the ends of the i-th of equally large parts of all."""
    strata = np.array_split(np.sort(log_odds(PREDICT(COLUMNS))), SAMPLE_ROWS)
    found = np.sort(log_odds(PREDICT(made.sample)))
    assert all(part[0] - 1e-9 <= odds <= part[-1] + 1e-9 for part, odds in zip(strata, found, strict=True))


def test_the_base_is_the_mean_log_odds_of_the_sample_and_near_that_of_all(made):
    assert made.base == pytest.approx(log_odds(PREDICT(made.sample)).mean(), abs=1e-12)
    odds = log_odds(PREDICT(COLUMNS))
    # The strata are of equal size, so the mean of one of each is off by their mean width at the most.
    widths = [np.ptp(part) for part in np.array_split(np.sort(odds), SAMPLE_ROWS)]
    assert abs(made.base - odds.mean()) <= np.mean(widths)


def test_an_effect_is_what_the_model_says_when_that_field_alone_changes(made):
    for j, values in ((0, [0.0, 3.0, 7.0]), (2, [0, 1, 2]), (3, [MISSING, UNSEEN, 2])):
        for value in values:
            changed = made.sample.take(np.arange(SAMPLE_ROWS))
            each_field(changed)[j][:] = value
            expected = log_odds(PREDICT(changed)).mean() - made.base
            assert made.effects[j].of(np.array([value]))[0] == pytest.approx(expected, abs=1e-9)


def test_pairs_are_symmetric_and_zero_within_a_field(made):
    np.testing.assert_array_equal(made.pairs, made.pairs.T)
    start = 0
    for j in made.paired:
        end = start + len(made.effects[j].cell_values)
        assert not made.pairs[start:end, start:end].any()
        start = end
    assert start == len(made.pairs)


def test_a_pair_is_what_two_fields_do_beyond_what_each_does(made):
    changed = made.sample.take(np.arange(SAMPLE_ROWS))
    changed.numbers[:, 1], changed.codes[:, 1] = 7.0, 2
    both = log_odds(PREDICT(changed)).mean() - made.base
    alone = made.effects[1].of(np.array([7.0]))[0] + made.effects[3].of(np.array([2]))[0]
    one = Columns(COLUMNS.schema, np.array([[0.0, 7.0]]), np.array([[0, 2]], np.int32))
    found = Explainer(made, PREDICT).pairs_of(one)[0, 1, 3]
    assert found == pytest.approx(both - alone, abs=1e-5)


def test_the_same_seed_makes_the_same_file_and_another_seed_another_sample(made, tmp_path):
    again = make_background(PREDICT, COLUMNS, seed=3)
    for name, background in (("a", made), ("b", again)):
        background.save(tmp_path / f"{name}.npz")
    with np.load(tmp_path / "a.npz") as first, np.load(tmp_path / "b.npz") as second:
        assert first.files == second.files
        for name in first.files:
            np.testing.assert_array_equal(first[name], second[name])
    other = make_background(PREDICT, COLUMNS, seed=4)
    assert not np.array_equal(other.sample.numbers, made.sample.numbers)


def test_fewer_customers_than_the_sample_are_all_of_it():
    few = COLUMNS.take(slice(0, 7))
    made = make_background(PREDICT, few, seed=0)
    assert sorted(made.sample.numbers.tolist()) == sorted(few.numbers.tolist())
    assert made.base == pytest.approx(log_odds(PREDICT(few)).mean())


def test_one_customer_alone_is_explained_by_nothing():
    one = COLUMNS.take(slice(0, 1))
    found = Explainer(make_background(PREDICT, one, seed=0), PREDICT).explain(one, PREDICT(one))
    assert np.abs(found.contributions).max() < 1e-9


def test_of_very_many_customers_some_are_looked_at(monkeypatch):
    monkeypatch.setattr(making, "_MOST_ROWS", 300)
    asked = []

    def predict(columns):
        asked.append(len(columns))
        return PREDICT(columns)

    assert len(make_background(predict, COLUMNS, seed=0).sample) == SAMPLE_ROWS
    assert asked[0] <= 300


def explained(predict, learned, asked):
    found = Explainer(make_background(predict, learned, seed=0), predict).explain(asked, predict(asked))
    assert np.isfinite(found.contributions).all()
    assert found.contributions.sum(axis=1) == pytest.approx(found.log_odds - found.base, abs=1e-9)
    return found.contributions


def test_a_field_with_one_value_only_contributes_nothing_to_those_who_have_it():
    columns = drawn(schema_of(2, 2), 200)
    columns.numbers[:, 0], columns.codes[:, 0] = 5.0, 1
    contributions = explained(PREDICT, columns, columns.take(slice(0, 50)))
    assert np.abs(contributions[:, [0, 2]]).max() < 1e-3


def test_a_field_that_is_always_missing_contributes_nothing_where_it_is_missing():
    columns = drawn(schema_of(2, 2), 200)
    columns.numbers[:, 0], columns.codes[:, 1] = np.nan, MISSING
    predict = model(lambda a, b, c, d: np.where(np.isnan(a), 3.0, a) / 4 + b / 8 - (c == 1) + (d == 2))
    contributions = explained(predict, columns, columns.take(slice(0, 50)))
    assert np.abs(contributions[:, [0, 3]]).max() < 1e-3
    given = columns.take(slice(0, 1))
    given.numbers[0, 0] = 7.0  # a customer who has it, after all, has the effect of having it
    assert explained(predict, columns, given)[0, 0] == pytest.approx((7 - 3) / 4, abs=0.02)


def test_a_category_of_hundreds_of_levels_shares_cells_and_keeps_an_effect_for_each():
    schema = Schema(fields=(Field("n0", "number"), Field("c0", "category", levels=tuple(f"l{i}" for i in range(500)))))
    rng = np.random.default_rng(0)
    columns = Columns(schema, rng.uniform(0, 8, (800, 1)), rng.integers(0, 500, (800, 1)).astype(np.int32))
    weights = rng.normal(size=502)
    predict = model(lambda a, c: a / 8 + weights[c])
    made = make_background(predict, columns, seed=0)
    assert len(made.effects[1].cell_values) == CELLS + 2
    assert len(made.effects[0].knots) <= KNOTS
    all_codes = np.arange(-2, 500, dtype=np.int32)
    effects = made.effects[1].of(all_codes)
    assert effects - effects[0] == pytest.approx(weights[all_codes] - weights[-2], abs=1e-9)
    # In an additive model a level's contribution is its weight less the sample's mean, whatever cell it shares.
    contributions = explained(predict, columns, columns.take(slice(0, 40)))
    mean = weights[made.sample.codes[:, 0]].mean()
    assert contributions[:, 1] == pytest.approx(weights[columns.codes[:40, 0]] - mean, abs=0.25)


def test_of_very_many_fields_the_pairs_are_bounded_and_the_largest_effects_are_in_them():
    columns = drawn(schema_of(40, 40), 60)
    rows = []

    def predict(columns):
        rows.append(len(columns))
        return weigh(columns)

    weigh = model(lambda *fields: 0.5 * fields[3] * (fields[70] == 1) + 0.001 * fields[20])
    made = make_background(predict, columns, seed=0)
    assert len(made.pairs) <= MOST_PAIRED_CELLS
    assert {3, 70, 20} <= set(made.paired.tolist())
    assert len(made.paired) < 80
    assert sum(rows) < 60 * (MOST_PAIRED_CELLS**2 / 2 + 40 * (KNOTS + 10) * 4)
    found = Explainer(made, weigh).explain(columns, weigh(columns))
    others = [j for j in range(80) if j not in {3, 20, 70}]
    assert np.abs(found.contributions[:, others]).max() < 1e-9
