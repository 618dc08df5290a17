"""What an operator may choose: every option of ``churn-serve``, each also an environment variable.

``--body-limit-mb 4`` and ``CHURN_BODY_LIMIT_MB=4`` say the same; the command line wins.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from churn import __version__
from churn.engines import ENGINES

LOG_LEVELS = ("debug", "info", "warning", "error")
TODAY: Literal["today"] = "today"
_MIB_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one service process.

    ``as_of`` is the day that dates are counted back from: None for the bundle's own, a day, or ``"today"``,
    which moves on at midnight. ``drain_s`` is how long a stopping service still takes new requests (so that
    load balancers notice that it is not ready), ``grace_s`` how long it then waits for those under way.
    """

    bundle: Path
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    engine: str = "compiled"
    as_of: date | Literal["today"] | None = None
    body_limit_bytes: int = 16 * _MIB_BYTES
    max_records: int = 10_000
    drain_s: float = 1.0
    grace_s: int = 20
    log_level: str = "info"


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """Read the command line and the environment.

    Raises:
        SystemExit: with code 2 and a sentence on stderr for wrong usage, with 0 after ``--help``.
    """
    given = _parser(environ).parse_args(argv)
    return Settings(
        bundle=given.bundle,
        host=given.host,
        port=given.port,
        workers=given.workers,
        engine=given.engine,
        as_of=given.as_of,
        body_limit_bytes=int(given.body_limit_mb * _MIB_BYTES),
        max_records=given.max_records,
        drain_s=given.drain_s,
        grace_s=given.grace_s,
        log_level=given.log_level,
    )


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="churn-serve",
        description="Serve a bundle: answer POST /predict with the probability that each customer leaves.",
        epilog="Exit codes: 0 stopped as asked, 2 wrong usage or a bundle that cannot be served, 1 a fault of ours. "
        "Every option can also be given by the environment variable in brackets.",
    )
    parser.add_argument("--version", action="version", version=f"churn-serve {__version__}")
    bundle = environ.get("CHURN_BUNDLE")
    parser.add_argument(
        "bundle",
        type=Path,
        nargs="?" if bundle else None,
        default=bundle and Path(bundle),
        help="the folder that churn-train wrote, such as artifacts/telco [CHURN_BUNDLE]",
    )

    def option(name: str, default: str | None, read: Callable[[str], object], metavar: str, text: str) -> None:
        variable = "CHURN_" + name.upper().replace("-", "_")
        chosen = environ.get(variable, default)
        shown = f"; default {default}" if default else ""
        parser.add_argument(f"--{name}", default=chosen, type=read, metavar=metavar, help=f"{text}{shown} [{variable}]")

    option("host", "127.0.0.1", str, "ADDRESS", "address to listen on, 0.0.0.0 for all")
    option("port", "8000", _whole(0, 65535), "N", "port to listen on, 0 for any free one")
    option("workers", "1", _whole(1, 256), "N", "processes; each opens the bundle and keeps its own metrics")
    option("engine", "compiled", _one_of(ENGINES), "NAME", f"form of the model to run: {' or '.join(ENGINES)}")
    option(
        "as-of", None, _as_of, "DAY", "count dates back from this day, YYYY-MM-DD or today; default the bundle's own"
    )
    option("body-limit-mb", "16", _positive, "MIB", "largest request body, in MiB")
    option("max-records", "10000", _whole(1, 10_000_000), "N", "most customer records in one request")
    option("drain-s", "1", _seconds, "SECONDS", "when stopping: keep answering new requests, not ready, for this long")
    option("grace-s", "20", _whole(1, 86_400), "SECONDS", "when stopping: then wait this long for requests under way")
    option("log-level", "info", _one_of(LOG_LEVELS), "LEVEL", f"least level to log: {', '.join(LOG_LEVELS)}")
    return parser


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return value

    return read


def _positive(text: str) -> float:
    value = _number(text)
    if not 0 < value <= 4096:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0, at most 4096")
    return value


def _seconds(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 86400")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0


def _one_of(names: Sequence[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in names:
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(names)}")
        return text.lower()

    return read


def _as_of(text: str) -> date | Literal["today"]:
    if text == TODAY:
        return TODAY
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a day, YYYY-MM-DD, nor 'today'") from None
