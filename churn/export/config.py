"""What may be set where an exported model is loaded: the day that dates are counted back from.

It is MLflow's ``model_config``. MLflow hands over only what the model's description names, and drops other settings
with a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from churn.errors import BadInput, shown

AS_OF = "as_of"
CONFIG = (AS_OF,)
"""The names of all settings; None stands for the bundle's own."""


def as_of_in(config: Mapping[str, Any] | None) -> date | None:
    """Return the day that the settings ask for; None for the bundle's own.

    Raises:
        BadInput: it is no day, or a setting is unknown.
    """
    given = dict(config or {})
    day = given.pop(AS_OF, None)
    if given:
        raise BadInput(f"The model was given the settings {sorted(given)}; it knows {list(CONFIG)}.")
    if day is None or type(day) is date:  # YAML makes a date of what looks like one
        return day
    try:
        return date.fromisoformat(day)
    except (TypeError, ValueError):
        raise BadInput(f"The setting as_of is {shown(day)}; it has to be a day, YYYY-MM-DD.") from None
