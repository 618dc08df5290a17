"""``churn-serve``: judge the bundle, take the port, serve until told to stop.

Imported at the top is only what Python has loaded anyway: a signal that comes before ``main`` could answer it
ends the process by its default, with another exit code.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from churn.bundle import Bundle
    from service.metrics import Slot
    from service.settings import Settings
    from service.shared import Shared

_STOPS = (signal.SIGINT, signal.SIGTERM)
_OPEN = (
    "Anybody who reaches this port may ask. Set CHURN_KEYS (or --keys) to a file that `churn-serve keys new` makes: "
    "docs/operate.md, Who may call, says how, in a container, too."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the service; return the exit code: 0 stopped as asked, 2 wrong usage or bad bundle, 1 a fault of ours."""
    end_on_signal()
    from contextlib import ExitStack

    from churn.errors import BadInput
    from service.listener import listen
    from service.platforms.storage import brought
    from service.platforms.variables import adapted
    from service.settings import parse

    given = sys.argv[1:] if argv is None else argv
    if given[:1] == ["keys"]:
        return manage_keys(given[1:])
    given, environ = adapted(given, os.environ)
    settings = parse(given, environ)
    with ExitStack() as held:
        try:
            check_access(settings)
            check_records(settings)
            check_routes(settings)
            settings = held.enter_context(brought(settings, environ))
            bundle = open_trusted(settings)
            listener = listen(settings.host, settings.port)
            refuse_the_public(settings, listener)
        except BadInput as error:
            say(str(error))
            return 2
        if settings.workers == 1:
            return serve(bundle, settings, listener)
        return serve_with_workers(settings, listener)


def manage_keys(argv: Sequence[str]) -> int:
    """Make, list or revoke API keys; return the exit code."""
    from churn.errors import BadInput
    from service.keys.command import run

    try:
        lines = run(argv, os.environ, say)
    except BadInput as error:
        say(str(error))
        return 2
    for line in lines:
        print(line)
    return 0


def check_access(settings: Settings) -> None:
    """Judge the files and options that say who may call.

    Raises:
        BadInput: a file cannot be used, or an option that needs another stands alone.
    """
    from churn.errors import BadInput

    if settings.keys is not None:
        from service.keys.file import read_keys

        read_keys(settings.keys)
    elif settings.rate_rows is not None and settings.is_open:
        raise BadInput("--rate-rows limits what each caller may ask about; give --keys FILE or --oidc-issuer URL, too.")
    check_tokens(settings)
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise BadInput("HTTPS needs both files: give --tls-cert FILE and --tls-key FILE.")
    if settings.tls_cert is not None:
        from service.listener import check_certificate

        check_certificate(settings.tls_cert, settings.tls_key)


def check_records(settings: Settings) -> None:
    """Judge where the audit log and traces are to go.

    Raises:
        BadInput: the log cannot be written, or what sends traces is not installed.
    """
    from importlib.util import find_spec

    from churn.errors import BadInput

    if settings.otlp_endpoint is not None and find_spec("opentelemetry") is None:
        raise BadInput("Traces need OpenTelemetry, which is not installed here: pip install 'churn-service[telemetry]'")
    if settings.audit is not None:
        if find_spec("fcntl") is None:
            raise BadInput("The audit log needs locks as Unix has them, which this system has not.")
        from service.audit.writing import AuditLog

        AuditLog(settings.audit).close()


def check_routes(settings: Settings) -> None:
    """Judge the paths of a platform.

    Raises:
        BadInput: two things that are asked differently have the same.
    """
    from churn.errors import BadInput

    if settings.vertex_predict is not None and settings.vertex_predict == settings.vertex_health:
        raise BadInput(
            f"Vertex AI is to ask for predictions and for the health at {settings.vertex_predict}; "
            "give each a path of its own."
        )


