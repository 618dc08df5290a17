"""docs/reliability.md from what was found."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime

from benchmarks.chaos.result import Result

_HEAD = "| scenario | what was done | what is promised | what was found | kept |\n|---|---|---|---|---|"


def page(command: str, took_s: float, results: Mapping[str, Result]) -> str:
    """Return the page; ``command`` is what was run, and ``took_s`` how long all of it took."""
    return f"""# Reliability

What becomes of requests under load and faults: real processes on loopback, and callers who count each of their own
requests (benchmarks/chaos). A request counts as accepted when the connection that it was sent on had been made.
Client and service share the cores.

`{command}`, {datetime.now(tz=UTC):%Y-%m-%d}, {took_s / 60:.1f} minutes: {machine()}.

{table(results)}

{verdict(results)}
"""


def table(results: Mapping[str, Result]) -> str:
    """Return the results, by the names of their scenarios, as a Markdown table."""
    rows = [_row(name, one) for name, one in results.items()]
    return "\n".join([_HEAD, *rows])


def verdict(results: Mapping[str, Result]) -> str:
    """Return one sentence about all promises."""
    broken = [name for name, one in results.items() if one.kept is False]
    untried = [name for name, one in results.items() if one.kept is None]
    kept = len(results) - len(broken) - len(untried)
    said = f"{kept} of {len(results)} promises were kept"
    if broken:
        said += f", {len(broken)} broken: {', '.join(broken)}"
    if untried:
        said += f", {len(untried)} could not be tried here: {', '.join(untried)}"
    return f"{said}."


def machine() -> str:
    """Return what it ran on."""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )


def _row(name: str, one: Result) -> str:
    cells = [name, one.done, one.promise, one.figures, one.verdict]
    return f"| {' | '.join(' '.join(cell.replace('|', '/').split()) for cell in cells)} |"
