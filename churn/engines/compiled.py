"""The engine that serves: compiled preprocessing and LiteRT. No TensorFlow, no pickle, no pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from churn.bundle import COMPILED_MODEL, COMPILED_PREPROCESSOR, Bundle, damaged
from churn.columns import Columns, Floats
from churn.engines.quiet import without_information
from churn.errors import EngineError
from churn.preprocess import Preprocessor


class CompiledEngine:
    """LiteRT on the compiled model. Not for several threads at once (an Interpreter is not)."""

    def __init__(self, preprocessor: Preprocessor, model: bytes, *, threads: int = 1) -> None:
        """Build the interpreter.

        Raises:
            EngineError: the model is no LiteRT model.
        """
        self.preprocess = preprocessor
        self._model = model
        self._threads = threads
        try:
            with without_information():
                self._interpreter = Interpreter(model_content=model, num_threads=threads)
                self._interpreter.allocate_tensors()
        except ValueError as error:
            raise EngineError(f"The compiled model is no LiteRT model: {error}") from None
        details = {_input_name(entry["name"]): entry["index"] for entry in self._interpreter.get_input_details()}
        self._numbers: int | None = details.get("numbers")
        self._codes: int | None = details.get("codes")
        self._output: int = self._interpreter.get_output_details()[0]["index"]
        self._rows = -1

    def predict(self, columns: Columns) -> Floats:
        """Return probabilities, (n,) float64, for the n customers of the batch."""
        if not len(columns):
            return np.empty(0)
        inputs = self.preprocess(columns)
        if len(columns) != self._rows:
            self._resize(inputs.numbers.shape, inputs.codes.shape)
        if self._numbers is not None:
            self._interpreter.set_tensor(self._numbers, inputs.numbers)
        if self._codes is not None:
            self._interpreter.set_tensor(self._codes, inputs.codes)
        self._interpreter.invoke()
        answer: Any = self._interpreter.get_tensor(self._output)
        return np.asarray(answer, dtype=np.float64).reshape(-1)

    def _resize(self, numbers: tuple[int, ...], codes: tuple[int, ...]) -> None:
        if self._numbers is not None:
            self._interpreter.resize_tensor_input(self._numbers, numbers)
        if self._codes is not None:
            self._interpreter.resize_tensor_input(self._codes, codes)
        self._interpreter.allocate_tensors()
        self._rows = numbers[0]

    def twin(self) -> CompiledEngine:
        """Return an engine with an interpreter of its own on the same model."""
        return CompiledEngine(self.preprocess, self._model, threads=self._threads)

    def close(self) -> None:
        """Free the interpreter."""
        del self._interpreter


def _input_name(tensor_name: str) -> str:
    """``serving_default_numbers:0`` -> ``numbers``."""
    return "numbers" if "numbers" in tensor_name else "codes"


def load(bundle: Bundle) -> CompiledEngine:
    """Load the compiled form of a bundle.

    Raises:
        BundleError: a part of it is damaged, although its digest is right.
    """
    try:
        preprocessor = Preprocessor.load(bundle.file(COMPILED_PREPROCESSOR), bundle.schema)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise damaged(COMPILED_PREPROCESSOR, bundle.path, error) from None
    try:
        return CompiledEngine(preprocessor, bundle.file(COMPILED_MODEL).read_bytes())
    except EngineError as error:
        raise damaged(COMPILED_MODEL, bundle.path, error) from None
