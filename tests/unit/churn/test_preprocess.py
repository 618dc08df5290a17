from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from churn.columns import MISSING, UNSEEN, Columns
from churn.errors import BundleError
from churn.preprocess import Preprocessor
from churn.schema import Field, Schema

SCHEMA = Schema(
    (
        Field("a", "number"),
        Field("c", "category", levels=("x", "y")),
        Field("b", "number", nullable=True),
    )
)
STATE = {
    "format": 1,
    "clip": 10.0,
    "numbers": [
        {"name": "a", "fill": 2.0, "center": 1.0, "scale": 2.0, "indicator": False},
        {"name": "b", "fill": 5.0, "center": 5.0, "scale": 0.5, "indicator": True},
    ],
    "categories": [{"name": "c", "levels": 2}],
}


def columns(numbers, codes=None):
    numbers = np.array(numbers, dtype=np.float64)
    codes = np.zeros((len(numbers), 1)) if codes is None else np.array(codes)
    return Columns(SCHEMA, numbers, codes.astype(np.int32))


def test_numbers_are_centred_scaled_and_clipped():
    numbers = Preprocessor(STATE)(columns([[5.0, 5.5], [1e6, -1e6]])).numbers
    assert numbers.tolist() == [[2.0, 1.0, 0.0], [10.0, -10.0, 0.0]]


def test_missing_numbers_are_filled_and_told_where_an_indicator_is_set():
    numbers = Preprocessor(STATE)(columns([[np.nan, np.nan], [2.0, 5.0]])).numbers
    assert numbers.tolist() == [[0.5, 0.0, 1.0], [0.5, 0.0, 0.0]]


def test_codes_pass_through():
    codes = [[MISSING], [UNSEEN], [1]]
    assert Preprocessor(STATE)(columns([[0, 0]] * 3, codes)).codes.tolist() == codes


def test_the_input_is_not_changed():
    batch = columns([[np.nan, 3.0]])
    Preprocessor(STATE)(batch)
    assert np.isnan(batch.numbers[0, 0])


@given(arrays(np.float64, (4, 2), elements=st.floats(allow_infinity=False)))
def test_what_comes_out_is_finite_and_within_the_clip_whatever_the_numbers(numbers):
    inputs = Preprocessor(STATE)(columns(numbers))
    assert inputs.numbers.dtype == np.float32
    assert np.abs(inputs.numbers).max() <= 10.0


@pytest.mark.parametrize("value", [1e308, -1e308, np.finfo(np.float64).max, np.finfo(np.float64).tiny, 5e-324])
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_the_largest_and_smallest_floats_come_out_finite(value, scale):
    entries = [{**entry, "scale": scale, "center": -value / 2} for entry in STATE["numbers"]]
    inputs = Preprocessor({**STATE, "numbers": entries})(columns([[value, value]]))
    assert np.isfinite(inputs.numbers).all()


def test_an_empty_batch_has_the_right_width():
    inputs = Preprocessor(STATE)(columns(np.empty((0, 2)), np.empty((0, 1))))
    assert (inputs.numbers.shape, inputs.codes.shape) == ((0, 3), (0, 1))


def test_a_schema_without_numbers_gives_no_numbers():
    preprocess = Preprocessor({**STATE, "numbers": []})
    inputs = preprocess(Columns(SCHEMA, np.empty((2, 0)), np.zeros((2, 1), np.int32)))
    assert inputs.numbers.shape == (2, 0)


def test_another_format_is_refused():
    with pytest.raises(BundleError, match="format 2; this version reads 1"):
        Preprocessor({**STATE, "format": 2})


def test_columns_that_are_not_the_schemas_are_refused(tmp_path):
    file = tmp_path / "preprocessor.json"
    file.write_text(json.dumps({**STATE, "numbers": STATE["numbers"][::-1]}))
    with pytest.raises(BundleError, match="name different columns"):
        Preprocessor.load(file, SCHEMA)


def test_the_state_is_read_from_its_file(tmp_path):
    file = tmp_path / "preprocessor.json"
    file.write_text(json.dumps(STATE))
    assert Preprocessor.load(file, SCHEMA).number_names == ["a", "b"]
