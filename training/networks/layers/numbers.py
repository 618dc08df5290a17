"""Embeddings of numbers. In the shapes, n is the batch and d the numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

_package = keras.saving.register_keras_serializable("churn")


@_package
class SmoothClip(keras.layers.Layer):
    """x / sqrt(1 + (x / limit)^2): about x near zero, never beyond +-limit.

    Shape: (n, f) -> (n, f). Holzmüller et al. 2024, Better by Default (arXiv 2407.04491).
    """

    def __init__(self, limit: float = 3.0, **kwargs: Any) -> None:
        """Take the bound of the output."""
        super().__init__(**kwargs)
        self.limit = limit

    def call(self, x: Any) -> Any:
        """Clip smoothly."""
        return x * ops.rsqrt(1.0 + ops.square(x) * (1.0 / self.limit**2))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "limit": self.limit}


@_package
class PeriodicEmbedding(keras.layers.Layer):
    """Learned cosines of each number, mixed down to a few dimensions per number (PBLD without its skip).

    Shape: (n, d) -> (n, d * dimensions). Per number x: W cos(2 pi (w x + b)) + v, where w starts from
    N(0, sigma^2). Gorishniy et al. 2022, On Embeddings for Numerical Features (arXiv 2203.05556), in the
    form of Holzmüller et al. 2024 (arXiv 2407.04491), who put x itself beside it.
    """

    def __init__(self, frequencies: int = 16, dimensions: int = 3, sigma: float = 0.3, **kwargs: Any) -> None:
        """Take the cosines and the dimensions of each number, and the spread of the first frequencies."""
        super().__init__(**kwargs)
        self.frequencies, self.dimensions, self.sigma = frequencies, dimensions, sigma

    def build(self, shape: Sequence[int | None]) -> None:
        """Make the weights for d numbers."""
        count = int(shape[-1] or 0)
        cosines = (count, self.frequencies)
        turn, fan_in = keras.initializers.RandomUniform(-math.pi, math.pi), 1 / math.sqrt(self.frequencies)
        spread = keras.initializers.RandomNormal(stddev=2 * math.pi * self.sigma)
        small = keras.initializers.RandomUniform(-fan_in, fan_in)
        self.frequency = self.add_weight(shape=cosines, initializer=spread, name="frequency")
        self.phase = self.add_weight(shape=cosines, initializer=turn, name="phase")
        self.kernel = self.add_weight(shape=(*cosines, self.dimensions), initializer=small, name="kernel")
        self.bias = self.add_weight(shape=(count * self.dimensions,), initializer="zeros", name="bias")

    def call(self, x: Any) -> Any:
        """Embed every number."""
        waves = ops.cos(ops.expand_dims(x, -1) * self.frequency + self.phase)
        mixed = ops.einsum("ndk,dkm->ndm", waves, self.kernel)
        return ops.reshape(mixed, (-1, self.bias.shape[0])) + self.bias

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"frequencies": self.frequencies, "dimensions": self.dimensions, "sigma": self.sigma}
        return {**super().get_config(), **own}


@_package
class PiecewiseLinearEmbedding(keras.layers.Layer):
    """Each number as how far it has come through each bin, mixed to a few dimensions per number.

    Shape: (n, d) -> (n, d * dimensions). With the bins b_0 < ... < b_T of one number, piecewise-linear
    encoding (PLE) gives T values e_t = (x - b_{t-1}) / (b_t - b_{t-1}), cut to [0, 1]; a linear map of them
    follows. Gorishniy et al. 2022, On Embeddings for Numerical Features (arXiv 2203.05556), equation 1. The map
    starts from zero, so that a step is learned only where the data ask for it.

    NOTE[DIFF]: in the paper the first and the last bin are open, and a far number grows for ever. Here it is
    cut, so that beyond the training range the answer is that of its end.
    """

    def __init__(self, edges: Sequence[Sequence[float]], dimensions: int = 4, **kwargs: Any) -> None:
        """Take the edges of the bins, at least two and ascending, of each of the d numbers (``quantile_edges``)."""
        super().__init__(**kwargs)
        self.edges, self.dimensions = [list(map(float, one)) for one in edges], dimensions

    def build(self, shape: Sequence[int | None]) -> None:  # noqa: ARG002  the edges say it all
        """Make the map; numbers with fewer bins than the others get bins that are never entered."""
        count, bins = len(self.edges), max(map(len, self.edges)) - 1
        self.start, self.rate = np.zeros((2, count, bins), dtype=np.float32)
        for j, edges in enumerate(np.asarray(one, dtype=np.float32) for one in self.edges):
            self.start[j, : len(edges) - 1] = edges[:-1]
            self.rate[j, : len(edges) - 1] = 1 / np.diff(edges)
        self.kernel = self.add_weight(shape=(count, bins, self.dimensions), initializer="zeros", name="kernel")
        self.bias = self.add_weight(shape=(count * self.dimensions,), initializer="zeros", name="bias")

    def call(self, x: Any) -> Any:
        """Embed every number."""
        parts = ops.clip((ops.expand_dims(x, -1) - self.start) * self.rate, 0.0, 1.0)
        mixed = ops.einsum("ndt,dtm->ndm", parts, self.kernel)
        return ops.reshape(mixed, (-1, self.bias.shape[0])) + self.bias

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "edges": self.edges, "dimensions": self.dimensions}


def quantile_edges(numbers: npt.NDArray[np.float32], bins: int = 24) -> list[list[float]]:
    """Return the edges of at most ``bins`` bins with about equally many rows: (n, d) -> d lists, ascending.

    A number with one value gets one bin that begins there.
    """
    quantiles = np.quantile(numbers, np.linspace(0, 1, bins + 1), axis=0).astype(np.float32)
    distinct = [np.unique(quantiles[:, j]) for j in range(numbers.shape[1])]
    return [(edges if len(edges) > 1 else [edges[0], edges[0] + 1]) for edges in map(np.ndarray.tolist, distinct)]
