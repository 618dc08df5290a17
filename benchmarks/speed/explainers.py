"""Reasons beside the exact attributions of boosted trees, in a process of its own on the server's core."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.speed.cores import SERVER_CORE

Explainers = dict[str, dict[str, float]]
"""By name: records a second of many at once, and ms for one."""


def measure_explainers(bundle: Path) -> Explainers:
    """Measure, on one core, in turns."""
    command = ["taskset", "-c", str(SERVER_CORE), sys.executable, "-m", "benchmarks.explanations.trees", str(bundle)]
    found: Explainers = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found
