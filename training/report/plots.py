"""The plots of the report, each an SVG inside the page. Matplotlib draws them without a screen."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import precision_recall_curve, roc_curve

from churn.columns import Floats
from training.judge.drivers import Driver
from training.judge.payoff import Payoff
from training.judge.tradeoff import Outcome
from training.measure.labels import Labels
from training.measure.threshold import FEWEST_FLAGGED
from training.networks.fit import History

OURS, THEIRS, FAINT = "#1f5fbf", "#c2570c", "#8a8f98"
_SIZE_INCHES = (5.2, 4.0)
_MOST_POINTS = 400
_CALIBRATION_BINS = 10
_DRIVERS_SHOWN = 15

Curve = tuple[str, Floats]
"""A name and its probabilities, (n,)."""


def _figure(title: str, x: str, y: str, size: tuple[float, float] = _SIZE_INCHES) -> tuple[Figure, Axes]:
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, linewidth=0.4, alpha=0.5)
    return figure, axes


def _svg(figure: Figure) -> str:
    """Return the figure as an ``<svg>`` element, the same bytes for the same figure."""
    stream = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "churn", "svg.fonttype": "none"}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]


def _thin(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Keep at most ``_MOST_POINTS`` points of a curve, evenly spread along x."""
    if len(x) <= _MOST_POINTS:
        return x, y
    keep = np.unique(np.linspace(0, len(x) - 1, _MOST_POINTS).astype(int))
    return x[keep], y[keep]


def roc_plot(labels: Labels, curves: Sequence[Curve]) -> str:
    """Draw the ROC curves of (n,) labels and probabilities."""
    figure, axes = _figure("ROC", "false positive rate (stayers flagged)", "true positive rate (recall)")
    axes.plot([0, 1], [0, 1], color=FAINT, linestyle=":", label="chance")
    for (name, probability), color in zip(curves, (OURS, THEIRS), strict=False):
        false_rate, true_rate, _ = roc_curve(labels, probability)
        axes.plot(*_thin(false_rate, true_rate), color=color, label=name)
    axes.legend(loc="best", frameon=False)
    return _svg(figure)


def pr_plot(labels: Labels, curves: Sequence[Curve]) -> str:
    """Draw precision against recall of (n,) labels and probabilities."""
    figure, axes = _figure("Precision and recall", "recall (churners found)", "precision (flagged who leave)")
    axes.axhline(float(labels.mean()), color=FAINT, linestyle=":", label="everybody flagged")
    for (name, probability), color in zip(curves, (OURS, THEIRS), strict=False):
        precision, recall, _ = precision_recall_curve(labels, probability)
        axes.plot(*_thin(recall, precision), color=color, label=name)
    axes.set_ylim(0, 1.02)
    axes.legend(loc="best", frameon=False)
    return _svg(figure)


def calibration_plot(labels: Labels, curves: Sequence[Curve]) -> str:
    """Draw the observed churn rate against the probability, in bins of equally many customers.

    The bars are two standard errors of the observed rate.
    """
    figure, axes = _figure("Calibration", "probability given", "churn rate observed")
    axes.plot([0, 1], [0, 1], color=FAINT, linestyle=":", label="perfect")
    for (name, probability), color in zip(curves, (OURS, THEIRS), strict=False):
        bins = np.array_split(np.argsort(probability, kind="stable"), _CALIBRATION_BINS)
        rows = [b for b in bins if len(b)]
        given = [float(probability[b].mean()) for b in rows]
        rate = np.array([float(labels[b].mean()) for b in rows])
        error = 2 * np.sqrt(np.maximum(rate * (1 - rate), 1e-9) / [len(b) for b in rows])
        axes.errorbar(
            given, rate, yerr=error, color=color, marker="o", markersize=4, linewidth=1.2, capsize=2, label=name
        )
    axes.set_ylim(-0.03, 1.03)
    axes.legend(loc="best", frameon=False)
    return _svg(figure)


