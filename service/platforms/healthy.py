"""For an image's HEALTHCHECK: ``python -m service.platforms.healthy`` ends with 0 if the container's service is ready.

Which port that is, and whether by HTTPS, follows from the container's own command line and environment.
"""

from __future__ import annotations

import http.client
import os
import ssl
import sys
from pathlib import Path

from service.platforms.variables import adapted
from service.settings import Settings, parse

_FIRST = Path("/proc/1/cmdline")
_PATIENCE_S = 2.0


def arguments(command: bytes) -> list[str]:
    """Return what follows ``churn-serve`` in a command line, whose parts end with NUL."""
    parts = [os.fsdecode(part) for part in command.removesuffix(b"\0").split(b"\0")]
    at = next((at for at, part in enumerate(parts) if Path(part).name == "churn-serve"), len(parts))
    return parts[at + 1 :]


def is_ready(settings: Settings) -> bool:
    """Ask the service on this machine."""
    connection: http.client.HTTPConnection
    if settings.tls_cert is None:
        connection = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=_PATIENCE_S)
    else:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is asked by another name than its own
        connection = http.client.HTTPSConnection("127.0.0.1", settings.port, timeout=_PATIENCE_S, context=context)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def main() -> int:
    """Return 0 if the service is ready, 1 if not."""
    given, environ = adapted(arguments(_FIRST.read_bytes()), os.environ)
    return 0 if is_ready(parse(given, environ)) else 1


if __name__ == "__main__":
    sys.exit(main())
