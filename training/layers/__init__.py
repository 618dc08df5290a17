"""The layers of the networks: small, stock operations only, so that every runtime has them."""

from training.layers.calibration import BetaCalibration
from training.layers.categories import CategoryEmbedding
from training.layers.ensemble import EnsembleDense, EnsembleLogits, MeanMember
from training.layers.numbers import PeriodicEmbedding, PiecewiseLinearEmbedding, SmoothClip, quantile_edges
from training.layers.scale import ColumnScale

__all__ = [
    "BetaCalibration",
    "CategoryEmbedding",
    "ColumnScale",
    "EnsembleDense",
    "EnsembleLogits",
    "MeanMember",
    "PeriodicEmbedding",
    "PiecewiseLinearEmbedding",
    "SmoothClip",
    "quantile_edges",
]
