import itertools

import keras
import numpy as np
import pytest

from churn.columns import MISSING, UNSEEN
from training.networks.layers import (
    BetaCalibration,
    CategoryEmbedding,
    ColumnScale,
    EnsembleDense,
    EnsembleLogits,
    MeanMember,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    SmoothClip,
    quantile_edges,
)


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


def test_piecewise_linear_embedding_is_equation_1_of_the_paper_cut_at_both_ends():
    edges = [[-1.0, 0.0, 2.0], [0.0, 10.0]]
    layer = PiecewiseLinearEmbedding(edges, dimensions=3)
    layer.build((None, 2))
    kernel, bias = (np.random.default_rng(0).normal(size=w.shape).astype(np.float32) for w in layer.get_weights())
    layer.set_weights([kernel, bias])
    x = np.array([[-5.0, 3.0], [-0.25, -1.0], [1.5, 25.0], [9.0, 10.0]], dtype=np.float32)
    found = answer(layer, x)
    for row, number in np.ndindex(x.shape):
        bins = edges[number]
        parts = [np.clip((x[row, number] - b) / (c - b), 0, 1) for b, c in itertools.pairwise(bins)]
        expected = np.array(parts) @ kernel[number, : len(parts)] + bias[number * 3 : number * 3 + 3]
        np.testing.assert_allclose(found[row, number * 3 : number * 3 + 3], expected, rtol=1e-5, atol=1e-5)


def test_piecewise_linear_embedding_says_nothing_before_it_has_learned():
    assert not answer(PiecewiseLinearEmbedding([[0.0, 1.0, 4.0]]), np.array([[0.5]], dtype=np.float32)).any()


def test_bins_hold_about_equally_many_rows_and_none_is_empty():
    numbers = np.stack([np.arange(1_000.0), np.repeat([0.0, 7.0], 500), np.full(1_000, 3.0)], axis=1)
    many, two, constant = quantile_edges(numbers.astype(np.float32), bins=4)
    np.testing.assert_allclose(many, [0, 249.75, 499.5, 749.25, 999])
    assert two[0] == 0
    assert two[-1] == 7
    assert all(a < b for a, b in itertools.pairwise(two))
    assert constant == [3.0, 4.0]


def test_ensemble_dense_is_the_formula_of_batch_ensemble_for_every_member():
    layer = EnsembleDense(5, members=3, activation="tanh", signs=True)
    layer.build((None, 3, 4))
    rng = np.random.default_rng(0)
    kernel, r, s, bias = (rng.normal(size=w.shape).astype(np.float32) for w in layer.get_weights())
    layer.set_weights([kernel, r, s, bias])
    x = rng.normal(size=(2, 3, 4)).astype(np.float32)
    found = answer(layer, x)
    for row, member in np.ndindex(2, 3):
        expected = np.tanh(s[member] * ((r[member] * x[row, member]) @ kernel) + bias[member])
        np.testing.assert_allclose(found[row, member], expected, rtol=1e-4, atol=1e-5)


def test_members_that_read_the_same_features_begin_apart_by_random_signs_alone():
    layer = EnsembleDense(6, members=4, signs=True)
    found = answer(layer, np.ones((1, 50), dtype=np.float32))
    assert found.shape == (1, 4, 6)
    assert len(np.unique(found[0, :, 0])) == 4
    _, r, s, _ = layer.get_weights()
    assert set(np.unique(r)) == {-1.0, 1.0}
    assert (s == 1).all()


def test_each_member_has_a_head_of_its_own():
    layer = EnsembleLogits()
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
    found = answer(layer, x)
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(found, np.einsum("nkf,kf->nk", x, kernel) + bias, rtol=1e-4, atol=1e-5)


def test_the_members_answer_with_their_mean_probability():
    logits = np.array([[0.0, 2.0, -1.0], [300.0, 300.0, 300.0]], dtype=np.float32)
    found = answer(MeanMember(), logits)
    mean = (1 / (1 + np.exp(-logits[0]))).mean()
    assert found[0, 0] == pytest.approx(np.log(mean / (1 - mean)), rel=1e-5)
    assert np.isfinite(found).all()


def test_calibration_is_the_identity_until_it_is_set_and_the_formula_of_the_paper_after():
    layer = BetaCalibration()
    x = np.array([[-8.0], [-2.0], [0.0], [3.0], [9.0]], dtype=np.float32)
    np.testing.assert_allclose(answer(layer, x), x, rtol=1e-5, atol=1e-6)
    layer.set_weights([np.float32(0.5), np.float32(1.5), np.float32(0.25)])
    p = 1 / (1 + np.exp(-x.astype(np.float64)))
    np.testing.assert_allclose(answer(layer, x), 0.5 * np.log(p) - 1.5 * np.log(1 - p) + 0.25, rtol=1e-4, atol=1e-5)
    assert not layer.trainable_weights


@pytest.mark.parametrize("logit", [-3e38, 3e38])
def test_no_logit_makes_a_probability_of_exactly_zero_or_one(logit):
    calibrated = answer(BetaCalibration(), np.array([[logit]], dtype=np.float32))[0, 0]
    assert 0 < 1 / (1 + np.exp(-np.float32(calibrated))) < 1


@pytest.mark.parametrize(
    "layer",
    [
        SmoothClip(2.0),
        PeriodicEmbedding(4, 2, 0.1),
        PiecewiseLinearEmbedding([[0.0, 1.0]], 2),
        CategoryEmbedding([2]),
        ColumnScale(),
        EnsembleDense(3, 2, "selu", signs=True),
        BetaCalibration(),
    ],
)
def test_a_layer_is_made_again_from_its_configuration(layer):
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
