import numpy as np
import pytest

from churn.errors import Problem, TrainingDataError
from training.table.unreadable import look_at_problems


def problem(row: int) -> Problem:
    return Problem(row, "age", '"old"', "a whole number", line=row + 2)


def test_rows_that_cannot_be_read_are_counted_and_the_first_shown_with_their_lines() -> None:
    good = np.ones(100, bool)
    good[:7] = False
    (finding,) = look_at_problems([problem(row) for row in range(7)], good)
    assert finding.level == "warning"
    assert "7 of 100 rows cannot be read by the schema and were left out" in finding.sentence
    assert 'line 2: age: expected a whole number, received "old"' in finding.sentence
    assert "line 6:" in finding.sentence
    assert "line 7:" not in finding.sentence


def test_good_rows_give_no_finding() -> None:
    assert look_at_problems([], np.ones(5, bool)) == []


def test_a_table_of_which_most_rows_cannot_be_read_is_refused() -> None:
    with pytest.raises(TrainingDataError, match=r"60 of 100 rows cannot be read by the schema, more than half.*line 2"):
        look_at_problems([problem(row) for row in range(60)], np.arange(100) >= 60)
