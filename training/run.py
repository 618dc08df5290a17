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
    check_target,
    digest_of,
    open_bundle,
    seal,
    staged,
)
from churn.columns import Columns
from churn.errors import BadInput
from churn.scoring import Scorer
from training.baseline import fit_baseline
from training.config import TrainConfig
from training.data import Dataset, seen_in_training
from training.drivers import find_drivers
from training.export import export_forms, write_golden
from training.learn import Learned, learn
from training.load import load_dataset
from training.metrics import compare, to_json
from training.progress import Reporter
from training.report import Evaluation, write_report
from training.split import Split, split, split_by_date
from training.threshold import BANDS_RULE, Choice, bands_for

_LIBRARIES = ("tensorflow", "tensorflow-cpu", "keras", "scikit-learn", "pandas", "numpy", "ai-edge-litert", "joblib")


def train(config: TrainConfig, reporter: Reporter) -> Bundle:
    """Train on a table and publish a bundle at ``config.out``; nothing is left there when it fails.

    Raises:
        BadInput: the table, the schema or the target cannot be used; the sentence says what would be right.
        ParityError: the two forms of the model disagree (a fault of ours).
    """
    check_target(config.out, overwrite=config.overwrite)
    dataset = load_dataset(config, reporter)
    parts = _split(dataset, config)
    columns = seen_in_training(dataset.columns, parts.train)
    reporter.say(
        f"Training on {len(parts.train):,} customers; {len(parts.validation):,} to stop, calibrate and set the "
        f"threshold; {len(parts.test):,} to test."
    )
    learned = learn(columns, dataset.labels, parts, reporter, seed=config.seed, epochs=config.epochs)
    with staged(config.out, overwrite=config.overwrite) as stage:
        bundle = _export(stage, columns, parts, learned, config, dataset)
        reporter.say("Exported; the compiled form reproduces the SavedModel. Evaluating the exported bundle ...")
        bundle, evaluation = _evaluated(bundle, columns, dataset, parts, config)
        write_report(stage / REPORT, bundle.manifest, bundle.schema, evaluation, dataset.findings, learned.history)
        seal(stage, bundle.manifest)
        open_bundle(stage)
    return open_bundle(config.out)


def _split(dataset: Dataset, config: TrainConfig) -> Split:
    if config.split_by is None:
        return split(dataset.labels, config.seed)
    numbers = dataset.schema.numbers
    names = [field.name for field in numbers if field.kind == "date"]
    if config.split_by not in names:
        raise BadInput(f"--split-by is {config.split_by!r}, which is no date column; date columns are {names}.")
    days_before = dataset.columns.numbers[:, [field.name for field in numbers].index(config.split_by)]
    return split_by_date(days_before, dataset.labels)


def _export(
    stage: Path, columns: Columns, parts: Split, learned: Learned, config: TrainConfig, dataset: Dataset
) -> Bundle:
    """Write both forms and the golden rows; choose the threshold with the compiled form on the validation part."""
    export_forms(stage, columns.schema, learned.pipeline, learned.model)
    draft = Manifest(config.out.name, "", "", 0.5, bands_for(0.5))
    bundle = Bundle(stage, draft, columns.schema)
    worst = write_golden(bundle, columns.take(parts.train), columns.take(parts.test), config.seed)
    validation = Scorer.open(bundle).score(columns.take(parts.validation)).probability
    choice = config.aim.choose(dataset.labels[parts.validation], validation)
    created = datetime.now(UTC).replace(microsecond=0)
    manifest = replace(
        draft,
        version=_version(created, stage),
        created=created.isoformat(),
        threshold=choice.threshold,
        bands=bands_for(choice.threshold),
        training=_training_facts(config, learned, choice, worst),
        data={**dataset.facts, "parts": {name: len(rows) for name, rows in asdict(parts).items()}},
        libraries=_libraries(),
    )
    return replace(bundle, manifest=manifest)


def _training_facts(config: TrainConfig, learned: Learned, choice: Choice, worst: float) -> dict[str, Any]:
    return {
        "code_version": __version__,
        "label": config.label,
        "seed": config.seed,
        "split": f"by the column {config.split_by}, the oldest to train" if config.split_by else "stratified, by seed",
        "threshold_rule": config.aim.rule,
        "threshold_warning": choice.warning,
        "bands_rule": BANDS_RULE,
        "model": learned.description,
        "epochs": len(learned.history.train),
        "best_epoch": learned.history.best_epoch,
        "calibration": {"method": "Platt", "a": learned.calibration[0], "b": learned.calibration[1]},
        "largest_difference_between_the_forms": worst,
    }


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


def _evaluated(
    bundle: Bundle, columns: Columns, dataset: Dataset, parts: Split, config: TrainConfig
) -> tuple[Bundle, Evaluation]:
    """Evaluate the staged bundle on the test part, with the Scorer that serves, beside a logistic regression."""
    scorer = Scorer.open(bundle)
    scorer.check_golden(bundle)
    labels, test = dataset.labels, columns.take(parts.test)
    rows = {name: (columns.take(index), labels[index]) for name, index in asdict(parts).items()}
    baseline = fit_baseline(*rows["train"], *rows["validation"])
    theirs = baseline(test)
    their_threshold = config.aim.choose(rows["validation"][1], baseline(rows["validation"][0])).threshold
    ours = scorer.score(test).probability
    seed, tested = config.seed, rows["test"][1]
    figures = compare(tested, (ours, scorer.threshold), (theirs, their_threshold), seed)
    evaluation = Evaluation(
        labels=tested,
        probability=ours,
        baseline=theirs,
        figures=figures,
        drivers=find_drivers(lambda batch: scorer.score(batch).probability, test, tested, seed),
        aim=config.aim,
        validation=(rows["validation"][1], scorer.score(rows["validation"][0]).probability),
    )
    metrics = {
        "test": to_json(figures.ours),
        "logistic_regression": to_json(figures.theirs),
        "difference": to_json(figures.difference),
        "drivers": {driver.field.name: driver.loss for driver in evaluation.drivers},
    }
    return replace(bundle, manifest=replace(bundle.manifest, metrics=metrics)), evaluation
