"""One small training of synthetic customers, shared by the tests of the whole way."""

import csv
from dataclasses import replace
from pathlib import Path

import pyarrow.csv as pacsv
import pytest

from training.config import TrainConfig
from training.progress import Reporter
from training.run import train
from training.synthetic import make_customers

ROWS = 700


def write_customers(path: Path, rows: int = ROWS, seed: int = 0) -> Path:
    """Write synthetic customers, with the dirt of a real table, as CSV."""
    pacsv.write_csv(make_customers(rows, seed).table, path)
    return path


def change_rows(path: Path, change) -> Path:
    """Rewrite a CSV file: ``change`` gets each row as a dict and gives it back."""
    with path.open(newline="", encoding="utf-8") as stream:
        rows = [change(index, row) for index, row in enumerate(csv.DictReader(stream))]
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


# What these tests look at does not depend on how sharp the intervals are, or on how much a student is told.
QUICK = {"imagined": 2_000, "resamples": 20}


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The configuration and the bundle of one training: the cheap teacher, two epochs."""
    folder = tmp_path_factory.mktemp("training")
    data, out = write_customers(folder / "customers.csv"), folder / "artifacts" / "tiny"
    config = TrainConfig(data, "churn", out, fast=True, epochs=2, **QUICK)
    return config, train(config, Reporter())


@pytest.fixture
def retrain(trained, tmp_path):
    """Train again with changes; the bundle goes to a folder of the test's own."""

    def run(**changes):
        config = replace(trained[0], out=tmp_path / "artifacts" / "again", **changes)
        return train(config, Reporter())

    return run
