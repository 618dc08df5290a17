"""The scikit-learn pipeline: the canonical DataFrame -> one matrix of numbers, missing indicators and codes.

Made of stock parts only, so that ``preprocessor.joblib`` unpickles where this package is not installed.
``churn.engines.frame.to_frame`` makes the canonical DataFrame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, OrdinalEncoder, RobustScaler, StandardScaler

from churn.columns import MISSING, UNSEEN
from churn.preprocess import FORMAT
from churn.schema import Field, Schema

CLIP = 1e3
"""Scaled numbers stay within +-CLIP; the network's own smooth clip is far tighter."""
_HUGE = 1e100
"""Numbers are cut here first, so that no scaling of theirs overflows."""


def make_pipeline(schema: Schema) -> ColumnTransformer:
    """Return the unfitted pipeline.

    It takes n rows of the canonical DataFrame and gives (n, d + m + c) float64: the d numbers imputed, scaled
    and clipped; a 0/1 indicator for each of the m nullable numbers; the codes of the c categories.
    """
    nullable = [field.name for field in schema.numbers if field.nullable]
    parts: list[tuple[str, Any, list[str]]] = [
        ("numbers", _numbers(), [field.name for field in schema.numbers]),
        ("missing", MissingIndicator(features="all"), nullable),
        ("codes", _codes(schema.categories), [field.name for field in schema.categories]),
    ]
    return ColumnTransformer([part for part in parts if part[2]], sparse_threshold=0)


def _numbers() -> Pipeline:
    """Impute the median, centre on it, scale by the IQR, clip.

    Where the IQR is zero (a balance that mostly is 0) the scale is the standard deviation, and where that is
    zero too it is 1: the IQR is taken of what has unit deviation already, and every scaler turns a zero into 1.
    """
    return Pipeline(
        [
            ("cut", _clip(_HUGE)),
            ("fill", SimpleImputer(strategy="median", keep_empty_features=True)),
            ("unit", MaxAbsScaler()),  # so that no square of a large number overflows in the deviation
            ("deviation", StandardScaler(with_mean=False)),
            ("iqr", RobustScaler()),
            ("clip", _clip(CLIP)),
        ]
    )


def _clip(limit: float) -> FunctionTransformer:
    return FunctionTransformer(np.clip, kw_args={"a_min": -limit, "a_max": limit}, feature_names_out="one-to-one")


def _codes(categories: Sequence[Field]) -> Pipeline:
    levels = [np.array([*map(str, field.levels), np.nan], dtype=object) for field in categories]
    encoder = OrdinalEncoder(
        categories=levels,
        handle_unknown="use_encoded_value",
        unknown_value=UNSEEN,
        encoded_missing_value=MISSING,
    )
    # The encoder knows NaN as missing, but not None, which is what a batch of nothing but missing texts holds.
    nan_for_none = FunctionTransformer(pd.DataFrame.fillna, kw_args={"value": np.nan}, feature_names_out="one-to-one")
    return Pipeline([("nan", nan_for_none), ("encode", encoder)])


def pipeline_state(pipeline: ColumnTransformer, schema: Schema) -> dict[str, Any]:
    """Return what ``compiled/preprocessor.json`` holds: the state of a fitted pipeline as plain data."""
    return {
        "format": FORMAT,
        "clip": CLIP,
        "numbers": _numbers_state(pipeline.named_transformers_["numbers"], schema) if schema.numbers else [],
        "categories": [{"name": field.name, "levels": len(field.levels)} for field in schema.categories],
    }


def _numbers_state(numbers: Pipeline, schema: Schema) -> list[dict[str, Any]]:
    """Read fill, centre and scale in the unit of the field from the chain of scalers."""
    unit = numbers["unit"].scale_ * numbers["deviation"].scale_
    fill, center, scale = numbers["fill"].statistics_, numbers["iqr"].center_ * unit, numbers["iqr"].scale_ * unit
    return [
        {
            "name": field.name,
            "fill": float(fill[j]),
            "center": float(center[j]),
            "scale": float(scale[j]),
            "indicator": field.nullable,
        }
        for j, field in enumerate(schema.numbers)
    ]
