from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.metrics import log_loss

from churn.errors import Fault
from churn.schema import Field, Schema
from training.networks.families.network import probabilities
from training.networks.families.realmlp import build_realmlp
from training.networks.fit import MOST_VISITS, Effort, FitData, FitSettings, LogCosine, fit_model, sized

SCHEMA = Schema((Field("x", "number"), Field("plan", "category", levels=("a", "b"))))


def customers(n, seed):
    rng = np.random.default_rng(seed)
    x, plan = rng.normal(size=n), rng.integers(0, 2, n)
    truth = 1 / (1 + np.exp(-(2 * np.sin(2 * x) + plan - 0.5)))
    labels = (rng.random(n) < truth).astype(np.int8)
    return {"numbers": x[:, None].astype(np.float32), "codes": plan[:, None].astype(np.int32)}, labels, truth


def fitted(seed=0, on_epoch=None, **changes):
    train, labels, _ = customers(2_000, 0)
    validation, their_labels, _ = customers(500, 1)
    inputs = {name: np.concatenate([part, validation[name]]) for name, part in train.items()}
    data = FitData(inputs, np.concatenate([labels, their_labels]))
    settings = FitSettings(**{"epochs": 12, **changes})
    rows = np.arange(2_000), np.arange(2_000, 2_500)
    return fit_model(lambda: build_realmlp(SCHEMA, train), data, *rows, settings, seed=seed, on_epoch=on_epoch)


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


def test_members_fitted_side_by_side_are_those_fitted_one_by_one():
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda seed: fitted(seed, epochs=3)[0], (5, 6)))
    for seed, model in zip((5, 6), together, strict=True):
        for ours, theirs in zip(model.get_weights(), fitted(seed, epochs=3)[0].get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_the_last_weights_are_kept_where_no_epoch_is_to_be_chosen():
    _, history = fitted(epochs=3, keep_best=False)
    assert history.best_epoch == len(history.train) == 3


def test_soft_targets_are_learned_as_they_are():
    inputs, _, truth = customers(4_000, 0)
    rows = np.arange(4_000)
    settings = FitSettings(epochs=30, cycles=0, keep_best=False)
    model, _ = fit_model(lambda: build_realmlp(SCHEMA, inputs), FitData(inputs, truth), rows, rows[:100], settings)
    assert np.abs(probabilities(model, inputs) - truth).mean() < 0.02


def test_a_training_that_diverges_is_a_fault_and_no_model():
    inputs, labels, _ = customers(300, 0)
    inputs["numbers"][:] = np.nan
    rows = np.arange(300)
    with pytest.raises(Fault, match="diverged"):
        fit_model(lambda: build_realmlp(SCHEMA, inputs), FitData(inputs, labels), rows, rows, FitSettings(epochs=2))


def test_the_rate_is_zero_at_the_ends_and_in_four_cycles_between():
    rate = LogCosine(1.0, 1_000, 4)
    values = np.array([float(rate(step)) for step in range(1_001)])
    assert values[0] == pytest.approx(0, abs=1e-6)
    assert values[-1] == pytest.approx(0, abs=1e-5)
    peaks = (values[1:-1] > values[:-2]) & (values[1:-1] >= values[2:]) & (values[1:-1] > 0.9)
    assert peaks.sum() == 4


@pytest.mark.parametrize("rows", [1, 1_000, 100_000, 1_000_000, 10_000_000])
def test_a_large_table_takes_larger_batches_and_fewer_epochs(rows):
    settings = sized(FitSettings(), rows)
    assert settings.epochs == 1 or settings.epochs * rows <= MOST_VISITS
    assert 1 <= settings.epochs <= FitSettings().epochs
    assert 256 <= settings.batch <= 2048


def test_the_effort_cuts_every_fit_short_and_lengthens_none():
    assert Effort(epochs=3).cut(FitSettings(epochs=9)).epochs == 3
    assert Effort(epochs=30).cut(FitSettings(epochs=9)).epochs == 9
    assert Effort().cut(FitSettings(epochs=9)).epochs == 9
