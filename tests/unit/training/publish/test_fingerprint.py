from dataclasses import replace
from datetime import date

import numpy as np

from churn.columns import Columns
from churn.schema import Field, Schema
from training.publish.fingerprint import fingerprints, read_learned, write_learned

SCHEMA = Schema(
    (
        Field("since", "date"),
        Field("charge", "number", nullable=True),
        Field("plan", "category", levels=("a", "b")),
    ),
    as_of=date(2024, 3, 1),
)


def customers(schema=SCHEMA, codes=((0,), (1,), (1,))):
    numbers = np.array([[10.0, 5.0], [20.0, np.nan], [20.0, 7.0]])
    return Columns(schema, numbers, np.array(codes, dtype=np.int32))


def test_customers_who_differ_have_other_digests():
    assert len(set(fingerprints(customers()))) == 3


def test_a_customer_is_the_same_in_another_table_with_other_levels_order_and_day():
    later = replace(
        SCHEMA,
        fields=(SCHEMA.fields[2], SCHEMA.fields[0], SCHEMA.fields[1]),
        as_of=date(2024, 3, 11),
    )
    later = replace(later, fields=(replace(later.fields[0], levels=("b", "a")), *later.fields[1:]))
    again = customers(later, codes=((1,), (0,), (0,)))
    again.numbers[:, 0] += 10
    np.testing.assert_array_equal(fingerprints(again), fingerprints(customers()))


def test_what_was_learned_is_read_again_and_a_bundle_that_does_not_say_says_nothing(tmp_path):
    assert read_learned(tmp_path) is None
    write_learned(tmp_path, customers())
    assert set(read_learned(tmp_path)) == set(fingerprints(customers()))
