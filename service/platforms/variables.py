"""The variables and arguments of SageMaker, Vertex AI and Cloud Run, as the options of ``churn-serve``.

What an operator says, on the command line or in a CHURN_ variable, wins over what a platform says, and that over what
an image was made with: therefore an image gives its defaults under names of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

STORAGE = "AIP_STORAGE_URI"

_SERVE = ["serve"]
_SAGEMAKER = {
    "CHURN_BUNDLE": "/opt/ml/model",
    "CHURN_HOST": "0.0.0.0",  # noqa: S104  the platform alone reaches it
    "CHURN_PORT": "8080",
    "CHURN_CONSOLE": "off",
    "CHURN_MAX_RECORDS": "1000000",  # a batch transform fills each request up to its size
}
_TOLD: tuple[tuple[str, str], ...] = (
    ("PORT", "CHURN_PORT"),
    ("AIP_HTTP_PORT", "CHURN_PORT"),
    ("AIP_PREDICT_ROUTE", "CHURN_VERTEX_PREDICT"),
    ("AIP_HEALTH_ROUTE", "CHURN_VERTEX_HEALTH"),
    (STORAGE, "CHURN_BUNDLE"),
)
"""A platform's variable, and what it says here; the later one wins."""

_TELLS_PLATFORM = ("AIP_HTTP_PORT", "K_SERVICE")
"""Where one of them is set, Vertex AI or Cloud Run is all around, and asks from outside of the container."""

_IMAGE = (("CHURN_IMAGE_BUNDLE", "CHURN_BUNDLE"), ("CHURN_IMAGE_PORT", "CHURN_PORT"))


def adapted(argv: Sequence[str], environ: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Return command line and environment as ``service.settings`` reads them.

    ``serve`` alone is how SageMaker starts a container; a bundle in a folder of that name is ``./serve``.
    """
    given = {name: value for name, value in environ.items() if value}  # an orchestrator leaves one empty
    usual = {ours: given[theirs] for theirs, ours in _IMAGE if theirs in given}
    if list(argv) == _SERVE:
        bound = given.get("SAGEMAKER_BIND_TO_PORT")
        return [], {**usual, **_SAGEMAKER, **({"CHURN_PORT": bound} if bound else {}), **given}
    told = {ours: given[theirs] for theirs, ours in _TOLD if theirs in given}
    if any(name in given for name in _TELLS_PLATFORM):
        told["CHURN_HOST"] = "0.0.0.0"  # noqa: S104  as above
    return list(argv), {**usual, **told, **given}
