"""Looking back after the evaluation: fields that alone do nearly what the whole model does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from churn.bundle import Bundle
from churn.columns import Columns
from training.config import TrainConfig
from training.findings import Finding
from training.judge.on_test_part import Evaluation
from training.look.dataset import Dataset, tell_leaks
from training.look.leaks import about_ranks, named_like_results, rank_like_model
from training.progress import Reporter


def look_back(
    dataset: Dataset, test: Columns, evaluation: Evaluation, config: TrainConfig, reporter: Reporter
) -> Dataset:
    """Return the data set with what there is to say, by the m test customers, about single fields beside the model.

    Fields that were named before the training, for what they are called, are not named twice.

    Raises:
        TrainingDataError: there are such fields, and ``config.strict_leaks`` asks to stop then.
    """
    auc = evaluation.figures.ours["roc_auc"].value
    named = named_like_results(dataset.columns, dataset.labels, config.label, config.keep)
    found = rank_like_model(test, evaluation.labels, auc, [*config.keep, *named])
    return tell_leaks(dataset, about_ranks(found, auc), config, reporter)


def with_warnings(bundle: Bundle, findings: Sequence[Finding]) -> Bundle:
    """Return the bundle with what puts its figures in doubt in its manifest, where /model shows it."""
    warnings = [finding.sentence for finding in findings if finding.in_short]
    manifest = bundle.manifest
    return replace(bundle, manifest=replace(manifest, training={**manifest.training, "warnings": warnings}))
