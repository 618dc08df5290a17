"""``churn-serve``: judge the bundle, take the port, serve until told to stop."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence

from churn.bundle import Bundle, open_bundle
from churn.errors import BadInput
from service.settings import Settings, parse

_BACKLOG = 2048


def main(argv: Sequence[str] | None = None) -> int:
    """Run the service; return the exit code: 0 stopped as asked, 2 wrong usage or bad bundle, 1 a fault of ours."""
    settings = parse(sys.argv[1:] if argv is None else argv, os.environ)
    try:
        bundle = open_bundle(settings.bundle)
        listener = listen(settings.host, settings.port)
    except BadInput as error:
        say(str(error))
        return 2
    if settings.workers == 1:
        return serve(bundle, settings, listener)
    return serve_with_workers(bundle, settings, listener)


def say(sentence: str) -> None:
    """Tell the operator one sentence."""
    print(f"churn-serve: {sentence}", file=sys.stderr, flush=True)


def listen(host: str, port: int) -> socket.socket:
    """Take the port.

    Raises:
        BadInput: it is taken, not allowed, or the address is none of this machine.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(
            f"{host} port {port} cannot be listened on ({reason}). Choose another --port or --host."
        ) from None


def serve(bundle: Bundle, settings: Settings, listener: socket.socket, lifeline: int | None = None) -> int:
    """Serve in this process until told to stop; with a ``lifeline``, until the parent process is gone, too."""
    from service.app import create_app  # heavy: only a process that serves imports it
    from service.server import GracefulServer, route_library_logs

    app = create_app(bundle, settings)
    route_library_logs(app)
    server = GracefulServer(app, settings)
    if lifeline is not None:
        server.follow(lifeline)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    app.log.event("info", "listening", url=f"http://{shown}:{port}", pid=os.getpid())
    try:
        server.run(sockets=[listener])
    finally:
        app.log.close()
    if app.serving.fault is not None:
        say(str(app.serving.fault))
    return server.exit_code


def serve_with_workers(bundle: Bundle, settings: Settings, listener: socket.socket) -> int:
    """Serve by several processes that share the port."""
    from service.workers import Supervisor

    if not hasattr(os, "fork"):
        say("--workers above 1 needs a system that can fork; start several services on ports of their own.")
        return 2

    def work(lifeline: int) -> int:
        try:
            own = open_bundle(bundle.path)
        except BadInput as error:
            say(str(error))
            return 2
        return serve(own, settings, listener, lifeline)

    return Supervisor(settings.workers, work, listener, say).run()


if __name__ == "__main__":
    sys.exit(main())
