"""The long reference run itself: against Shapley values that are counted out."""

import numpy as np
import pytest

from benchmarks.explanations.reference import sampled
from tests.unit.churn.reasons.models import counted, drawn, model, schema_of


def odd(a, b, c, d):
    return np.sin(a) * (c == 1) + b / 4 * (d == c) + 0.5 * (c == 2) * (d == 0)


def test_it_comes_to_the_exact_values_within_its_own_error():
    columns = drawn(schema_of(2, 2), 40)
    predict = model(odd)
    asked = columns.take(slice(0, 5))
    found = sampled(predict, columns, asked, rounds=40)
    for i in range(5):
        exact = counted(predict, columns, asked.take(slice(i, i + 1)))
        assert np.abs(found.values[i] - exact).max() < max(4 * found.error[i].max(), 1e-9)
        assert found.values[i] == pytest.approx(exact, abs=0.02)


def test_a_pair_of_permutations_is_exact_where_fields_act_two_by_two():
    columns = drawn(schema_of(2, 1), 30)
    predict = model(lambda a, b, c: a * b / 10 + 0.3 * (c == 1) * a)
    asked = columns.take(slice(0, 3))
    found = sampled(predict, columns, asked, rounds=1)
    for i in range(3):
        assert found.values[i] == pytest.approx(counted(predict, columns, asked.take(slice(i, i + 1))), abs=1e-9)
    assert np.isnan(found.error).all()
