"""Progress of a training: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from churn.bundle import REPORT, Bundle
from training.inspect import Finding
from training.metrics import TITLES

_LINE_EVERY_S = 5.0


class Reporter:
    """Says on stderr what a training is doing."""

    def __init__(self, console: Console | None = None) -> None:
        """Take a console; the default writes to stderr."""
        self.console = console or Console(stderr=True, soft_wrap=True)

    def say(self, sentence: str) -> None:
        """Say one sentence, whatever it holds (no markup)."""
        self.console.print(sentence, markup=False, highlight=False)

    def warn(self, sentence: str) -> None:
        """Say one sentence that a user should not miss."""
        self.console.print(f"warning: {sentence}", style="yellow", markup=False, highlight=False)

    def found(self, finding: Finding) -> None:
        """Say one finding about the data, a warning in colour."""
        where = f"{finding.column}: " if finding.column else ""
        style = "yellow" if finding.level == "warning" else None
        self.console.print(f"{finding.level}: {where}{finding.sentence}", style=style, markup=False, highlight=False)

    def finished(self, bundle: Bundle) -> None:
        """Show what was made: the figures, and what to do with it."""
        test, theirs = (bundle.manifest.metrics[name] for name in ("test", "logistic_regression"))
        table = Table("", "this model", "95 % interval", "logistic regression", box=None, pad_edge=False)
        for name, title in TITLES.items():
            figure = test[name]
            interval = f"{figure['low']:.4f} to {figure['high']:.4f}"
            table.add_row(title, f"{figure['value']:.4f}", interval, f"{theirs[name]['value']:.4f}")
        self.console.print(table)
        facts = bundle.manifest.training
        self.say(f"Flagged from a probability of {bundle.manifest.threshold:.4f}: {facts['threshold_rule']}.")
        if facts["threshold_warning"]:
            self.warn(facts["threshold_warning"])
        self.say(f"Written: {bundle.path} (read {bundle.path / REPORT}). Serve it: churn-serve {bundle.path}")

    @contextmanager
    def epochs(self, total: int) -> Iterator[EpochProgress]:
        """Show the epochs of a fit while the block runs."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        progress = Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal)
        with progress:
            yield EpochProgress(self, progress, total)


class EpochProgress:
    """Shows one fit, epoch by epoch."""

    def __init__(self, reporter: Reporter, progress: Progress, total: int) -> None:
        """Start the bar."""
        self._reporter = reporter
        self._progress = progress
        self._task = progress.add_task("Training", total=total)
        self._said_at_s = time.monotonic()

    def __call__(self, epoch: int, total: int, train_loss: float, validation_loss: float) -> None:
        """Tell that ``epoch`` (from 1) of ``total`` ended with these log losses."""
        what = f"log loss {train_loss:.4f} training, {validation_loss:.4f} validation"
        self._progress.update(self._task, completed=epoch, total=total, description=f"Training, {what}")
        late = time.monotonic() - self._said_at_s > _LINE_EVERY_S
        if self._progress.disable and (late or epoch == total):
            self._said_at_s = time.monotonic()
            self._reporter.say(f"  epoch {epoch} of {total}: {what}")
