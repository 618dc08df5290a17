import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.columns import MISSING, UNSEEN, Columns
from churn.reasons import Explainer
from tests.unit.churn.reasons.models import counted, drawn, model, schema_of, together
from training.publish import background as making
from training.publish.background import make_background


def explained(predict, learned, asked, seed=0):
    explainer = Explainer(make_background(predict, learned, seed), predict)
    return explainer, explainer.explain(asked, predict(asked))


def assert_counted(predict, columns, tolerance, customers=12):
    asked = columns.take(slice(0, customers))
    explainer, found = explained(predict, columns, asked)
    for i in range(customers):
        exact = counted(predict, explainer.background.sample, asked.take(slice(i, i + 1)))
        assert found.contributions[i] == pytest.approx(exact, abs=tolerance)


def test_a_linear_model_has_its_weights_times_the_distance_from_the_samples_mean():
    columns = drawn(schema_of(3, 1), 400)
    predict = model(lambda a, b, c, level: 0.3 * a - 0.2 * b + 0 * c + 0.5 * (level == 2))
    explainer, found = explained(predict, columns, columns.take(slice(0, 20)))
    means = explainer.background.sample.numbers.mean(axis=0)
    assert found.contributions[:, 0] == pytest.approx(0.3 * (columns.numbers[:20, 0] - means[0]), abs=1e-6)
    assert found.contributions[:, 1] == pytest.approx(-0.2 * (columns.numbers[:20, 1] - means[1]), abs=1e-6)


def test_what_three_fields_do_together_is_exact():
    columns = drawn(schema_of(2, 4), 300)
    predict = model(
        lambda a, b, c, d, e, f: 0.1 * a * b - 0.6 * (c == 1) * (d == 1) + 0.9 * (d == 2) * (e == 0) * (f == 1)
    )
    assert_counted(predict, columns, tolerance=1e-3)  # the pairs are kept in 16 bits


def test_what_many_fields_do_together_is_near():
    """A rule of five fields: its contribution is shared by those that have a part in it."""
    columns = drawn(schema_of(0, 6), 300)
    predict = model(lambda a, b, c, d, e, f: 2.0 * ((a < 2) & (b < 2) & (c < 2) & (d < 2) & (e < 2)) + 0.3 * (f == 1))
    assert_counted(predict, columns, tolerance=0.04)


