"""What an answer of 401 or 403 says of how to be let in (RFC 6750)."""

from __future__ import annotations

from service.problems import Refusal

CHALLENGE = 'Bearer realm="churn"'
INVALID = f'{CHALLENGE}, error="invalid_token"'


def unauthorized(sentence: str, challenge: str) -> Refusal:
    """Return the refusal of a request of which nobody knows who asks."""
    return Refusal("unauthorized", sentence, headers={"WWW-Authenticate": challenge})
