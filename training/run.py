"""The recipe of one training, on one screen: from a table of customers to a bundle."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from churn import __version__
from churn.bundle import (
    COMPILED_PREPROCESSOR,
    GOLDEN,
    REPORT,
    Bundle,
    Manifest,
    check_bundle_target,
    digest_of,
    open_bundle,
    seal,
    staged,
)
from churn.columns import Columns
from churn.errors import BadInput
from churn.kinds import kind_of
from training.config import LABELS_LEFT_OUT, TrainConfig
from training.judge.look_back import look_back, with_warnings
from training.judge.on_test_part import evaluate, held_out_answers, with_metrics
from training.learn.again import open_ancestor
from training.learn.distilled import Searching
from training.learn.learn import learn, learning_rows
from training.learn.learned import Learned
from training.learn.material import Material
from training.look.across import look_across
from training.look.dataset import Dataset, load_dataset
from training.measure.threshold import BANDS_RULE, Choice, aim_as_data, bands_for
from training.networks.fit import Effort
from training.progress import Reporter
from training.publish.background import write_background
from training.publish.export import export_forms, write_golden
from training.publish.fingerprint import write_learned
from training.publish.full_disk import full_disk_told
from training.report.report import write_report
from training.table.seen import seen_in_training
from training.table.split import Split, split, split_by_date

_LIBRARIES = (
    "tensorflow",
    "tensorflow-cpu",
    "keras",
    "scikit-learn",
    "pandas",
    "numpy",
    "ai-edge-litert",
    "catboost",
    "joblib",
)


def train(config: TrainConfig, reporter: Reporter) -> Bundle:
    """Train on a table and publish a bundle at ``config.out``; nothing is left there when it fails.

    Raises:
        BadInput: the table, the schema or the target cannot be used; the sentence says what would be right.
        ParityError: the two forms of the model disagree (a fault of ours).
    """
    check_bundle_target(config.out, overwrite=config.overwrite)
    ancestor = open_ancestor(config.start) if config.start else None
    dataset = load_dataset(config, reporter, ancestor.schema if ancestor else None)
    parts = _split(dataset, config)
    dataset = look_across(dataset, parts, reporter)
    material = Material(dataset.columns, dataset.labels, dataset.groups, parts, config.seed)
    columns = seen_in_training(
        dataset.columns, learning_rows(material, config.model), ancestor.schema if ancestor else None
    )
    reporter.say(
        f"Training on {len(parts.train):,} customers; {len(parts.validation):,} more to stop, calibrate and set the "
        f"threshold; {len(parts.test):,} to test."
    )
    effort = Effort(fast=config.fast, epochs=config.epochs, imagined=config.imagined)
    searching = Searching(config.search_s, _trials_folder(config)) if config.search_s else None
    learned = learn(replace(material, columns=columns), config.model, reporter, effort, searching, ancestor)
    with full_disk_told(config.out), staged(config.out, overwrite=config.overwrite) as stage:
        bundle = _export(stage, columns, parts, learned, config, dataset)
        reporter.say("Exported; the compiled form reproduces the SavedModel. Evaluating the exported bundle ...")
        evaluation = evaluate(bundle, columns, dataset, parts, learned, config)
        dataset = look_back(dataset, columns.take(parts.test), evaluation, config, reporter)
        bundle = with_warnings(with_metrics(bundle, evaluation), dataset.findings)
        write_report(stage / REPORT, bundle.manifest, bundle.schema, evaluation, dataset.findings, learned)
        seal(stage, bundle.manifest)
        open_bundle(stage)
    return open_bundle(config.out)


def _trials_folder(config: TrainConfig) -> Path:
    return config.out.with_name(f".{config.out.name}.search")


def _split(dataset: Dataset, config: TrainConfig) -> Split:
    if config.split_by is None:
        return split(dataset.labels, config.seed, dataset.groups)
    numbers = dataset.schema.numbers
    names = [field.name for field in numbers if kind_of(field, dataset.schema.as_of).needs_as_of]
    if config.split_by not in names:
        raise BadInput(f"--split-by is {config.split_by!r}, which is no date column; date columns are {names}.")
    days_before = dataset.columns.numbers[:, [field.name for field in numbers].index(config.split_by)]
    return split_by_date(days_before, dataset.labels)


def _export(
    stage: Path, columns: Columns, parts: Split, learned: Learned, config: TrainConfig, dataset: Dataset
) -> Bundle:
    """Write both forms and the golden rows; choose the threshold on rows that the model did not learn from."""
    export_forms(stage, columns.schema, learned.pipeline, learned.model)
    draft = Manifest(config.out.name, "", "", 0.5, bands_for(0.5))
    bundle = Bundle(stage, draft, columns.schema)
    write_learned(stage, columns.take(learned.rows))
    worst = write_golden(bundle, columns.take(learned.rows), columns.take(parts.test), config.seed)
    write_background(bundle, columns.take(learned.rows), config.seed)
    choice = config.aim.choose(*held_out_answers(learned, dataset.labels))
    created = datetime.now(UTC).replace(microsecond=0)
    manifest = replace(
        draft,
        version=_version(created, stage),
        created=created.isoformat(),
        threshold=choice.threshold,
        bands=bands_for(choice.threshold),
        aim=aim_as_data(config.aim),
        training=_training_facts(config, learned, choice, worst),
        data={**dataset.facts, "parts": {name: len(rows) for name, rows in asdict(parts).items()}},
        libraries=_libraries(),
    )
    return replace(bundle, manifest=manifest)


def _training_facts(config: TrainConfig, learned: Learned, choice: Choice, worst: float) -> dict[str, Any]:
    return {
        "code_version": __version__,
        "label": config.label,
        LABELS_LEFT_OUT: [*config.drop_label, *config.drop_label_if_there],
        "seed": config.seed,
        "split": f"by the column {config.split_by}, the oldest to train" if config.split_by else "stratified, by seed",
        "threshold_rule": config.aim.rule,
        "threshold_warning": choice.warning,
        "bands_rule": BANDS_RULE,
        "model": learned.description,
        "epochs": len(learned.history.train),
        "best_epoch": learned.history.best_epoch,
        "family": config.model,
        "fast": config.fast,
        "started_from": _ancestry(config),
        "calibration": {"method": "beta", **asdict(learned.calibration)},
        **learned.facts,
        "largest_difference_between_the_forms": worst,
    }


def _ancestry(config: TrainConfig) -> dict[str, str] | None:
    """Say which bundle the training started from."""
    if config.start is None:
        return None
    manifest = open_bundle(config.start).manifest
    return {"name": manifest.name, "version": manifest.version, "data_sha256": str(manifest.data.get("sha256"))}


def _version(created: datetime, stage: Path) -> str:
    """Return the day and eight digits that say which model it is: the same model, the same digits."""
    digests = "".join(digest_of(stage / name).sha256 for name in (GOLDEN, COMPILED_PREPROCESSOR))
    return f"{created:%Y.%m.%d}-{hashlib.sha256(digests.encode()).hexdigest()[:8]}"


def _libraries() -> dict[str, str]:
    """Return the versions of what made the model; TensorFlow has two names."""
    installed = {name: found for name in _LIBRARIES if (found := _installed(name))}
    return {**installed, "python": platform.python_version()}


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
