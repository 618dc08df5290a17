"""Engines: what turns columns into probabilities. Chosen lazily, so that none is imported in vain."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from churn.errors import EngineError

if TYPE_CHECKING:
    from churn.bundle import Bundle
    from churn.engines.base import Engine

_NEEDS = {
    "compiled": "pip install churn-service",
    "reference": "pip install 'churn-service[reference]'",
}
ENGINES = tuple(_NEEDS)


def load_engine(name: str, bundle: Bundle) -> Engine:
    """Load an engine (``compiled`` or ``reference``) for an opened bundle.

    Raises:
        EngineError: there is no such engine, or what it needs is not installed.
    """
    if name not in _NEEDS:
        raise EngineError(f"There is no engine {name!r}; choose one of {', '.join(ENGINES)}.")
    try:
        module = import_module(f"churn.engines.{name}")
    except ImportError as error:
        raise EngineError(f"The {name} engine needs {error.name}, which is not installed: {_NEEDS[name]}.") from None
    engine: Engine = module.load(bundle)
    return engine
