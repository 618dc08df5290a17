import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from churn.digits import shortest

PROBABILITIES = st.floats(0, 1, width=32)


@given(arrays(np.float32, st.integers(0, 40), elements=PROBABILITIES))
def test_each_is_the_shortest_that_is_the_same_in_32_bits(narrow):
    found = shortest(narrow.astype(np.float64))
    assert found == [float(str(one)) for one in narrow]  # NumPy's own digits
    assert np.array(found, dtype=np.float32).tolist() == narrow.tolist()


@pytest.mark.parametrize("count", [1, 100])
def test_many_are_written_as_one_is(count):
    probability = np.array([0.7755985260009766, 1e-7, 0.0, 1.0, 1e-45] * count, dtype=np.float32)
    assert json.dumps(shortest(probability.astype(np.float64))) == json.dumps(
        [0.7755985, 1e-07, 0.0, 1.0, 1e-45] * count
    )