def check_tokens(settings: Settings) -> None:
    """Judge the options that say whose tokens count. The provider itself is not asked: it may be down for a while.

    Raises:
        BadInput: one that is needed is missing, or the file of keys or the library cannot be used.
    """
    from importlib.util import find_spec
    from pathlib import Path

    from churn.errors import BadInput

    if settings.oidc_issuer is None:
        if settings.oidc_audience is not None or settings.oidc_jwks is not None:
            raise BadInput("--oidc-audience and --oidc-jwks are about the tokens of an issuer; give --oidc-issuer URL.")
        return
    if settings.oidc_audience is None:
        raise BadInput(
            "An issuer makes tokens for others, too; say by --oidc-audience TEXT which are for this service."
        )
    if find_spec("jwt") is None or find_spec("cryptography") is None:
        raise BadInput("Tokens need PyJWT, which is not installed: pip install 'churn-service[oidc]'")
    if isinstance(settings.oidc_jwks, Path):
        from service.keys.tokens.source import load_keys

        load_keys(settings.oidc_issuer, settings.oidc_jwks, settings.oidc_algorithm)


def refuse_the_public(settings: Settings, listener: socket.socket) -> None:
    """Let nobody put the service within everybody's reach by oversight.

    Raises:
        BadInput: other machines may reach it, there are no keys, and nobody said that this is meant.
    """
    from churn.errors import BadInput
    from service.listener import is_public

    if settings.is_open and settings.insecure == "off" and is_public(listener):
        listener.close()
        raise BadInput(
            f"Other machines can reach {settings.host}, and without keys anybody there may ask. Give --keys FILE "
            "(churn-serve keys new makes one) or --oidc-issuer URL, or say --insecure if something in front of it "
            "decides who may call."
        )


def end_on_signal() -> None:
    """End at once, as asked, when a signal comes while nobody is served yet, or no more.

    The server and the supervisor have handlers of their own for the time between. No exception is raised, for
    an import may catch it, and nothing is lost: until then the log writes every line at once.
    """
    for sig in _STOPS:
        signal.signal(sig, lambda _sig, _frame: os._exit(0))


def say(sentence: str) -> None:
    """Tell the operator one sentence."""
    print(f"churn-serve: {sentence}", file=sys.stderr, flush=True)


def open_trusted(settings: Settings) -> Bundle:
    """Open the bundle; where a key is given, its signature is verified before anything else is read.

    Raises:
        BadInput: the bundle, its signature or the key is wrong.
    """
    from churn.bundle import open_bundle

    if settings.verify_key is not None:
        from churn.signature import verify_bundle

        verify_bundle(settings.bundle, settings.verify_key)
    return open_bundle(settings.bundle)


def serve(
    bundle: Bundle,
    settings: Settings,
    listener: socket.socket,
    lifeline: int | None = None,
    shared: Shared | None = None,
) -> int:
    """Serve in this process until told to stop; with a ``lifeline``, until the parent process is gone, too.

    ``shared`` is what one of several workers has in common with the others.
    """
    from service.app import create_app  # heavy: only a process that serves imports it
    from service.listener import is_public
    from service.server import GracefulServer, route_library_logs
    from service.shared import ALONE

    app = create_app(bundle, settings, shared=shared or ALONE)
    route_library_logs(app)
    server = GracefulServer(app, settings)
    if lifeline is not None:
        server.follow(lifeline)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    scheme = "http" if settings.tls_cert is None else "https"
    app.log.event("info", "listening", url=f"{scheme}://{shown}:{port}", pid=os.getpid())
    if settings.is_open and is_public(listener):
        app.log.event("warning", "open", sentence=_OPEN)
    try:
        server.run(sockets=[listener])
    finally:
        app.log.close()
    if app.serving.fault is not None:
        say(str(app.serving.fault))
    return server.exit_code


def serve_with_workers(settings: Settings, listener: socket.socket) -> int:
    """Serve by several processes that share the port."""
    from churn.errors import BadInput
    from service.console.lists.folders import private_root
    from service.shared import Shared, repeats_region
    from service.workers import Supervisor

    if not hasattr(os, "fork"):
        say("--workers above 1 needs a system that can fork; start several services on ports of their own.")
        return 2

    def work(lifeline: int, slot: Slot) -> int:
        try:
            own = open_trusted(settings)
        except BadInput as error:
            say(str(error))
            return 2
        return serve(own, settings, listener, lifeline, Shared(slot, lists_root, region))

    region = repeats_region()
    with private_root() as lists_root:
        return Supervisor(settings.workers, work, listener, say).run()


if __name__ == "__main__":
    sys.exit(main())
