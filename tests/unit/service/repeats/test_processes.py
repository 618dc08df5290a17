"""What one process keeps, claims and leaves behind, as another sees it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.service.repeats.forked import SCENARIOS

PROJECT = Path(__file__).parents[4]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_between_processes(scenario):
    command = [sys.executable, "-W", "error", "-m", "tests.unit.service.repeats.forked", scenario]
    found = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")
