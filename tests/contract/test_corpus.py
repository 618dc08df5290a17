"""What the fuzzer begins with, and what it has found once: each is given to its target, without the fuzzer."""

import pytest

from tests.hostile.corpora import CORPORA, inputs_of
from tests.hostile.targets.table import TARGETS

MOST_BYTES = 4 * 1024


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_in_the_corpus_brings_out_what_is_wrong(name, tmp_path):
    with TARGETS[name](tmp_path) as run:
        for file in inputs_of(name):
            try:
                run(file.read_bytes())
            except Exception as error:
                error.add_note(f"The input was {file}.")
                raise


def test_every_target_has_a_corpus_and_every_corpus_a_target():
    assert {folder.name for folder in CORPORA.iterdir()} == set(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_a_corpus_is_small(name):
    files = inputs_of(name)
    assert 1 <= len(files) <= 60
    assert [file.name for file in files if file.stat().st_size >= MOST_BYTES] == []
