"""Signatures of bundles: whose a bundle is, and that nothing of it was changed.

A signature is that of OpenSSF Model Signing (a Sigstore bundle around an in-toto statement of every file's SHA-256),
made with a private key of an elliptic curve and kept in the bundle. Whoever has the public key can verify it, with this
project or with ``model_signing verify key``.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from churn.errors import BadInput, BundleError

SIGNATURE = "bundle.sig"
_NEEDED = "Signatures need model-signing, which is not installed: pip install 'churn-service[sign]'"


def sign_bundle(folder: Path, private_key: Path) -> Path:
    """Sign all files of a bundle and return the signature, which takes the place of an older one.

    Raises:
        BadInput: the key cannot be used, or model-signing is not installed.
    """
    signing = _library("signing")
    _check_file(private_key, "private key")
    signature = folder / SIGNATURE
    signature.unlink(missing_ok=True)
    try:
        config = signing.Config().use_elliptic_key_signer(private_key=private_key)
        config.set_hashing_config(_hashing(signature)).sign(folder, signature)
    except (ValueError, TypeError, AttributeError, OSError) as error:  # one of another kind has no curve
        signature.unlink(missing_ok=True)
        raise BadInput(f"{folder} cannot be signed with the key {private_key}: {_said(error)}") from None
    return signature


def verify_bundle(folder: Path, public_key: Path) -> None:
    """Verify that a bundle was signed with the other half of a key, and that no file was changed, added or taken since.

    Nothing of the bundle is used for it but bytes.

    Raises:
        BundleError: it is not signed, was signed with another key, or was changed.
        BadInput: the key cannot be used, or model-signing is not installed.
    """
    verifying = _library("verifying")
    _check_file(public_key, "public key")
    signature = folder / SIGNATURE
    if not signature.is_file():
        raise BundleError(f"{folder} holds no {SIGNATURE}, but only signed bundles may be used. churn-sign signs one.")
    try:
        verifier = verifying.Config().use_elliptic_key_verifier(public_key=public_key)
    except (ValueError, TypeError, AttributeError) as error:  # one of another kind has no curve
        raise BadInput(f"{public_key} is no public key of an elliptic curve in PEM: {_said(error)}") from None
    try:
        verifier.set_hashing_config(_hashing(signature)).verify(folder, signature)
    except Exception as error:  # noqa: BLE001  whatever the library raises on bytes from elsewhere, it is not verified
        raise BundleError(
            f"The signature of {folder} does not hold for the key {public_key}: {_said(error)} "
            "Get the bundle again from where it was trained."
        ) from None


def _library(name: str) -> ModuleType:
    try:
        import model_signing
    except ModuleNotFoundError as error:
        if error.name not in {"model_signing", "OpenSSL"}:
            raise
        raise BadInput(_NEEDED) from None
    found: ModuleType = getattr(model_signing, name)
    return found


def _hashing(signature: Path) -> object:
    """Return how the files are hashed: all of them but the signature itself; links are refused."""
    hashing = _library("hashing")
    return hashing.Config().set_ignored_paths(paths=[signature], ignore_git_paths=False)


def _check_file(path: Path, what: str) -> None:
    if not path.is_file():
        raise BadInput(f"There is no {what} {path}; give the file, in PEM.")


def _said(error: Exception) -> str:
    """Return what a library says, as one short sentence."""
    text = " ".join(str(error).split()) or type(error).__name__
    return f"{text[:200].rstrip('.')}."
