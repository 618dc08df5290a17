"""Bodies of requests: records and questions. A Refusal is right, and so is BadInput for a question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from churn.errors import BadInput
from churn.records import RecordReader
from service.api.decisions import Decider
from service.api.what_if import what_if
from service.formats.json_body.reading import BodyReader
from service.plane import Plane
from service.problems import Refusal
from service.served import NoReasonsError
from tests.hostile.targets.target import Run
from tests.unit.service.conftest import SCHEMA, hand_made_bundle, running

_MOST_RECORDS = 50
_OF_RECORDS = {"malformed-json", "too-large", "invalid-records"}
_OF_QUESTIONS = {"malformed-json", "too-large", "invalid-records", "invalid-question"}


@contextmanager
def json_body(_folder: Path) -> Iterator[Run]:
    """Read records both ways; the quick one has to agree with the exact one, and no record may be lost."""
    reader = BodyReader(SCHEMA, RecordReader(SCHEMA).read, _MOST_RECORDS)

    def run(body: bytes) -> None:
        for report in (False, True):
            try:
                quick = reader.read_large(body)
                batch = reader.read_exactly(body, report=report)
            except Refusal as refusal:
                _judge(refusal, _OF_RECORDS)
                continue
            assert len(batch.columns) + len(batch.refused) == len(batch.identifiers)
            if quick is not None:
                assert not batch.refused
                assert list(quick.identifiers) == list(batch.identifiers)
                np.testing.assert_array_equal(quick.columns.numbers, batch.columns.numbers)
                np.testing.assert_array_equal(quick.columns.codes, batch.columns.codes)

    yield run


@contextmanager
def question(folder: Path) -> Iterator[Run]:
    """Ask /decide and /whatif the same."""
    with running(hand_made_bundle(folder), door="wire") as client:
        client.await_loaded()
        serving = client.app.serving
        plane, model = Plane(serving, 0.0, lambda: None), serving.served.model
        answers = (Decider({}, may_explain=False), what_if)

        def run(body: bytes) -> None:
            for answer in answers:
                try:
                    assert answer(plane, model, body, lambda: None).status == 200
                except Refusal as refusal:
                    _judge(refusal, _OF_QUESTIONS | {"forbidden"})
                except (BadInput, NoReasonsError) as error:
                    str(error).encode("utf-8", "replace")

        yield run


def _judge(refusal: Refusal, right: set[str]) -> None:
    assert refusal.kind in right
    assert len(refusal.reply("id").body) < 300 * 1024
