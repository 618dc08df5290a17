"""Property tests: the same examples in every `make test`, many more and always others in `make test-random`."""

import re
from pathlib import Path

import pytest
from hypothesis import settings

from tests.examples import examples

FIXED = re.compile(r"max_examples=(?!examples\()|derandomize=")
TESTS = Path(__file__).parents[1]


@pytest.fixture
def _random_profile():
    before = settings.get_current_profile_name()
    settings.load_profile("random")
    yield
    settings.load_profile(before)


def test_make_test_tries_the_same_examples_in_every_run_however_long_they_take():
    profile = settings.get_profile("ci")
    assert profile.derandomize
    assert profile.deadline is None


@pytest.mark.usefixtures("_random_profile")
def test_the_long_profile_tries_more_and_other_examples():
    assert not settings().derandomize
    assert settings().deadline is None
    assert settings().max_examples > settings.get_profile("ci").max_examples
    assert examples(40) * settings.get_profile("ci").max_examples == 40 * settings().max_examples


def test_no_property_has_settings_that_would_hold_in_every_profile():
    files = [*TESTS.glob("unit/**/*.py"), *TESTS.glob("contract/**/*.py"), *TESTS.glob("behaviour/**/*.py")]
    assert files
    assert [str(file) for file in files if FIXED.search(file.read_text(encoding="utf-8"))] == []
