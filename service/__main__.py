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
    from pathlib import Path

    from churn.bundle import Bundle
    from service.metrics import Slot
    from service.settings import Settings

_STOPS = (signal.SIGINT, signal.SIGTERM)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the service; return the exit code: 0 stopped as asked, 2 wrong usage or bad bundle, 1 a fault of ours."""
    end_on_signal()
    from churn.errors import BadInput
    from service.listener import listen
    from service.settings import parse

    settings = parse(sys.argv[1:] if argv is None else argv, os.environ)
    try:
        bundle = open_trusted(settings)
        listener = listen(settings.host, settings.port)
    except BadInput as error:
        say(str(error))
        return 2
    if settings.workers == 1:
        return serve(bundle, settings, listener)
    return serve_with_workers(settings, listener)


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
    slot: Slot | None = None,
    lists_root: Path | None = None,
) -> int:
    """Serve in this process until told to stop; with a ``lifeline``, until the parent process is gone, too.

    One of several workers counts in its ``slot``, and shares the folder for lists with the others.
    """
    from service.app import create_app  # heavy: only a process that serves imports it
    from service.server import GracefulServer, route_library_logs

    app = create_app(bundle, settings, slot=slot, lists_root=lists_root)
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


def serve_with_workers(settings: Settings, listener: socket.socket) -> int:
    """Serve by several processes that share the port."""
    from churn.errors import BadInput
    from service.console.lists.folders import private_root
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
        return serve(own, settings, listener, lifeline, slot, lists_root)

    with private_root() as lists_root:
        return Supervisor(settings.workers, work, listener, say).run()


if __name__ == "__main__":
    sys.exit(main())
