"""The query parameters of ``POST /predict``."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from churn.errors import shown
from service.pages.openapi import ON_ERROR
from service.problems import Refusal

_RULES = {
    "on_error": "on_error=report scores the good records and reports the others; on_error=refuse, as without it, "
    "refuses all",
    "explain": "explain=3 adds the three largest reasons to each prediction",
}


@dataclass(slots=True)
class Parameters:
    """What a request asks for: ``report`` wrong records in their place, ``explain`` with so many reasons (0: none)."""

    report: bool = False
    explain: int = 0


def parameters(query: bytes, fields: int) -> Parameters:
    """Read the query of a request to a model of so many fields.

    Raises:
        Refusal: there is a parameter other than these, one is given twice, or has an unknown value (422).
    """
    given = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=None)
    found: dict[str, str] = {}
    for name, value in given:
        if name not in _RULES:
            raise Refusal(
                "invalid-parameters",
                f"There is no query parameter {shown(name)}; /predict knows {' and '.join(_RULES)}: "
                f"{'; '.join(_RULES.values())}.",
            )
        if name in found:
            raise _wrong(name, "given more than once")
        found[name] = value
    on_error = found.get("on_error", ON_ERROR[0])
    if on_error not in ON_ERROR:
        raise _wrong("on_error", shown(on_error))
    return Parameters(on_error == "report", _count(found["explain"], fields) if "explain" in found else 0)


def _count(text: str, fields: int) -> int:
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= count <= fields:
        right = f"ask for 1 to {fields} reasons, for the model has {fields} fields; POST /explain gives all"
        raise Refusal("invalid-parameters", f"The query parameter explain is {shown(text)}; {right}.")
    return count


def _wrong(name: str, what: str) -> Refusal:
    return Refusal("invalid-parameters", f"The query parameter {name} is {what}; {_RULES[name]}.")