def lift_plot(labels: Labels, curves: Sequence[Curve]) -> str:
    """Draw the cumulative lift: how many times the average churn rate the top share holds."""
    figure, axes = _figure("Lift", "share of customers contacted, the riskiest first", "churn rate over the average")
    axes.axhline(1.0, color=FAINT, linestyle=":", label="at random")
    share = np.arange(1, len(labels) + 1) / len(labels)
    start = max(1, len(labels) // 100)  # the first few customers say nothing
    for (name, probability), color in zip(curves, (OURS, THEIRS), strict=False):
        hits = labels[np.argsort(-probability, kind="stable")].cumsum() / np.arange(1, len(labels) + 1)
        axes.plot(*_thin(share[start:], hits[start:] / labels.mean()), color=color, label=name)
    axes.set_ylim(bottom=0)
    axes.legend(loc="best", frameon=False)
    return _svg(figure)


def tradeoff_plot(curve: Sequence[Outcome], chosen: float) -> str:
    """Draw recall, precision and the share contacted against the threshold.

    Precision ends where fewer than ``FEWEST_FLAGGED`` are contacted: beyond, it is noise.
    """
    figure, axes = _figure("What a threshold means", "threshold (flagged from this probability)", "share")
    precision = [at.precision if at.contacted >= FEWEST_FLAGGED else None for at in curve]
    lines = (
        ("churners found (recall)", OURS, "-", [at.recall for at in curve]),
        ("contacted who leave (precision)", THEIRS, "-", precision),
        ("customers contacted", FAINT, "--", [at.share for at in curve]),
    )
    for name, color, style, shares in lines:
        axes.plot(_thresholds(curve), _amounts(shares), style, color=color, label=name)
    _mark(axes, chosen)
    axes.set_ylim(0, 1.02)
    return _svg(figure)


def profit_plot(curve: Sequence[Outcome], chosen: float) -> str:
    """Draw the profit against the threshold, by the probabilities and by who left."""
    figure, axes = _figure("What it would pay", "threshold (flagged from this probability)", "profit")
    axes.axhline(0, color=FAINT, linestyle=":")
    axes.plot(_thresholds(curve), _amounts(at.expected for at in curve), color=FAINT, label="by the probabilities")
    axes.plot(_thresholds(curve), _amounts(at.realised for at in curve), color=OURS, label="by who left")
    _mark(axes, chosen)
    return _svg(figure)


def _thresholds(curve: Sequence[Outcome]) -> list[float]:
    return [at.threshold for at in curve]


def _amounts(values: Iterable[float | None]) -> Floats:
    """Return values with a gap (NaN) where there is none."""
    return np.array(list(values), np.float64)


def _mark(axes: Axes, chosen: float) -> None:
    """Mark the chosen threshold, and name the lines beside the plot, where they cover none."""
    axes.axvline(chosen, color="black", linewidth=1, linestyle=":", label=f"chosen: {chosen:.3f}")
    axes.set_xlim(left=0)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, frameon=False, fontsize=9)


def payoff_plot(payoff: Payoff) -> str:
    """Draw the profit per customer against the share contacted, with the highest point and the bundle's own share."""
    best, chosen = payoff.best, payoff.chosen
    figure, axes = _figure(
        "What contacting would pay", "share of customers contacted, the riskiest first", "profit per customer"
    )
    axes.axhline(0, color=FAINT, linestyle=":")
    axes.plot(*_thin(payoff.shares, payoff.profits), color=OURS, label="by who left")
    axes.plot([best.share], [best.profit_per_1000 / 1_000], "o", color=THEIRS, label=f"highest: {best.share:.1%}")
    axes.axvline(chosen.share, color="black", linewidth=1, linestyle=":", label=f"chosen: {chosen.share:.1%}")
    axes.set_xlim(-0.01, 1.01)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3, frameon=False, fontsize=9)
    return _svg(figure)


def drivers_plot(drivers: Sequence[Driver]) -> str:
    """Draw how far each field moves the log-odds, the largest first."""
    shown = drivers[:_DRIVERS_SHOWN]
    count = f" (the first {len(shown)} of {len(drivers)} fields)" if len(shown) < len(drivers) else ""
    figure, axes = _figure(
        f"What moves the risk{count}", "mean absolute contribution to the log-odds", "", (7.2, 0.9 + 0.3 * len(shown))
    )
    colors = [FAINT if driver.does_little else OURS for driver in shown]
    axes.barh([driver.field.name for driver in shown], [driver.contribution for driver in shown], color=colors)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    return _svg(figure)


def history_plot(history: History) -> str:
    """Draw the loss by epoch of the rows that teach the network and of those kept apart."""
    figure, axes = _figure("Training", "epoch", "log loss")
    epochs = range(1, len(history.train) + 1)
    axes.plot(epochs, history.train, color=FAINT, label="rows that teach")
    axes.plot(epochs, history.validation, color=OURS, label="rows kept apart")
    if history.best_epoch < len(history.train):
        axes.axvline(history.best_epoch, color=THEIRS, linestyle=":", label=f"best epoch {history.best_epoch}")
    axes.legend(loc="best", frameon=False)
    return _svg(figure)
