"""The exported bundle on the test part, through the Scorer that serves, beside the models that it has to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from churn.bundle import Bundle
from churn.columns import Columns, Floats
from churn.reasons import Background
from churn.scoring import Scorer
from training.config import TrainConfig
from training.judge.baseline import fit_baseline
from training.judge.drivers import Driver, find_drivers
from training.judge.explained import explain_some
from training.judge.pairs import PairEffect, find_pairs
from training.judge.payoff import empc_to_json
from training.judge.tradeoff import Labelled
from training.learn.calibrate import compare_methods
from training.learn.learned import Learned
from training.look.dataset import Dataset
from training.measure.labels import Labels
from training.measure.metrics import Comparison, compare, evaluate_probabilities, to_json
from training.measure.threshold import Aim
from training.table.split import Split

SERVED, LOGISTIC = "this model, as served", "logistic regression"
_SHOWN = ("roc_auc", "pr_auc", "log_loss", "brier", "ece")
_TWO_SIDED_95 = 1.96


@dataclass(frozen=True, slots=True)
class Rival:
    """Another model on the test part: metrics by name, and how much larger its log loss is than ours.

    ``low`` and ``high`` bound that difference with 95 %, by the normal approximation over the customers.
    """

    name: str
    metrics: Mapping[str, float]
    extra_loss: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluation:
    """What was measured on the m customers of the test part: labels (m,), probabilities (m,), figures.

    ``held_out`` are the answers for customers that the model did not learn from, by which ``aim`` chose the
    threshold; ``methods`` are other calibrations of the same answers, by name, each fitted on other customers.
    """

    labels: Labels
    probability: Floats
    baseline: Floats
    figures: Comparison
    drivers: Sequence[Driver]
    pairs: Sequence[PairEffect]
    aim: Aim
    held_out: Labelled
    methods: Mapping[str, Floats]
    rivals: Sequence[Rival]

    @property
    def test(self) -> Labelled:
        """The model's answers on the test part."""
        return self.labels, self.probability

    def to_json(self) -> dict[str, Any]:
        """Return the figures for the manifest."""
        return {
            "test": to_json(self.figures.ours),
            "logistic_regression": to_json(self.figures.theirs),
            "difference": to_json(self.figures.difference),
            "drivers": {driver.field.name: driver.loss for driver in self.drivers},
            "rivals": {rival.name: dict(rival.metrics) for rival in self.rivals},
            "empc": empc_to_json(self.aim, *self.test),
        }


def held_out_answers(learned: Learned, labels: Labels) -> Labelled:
    """Return labels and calibrated probabilities of the customers by which the threshold is chosen."""
    return labels[learned.held_out.rows], learned.calibration(learned.held_out.logits)


def evaluate(
    bundle: Bundle, columns: Columns, dataset: Dataset, parts: Split, learned: Learned, config: TrainConfig
) -> Evaluation:
    """Evaluate a staged bundle on the test part, beside a logistic regression and its rivals."""
    scorer = Scorer.open(bundle)
    scorer.check_golden(bundle)
    labels, test = dataset.labels, columns.take(parts.test)
    rows = {name: (columns.take(index), labels[index]) for name, index in asdict(parts).items()}
    baseline = fit_baseline(*rows["train"], *rows["validation"])
    # Where the model learned from the validation part, so does what it is compared with.
    theirs = (baseline.refitted if np.isin(parts.validation, learned.rows).all() else baseline.chosen)(test)
    their_threshold = config.aim.choose(rows["validation"][1], baseline.chosen(rows["validation"][0])).threshold
    ours = scorer.score(test).probability
    held_out = learned.held_out.rows
    seed, tested = bundle.manifest.training["seed"], rows["test"][1]
    explained = explain_some(Background.read(bundle), scorer.probability, test, seed)
    return Evaluation(
        labels=tested,
        probability=ours,
        baseline=theirs,
        figures=compare(tested, (ours, scorer.threshold), (theirs, their_threshold), seed, config.resamples),
        drivers=find_drivers(scorer.probability, test, tested, explained, seed),
        pairs=find_pairs(test, tested, explained),
        aim=config.aim,
        held_out=held_out_answers(learned, labels),
        methods=compare_methods(learned.held_out.logits, labels[held_out], seed, dataset.groups[held_out]),
        rivals=compare_rivals(tested, ours, {LOGISTIC: theirs, **learned.rivals}),
    )


def compare_rivals(labels: Labels, ours: Floats, rivals: Mapping[str, Floats]) -> list[Rival]:
    """Measure other models on the same customers: labels (m,), probabilities (m,) each. Ours comes last."""
    our_losses = _losses(labels, ours)
    found = []
    for name, theirs in {**rivals, SERVED: ours}.items():
        extra = _losses(labels, theirs) - our_losses
        error = _TWO_SIDED_95 * float(extra.std(ddof=1)) / len(extra) ** 0.5
        figures = evaluate_probabilities(labels, theirs, 0.5)
        mean = float(extra.mean())
        found.append(Rival(name, {key: figures[key] for key in _SHOWN}, mean, mean - error, mean + error))
    return found


def _losses(labels: Labels, probability: Floats) -> Floats:
    """Return each customer's log loss, (m,)."""
    p = np.clip(probability, 1e-15, 1 - 1e-15)
    losses: Floats = -np.where(labels == 1, np.log(p), np.log1p(-p))
    return losses


def with_metrics(bundle: Bundle, evaluation: Evaluation) -> Bundle:
    """Return the bundle with the figures in its manifest."""
    return replace(bundle, manifest=replace(bundle.manifest, metrics=evaluation.to_json()))
