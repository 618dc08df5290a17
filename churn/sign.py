"""``churn-sign``: sign a bundle with a private key, or verify the signature with the public one.

Exit codes: 0 done, 2 wrong usage, a key that cannot be used or a signature that does not hold; 1 a fault of ours.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from churn import __version__
from churn.bundle import open_bundle
from churn.command import GOOD, run_command, say
from churn.signature import sign_bundle, verify_bundle


def main(argv: list[str] | None = None) -> int:
    """Run ``churn-sign`` and return its exit code."""
    options = _parser().parse_args(argv)
    return run_command(lambda: _verify(options) if options.verify else _sign(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="churn-sign",
        description="Sign a bundle, so that churn-serve --verify-key serves it and no other.",
        epilog="Keys: openssl ecparam -name prime256v1 -genkey -noout -out private.pem, and "
        "openssl ec -in private.pem -pubout -out public.pem",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the folder that churn-train wrote")
    key = parser.add_mutually_exclusive_group(required=True)
    key.add_argument("--key", type=Path, metavar="PEM", help="the private key to sign with, of an elliptic curve")
    key.add_argument("--verify", type=Path, metavar="PEM", help="verify with this public key; nothing is written")
    parser.add_argument("--version", action="version", version=f"churn-sign {__version__}")
    return parser


def _sign(options: argparse.Namespace) -> int:
    bundle = open_bundle(options.bundle)
    signature = sign_bundle(bundle.path, options.key)
    say(f"Signed {bundle.manifest.name} {bundle.manifest.version}: {signature}.")
    return GOOD


def _verify(options: argparse.Namespace) -> int:
    verify_bundle(options.bundle, options.verify)
    bundle = open_bundle(options.bundle)
    say(f"The signature of {bundle.manifest.name} {bundle.manifest.version} holds.")
    return GOOD


if __name__ == "__main__":
    sys.exit(main())
