"""A small schema with every kind of field, customers of it, and bundles for tests to open."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

import numpy as np

from churn.bundle import BACKGROUND, GOLDEN, REQUIRED, SCHEMA, Bands, Manifest, seal
from churn.columns import Columns, Floats
from churn.schema import Field, Label, Schema

AS_OF = date(2024, 1, 1)
CUSTOMERS = Schema(
    fields=(
        Field("tenure", "integer", training_range=(0.0, 72.0), unit="months"),
        Field("plan", "category", levels=("Basic", "Gold", "Silver")),
        Field("charges", "number", nullable=True, missing_markers=("?", "NA"), training_range=(10.0, 120.0)),
        Field("wallet", "number", nullable=True, sentinels=(-999.0,), minimum=-1000.0, maximum=5000.0),
        Field("joined", "date", training_range=(1.0, 3000.0)),
        Field("left_shop", "date", nullable=True, date_format="%d/%m/%Y", missing_markers=("never",)),
        Field("last_visit", "time", nullable=True),
        Field("region", "category", nullable=True, levels=("City", "Town"), missing_markers=("?",)),
        Field("senior", "category", levels=(0, 1)),
        Field("paperless", "category", nullable=True, levels=(False, True)),
    ),
    identifier="id",
    label=Label("churn", "Yes"),
    ignored=(("surname", "identifies"),),
    as_of=AS_OF,
)


def customer(**changes: Any) -> dict[str, Any]:
    """One good record, with changes."""
    return {
        "tenure": 12,
        "plan": "Gold",
        "charges": 79.5,
        "wallet": 100.25,
        "joined": "2021-03-04",
        "left_shop": "24/12/2023",
        "last_visit": "13:45:30",
        "region": "Town",
        "senior": 0,
        "paperless": True,
        **changes,
    }


def customers(rows: int, seed: int = 0) -> list[dict[str, Any]]:
    """Good records, with missing values where they may be."""
    rng = random.Random(seed)  # noqa: S311
    return [_drawn(rng) for _ in range(rows)]


def _drawn(rng: random.Random) -> dict[str, Any]:
    record = customer(
        tenure=rng.randrange(73),
        plan=rng.choice(["Basic", "Gold", "Silver"]),
        charges=round(rng.uniform(10, 120), 2),
        wallet=rng.choice([-999, round(rng.uniform(0, 900), 3)]),
        joined=date.fromordinal(AS_OF.toordinal() - rng.randrange(1, 3000)).isoformat(),
        last_visit=time(rng.randrange(24), rng.randrange(60), rng.randrange(60)).isoformat(),
        region=rng.choice(["City", "Town", "?"]),
        senior=rng.randrange(2),
        paperless=rng.random() < 0.5,
    )
    for field in CUSTOMERS.fields:
        if field.nullable and rng.random() < 0.2:
            record[field.name] = None
    return record


def write_csv(path: Path, records: Sequence[dict[str, Any]], **options: Any) -> Path:
    """Write records as CSV; None is an empty cell, and true and false are written as Python writes them."""
    encoding = options.pop("encoding", "utf-8")
    with path.open("w", newline="", encoding=encoding) as stream:
        writer = csv.DictWriter(stream, list(records[0]), lineterminator=options.pop("lineterminator", "\n"), **options)
        writer.writeheader()
        writer.writerows(records)
    return path


def fake_bundle(
    folder: Path, schema: Schema = CUSTOMERS, records: Sequence[dict[str, Any]] | None = None, **changes: Any
) -> Path:
    """A bundle whose model files hold nothing; its golden rows expect what FakeEngine answers."""
    golden = customers(5) if records is None else records
    contents = {
        SCHEMA: json.dumps(schema.to_json()),
        GOLDEN: json.dumps({"tolerance": 1e-5, "probabilities": [0.5] * len(golden), "records": golden}),
    }
    for name in REQUIRED:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(contents.get(name, f"the content of {name}"), encoding="utf-8")
    manifest = {
        "name": "fake",
        "version": "1",
        "created": "2024-01-01T00:00:00+00:00",
        "threshold": 0.4,
        "bands": Bands(0.3, 0.6),
        **changes,
    }
    seal(folder, Manifest(**manifest))
    return folder


def by_tenure(columns: Columns) -> Floats:
    """A model by hand: the longer with us the less likely to leave, but for Gold customers, who stay."""
    odds = (
        1
        - np.nan_to_num(columns.numbers[:, 0]) / 20
        - 2 * (columns.codes[:, 0] == CUSTOMERS.categories[0].levels.index("Gold"))
    )
    probability: Floats = 1 / (1 + np.exp(-odds))
    return probability


def with_background(folder: Path, predict: Callable[[Columns], Floats] = by_tenure) -> Path:
    """Give a fake bundle what its reasons compare with, as if ``predict`` were its model."""
    from churn.bundle import open_bundle
    from churn.records import RecordReader
    from training.publish.background import make_background

    bundle = open_bundle(folder)
    make_background(predict, RecordReader(CUSTOMERS).read(customers(300)), seed=0).save(bundle.file(BACKGROUND))
    seal(folder, bundle.manifest)
    return folder


def tiny_bundle(folder: Path) -> Path:
    """A real bundle of a tiny network with random weights: both forms, golden rows and all. Imports TensorFlow."""
    from churn.records import RecordReader

    return random_bundle(folder, RecordReader(CUSTOMERS).read(customers(200)))


def random_bundle(folder: Path, columns: Columns) -> Path:
    """Such a bundle for the schema of any customers, of whom there should be a few dozen at least."""
    from churn.bundle import Bundle
    from churn.engines.reference import to_frame
    from training.networks.families.realmlp import Recipe, build_realmlp
    from training.publish.background import write_background
    from training.publish.export import export_forms, write_golden
    from training.publish.preprocess import make_pipeline

    schema = columns.schema
    pipeline = make_pipeline(schema).fit(to_frame(columns))
    model = build_realmlp(schema, {}, Recipe(widths=(8,), frequencies=4))
    rng = np.random.default_rng(0)
    model.set_weights([w + rng.normal(0, 0.3, w.shape).astype(w.dtype) for w in model.get_weights()])
    manifest = Manifest("tiny", "1", "2024-01-01T00:00:00+00:00", 0.4, Bands(0.3, 0.6))
    folder.mkdir(parents=True)
    export_forms(folder, schema, pipeline, model)
    write_golden(Bundle(folder, manifest, schema), columns, columns, seed=0)
    write_background(Bundle(folder, manifest, schema), columns, seed=0)
    seal(folder, manifest)
    return folder
