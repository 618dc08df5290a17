"""Judges a token: who it is of, what it may, and until when; by one algorithm, one issuer and one audience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from service.keys.file import SCOPES
from service.keys.tokens.key import PublicKey
from service.keys.tokens.refusals import wrong_token

SKEW_S = 60
"""By so much the clocks of provider and service may differ."""

_NAME_CHARACTERS = 255
_REQUIRED = ["iss", "aud", "exp"]
_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "has expired"),
    (jwt.ImmatureSignatureError, "is not valid yet"),
    (jwt.InvalidAudienceError, "is for another audience"),
    (jwt.InvalidIssuerError, "is of another issuer"),
    (jwt.MissingRequiredClaimError, "lacks iss, aud or exp, which it has to have"),
    (jwt.InvalidSignatureError, "has a signature that is not its key's"),
)
_DAMAGED = "is damaged"
_WRONG = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a token is of: ``subject`` is the claim and its value; ``until_s`` is in seconds since 1970, with skew."""

    subject: tuple[str, str]
    scopes: frozenset[str]
    until_s: float


class Judge:
    """Knows what a token has to say."""

    def __init__(self, issuer: str, audience: str, algorithm: str) -> None:
        """Take the ``iss`` and ``aud`` that count, and the one algorithm."""
        self._issuer = issuer
        self._audience = audience
        self._algorithm = algorithm

    def key_name(self, token: bytes) -> str | None:
        """Return the ``kid`` that a token names; nothing else of its head is followed (``jwk``, ``jku``, ``x5u``).

        Raises:
            Refusal: the head cannot be read, is of another algorithm, or has what must be understood (``crit``).
        """
        try:
            head = jwt.get_unverified_header(token)
        except _WRONG:
            raise wrong_token(_DAMAGED) from None
        if head.get("alg") != self._algorithm:
            raise wrong_token(f"is not signed by the algorithm that is accepted, {self._algorithm}")
        if "crit" in head or "b64" in head:
            raise wrong_token("has a head with extensions that are not understood here")
        kid = head.get("kid")
        if not isinstance(kid, str | None):
            raise wrong_token(_DAMAGED)
        return kid

    def bearer(self, token: bytes, key: PublicKey) -> Bearer:
        """Verify a token by its key; return who it is of.

        Raises:
            Refusal: the signature or a claim is wrong.
        """
        try:
            claims = jwt.decode(
                token,
                key.verifier,
                algorithms=[self._algorithm],
                audience=self._audience,
                issuer=self._issuer,
                leeway=SKEW_S,
                options={"require": _REQUIRED},
            )
            until_s = float(int(claims["exp"])) + SKEW_S
        except _WRONG as error:
            raise wrong_token(next((said for kind, said in _SENTENCES if isinstance(error, kind)), _DAMAGED)) from None
        return Bearer(_subject(claims), _scopes(claims), until_s)


def _subject(claims: Mapping[str, Any]) -> tuple[str, str]:
    """Return the first claim that says who it is; a program that asks for itself may have no ``sub``."""
    for claim in ("sub", "client_id", "azp"):
        if claim in claims:
            name = claims[claim]
            if not isinstance(name, str) or not 0 < len(name) <= _NAME_CHARACTERS:
                break
            return claim, name
    raise wrong_token(f"does not say who it is of: sub has to be a text of 1 to {_NAME_CHARACTERS} characters")


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    """Return what the token may, of what counts here: providers differ in where they say it."""
    said = [*_words(claims.get("scope"), parts=False), *_words(claims.get("scp")), *_words(claims.get("roles"))]
    return frozenset(SCOPES).intersection(said)


def _words(value: Any, *, parts: bool = True) -> list[str]:
    """Return the words of a text with blanks or, where ``parts`` is true, the texts of a list."""
    if isinstance(value, str):
        return value.split()
    return [one for one in value if isinstance(one, str)] if parts and isinstance(value, list) else []
