"""Exports of a fitted network: the SavedModel that the ecosystem reads, the LiteRT file that serves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

OUTPUT = "probability"


def export_saved_model(model: keras.Model, folder: Path) -> None:
    """Write a SavedModel: ``serving_default`` takes ``numbers`` and ``codes``, and gives ``probability`` (n, 1)."""
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serving_default", _endpoint(model), input_signature=_specs(model))
    archive.write_out(str(folder), verbose=False)


def export_litert(saved_model: Path, file: Path) -> None:
    """Compile an exported SavedModel to a LiteRT flatbuffer: float32, built-in operations only, any batch size.

    The converter freezes the variables of a SavedModel; given a function of a Keras model it may not, and
    then converts to garbage without a word. ``export.write_golden`` compares the outputs all the same.
    """
    file.write_bytes(tf.lite.TFLiteConverter.from_saved_model(str(saved_model)).convert())


def _endpoint(model: keras.Model) -> Callable[..., dict[str, Any]]:
    names = [tensor.name for tensor in model.inputs]

    def probability(*inputs: Any) -> dict[str, Any]:
        return {OUTPUT: model(dict(zip(names, inputs, strict=True)), training=False)}

    return probability


def _specs(model: keras.Model) -> list[Any]:
    return [tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype, name=tensor.name) for tensor in model.inputs]
