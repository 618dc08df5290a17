import pickle
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.columns import MISSING, UNSEEN, Columns
from churn.engines.reference import split_inputs, to_frame
from churn.preprocess import Preprocessor
from churn.schema import Field, Schema
from tests.examples import examples
from training.publish.preprocess import CLIP, make_pipeline, pipeline_state

SCHEMA = Schema(
    (
        Field("spend", "number", nullable=True),
        Field("plan", "category", levels=("basic", "gold", "silver"), nullable=True),
        Field("mostly_zero", "number"),
        Field("constant", "number"),
        Field("flag", "category", levels=(0, 1)),
        Field("never_missing", "number", nullable=True),
    )
)


def customers(n=200, seed=0):
    rng = np.random.default_rng(seed)
    numbers = np.stack(
        [rng.normal(50, 20, n), np.where(rng.random(n) < 0.9, 0, 100), np.full(n, 3.0), rng.random(n)], axis=1
    )
    numbers[::9, 0] = np.nan
    codes = np.stack([rng.integers(-2, 3, n), rng.integers(0, 2, n)], axis=1).astype(np.int32)
    return Columns(SCHEMA, numbers, codes)


@pytest.fixture(scope="module")
def pipeline():
    return make_pipeline(SCHEMA).fit(to_frame(customers()))


def transformed(pipeline, columns):
    return split_inputs(pipeline.transform(to_frame(columns)), columns.schema)


def test_numbers_come_first_then_the_indicators_then_the_codes(pipeline):
    inputs = transformed(pipeline, customers())
    assert inputs["numbers"].shape == (200, 4 + 2)
    assert inputs["numbers"].dtype == np.float32
    np.testing.assert_array_equal(inputs["codes"], customers().codes)
    np.testing.assert_array_equal(inputs["numbers"][:, 4], np.isnan(customers().numbers[:, 0]))


def test_a_column_that_is_mostly_one_value_is_scaled_by_its_deviation(pipeline):
    scaled = transformed(pipeline, customers())["numbers"][:, 1]
    assert 1 < scaled.max() < 10


def test_a_constant_column_becomes_zero(pipeline):
    assert not transformed(pipeline, customers())["numbers"][:, 2].any()


def test_a_column_all_missing_in_the_training_part_gives_no_nan():
    empty = customers()
    empty.numbers[:, 0] = np.nan
    fitted = make_pipeline(SCHEMA).fit(to_frame(empty))
    assert np.isfinite(transformed(fitted, customers())["numbers"]).all()
    assert np.isfinite(pipeline_state(fitted, SCHEMA)["numbers"][0]["scale"])


def test_a_level_never_seen_and_a_missing_one_have_their_codes(pipeline):
    strange = Columns(SCHEMA, customers(2).numbers, np.array([[UNSEEN, 0], [MISSING, 1]], dtype=np.int32))
    assert transformed(pipeline, strange)["codes"].tolist() == [[UNSEEN, 0], [MISSING, 1]]


@settings(max_examples=examples(60))
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=4, max_size=4),
    st.integers(-2, 2),
    st.integers(-2, 1),
)
def test_the_compiled_preprocessing_does_the_same_for_any_customer(pipeline, numbers, plan, flag):
    columns = Columns(SCHEMA, np.array([numbers]), np.array([[plan, flag]], dtype=np.int32))
    reference = transformed(pipeline, columns)
    compiled = Preprocessor(pipeline_state(pipeline, SCHEMA))(columns)
    np.testing.assert_allclose(compiled.numbers, reference["numbers"], rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(compiled.codes, reference["codes"])
    assert np.abs(compiled.numbers).max() <= CLIP


@pytest.mark.parametrize("kept", [("spend", "mostly_zero"), ("plan", "flag")])
def test_a_schema_of_numbers_only_or_of_categories_only_is_fine(kept):
    schema = Schema(tuple(SCHEMA.by_name[name] for name in kept))
    whole = customers()
    numbers = whole.numbers[:, : len(schema.numbers)]
    columns = Columns(schema, numbers, whole.codes[:, : len(schema.categories)])
    fitted = make_pipeline(schema).fit(to_frame(columns))
    assert set(transformed(fitted, columns)) == ({"numbers"} if schema.numbers else {"codes"})
    assert Preprocessor(pipeline_state(fitted, schema))(columns).codes.shape == columns.codes.shape


def test_it_is_unpickled_where_this_project_is_not_installed(pipeline, tmp_path):
    file = tmp_path / "preprocessor.pickle"
    file.write_bytes(pickle.dumps(pipeline))
    code = (
        "import pickle, sys; from pathlib import Path; p = pickle.loads(Path(sys.argv[1]).read_bytes()); "
        "assert not {'churn', 'training'} & set(sys.modules); print(p.n_features_in_)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(len(SCHEMA.fields))
