"""Bad tables train, or are refused with a sentence; never does a NaN come out of them."""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as papq
import pytest
import yaml

from churn.bundle import REPORT
from churn.errors import TrainingDataError
from churn.scoring import Scorer
from churn.tables import read_table, to_batch
from training.config import TrainConfig
from training.progress import Reporter
from training.run import train
from training.table.split import split

pytestmark = pytest.mark.slow

ROWS = 800
PLAIN = [
    {"name": "spend", "kind": "number"},
    {"name": "visits", "kind": "number"},
    {"name": "plan", "kind": "category", "levels": ["basic", "gold", "silver"]},
]
# What these tests look at does not depend on how sharp the intervals are, or on how much a student is told.
QUICK = {"fast": True, "epochs": 2, "imagined": 2_000, "resamples": 20}


def customers(rows=ROWS, seed=0):
    """A table in which nothing is wrong, no two rows are equal, and those who spend more leave."""
    rng = np.random.default_rng(seed)
    spend = rng.normal(size=rows)
    return {
        "customer": np.array([f"c{i:06d}x" for i in rng.permutation(rows)], object),
        "spend": spend,
        "visits": rng.gamma(2, 3, rows),
        "plan": rng.choice(["basic", "gold", "silver"], rows).astype(object),
        "left": (rng.random(rows) < 1 / (1 + np.exp(1 - spend))).astype(int),
    }


def outside_the_test_part(table):
    """Say which rows the model may learn from: (n,)."""
    mask = np.ones(len(table["left"]), bool)
    mask[split(table["left"].astype(np.int8), 0).test] = False
    return mask


@pytest.fixture
def learn(tmp_path):
    """Train on a table as CSV or Parquet; check that nothing that is written or answered is a NaN."""

    def run(table, kind="csv", **settings):
        path = tmp_path / f"table.{kind}"
        (pacsv.write_csv if kind == "csv" else papq.write_table)(pa.table(table), path)
        out = tmp_path / "artifacts" / "bad"
        bundle = train(TrainConfig(path, "left", out, **{**QUICK, **settings}), Reporter())
        assert_sound(bundle, path)
        return bundle, said(bundle)

    return run


