"""The forms in which a table holds the values of a column, whatever the file's own types are called."""

from __future__ import annotations

import re
from enum import Enum

NUMERAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
"""A decimal number, as the cells of a table write it."""


class Form(Enum):
    """One form; the value says what is handed over."""

    NUMERALS = "texts that are decimal numbers, as floats"
    TEXTS = "any other texts"
    WHOLES = "whole numbers"
    FLOATS = "floats and decimals"
    TRUTHS = "true and false"
    DAYS = "days since 1970-01-01"
    HOURS = "hours since midnight"
