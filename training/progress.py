"""Progress of a training: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import threading
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
    def epochs(self, what: str) -> Iterator[EpochProgress]:
        """Show the epochs of a fit while the block runs."""
        with self._bar() as progress:
            yield EpochProgress(self, progress, what)

    @contextmanager
    def jobs(self, what: str, total: int | None) -> Iterator[JobProgress]:
        """Show jobs that end one by one, in any thread, while the block runs; ``total`` where it is known."""
        with self._bar() as progress:
            yield JobProgress(self, progress, what, total)

    def _bar(self) -> Progress:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        return Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal)


class JobProgress:
    """Shows how many jobs have ended."""

    def __init__(self, reporter: Reporter, progress: Progress, what: str, total: int | None) -> None:
        """Start the bar."""
        self._reporter, self._progress, self._what, self._total = reporter, progress, what, total
        self._task = progress.add_task(what, total=total)
        self._done = 0
        self._lock = threading.Lock()

    def __call__(self, job: str) -> None:
        """Tell that a job has ended."""
        with self._lock:
            self._done += 1
            self._progress.update(self._task, completed=self._done)
            if self._progress.disable:
                self._reporter.say(f"  {self._what}: {self._done}{f' of {self._total}' if self._total else ''} ({job})")


class EpochProgress:
    """Shows one fit, epoch by epoch."""

    def __init__(self, reporter: Reporter, progress: Progress, what: str) -> None:
        """Start the bar."""
        self._reporter, self._progress, self._what = reporter, progress, what
        self._task = progress.add_task(what, total=None)
        self._said_at_s = time.monotonic()

    def __call__(self, epoch: int, total: int, train_loss: float, validation_loss: float) -> None:
        """Tell that ``epoch`` (from 1) of ``total`` ended with these log losses."""
        losses = f"log loss {train_loss:.4f} training, {validation_loss:.4f} kept apart"
        self._progress.update(self._task, completed=epoch, total=total, description=f"{self._what}, {losses}")
        late = time.monotonic() - self._said_at_s > _LINE_EVERY_S
        if self._progress.disable and (late or epoch == total):
            self._said_at_s = time.monotonic()
            self._reporter.say(f"  {self._what}: epoch {epoch} of {total}, {losses}")
