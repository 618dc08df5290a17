import numpy as np
import pytest
from sklearn.metrics import log_loss

from churn.errors import Fault
from churn.schema import Field, Schema
from training.fit import LogCosine, _plan, fit_model
from training.model import build_model, probabilities

SCHEMA = Schema((Field("x", "number"), Field("plan", "category", levels=("a", "b"))))


def customers(n, seed):
    rng = np.random.default_rng(seed)
    x, plan = rng.normal(size=n), rng.integers(0, 2, n)
    truth = 1 / (1 + np.exp(-(2 * np.sin(2 * x) + plan - 0.5)))
    labels = (rng.random(n) < truth).astype(np.int8)
    return {"numbers": x[:, None].astype(np.float32), "codes": plan[:, None].astype(np.int32)}, labels, truth


def fitted(seed=0, epochs=12, on_epoch=None):
    model = build_model(SCHEMA, seed)
    train, labels, _ = customers(2_000, 0)
    validation, their_labels, _ = customers(500, 1)
    history = fit_model(model, train, labels, validation, their_labels, seed=seed, epochs=epochs, on_epoch=on_epoch)
    return model, history


@pytest.fixture(scope="module")
def once():
    told = []
    model, history = fitted(on_epoch=lambda *values: told.append(values))
    return model, history, told


def test_it_learns_what_a_line_cannot(once):
    inputs, labels, truth = customers(2_000, 2)
    assert log_loss(labels, probabilities(once[0], inputs)) < log_loss(labels, truth) + 0.03


def test_the_weights_are_those_of_the_best_epoch(once):
    model, history, _ = once
    validation, labels, _ = customers(500, 1)
    assert log_loss(labels, probabilities(model, validation)) == pytest.approx(min(history.validation), abs=1e-4)
    assert history.validation[history.best_epoch - 1] == min(history.validation)


def test_every_epoch_is_told(once):
    _, history, told = once
    assert [epoch for epoch, *_ in told] == list(range(1, len(history.train) + 1))
    assert [losses for *_, losses in told] == list(history.validation)


def test_the_same_seed_gives_the_same_weights():
    (one, _), (two, _) = fitted(seed=5, epochs=3), fitted(seed=5, epochs=3)
    for ours, theirs in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_training_that_diverges_is_a_fault_and_no_model():
    model = build_model(SCHEMA)
    inputs, labels, _ = customers(300, 0)
    inputs["numbers"][:] = np.nan
    with pytest.raises(Fault, match="diverged"):
        fit_model(model, inputs, labels, inputs, labels, epochs=2)


def test_the_rate_is_zero_at_the_ends_and_in_four_cycles_between():
    rate = LogCosine(1.0, 1_000, 4)
    values = np.array([float(rate(step)) for step in range(1_001)])
    assert values[0] == pytest.approx(0, abs=1e-6)
    assert values[-1] == pytest.approx(0, abs=1e-5)
    peaks = (values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:]) & (values[1:-1] > 0.9)
    assert peaks.sum() == 4


@pytest.mark.parametrize(("rows", "steps"), [(1_000, 400), (100_000, 20_000), (1_000_000, 12_000)])
def test_a_large_table_takes_larger_batches_and_no_more_than_so_many_steps(rows, steps):
    batch, epochs = _plan(rows, 64)
    assert epochs * rows / batch <= steps
    assert 1 <= epochs <= 64
