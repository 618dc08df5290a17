"""Only the lines that say nothing are kept from stderr."""

import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[4]


def stderr_of(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    return done.stderr


def test_information_is_dropped_and_all_else_passed_on():
    script = """
import os
from churn.engines.quiet import without_information
with without_information():
    os.write(2, b"INFO: made something\\nWARNING: mind this\\n")
os.write(2, b"INFO: afterwards\\n")
"""
    assert stderr_of(script) == "WARNING: mind this\nINFO: afterwards\n"


def test_loading_a_model_says_nothing():
    script = """
from churn.bundle import open_bundle
from churn.scoring import Scorer
Scorer.open(open_bundle("artifacts/telco")).close()
"""
    assert stderr_of(script) == ""


def test_a_process_without_stderr_is_fine():
    script = """
import os
os.close(2)
from churn.engines.quiet import without_information
with without_information():
    print("here")
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "here\n"
    assert os.fstat(2)


def test_two_blocks_that_overlap_leave_stderr_as_it_was():
    script = """
import os
from churn.engines.quiet import without_information
first, second = without_information(), without_information()
first.__enter__()
second.__enter__()
first.__exit__(None, None, None)
second.__exit__(None, None, None)
os.write(2, b"still here\\n")
"""
    assert stderr_of(script) == "still here\n"
