import numpy as np

from training.learn import FEWEST_MISSING_ROWS, silence_rare_indicators


def test_an_indicator_that_hardly_a_row_sets_is_hidden_and_others_stay():
    numbers = np.ones((100, 4), dtype=np.float32)
    numbers[FEWEST_MISSING_ROWS - 1 :, 2] = 0
    numbers[FEWEST_MISSING_ROWS:, 3] = 0
    inputs = {"numbers": numbers}
    silence_rare_indicators(inputs, numbers=2)
    assert inputs["numbers"].sum(axis=0).tolist() == [100, 100, 0, FEWEST_MISSING_ROWS]


def test_customers_without_numbers_are_left_as_they_are():
    inputs = {"codes": np.zeros((3, 1), dtype=np.int32)}
    silence_rare_indicators(inputs, numbers=0)
    assert inputs["codes"].tolist() == [[0], [0], [0]]
