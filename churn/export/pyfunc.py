"""What MLflow loads of an exported model, and asks: a DataFrame of customers -> a DataFrame of answers.

There is one scoring path. A DataFrame is read as churn-score reads a table, and scored by the same ``Scorer``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from churn.answers import RISKS
from churn.bundle import open_bundle
from churn.errors import BadInput, TableError
from churn.export.config import as_of_in
from churn.scoring import Scorer
from churn.tables import frame_batch, refusal_text

_TOLD_ROWS = 5
_RISKS = np.array(RISKS, dtype=object)


class ChurnModel:
    """Answers DataFrames; safe for several threads."""

    def __init__(self, scorer: Scorer) -> None:
        """Take what scores."""
        self._scorer = scorer

    def predict(self, model_input: Any, params: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Return ``churn_probability`` (float64), ``churn`` (bool) and ``risk`` (text) of each of n customers.

        ``model_input`` is a DataFrame of n rows, or a list of n records; the answers have its order and its index.

        Raises:
            BadInput: it is something else, lacks a column, or holds a value that cannot be: then no row is answered.
        """
        if params:
            raise BadInput(f"The model was given the parameters {sorted(params)}; it takes none.")
        frame = _to_frame(model_input, [field.name for field in self._scorer.schema.fields])
        batch = frame_batch(frame, self._scorer.schema)
        if batch.refused:
            told = [refusal_text(refused) for refused in list(batch.refused.values())[:_TOLD_ROWS]]
            more = f" and {len(batch.refused) - len(told):,} more" if len(batch.refused) > len(told) else ""
            raise TableError(
                f"{len(batch.refused):,} of {len(batch):,} rows cannot be scored, so none was: {'. '.join(told)}{more}."
            )
        scores = self._scorer.score(batch.columns)
        return pd.DataFrame(
            {"churn_probability": scores.probability, "churn": scores.churn, "risk": _RISKS[scores.risk]},
            index=frame.index,
        )


def _to_frame(given: Any, names: Sequence[str]) -> pd.DataFrame:
    """Return customers as a DataFrame; of records, with the values as they are."""
    if isinstance(given, pd.DataFrame):
        return given
    if isinstance(given, list) and all(isinstance(record, Mapping) for record in given):
        return pd.DataFrame(given, dtype=object) if given else pd.DataFrame(columns=list(names))
    raise BadInput(
        f"The model was given {type(given).__name__}; it takes a pandas DataFrame with a row for each customer, "
        "or a list of records, each a mapping of names to values."
    )


def _load_pyfunc(path: str, model_config: Mapping[str, Any] | None = None) -> ChurnModel:
    """Open the bundle in the folder ``path``, as MLflow asks; it has to reproduce its golden rows.

    Raises:
        BadInput: a setting of ``model_config`` cannot be used.
        BundleError: it is damaged.
        ParityError: it answers otherwise here than where it was trained.
    """
    bundle = open_bundle(path)
    scorer = Scorer.open(bundle, as_of=as_of_in(model_config))
    scorer.check_golden(bundle)
    return ChurnModel(scorer)
