"""What every engine owes. A new one is finished when its name is in ``ENGINES`` and all is green."""

from __future__ import annotations

import numpy as np
import pytest

from churn.columns import MISSING, UNSEEN, Columns
from churn.engines import ENGINES, load_engine
from churn.engines.base import FakeEngine
from churn.records import RecordReader
from churn.scoring import Scorer
from tests.customers import CUSTOMERS, customer, customers


@pytest.fixture(params=["fake", *ENGINES])
def engine(request):
    made = (
        FakeEngine() if request.param == "fake" else load_engine(request.param, request.getfixturevalue("tiny_bundle"))
    )
    yield made
    made.close()


@pytest.fixture(params=ENGINES)
def model(request, tiny_bundle):
    """An engine that runs the model."""
    made = load_engine(request.param, tiny_bundle)
    yield made
    made.close()


def read(*records) -> Columns:
    return RecordReader(CUSTOMERS).read(records)


BATCH = read(*customers(50))


def test_it_gives_one_float64_probability_for_each_customer(engine):
    answer = engine.predict(BATCH)
    assert (answer.shape, answer.dtype) == ((50,), np.float64)
    assert ((answer >= 0) & (answer <= 1)).all()


def test_its_twin_answers_the_same_and_goes_on_without_it(engine):
    answer = engine.predict(BATCH)
    twin = engine.twin()
    np.testing.assert_array_equal(twin.predict(BATCH), answer)


def test_it_answers_nobody_with_nothing(engine):
    answer = engine.predict(BATCH.take(slice(0, 0)))
    assert (answer.shape, answer.dtype) == ((0,), np.float64)


def test_it_does_not_touch_the_batch(engine):
    numbers, codes = BATCH.numbers.copy(), BATCH.codes.copy()
    engine.predict(BATCH)
    np.testing.assert_array_equal(BATCH.numbers, numbers)
    np.testing.assert_array_equal(BATCH.codes, codes)


def test_the_same_question_has_the_same_answer(engine):
    np.testing.assert_array_equal(engine.predict(BATCH), engine.predict(BATCH))


@pytest.mark.parametrize("sizes", [[1] * 50, [49, 1], [1, 49], [7, 13, 30], [25, 25]])
def test_who_else_is_in_the_batch_does_not_matter(engine, sizes):
    ends = np.cumsum(sizes)
    parts = [engine.predict(BATCH.take(slice(end - size, end))) for end, size in zip(ends, sizes, strict=True)]
    np.testing.assert_allclose(np.concatenate(parts), engine.predict(BATCH), atol=1e-6)


def test_the_order_of_customers_is_the_order_of_answers(engine):
    order = np.random.default_rng(0).permutation(50)
    np.testing.assert_allclose(engine.predict(BATCH.take(order)), engine.predict(BATCH)[order], atol=1e-6)


def test_an_answer_of_the_past_does_not_change_with_the_next(engine):
    first = engine.predict(BATCH)
    kept = first.copy()
    engine.predict(BATCH.take(np.arange(50)[::-1]))
    np.testing.assert_array_equal(first, kept)


def extremes() -> Columns:
    numbers = np.array([[value] * 6 for value in (np.nan, 1e308, -1e308, 5e-324, 0.0, 2.0**63)])
    codes = np.array([[MISSING] * 4, [UNSEEN] * 4, [0] * 4, [1] * 4, [UNSEEN, MISSING, 0, 1], [1, 0, MISSING, UNSEEN]])
    return Columns(CUSTOMERS, numbers, codes.astype(np.int32))


def test_the_strangest_customers_have_a_probability(engine):
    answer = engine.predict(extremes())
    assert ((answer >= 0) & (answer <= 1)).all()  # False for NaN too


def test_a_batch_of_thousands_is_answered(engine):
    large = BATCH.take(np.arange(10_000) % 50)
    np.testing.assert_allclose(engine.predict(large)[-50:], engine.predict(BATCH), atol=1e-6)


# --- Those that run the model ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ENGINES)
def test_the_golden_rows_are_reproduced(tiny_bundle, name):
    scorer = Scorer.open(tiny_bundle, name)
    assert scorer.check_golden(tiny_bundle) <= tiny_bundle.golden["tolerance"]
    scorer.close()


def test_all_forms_of_the_model_agree(tiny_bundle):
    batch = read(*customers(500, seed=7))
    answers = [load_engine(name, tiny_bundle).predict(batch) for name in ENGINES]
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-5)
    strange = [load_engine(name, tiny_bundle).predict(extremes()) for name in ENGINES]
    np.testing.assert_allclose(strange[0], strange[1], atol=1e-5)


@pytest.mark.parametrize(
    "changes",
    [
        {"tenure": 60},
        {"charges": 20.0},
        {"charges": None},
        {"wallet": 800.0},
        {"joined": "2017-01-01"},
        {"left_shop": "01/01/2017"},
        {"last_visit": "02:00"},
        {"plan": "Silver"},
        {"plan": "never seen"},
        {"region": "City"},
        {"region": None},
        {"senior": 1},
        {"paperless": False},
    ],
    ids=str,
)
def test_changing_any_input_changes_the_answer(model, changes):
    before, after = model.predict(read(customer(), customer(**changes)))
    assert before != after


def test_customers_differ(model):
    assert np.unique(model.predict(BATCH)).size > 40
