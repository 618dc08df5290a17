"""Where the provider's keys are: in a file, at an address, or where the provider's own description says."""

from __future__ import annotations

from pathlib import Path

from churn.errors import BadInput, shown
from service.keys.tokens.fetch import LIMIT_BYTES, fetch, json_object
from service.keys.tokens.key import Keys
from service.keys.tokens.published import usable_keys

_DESCRIPTION = "/.well-known/openid-configuration"


def load_keys(issuer: str, jwks: Path | str | None, algorithm: str) -> Keys:
    """Return the keys that fit ``algorithm``; ``jwks`` is their file or address, None to ask the issuer for it.

    Raises:
        BadInput: they cannot be read, or there are none.
    """
    if isinstance(jwks, Path):
        return _read_file(jwks, algorithm)
    address = _described(issuer) if jwks is None else jwks
    return usable_keys(fetch(address), algorithm, address)


def _described(issuer: str) -> str:
    """Return the address of the keys, from a description that has to be of this very issuer."""
    where = issuer.rstrip("/") + _DESCRIPTION
    document = fetch(where)
    if document.get("issuer") != issuer:
        raise BadInput(f"{where} is of the issuer {shown(document.get('issuer'))}; --oidc-issuer says {issuer}.")
    address = document.get("jwks_uri")
    if not isinstance(address, str):
        raise BadInput(f"{where} does not say where the keys are (jwks_uri); name it by --oidc-jwks.")
    return address


def _read_file(path: Path, algorithm: str) -> Keys:
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise BadInput(f"The provider's keys in {path} cannot be read: {error.strerror}.") from None
    return usable_keys(json_object(content, str(path)), algorithm, str(path))
