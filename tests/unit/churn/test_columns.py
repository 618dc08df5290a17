from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from churn.columns import concat
from churn.records import RecordReader
from tests.customers import CUSTOMERS, customers


def read(*records):
    return RecordReader(CUSTOMERS).read(records)


@given(st.permutations(range(8)))
def test_the_order_of_records_is_the_order_of_rows(order):
    records = customers(8)
    whole, shuffled = read(*records), read(*[records[i] for i in order])
    np.testing.assert_array_equal(whole.take(np.array(order)).numbers, shuffled.numbers)
    np.testing.assert_array_equal(whole.take(np.array(order)).codes, shuffled.codes)


def test_batches_join_in_order():
    records = customers(5)
    joined = concat([read(*records[:2]), read(*records[2:])])
    np.testing.assert_array_equal(joined.numbers, read(*records).numbers)
    np.testing.assert_array_equal(joined.codes, read(*records).codes)
