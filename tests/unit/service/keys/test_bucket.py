"""The rows a minute of a key."""

import random

import pytest

from service.keys.bucket import Bucket


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


def test_a_minutes_rows_can_be_asked_about_at_once_and_no_more(clock):
    bucket = Bucket(60, clock)
    assert [bucket.take() for _ in range(60)] == [0.0] * 60
    assert bucket.take() == pytest.approx(1.0)


def test_after_the_seconds_that_are_told_there_is_a_row(clock):
    bucket = Bucket(7, clock)
    bucket.take()
    bucket.charge(23)
    wait_s = bucket.take()
    assert wait_s == pytest.approx((23 - 7 + 1) * 60 / 7)
    clock.now_s += wait_s - 0.01
    assert bucket.take() > 0
    clock.now_s += 0.02
    assert bucket.take() == 0.0


def test_a_refused_request_takes_nothing(clock):
    bucket = Bucket(1, clock)
    bucket.take()
    assert [bucket.take() for _ in range(100)] == [pytest.approx(60.0)] * 100


def test_no_more_than_a_minutes_rows_are_saved_up(clock):
    bucket = Bucket(10, clock)
    clock.now_s += 3_600
    assert [bucket.take() for _ in range(11)].count(0.0) == 10


def test_a_share_of_less_than_a_row_a_minute_lets_a_row_in_now_and_then(clock):
    bucket = Bucket(0.25, clock)
    assert bucket.take() == 0.0
    assert bucket.take() == pytest.approx(240.0)


def test_over_a_longer_time_it_is_the_rate_whatever_the_sizes(clock):
    chance, bucket, rows = random.Random(5), Bucket(600, clock), 0  # noqa: S311  no secret
    minutes, largest = 60, 2_000
    while clock.now_s < 100 + minutes * 60:
        clock.now_s += chance.uniform(0, 1)
        if bucket.take() == 0.0:
            size = chance.choice((1, 1, 10, 200, largest))
            bucket.charge(size)
            rows += size
    assert 600 * (minutes - 4) <= rows <= 600 * (minutes + 1) + largest
