"""``report.html``: the model card, one self-contained file that a reader needs nothing else for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from churn.bundle import Manifest
from churn.kinds import kind_of
from churn.schema import Schema
from training.findings import Finding
from training.judge.on_test_part import SERVED, Evaluation
from training.judge.payoff import payoff
from training.judge.tradeoff import choices, curve, ladder, outcome, profit_of
from training.learn.distilled import OLDER, PLAIN_NETWORK, TEACHER
from training.learn.learned import Learned
from training.measure.metrics import LOWER_IS_BETTER, TITLES, evaluate_probabilities
from training.numerals import rounded
from training.report import plots
from training.report.findings_in_words import findings_in_words, pair_in_words, percent


def write_report(
    path: Path,
    manifest: Manifest,
    schema: Schema,
    evaluation: Evaluation,
    findings: Sequence[Finding],
    learned: Learned,
) -> None:
    """Write the report to ``path``."""
    environment = Environment(
        loader=PackageLoader("training.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    curves = [("this model", evaluation.probability), ("logistic regression", evaluation.baseline)]
    paid = payoff(evaluation.aim, manifest.threshold, evaluation.test)
    draw = (plots.roc_plot, plots.pr_plot, plots.calibration_plot, plots.lift_plot)
    page = environment.get_template("report.html.j2").render(
        manifest=manifest,
        schema=schema,
        as_of=schema.as_of,
        has_dates=any(kind_of(field, schema.as_of).needs_as_of for field in schema.fields),
        summary=summary(evaluation, manifest.threshold, findings),
        metric_rows=_metric_rows(evaluation),
        rivals=evaluation.rivals,
        plain_networks=any(rival.name.startswith(PLAIN_NETWORK) for rival in evaluation.rivals),
        served=SERVED,
        methods=_method_rows(evaluation),
        trials=sorted(learned.trials, key=lambda trial: trial.loss),
        reliability=Markup(_reliability_plot(evaluation)),  # noqa: S704
        plots=[Markup(plot(evaluation.labels, curves)) for plot in draw],  # noqa: S704  our own SVG
        profit=profit_of(evaluation.aim),
        choices=choices(evaluation.aim, manifest.threshold, evaluation.held_out, evaluation.test),
        ladder=ladder(evaluation.aim, manifest.threshold, evaluation.test),
        threshold_plots=_threshold_plots(evaluation, manifest.threshold),
        payoff=paid,
        payoff_plot=Markup(plots.payoff_plot(paid)),  # noqa: S704
        driver_findings=findings_in_words(evaluation.labels, evaluation.drivers),
        drivers=evaluation.drivers,
        largest_contribution=_largest_contribution(evaluation),
        pairs=[(pair, pair_in_words(pair)) for pair in evaluation.pairs],
        percent=percent,
        rounded=rounded,
        drivers_plot=Markup(plots.drivers_plot(evaluation.drivers)),  # noqa: S704
        history_plot=Markup(plots.history_plot(learned.history)),  # noqa: S704
        findings=findings,
    )
    path.write_text(page, encoding="utf-8")


def summary(evaluation: Evaluation, threshold: float, findings: Sequence[Finding] = ()) -> list[str]:
    """Say in sentences what a reader should take away; findings that put all else in doubt come first."""
    labels, metrics = evaluation.labels, evaluation.figures.ours
    flagged = evaluation.probability >= threshold
    reach = (
        f"Contacting the {flagged.mean():.0%} of customers it flags reaches {metrics['recall'].value:.0%} of those "
        f"who leave; {metrics['precision'].value:.0%} of the contacted would have left, against "
        f"{labels.mean():.0%} of all."
    )
    return [
        *(finding.sentence for finding in findings if finding.in_short),
        *findings_in_words(evaluation.labels, evaluation.drivers),
        reach,
        *_profit_in_words(evaluation, threshold),
        _compared(evaluation),
        *_kept(evaluation),
        *_than_before(evaluation),
    ]


def _profit_in_words(evaluation: Evaluation, threshold: float) -> list[str]:
    profit = profit_of(evaluation.aim)
    if profit is None:
        return []
    flagged, everybody = (outcome(evaluation.test, start, profit) for start in (threshold, 0.0))
    sentence = (
        f"By the values given, contacting them would have brought {flagged.realised:,.2f} on the {flagged.customers:,} "
        f"test customers ({flagged.expected:,.2f} were expected); contacting everybody, {everybody.realised:,.2f}."
    )
    return [sentence]


def _threshold_plots(evaluation: Evaluation, threshold: float) -> list[Markup]:
    steps = curve(evaluation.aim, threshold, evaluation.test)
    drawn = [plots.tradeoff_plot(steps, threshold)]
    if profit_of(evaluation.aim):
        drawn.append(plots.profit_plot(steps, threshold))
    return [Markup(plot) for plot in drawn]  # noqa: S704  our own SVG


def _compared(evaluation: Evaluation) -> str:
    auc, loss = evaluation.figures.difference["roc_auc"], evaluation.figures.difference["log_loss"]
    metrics = evaluation.figures.ours
    ours = f"ROC AUC {metrics['roc_auc'].value:.3f}, log loss {metrics['log_loss'].value:.3f}"
    if auc.low <= 0 <= auc.high and loss.low <= 0 <= loss.high:
        return f"{ours}; a logistic regression on the same rows does as well within the error of this test part."
    verdict = "better" if loss.value < 0 else "worse"
    gap = f"AUC {auc.value:+.3f}, log loss {loss.value:+.3f}"
    return f"{ours}; {verdict} than a logistic regression on the same rows ({gap})."


def _kept(evaluation: Evaluation) -> list[str]:
    """Say what the student lost or kept of its teacher, where it has one."""
    teacher = next((rival for rival in evaluation.rivals if rival.name == TEACHER), None)
    if teacher is None:
        return []
    auc = evaluation.figures.ours["roc_auc"].value - teacher.metrics["roc_auc"]
    gap = f"AUC {auc:+.4f}, log loss {-teacher.extra_loss:+.4f}"
    if teacher.low <= 0 <= teacher.high:
        return [f"Distillation kept what the teacher knew, within the error of this test part ({gap})."]
    return [f"Distillation {'gained' if teacher.low > 0 else 'lost'} something against the teacher ({gap})."]


def _than_before(evaluation: Evaluation) -> list[str]:
    """Say how the model does against the bundle that it started from, where there is one."""
    older = next((rival for rival in evaluation.rivals if rival.name == OLDER), None)
    if older is None:
        return []
    gap = f"log loss {older.metrics['log_loss']:.4f} before, {evaluation.figures.ours['log_loss'].value:.4f} now"
    if older.low <= 0 <= older.high:
        return [f"It does as well as the bundle it started from within the error of this test part ({gap})."]
    return [f"It is {'better' if older.low > 0 else 'worse'} than the bundle it started from ({gap})."]


def _method_rows(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Say how each calibration does on held-out customers that did not fit it."""
    labels = evaluation.held_out[0]
    measured = {name: evaluate_probabilities(labels, p, 0.5) for name, p in evaluation.methods.items()}
    return [{"name": name, **figures} for name, figures in measured.items()]


def _reliability_plot(evaluation: Evaluation) -> str:
    labels = evaluation.held_out[0]
    return plots.calibration_plot(labels, [(name, evaluation.methods[name]) for name in ("beta", "none")])


def _largest_contribution(evaluation: Evaluation) -> float:
    """Return the largest mean contribution of any group, to which the bars of all fields are drawn."""
    found = [abs(group.contribution or 0.0) for driver in evaluation.drivers for group in driver.groups]
    return max(found, default=0.0) or 1.0


def _metric_rows(evaluation: Evaluation) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "lower": name in LOWER_IS_BETTER,
            "ours": evaluation.figures.ours[name],
            "baseline": evaluation.figures.theirs[name],
            "difference": evaluation.figures.difference[name],
        }
        for name, title in TITLES.items()
    ]