def assert_sound(bundle, path):
    json.loads(bundle.file("manifest.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert re.findall(r"\bnan\b", bundle.file(REPORT).read_text(encoding="utf-8"), re.IGNORECASE) == []
    columns = to_batch(read_table(path).table, bundle.schema).columns
    probability = Scorer.open(bundle).score(columns).probability
    assert len(probability) > ROWS / 2
    assert ((probability >= 0) & (probability <= 1)).all()


def said(bundle):
    """What the report says, without its markup."""
    return re.sub(r"<[^>]+>", "", Path(bundle.file(REPORT)).read_text(encoding="utf-8"))


def schema_file(tmp_path, *fields):
    path = tmp_path / "given.yaml"
    label = {"name": "left", "positive": 1}
    path.write_text(yaml.safe_dump({"identifier": "customer", "label": label, "fields": [*PLAIN, *fields]}))
    return path


# --- Columns ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_column_that_is_all_missing_is_left_out(learn, kind):
    bundle, page = learn({**customers(), "empty": pa.nulls(ROWS)}, kind)
    assert "empty" not in bundle.schema.by_name
    assert "every cell is empty" in page


def test_columns_that_are_all_missing_train_where_they_are_to_stay(learn, tmp_path):
    given = schema_file(
        tmp_path,
        {"name": "number", "kind": "number", "nullable": True},
        {"name": "level", "kind": "category", "nullable": True, "levels": ["a", "b"]},
    )
    nothing = {"number": pa.nulls(ROWS), "level": pa.nulls(ROWS)}
    bundle, page = learn({**customers(), **nothing}, schema=given, keep=("number", "level"))
    assert {"number", "level"} <= set(bundle.schema.by_name)
    assert "empty in every row; it was kept, as asked" in page


@pytest.mark.parametrize("model", ["distilled", "tabm"])
def test_what_is_missing_or_constant_in_all_rows_but_the_test_part_trains(learn, model):
    table = customers()
    seen, rng = outside_the_test_part(table), np.random.default_rng(1)
    numbers, levels = rng.normal(size=ROWS), rng.choice(["a", "b"], ROWS).astype(object)
    bundle, page = learn(
        {
            **table,
            "number_missing": pa.array(numbers, mask=seen),
            "level_missing": pa.array(levels, mask=seen),
            "number_constant": np.where(seen, 7.5, numbers),
            "level_constant": np.where(seen, "a", levels),
        },
        model=model,
    )
    assert page.count("of the training and validation parts: it can teach nothing") == 4
    assert bundle.schema.by_name["number_missing"].training_range is None
    assert bundle.schema.by_name["number_constant"].training_range == (7.5, 7.5)
    assert bundle.schema.by_name["level_constant"].levels == ("a",)


def test_when_nothing_varies_among_those_who_train_it_is_refused(learn):
    table = customers()
    only = {name: table[name] for name in ("customer", "left")}
    with pytest.raises(TrainingDataError, match=r"nothing to learn: .* \(spend has the same value in every row\)"):
        learn({**only, "spend": np.where(outside_the_test_part(table), 7.5, table["spend"])})


def test_a_column_of_tens_of_thousands_of_levels_is_left_out_with_the_reason(learn):
    table = customers(30_000)
    table["shop"] = np.random.default_rng(2).choice([f"s{i}" for i in range(50_000)], 30_000).astype(object)
    bundle, page = learn(table, model="sequential", epochs=1)
    assert "shop" not in bundle.schema.by_name
    assert "too rare to learn from" in page


def test_a_column_of_tens_of_thousands_of_levels_trains_where_the_schema_asks_for_it(learn, tmp_path):
    table = customers(2_000)
    levels = [f"s{i}" for i in range(50_000)]
    table["shop"] = np.random.default_rng(2).choice(levels, 2_000).astype(object)
    bundle, page = learn(table, schema=schema_file(tmp_path, {"name": "shop", "kind": "category", "levels": levels}))
    assert 1_000 < len(bundle.schema.by_name["shop"].levels) < 2_000  # those it learned from
    assert len(page) < 200_000


# --- The label -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rare", [0, 1])
def test_ten_who_left_or_stayed_train_and_are_said_to_be_few(learn, rare):
    table = customers()
    table["left"] = np.where(np.random.default_rng(4).permutation(ROWS) < 10, rare, 1 - rare)
    _, page = learn(table)
    assert f"Only 10 customers {'left' if rare else 'stayed'}: the figures of this training will be rough" in page


def test_nine_who_left_are_refused(learn):
    table = customers()
    table["left"] = (np.random.default_rng(4).permutation(ROWS) < 9).astype(int)
    with pytest.raises(TrainingDataError, match="9 of whom left; training needs at least 10"):
        learn(table)


def test_classes_that_numbers_separate_perfectly_train(learn):
    table = customers(2_000)
    table["left"] = (table["spend"] + np.log(table["visits"]) > 1.5).astype(int)
    bundle, _ = learn(table, epochs=8)
    assert bundle.manifest.metrics["test"]["roc_auc"]["value"] > 0.95


def test_classes_that_levels_separate_perfectly_train(learn):
    table = customers(2_000)
    table["region"] = np.random.default_rng(5).choice(["north", "south"], 2_000).astype(object)
    table["left"] = ((table["plan"] == "gold") & (table["region"] == "north")).astype(int)
    bundle, _ = learn(table, epochs=8)
    assert bundle.manifest.metrics["test"]["roc_auc"]["value"] > 0.95


# --- Cells -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["inf", "-Infinity", "NaN"])
def test_infinite_cells_of_a_csv_file_are_missing(learn, text):
    table = customers()
    table["visits"] = np.where(np.arange(ROWS) % 5, table["visits"].round(3).astype(str), text)
    bundle, _ = learn(table, model="sequential")
    assert bundle.schema.by_name["visits"].kind == "number"
    assert bundle.manifest.data["rows"] == ROWS


def test_infinite_cells_of_a_parquet_file_are_refused_by_row(learn):
    table = customers()
    table["visits"][::10] = np.inf
    table["visits"][1::10] = -np.inf
    table["never_finite"] = np.full(ROWS, np.inf)
    bundle, page = learn(table, "parquet", model="sequential")
    assert "160 of 800 rows cannot be read by the schema and were left out" in page
    assert "no number in it is finite" in page
    assert bundle.manifest.data["rows"] == ROWS - 160


def test_mostly_infinite_cells_of_a_parquet_file_are_refused(learn):
    table = customers()
    table["visits"][: ROWS // 2 + 1] = np.inf
    with pytest.raises(TrainingDataError, match="401 of 800 rows cannot be read by the schema, more than half"):
        learn(table, "parquet")


def test_near_duplicates_on_both_sides_of_the_split_are_said_in_the_report(learn):
    table = {**customers(), **{f"usage_{i}": np.random.default_rng(10 + i).gamma(2, 3, ROWS) for i in range(6)}}
    copied = np.random.default_rng(6).choice(ROWS, 200, replace=False)
    copies = {name: values[copied] for name, values in table.items()}
    copies["customer"] = np.array([f"copy{i}y" for i in range(200)], object)
    copies["visits"] = copies["visits"] * 1.01
    _, page = learn({name: np.concatenate([table[name], copies[name]]) for name in table}, model="sequential")
    assert "have a near-duplicate in the training or validation part" in page
    assert "The figures of the test part flatter" in page
