"""The keys in a published set (RFC 7517): those that may verify signatures of the one algorithm that is accepted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from churn.errors import BadInput
from service.keys.tokens.key import Keys, PublicKey

MOST_KEYS = 100
_RSA_BITS = (2048, 8192)
_CURVES = {
    "ES256": frozenset(("P-256",)),
    "ES384": frozenset(("P-384",)),
    "ES512": frozenset(("P-521",)),
    "EdDSA": frozenset(("Ed25519", "Ed448")),
}
_MEMBERS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_OTHER_NAMES = {"EdDSA": frozenset(("EdDSA", "Ed25519", "Ed448"))}


def usable_keys(document: Mapping[str, Any], algorithm: str, where: str) -> Keys:
    """Return the keys of a set that fit ``algorithm``; a name that two of them have names none.

    Raises:
        BadInput: the document is not a set of keys, has too many, or none that fits.
    """
    entries = document.get("keys")
    if not isinstance(entries, list):
        raise BadInput(f'{where} is not an object with an array "keys".')
    if len(entries) > MOST_KEYS:
        raise BadInput(f"{where} has {len(entries):,} keys; at most {MOST_KEYS} are read.")
    found = [(entry.get("kid"), key) for entry in entries if (key := _key(entry, algorithm)) is not None]
    times = Counter(kid for kid, _ in found)
    keys = {kid: key for kid, key in found if times[kid] == 1}
    if not keys:
        raise BadInput(f"{where} has no key for signatures by {algorithm}.")
    return keys


def _key(entry: Any, algorithm: str) -> PublicKey | None:
    """Return the key of an entry; None if it is not for this, or damaged.

    Only its public members are read, so that a private key that somebody published by mistake is not held here.
    """
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str | None) or not _is_for(entry, algorithm):
        return None
    names = ("kty", *_MEMBERS[_kind(algorithm)])
    members = {name: entry.get(name) for name in names}
    texts = tuple((name, value) for name, value in members.items() if isinstance(value, str))
    if len(texts) < len(names) or (algorithm in _CURVES and members["crv"] not in _CURVES[algorithm]):
        return None
    try:
        verifier = jwt.PyJWK(dict(texts), algorithm=algorithm)
    except (jwt.PyJWTError, ValueError):
        return None
    if isinstance(verifier.key, RSAPublicKey) and not _RSA_BITS[0] <= verifier.key.key_size <= _RSA_BITS[1]:
        return None
    return PublicKey(texts, verifier)


def _kind(algorithm: str) -> str:
    return {"R": "RSA", "P": "RSA"}.get(algorithm[0]) or ("OKP" if algorithm == "EdDSA" else "EC")


def _is_for(entry: Mapping[str, Any], algorithm: str) -> bool:
    named = _OTHER_NAMES.get(algorithm, frozenset((algorithm,)))
    operations = entry.get("key_ops", ["verify"])
    return (
        entry.get("kty") == _kind(algorithm)
        and entry.get("use", "sig") == "sig"
        and (entry.get("alg") is None or (isinstance(entry["alg"], str) and entry["alg"] in named))
        and isinstance(operations, list)
        and "verify" in operations
    )
