"""Files of customers <-> columns: CSV, Parquet and Arrow IPC in, CSV and Parquet out.

The only package that imports PyArrow. From the outside inwards: ``reading`` (whole files and batches),
``sources`` (one class for each format), ``text`` (where the records of a CSV file begin), ``rows`` (a
table -> a batch), ``cells`` (one column); ``frames`` for a DataFrame in the place of a file; ``writing`` for the
way back, ``kept`` for what goes along on it.
"""

from __future__ import annotations

from churn.tables.frames import frame_batch
from churn.tables.kept import kept_columns, left_out_note
from churn.tables.reading import BatchReader, RawTable, read_batches, read_column_names, read_table
from churn.tables.rows import identifier_texts, to_batch
from churn.tables.writing import ANSWER_NAMES, answer_file, check_answers_target, refusal_text

__all__ = [
    "ANSWER_NAMES",
    "BatchReader",
    "RawTable",
    "answer_file",
    "check_answers_target",
    "frame_batch",
    "identifier_texts",
    "kept_columns",
    "left_out_note",
    "read_batches",
    "read_column_names",
    "read_table",
    "refusal_text",
    "to_batch",
]
