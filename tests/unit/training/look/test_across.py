from dataclasses import replace

import numpy as np
import pytest

from churn.columns import MISSING, Columns
from churn.errors import TrainingDataError
from churn.schema import Field, Schema
from training.look.across import look_across
from training.look.dataset import Dataset
from training.progress import Reporter
from training.table.alike import in_company
from training.table.split import split

ROWS = 400
LABELS = (np.random.default_rng(0).random(ROWS) < 0.3).astype(np.int8)
PARTS = split(LABELS, 0)
TEST = np.isin(np.arange(ROWS), PARTS.test)


def dataset(**numbers):
    schema = Schema(
        (
            *(Field(name, "number", nullable=True) for name in numbers),
            Field("plan", "category", nullable=True, levels=("a", "b")),
        )
    )
    codes = np.where(TEST, np.arange(ROWS) % 2, MISSING).astype(np.int32)[:, None]
    return Dataset(Columns(schema, np.column_stack([*numbers.values()]), codes), LABELS, np.arange(ROWS), [], {})


NOISE = np.random.default_rng(1).normal(size=ROWS)


def test_columns_that_vary_in_the_test_part_alone_are_said_each_once():
    looked = look_across(dataset(noise=NOISE, constant=np.where(TEST, NOISE, 3.0)), PARTS, Reporter())
    assert {finding.column: finding.sentence for finding in looked.findings} == {
        "constant": "This column has the same value in every row of the training and validation parts: "
        "it can teach nothing.",
        "plan": "This column is empty in every row of the training and validation parts: it can teach nothing.",
    }


def test_what_is_constant_everywhere_was_said_before():
    looked = look_across(dataset(noise=NOISE, constant=np.full(ROWS, 3.0)), PARTS, Reporter())
    assert [finding.column for finding in looked.findings] == ["plan"]


def test_nothing_that_varies_among_those_who_train_is_refused():
    with pytest.raises(TrainingDataError, match=r"\(constant has the same value in every row; plan is empty"):
        look_across(dataset(constant=np.where(TEST, NOISE, 3.0)), PARTS, Reporter())


def test_what_was_found_is_told_and_kept(capsys):
    before = dataset(noise=NOISE)
    looked = look_across(before, PARTS, Reporter())
    assert before.findings == []
    assert "plan: This column is empty" in capsys.readouterr().err
    assert len(looked.findings) == 1


def about_groups(groups, parts):
    looked = look_across(replace(dataset(noise=NOISE), groups=groups), parts, Reporter())
    return [(finding.level, finding.sentence) for finding in looked.findings if "identifier" in finding.sentence]


def test_rows_that_stay_on_one_side_are_counted():
    groups = np.where(np.arange(ROWS) < 30, 0, np.arange(ROWS))
    parts = split(LABELS, 0, groups)
    assert about_groups(np.arange(ROWS), PARTS) == []
    sentence = (
        "30 rows have a copy or share their identifier with another row; those that belong together stay on one side "
        "of every split."
    )
    assert about_groups(groups, parts) == [("info", sentence)]


def test_rows_that_could_not_be_kept_on_one_side_are_warned_of():
    groups = np.arange(ROWS) % 3
    parts = split(LABELS, 0, groups)
    assert in_company(groups).all()
    [(level, sentence)] = about_groups(groups, parts)
    assert level == "warning"
    assert sentence.startswith("400 rows have a copy")
    assert "and 80 of the 80 customers of the test part belong to one who trains: the figures flatter." in sentence