@given(st.integers(0, 10_000))
def test_the_error_is_at_most_a_quarter_of_what_four_fields_do_together(seed):
    """Raw, each field has a/3 of a where a/4 is right; the surplus, a/3, goes to the four by some other measure."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(3,) * 4)
    columns = drawn(schema_of(0, 4), 200, seed)
    predict = model(lambda a, b, c, d: table[np.clip(a, 0, 2), np.clip(b, 0, 2), np.clip(c, 0, 2), np.clip(d, 0, 2)])
    asked = columns.take(slice(0, 3))
    explainer, found = explained(predict, columns, asked)
    for i in range(3):
        one = asked.take(slice(i, i + 1))
        error = np.abs(found.contributions[i] - counted(predict, explainer.background.sample, one)).max()
        assert error <= abs(together(predict, explainer.background.sample, one)) / 4 + 1e-3


def test_they_add_up_to_the_log_odds_less_the_base():
    columns = drawn(schema_of(3, 3), 300)
    predict = model(lambda a, b, c, d, e, f: np.sin(a * b) + np.cos(c) * (d == e) - (f == 0) * a / 3)
    _, found = explained(predict, columns, columns)
    assert found.contributions.sum(axis=1) == pytest.approx(found.log_odds - found.base, abs=1e-9)


def test_a_field_that_the_model_does_not_use_gets_zero():
    columns = drawn(schema_of(2, 3), 300)
    predict = model(lambda a, b, c, d, e: np.sin(a) * (c == 1) * (d == 2) * (d == e))
    _, found = explained(predict, columns, columns)
    assert np.abs(found.contributions[:, 1]).max() < 1e-12


def test_two_fields_that_are_treated_alike_share_equally():
    columns = drawn(schema_of(0, 4), 400)
    columns.codes[200:, 0], columns.codes[200:, 1] = columns.codes[:200, 1], columns.codes[:200, 0]  # and look alike
    columns.codes[200:, 2:] = columns.codes[:200, 2:]
    predict = model(
        lambda a, b, c, d: 1.5 * ((a == 1) & (b == 1)) * (c == 2) * (d < 2) + 0.4 * (a == 1) + 0.4 * (b == 1)
    )
    _, found = explained(predict, columns, columns)
    both = (columns.codes[:, 0] == 1) & (columns.codes[:, 1] == 1)
    a, b = found.contributions[both, 0], found.contributions[both, 1]
    assert np.abs(a - b).max() < 0.1  # the sample is not quite alike in the two
    assert np.abs(a - b).mean() < 0.05


def test_a_customer_has_the_same_reasons_alone_and_among_others():
    columns = drawn(schema_of(2, 3), 700)
    predict = model(lambda a, b, c, d, e: np.sin(a) * (c == 1) + b * (d == e) / 4)
    explainer, together = explained(predict, columns, columns)
    for i in (0, 17, 699):
        one = columns.take(slice(i, i + 1))
        assert explainer.explain(one, predict(one)).contributions[0] == pytest.approx(
            together.contributions[i], abs=1e-12
        )


def test_missing_values_and_levels_never_seen_have_their_own_effect():
    columns = drawn(schema_of(1, 2), 300)
    columns.numbers[::5, 0] = np.nan
    columns.codes[::7, 1] = MISSING
    predict = model(lambda a, b, c: 1.0 * np.isnan(a) + 0.7 * (b == UNSEEN) - 0.5 * (c == MISSING))
    asked = Columns(columns.schema, np.array([[np.nan], [3.0]]), np.array([[UNSEEN, 0], [0, MISSING]], np.int32))
    explainer, found = explained(predict, columns, asked)
    for i in range(2):
        exact = counted(predict, explainer.background.sample, asked.take(slice(i, i + 1)))
        assert found.contributions[i] == pytest.approx(exact, abs=1e-3)


def test_a_number_far_outside_gets_what_the_model_says_of_it():
    columns = drawn(schema_of(2, 0), 300)
    predict = model(lambda a, b: np.minimum(a, 100) / 10 + b / 10)
    asked = Columns(columns.schema, np.array([[1e9, 1.0]]), np.empty((1, 0), np.int32))
    _, found = explained(predict, columns, asked)
    assert found.contributions.sum() == pytest.approx(found.log_odds[0] - found.base)
    assert found.contributions[0, 0] > 9


def test_fields_without_pairs_are_explained_too(monkeypatch):
    monkeypatch.setattr(making, "MOST_PAIRED_CELLS", 12)
    columns = drawn(schema_of(0, 5), 300)
    predict = model(lambda a, b, c, d, e: 2.0 * (a == 1) + (b == 1) * (c == 1) - 0.5 * (d == 2) + 0 * e)
    explainer, found = explained(predict, columns, columns.take(slice(0, 12)))
    assert 0 < len(explainer.background.paired) < 5
    for i in range(12):
        exact = counted(predict, explainer.background.sample, columns.take(slice(i, i + 1)))
        assert found.contributions[i] == pytest.approx(exact, abs=0.02)


def test_no_customers_have_no_reasons():
    columns = drawn(schema_of(1, 1), 50)
    predict = model(lambda a, b: a + b)
    _, found = explained(predict, columns, columns.take(slice(0, 0)))
    assert found.contributions.shape == (0, 2)


def test_between_the_steps_others_come_to_run():
    columns = drawn(schema_of(2, 2), 600)
    predict = model(lambda a, b, c, d: a + b + c + d)
    explainer, _ = explained(predict, columns, columns)
    calls = []
    explainer.explain(columns, predict(columns), lambda: calls.append(1))
    assert len(calls) > 3
