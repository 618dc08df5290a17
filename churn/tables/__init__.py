"""Files of customers <-> columns: CSV, Parquet and Arrow IPC in, CSV and Parquet out.

The only package that imports PyArrow. From the outside inwards: ``reading`` (whole files and batches),
``sources`` (one class for each format), ``text`` (where the records of a CSV file begin), ``rows`` (a
table -> columns), ``cells`` (one column); ``writing`` for the way back.
"""

from __future__ import annotations

from churn.tables.reading import BatchReader, RawTable, read_batches, read_table
from churn.tables.rows import ParsedRows, to_columns
from churn.tables.writing import Answers, answer_file, check_target

__all__ = [
    "Answers",
    "BatchReader",
    "ParsedRows",
    "RawTable",
    "answer_file",
    "check_target",
    "read_batches",
    "read_table",
    "to_columns",
]
