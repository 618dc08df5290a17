"""What there is instead of what was asked for."""

from __future__ import annotations

from churn.errors import shown
from service.problems import Refusal


def not_served(path: str, prefix: str, name: str, version: str) -> Refusal:
    """Return the refusal of a path below ``prefix``: of another model or version, or of what a model does not do."""
    asked, colon, verb = path.removeprefix(f"{prefix}/models/").partition(":")
    other, slash, versioned = asked.partition("/versions/")
    if not path.startswith(f"{prefix}/models/") or not other:
        said = f"There is nothing at this path; the model here is {prefix}/models/{name}"
    elif other.partition("/")[0] != name:
        said = f"Servable not found for request: Latest({shown(other)}); the model here is {shown(name)}"
    elif slash and versioned.partition("/")[0] != version:
        said = f"Servable not found for request: Specific({name}, {shown(versioned)}); version {version} is served here"
    else:
        done = f"{colon}{verb}" if colon else path
        said = f"There is no {shown(done)} of this model; POST its :predict or :explain, or GET it or its /metadata"
    return Refusal("not-found", f"{said}.")
