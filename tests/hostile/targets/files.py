"""Files that an operator gives: API keys, a bundle's manifest, a schema. BadInput of their kind is right."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from churn.bundle import MANIFEST, open_bundle
from churn.errors import BadInput, BundleError, SchemaError
from churn.kinds import kind_of
from churn.notices import WarningFinder
from churn.records import RecordReader
from churn.schema import Schema
from service.keys.file import read_keys, write_keys
from service.record.checks import Checker
from service.record.describe import record_schema
from tests.customers import fake_bundle
from tests.hostile.targets.target import Run


@contextmanager
def keys(folder: Path) -> Iterator[Run]:
    """Read a file of keys; what was read has to come back when it is written."""
    file = folder / "keys.json"

    def run(data: bytes) -> None:
        file.write_bytes(data)
        try:
            found = read_keys(file)
        except BadInput:
            return
        write_keys(file, found)
        assert read_keys(file) == found

    yield run


@contextmanager
def manifest(folder: Path) -> Iterator[Run]:
    """Open a bundle of which the manifest says anything."""
    bundle = fake_bundle(folder / "bundle")

    def run(data: bytes) -> None:
        (bundle / MANIFEST).write_bytes(data)
        try:
            found = open_bundle(bundle).manifest
        except BundleError:
            return
        assert 0 <= found.bands.medium <= found.bands.high <= 1
        assert 0 <= found.threshold <= 1

    yield run


@contextmanager
def schema(_folder: Path) -> Iterator[Run]:
    """Read a schema; what was read has to come back when it is written, and all that needs one can be made of it."""

    def run(data: bytes) -> None:
        try:
            plain = json.loads(data)
        except (ValueError, RecursionError):  # who reads the file tells
            return
        try:
            found = Schema.from_json(plain)
        except SchemaError:
            return
        assert Schema.from_json(json.loads(json.dumps(found.to_json()))) == found
        assert len(found.digest()) == 64
        for field in found.fields:
            assert kind_of(field, found.as_of).expected()
        json.dumps(record_schema(found))
        Checker(found, ignores=True)
        RecordReader(found).read([])
        WarningFinder(found)

    yield run
