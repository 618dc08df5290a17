import numpy as np

from churn.batch import Batch, Refused
from churn.errors import Problem
from churn.records import RecordReader
from tests.customers import CUSTOMERS, customers


def test_scored_and_refused_records_make_the_whole():
    first, second = Problem(0, "tenure", "nothing", "a whole number"), Problem(2, "plan", "7", "text")
    refused = {0: Refused(1, [first]), 2: Refused(5, [second])}
    batch = Batch(RecordReader(CUSTOMERS).read(customers(3)), ["a", "b", "c", "d", "e"], refused)
    assert len(batch) == 5
    assert batch.good.tolist() == [False, True, False, True, True]
    assert batch.problems == [first, second]


def test_a_batch_with_nothing_wrong_is_all_good():
    batch = Batch(RecordReader(CUSTOMERS).read(customers(2)), None, {})
    assert np.all(batch.good)
    assert batch.problems == []
