"""The layers of the networks: small, stock operations only, so that every runtime has them."""

from training.networks.layers.calibration import BetaCalibration
from training.networks.layers.categories import CategoryEmbedding
from training.networks.layers.ensemble import EnsembleDense, EnsembleLogits, MeanMember
from training.networks.layers.numbers import PeriodicEmbedding, PiecewiseLinearEmbedding, SmoothClip, quantile_edges
from training.networks.layers.scale import ColumnScale

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
