"""Puts the parts together that take tokens, by the settings."""

from __future__ import annotations

from functools import partial

from service.keys.tokens.bearers import Bearers
from service.keys.tokens.judge import Judge
from service.keys.tokens.provider import Provider
from service.keys.tokens.source import load_keys
from service.logs import Log
from service.settings import Settings


def make_bearers(settings: Settings, log: Log) -> Bearers:
    """Return what gives the callers of tokens; each of several workers lets a subject have its share of the rows."""
    issuer, audience, algorithm = settings.oidc_issuer, settings.oidc_audience, settings.oidc_algorithm
    assert issuer is not None  # noqa: S101  the caller has looked
    assert audience is not None  # noqa: S101  it is required with an issuer
    provider = Provider(partial(load_keys, issuer, settings.oidc_jwks, algorithm), log)
    rate_rows = None if settings.rate_rows is None else settings.rate_rows / settings.workers
    return Bearers(provider, Judge(issuer, audience, algorithm), rate_rows)
