import numpy as np
import pytest

from training.judge.wilson import wilson


@pytest.mark.parametrize(
    ("left", "customers", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_that_of_newcombes_table(left, customers, low, high):
    assert wilson(left, customers) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("customers", [1, 10, 5_000])
def test_nobody_and_everybody_give_mirrored_intervals_within_0_and_1(customers):
    none, everybody = wilson(0, customers), wilson(customers, customers)
    assert none[0] == 0
    assert 1 >= everybody[1] == pytest.approx(1, abs=1e-12)
    assert none[1] == pytest.approx(1 - everybody[0])


@pytest.mark.parametrize(("left", "customers"), [(1, 7), (30, 100), (499, 500)])
def test_at_its_ends_the_observed_rate_is_1_96_standard_errors_off(left, customers):
    """What defines the score interval: it is turned round from the test of a true rate p."""
    for p in wilson(left, customers):
        assert abs(left / customers - p) / np.sqrt(p * (1 - p) / customers) == pytest.approx(1.96, abs=1e-4)
