"""What a target of the fuzzer is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

Run = Callable[[bytes], None]
"""Gives bytes to a parser and judges what it makes of them; whatever it raises is a find."""

Open = Callable[[Path], AbstractContextManager[Run]]
"""Makes what is run, with a folder for its files."""
