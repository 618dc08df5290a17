import keras
import numpy as np
import pytest

from churn.columns import MISSING, UNSEEN
from training.layers import Calibration, CategoryEmbedding, ColumnScale, PeriodicEmbedding, SmoothClip


@pytest.fixture(autouse=True)
def _seeded():
    keras.utils.set_random_seed(0)


def answer(layer, x):
    return np.asarray(layer(x))


def test_smooth_clip_is_the_formula_of_realmlp():
    x = np.array([[-1e3, -3.0, 0.0, 0.1, 1e3]], dtype=np.float32)
    np.testing.assert_allclose(answer(SmoothClip(), x), x / np.sqrt(1 + (x / 3) ** 2), rtol=1e-5)


def test_periodic_embedding_is_the_formula_of_the_paper():
    layer = PeriodicEmbedding(frequencies=5, dimensions=3)
    x = np.array([[0.5, -1.5], [2.0, 0.0]], dtype=np.float32)
    found = answer(layer, x)
    frequency, phase, kernel, bias = layer.get_weights()
    for row in range(2):
        for number in range(2):
            waves = np.cos(frequency[number] * x[row, number] + phase[number])
            expected = waves @ kernel[number] + bias[number * 3 : number * 3 + 3]
            np.testing.assert_allclose(found[row, number * 3 : number * 3 + 3], expected, rtol=1e-4, atol=1e-5)


def test_periodic_frequencies_start_with_the_spread_that_was_asked_for():
    layer = PeriodicEmbedding(frequencies=2_000, dimensions=1, sigma=0.3)
    layer.build((None, 1))
    assert np.std(layer.get_weights()[0]) == pytest.approx(2 * np.pi * 0.3, rel=0.1)


def test_each_code_of_each_category_has_its_own_row():
    layer = CategoryEmbedding([2, 3], dimensions=4)
    codes = np.array([[MISSING, UNSEEN], [0, 0], [1, 2]], dtype=np.int32)
    found = answer(layer, codes)
    table = layer.get_weights()[0]
    assert table.shape == (2 + 2 + 2 + 3, 4)
    rows = np.concatenate([table[[0, 2, 3]], table[[5, 6, 8]]], axis=1)
    np.testing.assert_array_equal(found, rows)


def test_a_few_cells_are_dropped_while_training_and_none_while_answering():
    layer = CategoryEmbedding([3], dimensions=2)
    codes = np.zeros((20_000, 1), dtype=np.int32)
    same = answer(layer, codes)
    assert (same == same[0]).all()
    dropped = (np.asarray(layer(codes, training=True)) != same[0]).any(axis=1).mean()
    assert dropped == pytest.approx(layer.UNSEEN_RATE + layer.MISSING_RATE, rel=0.3)


def test_column_scale_starts_as_it_was_told():
    x = np.array([[2.0, -3.0]], dtype=np.float32)
    np.testing.assert_allclose(answer(ColumnScale(), x), x, rtol=1e-6)
    np.testing.assert_array_equal(answer(ColumnScale(start=0.0), x), 0 * x)


def test_calibration_is_the_sigmoid_until_it_is_set_and_platts_after():
    layer = Calibration()
    x = np.array([[-2.0], [0.0], [3.0]], dtype=np.float32)
    np.testing.assert_allclose(answer(layer, x), 1 / (1 + np.exp(-x)), rtol=1e-6)
    layer.set_weights([np.float32(0.5), np.float32(1.0)])
    np.testing.assert_allclose(answer(layer, x), 1 / (1 + np.exp(-(0.5 * x + 1))), rtol=1e-6)
    assert not layer.trainable_weights


@pytest.mark.parametrize("logit", [-3e38, 3e38])
def test_no_logit_makes_a_probability_of_exactly_zero_or_one(logit):
    assert 0 < answer(Calibration(), np.array([[logit]], dtype=np.float32))[0, 0] < 1


@pytest.mark.parametrize(
    "layer", [SmoothClip(2.0), PeriodicEmbedding(4, 2, 0.1), CategoryEmbedding([2]), ColumnScale()]
)
def test_a_layer_is_made_again_from_its_configuration(layer):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
