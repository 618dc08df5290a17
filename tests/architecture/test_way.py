"""What README calls a customer's way through the service is the way that a customer really takes."""

import re
import sys
from pathlib import Path

import pytest

from churn.bundle import open_bundle
from churn.scoring import Scorer
from tests.unit.service.conftest import running

PROJECT = Path(__file__).parents[2]
ASIDE = {
    "churn/arrays.py",
    "churn/answers.py",  # values, not steps
    "churn/batch.py",
    "churn/columns.py",
    "churn/digits.py",
    "churn/notices.py",  # what the scorer asks
    "churn/preprocess.py",
    "churn/records.py",
    "service/api/body.py",  # what the endpoint asks
    "service/api/media.py",
    "service/api/noted.py",
    "service/api/visit.py",
    "service/app.py",
    "service/formats/json_body/marks.py",
    "service/formats/json_body/parse.py",
    "service/logs.py",
    "service/metrics/counting.py",
    "service/outbox.py",
    "service/reply.py",
    "service/requestid.py",
    "service/tracing/trace.py",
}
"""Files that help on the way: values, and what a step on it asks. A new file on the way is told in README or here."""


@pytest.fixture(scope="module")
def passed(shipped_bundle):
    """The project's files that a right record passes, in order."""
    bundle = open_bundle(shipped_bundle)
    found = []

    def watch(frame, event, _):
        path = Path(frame.f_code.co_filename)
        # before any customer is read
        only_asks = frame.f_code.co_name in {"begin_trace", "model", "is_ready", "check_room"}
        if event == "call" and path.is_relative_to(PROJECT) and not only_asks:
            name = path.relative_to(PROJECT).as_posix()
            if name.startswith(("churn/", "service/")) and name not in found:
                found.append(name)

    with running(bundle, open_scorer=Scorer.open, door="wire") as client:
        client.await_loaded()
        record = bundle.golden["records"][0]
        client.predict(record)
        before = sys.getprofile()
        sys.setprofile(watch)
        try:
            client.predict(record)
        finally:
            sys.setprofile(before)
    return found


def test_the_way_in_the_readme_is_the_way_that_is_taken(passed):
    paragraph = (
        (PROJECT / "README.md").read_text().partition("A customer's way through the")[2].partition("A file takes")[0]
    )
    told = re.findall(r"`([a-z_/]+\.py)`", paragraph)
    assert len(told) >= 5
    assert [name for name in passed if name not in ASIDE] == told


def test_what_helps_on_the_way_is_still_there():
    assert all((PROJECT / name).is_file() for name in ASIDE)
