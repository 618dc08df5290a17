"""Every format of bundle that ever was opens, is checked and answers; one is kept here of each."""

import json
from pathlib import Path

import pytest

from churn.bundle import FORMAT_VERSION, MANIFEST, open_bundle
from churn.scoring import Scorer
from tests.customers import customer

KEPT = sorted((Path(__file__).parent / "bundles").iterdir())


def test_one_of_each_older_format_is_kept():
    versions = [json.loads((folder / MANIFEST).read_text())["format_version"] for folder in KEPT]
    assert versions == list(range(1, FORMAT_VERSION))


@pytest.mark.parametrize("folder", KEPT, ids=[folder.name for folder in KEPT])
def test_it_opens_reproduces_its_golden_rows_and_scores(folder):
    bundle = open_bundle(folder)
    scorer = Scorer.open(bundle)  # the reference form is a pickle, which another scikit-learn may not read
    scorer.check_golden(bundle)
    assert 0 <= scorer.score(scorer.read([customer()])).probability[0] <= 1
    scorer.close()


def test_what_format_1_does_not_say_is_empty_and_the_version_stays_what_it_is():
    manifest = open_bundle(KEPT[0]).manifest
    assert manifest.aim == {}
    assert manifest.format_version == 1
