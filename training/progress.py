"""Progress of a training: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Self

from rich.console import Console
from rich.table import Table

from churn.bundle import REPORT, Bundle
from churn.command import Progress
from training.findings import Finding
from training.measure.metrics import TITLES

_LINE_EVERY_S = 5.0
_TICK_S = 0.5


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
        with self._bar(what) as bar:
            yield EpochProgress(self, bar, what)

    @contextmanager
    def jobs(self, what: str, total: int | None) -> Iterator[JobProgress]:
        """Show jobs that end one by one, in any thread, while the block runs; ``total`` where it is known."""
        with self._bar(what) as bar:
            yield JobProgress(self, bar, what, total)

    @contextmanager
    def _bar(self, what: str) -> Iterator[TickingBar | None]:
        """Give a bar on a terminal, None in a log."""
        if not self.console.file.isatty():
            yield None
            return
        with Progress(what, self.console.file) as progress, TickingBar(progress) as bar:
            yield bar


class TickingBar:
    """A bar whose clock goes on between two steps, for a step may take minutes."""

    def __init__(self, progress: Progress) -> None:
        """Take what draws it."""
        self._progress = progress
        self._started_s = time.monotonic()
        self._share, self._said = 0.0, "..."
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        """Let the clock run; it draws the bar."""
        self._ticker.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let the clock stand."""
        self._ended.set()
        self._ticker.join()

    def show(self, share: float, said: str) -> None:
        """Tell that ``share`` (0 to 1) of the work is done."""
        with self._lock:
            self._share, self._said = share, said
            self._draw()

    def _tick(self) -> None:
        while not self._ended.wait(_TICK_S):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        elapsed = timedelta(seconds=int(time.monotonic() - self._started_s))
        self._progress.draw(self._share, f"{elapsed}, {self._said}")


class JobProgress:
    """Shows how many jobs have ended."""

    def __init__(self, reporter: Reporter, bar: TickingBar | None, what: str, total: int | None) -> None:
        """Begin; without a bar every job is a line."""
        self._reporter, self._bar, self._what, self._total = reporter, bar, what, total
        self._done = 0
        self._lock = threading.Lock()

    def __call__(self, job: str) -> None:
        """Tell that a job has ended."""
        with self._lock:
            self._done += 1
            said = f"{self._done}{f' of {self._total}' if self._total else ''} ({job})"
            if self._bar:
                self._bar.show(self._done / self._total if self._total else 0.0, said)
            else:
                self._reporter.say(f"  {self._what}: {said}")


class EpochProgress:
    """Shows one fit, epoch by epoch."""

    def __init__(self, reporter: Reporter, bar: TickingBar | None, what: str) -> None:
        """Begin; without a bar there is a line every few seconds, and one at the end."""
        self._reporter, self._bar, self._what = reporter, bar, what
        self._said_at_s = time.monotonic()

    def __call__(self, epoch: int, total: int, train_loss: float, validation_loss: float) -> None:
        """Tell that ``epoch`` (from 1) of ``total`` ended with these log losses."""
        said = f"epoch {epoch} of {total}, log loss {train_loss:.4f} training, {validation_loss:.4f} kept apart"
        late = time.monotonic() - self._said_at_s > _LINE_EVERY_S
        if self._bar:
            self._bar.show(epoch / total, said)
        elif late or epoch == total:
            self._said_at_s = time.monotonic()
            self._reporter.say(f"  {self._what}: {said}")
