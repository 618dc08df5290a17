"""Which addresses of the web the service itself asks: HTTPS, and plain HTTP on this machine alone."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_VISIBLE = re.compile(r"[!\"$-~]{1,2048}")


def wrong_with(address: str) -> str | None:
    """Return in a sentence, without its full stop, why an address is not asked; None if it may be."""
    if "@" in address:  # wherever: it is never shown
        return "an address with a user or a password in it is not taken, for it would stand in logs"
    if not _VISIBLE.fullmatch(address):
        return "an address is 1 to 2,048 visible characters of ASCII, without #"
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  it is read when it is asked for
    except ValueError:
        return f"{address!r} is not an address"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return f"{address!r} is not an address that begins with https://"
    if parts.scheme == "http" and not is_this_machine(parts.hostname):
        return f"{address!r} is plain HTTP, which anybody on the way can change; give https://"
    return None


def is_this_machine(host: str) -> bool:
    """Say whether a host is the loopback: ``localhost``, ``127.0.0.1``, ``::1``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def site_of(address: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port of an address."""
    parts: SplitResult = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
