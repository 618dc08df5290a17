"""What an operator may choose: every option of ``churn-serve``, each also an environment variable.

``--body-limit-mb 4`` and ``CHURN_BODY_LIMIT_MB=4`` say the same; the command line wins. An option is stated once, as
a field of :class:`Settings`: command line, environment, ``--help`` and the table in ``docs/operate.md`` follow from it
(``python -m service.settings`` prints that table).
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, Literal

from churn import __version__
from churn.engines import ENGINES
from service.addresses import wrong_with

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA")
"""Of tokens: each has a public key. With a shared secret (HMAC), or none, whoever verifies could also make tokens."""
DIALECTS = ("v2", "v1", "mlflow", "vertex")
LOG_LEVELS = ("debug", "info", "warning", "error")
EXPLAINED_RECORDS = 1_000
"""Most records of a request that asks for reasons: a tenth of a second of work."""
TODAY: Literal["today"] = "today"
_MIB_BYTES = 1024 * 1024
_FLAG = "[ON|OFF]"
"""Metavar of an option that may stand without a value, which then means on."""


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


def _mebibytes(text: str) -> int:
    value = _number(text)
    if not 0 < value <= 4096:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0, at most 4096")
    return int(value * _MIB_BYTES)


def _seconds(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 86400")
    return value


def _amount(text: str) -> float:
    value = _number(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount of 0 or more")
    return value


def _value(text: str) -> float | str:
    """Read an amount above 0; what is no number is the name of a field."""
    try:
        value = float(text)
    except ValueError:
        return text
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not an amount above 0")
    return value


def _chance(text: str) -> float:
    value = _number(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0, at most 1")
    return value


def _origin(text: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the address of a site, such as https://example.com")
    return text


def _collector(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the address of a collector, such as http://localhost:4318")
    return text


def _issuer(text: str) -> str:
    address = _address(text)
    if "?" in address:
        raise argparse.ArgumentTypeError(f"{text!r} has a part behind ?, which the name of an issuer never has")
    return address


def _address(text: str) -> str:
    wrong = wrong_with(text)
    if wrong is not None:
        raise argparse.ArgumentTypeError(wrong)
    return text


def _address_or_file(text: str) -> str | Path:
    return _address(text) if "://" in text else Path(text)


def _public_url(text: str) -> str:
    """Read the address that others reach the service at; without the / at its end, for paths begin with one."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~-]+)*/?", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the address of a service, such as https://churn.example.com")
    return text.removesuffix("/")


def _route(text: str) -> str:
    if not re.fullmatch(r"/[!-~]*", text) or "?" in text or "#" in text:
        raise argparse.ArgumentTypeError(f"{text!r} is not a path, such as /predict")
    return text


def _algorithm(text: str) -> str:
    known = next((name for name in ALGORITHMS if name.lower() == text.lower()), None)
    if known is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(ALGORITHMS)}")
    return known


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


def _dialects(text: str) -> tuple[str, ...]:
    """Read names with commas between them."""
    names = tuple(dict.fromkeys(name for part in text.lower().split(",") if (name := part.strip())))
    if names == ("none",):
        return ()
    unknown = [name for name in names if name not in DIALECTS]
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"{text!r} is not none, or some of {', '.join(DIALECTS)} with commas between")
    return names


def _as_of(text: str) -> date | Literal["today"]:
    if text == TODAY:
        return TODAY
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a day, YYYY-MM-DD, nor 'today'") from None


@dataclass(frozen=True, slots=True)
class Option:
    """What people read and write of one setting; the default is text, as they would write it."""

    setting: str
    name: str
    default: str | None
    read: Callable[[str], Any]
    metavar: str
    text: str
    others_variable: str | None = None

    @property
    def variable(self) -> str:
        """The environment variable that says the same; where others have one for it already, theirs."""
        return self.others_variable or f"CHURN_{self.name.upper().replace('-', '_')}"


def _option(default: str | None, read: Callable[[str], Any], metavar: str, text: str, **others: str) -> Any:
    """Declare a setting with a default; others: ``others_variable``, and ``name`` where the field has another one."""
    said = {"default": default, "read": read, "metavar": metavar, "text": text, **others}
    return field(default=None if default is None else read(default), metadata=said)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one service process.

    ``as_of`` is None for the bundle's own day; ``"today"`` moves on at midnight. During ``drain_s`` load balancers
    notice that a stopping service is not ready.
    """

    bundle: Path
    host: str = _option("127.0.0.1", str, "ADDRESS", "address to listen on, 0.0.0.0 for all")
    port: int = _option("8000", _whole(0, 65535), "N", "port to listen on, 0 for any free one")
    workers: int = _option("1", _whole(1, 256), "N", "processes, each with the bundle; /metrics tells of all together")
    engine: str = _option("compiled", _one_of(ENGINES), "NAME", f"form of the model to run: {' or '.join(ENGINES)}")
    as_of: date | Literal["today"] | None = _option(  # noqa: RUF009  makes a field, as the others do
        None, _as_of, "DAY", "count dates back from this day, YYYY-MM-DD or today; default the bundle's own"
    )
    body_limit_bytes: int = _option("16", _mebibytes, "MIB", "largest request body, in MiB", name="body-limit-mb")
    max_records: int = _option("10000", _whole(1, 10_000_000), "N", "most customer records in one request")
    ignored_fields: str = _option(
        "accept", _one_of(("accept", "refuse")), "ACCEPT|REFUSE",
        "fields that training left out, and what the model predicts: accept and ignore them, or refuse them as unknown",
    )  # fmt: skip
    max_wait_ms: int = _option(
        "500", _whole(1, 60_000), "MS", "answer 429 when the request in front has waited for this long"
    )
    max_inflight_bytes: int = _option(
        "128", _mebibytes, "MIB", "answer 429 to a large body while bodies of so many MiB are still arriving",
        name="max-inflight-mb",
    )  # fmt: skip
    dialects: tuple[str, ...] = _option(
        ",".join(DIALECTS), _dialects, "NAMES",
        f"protocols of other model servers that are spoken, too: of {', '.join(DIALECTS)}; or none",
    )  # fmt: skip
    value: float | str | None = _option(
        None, _value, "AMOUNT", "for /decide: what a saved customer is worth, or the field that holds it"
    )
    contact_cost: float | None = _option(None, _amount, "AMOUNT", "for /decide: what a contact costs")
    contact_success: float | None = _option(None, _chance, "SHARE", "for /decide: the chance that a contact works")
    console: str = _option("on", _one_of(("on", "off")), "ON|OFF", "the page at /, for people: on or off")
    framed_by: str | None = _option(
        None, _origin, "SITE", "a site that may show the pages in a frame, such as https://huggingface.co"
    )
    list_limit_bytes: int = _option("200", _mebibytes, "MIB", "largest file on the page, in MiB", name="list-limit-mb")
    verify_key: Path | None = _option(  # noqa: RUF009  makes a field, as the others do
        None, Path, "PEM", "serve only a bundle that churn-sign signed with the other half of this public key"
    )
    drain_s: float = _option(
        "1", _seconds, "SECONDS", "when stopping: keep answering new requests, not ready, for this long"
    )
    grace_s: int = _option(
        "20", _whole(1, 86_400), "SECONDS", "when stopping: then wait this long for requests under way"
    )
    log_level: str = _option("info", _one_of(LOG_LEVELS), "LEVEL", f"least level to log: {', '.join(LOG_LEVELS)}")
    audit: Path | None = _option(  # noqa: RUF009  as above
        None, Path, "FILE", "append to this log who was told what about whom; no answer is given that is not in it"
    )
    otlp_endpoint: str | None = _option(
        None, _collector, "URL", "send traces to this OpenTelemetry collector, such as http://localhost:4318",
        others_variable="OTEL_EXPORTER_OTLP_ENDPOINT",
    )  # fmt: skip
    keys: Path | None = _option(  # noqa: RUF009  as above
        None, Path, "FILE", "the API keys that churn-serve keys makes: nobody else may call"
    )
    rate_rows: int | None = _option(
        None, _whole(1, 1_000_000_000), "N", "rows a minute that each key may ask about, unless it has its own limit"
    )
    oidc_issuer: str | None = _option(
        None, _issuer, "URL", "the identity provider whose bearer tokens are taken, beside or in place of keys"
    )
    oidc_audience: str | None = _option(
        None, str, "TEXT", "what the tokens name as their audience; goes with an issuer"
    )
    oidc_algorithm: str = _option(
        "RS256", _algorithm, "NAME", f"the one by which tokens are signed: {', '.join(ALGORITHMS)}"
    )
    oidc_jwks: str | Path | None = _option(  # noqa: RUF009  as above
        None, _address_or_file, "URL|FILE", "the provider's public keys, if not where its own description says"
    )
    insecure: str = _option(
        "off", _one_of(("on", "off")), _FLAG, "listen on a public address without keys or tokens: anybody may ask"
    )
    tls_cert: Path | None = _option(  # noqa: RUF009  as above
        None, Path, "FILE", "answer HTTPS with this certificate (PEM, with its chain)"
    )
    tls_key: Path | None = _option(  # noqa: RUF009  as above
        None, Path, "FILE", "the private key of the certificate (PEM)"
    )
    public_url: str | None = _option(
        None, _public_url, "URL", "where callers reach the service, for the descriptions that CRMs import"
    )
    vertex_predict: str | None = _option(
        None,
        _route,
        "PATH",
        "the path on which Vertex AI's protocol is spoken; the platform says it by AIP_PREDICT_ROUTE",
    )
    vertex_health: str | None = _option(
        None,
        _route,
        "PATH",
        "the path on which Vertex AI asks for the health; the platform says it by AIP_HEALTH_ROUTE",
    )

    @property
    def ignores_fields(self) -> bool:
        """Whether fields that training left out may stand in a record."""
        return self.ignored_fields == "accept"

    @property
    def is_open(self) -> bool:
        """Whether anybody may call, for there are no keys, and tokens are not asked for."""
        return self.keys is None and self.oidc_issuer is None


_BUNDLE = Option("bundle", "bundle", None, Path, "BUNDLE", "the folder that churn-train wrote, such as artifacts/telco")
OPTIONS = tuple(
    Option(**{"setting": each.name, "name": each.name.replace("_", "-"), **each.metadata})
    for each in fields(Settings)
    if each.metadata
)


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """Read the command line and the environment.

    Raises:
        SystemExit: with code 2 and a sentence on stderr for wrong usage, with 0 after ``--help``.
    """
    return Settings(**vars(_parser(environ).parse_args(argv)))


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="churn-serve",
        description="Serve a bundle: answer POST /predict with the probability that each customer leaves.",
        epilog="Exit codes: 0 stopped as asked, 2 wrong usage or a bundle that cannot be served, 1 a fault of ours. "
        "Every option can also be given by the environment variable in brackets. "
        "churn-serve keys --help tells how API keys are made, listed and revoked. "
        "churn-serve serve is how SageMaker starts a container: /opt/ml/model on port 8080.",
    )
    parser.add_argument("--version", action="version", version=f"churn-serve {__version__}")
    bundle = environ.get(_BUNDLE.variable)
    parser.add_argument(
        _BUNDLE.setting,
        type=_BUNDLE.read,
        nargs="?" if bundle else None,
        default=bundle or None,
        help=f"{_BUNDLE.text} [{_BUNDLE.variable}]",
    )
    for option in OPTIONS:
        shown = f"; default {option.default}" if option.default else ""
        alone: dict[str, Any] = {"nargs": "?", "const": "on"} if option.metavar == _FLAG else {}
        parser.add_argument(
            f"--{option.name}",
            dest=option.setting,
            type=option.read,
            default=environ.get(option.variable) or option.default,  # as an orchestrator leaves one empty
            **alone,
            metavar=option.metavar.strip("[]"),  # which argparse puts around it
            help=f"{option.text}{shown} [{option.variable}]",
        )
    return parser


def options_table() -> str:
    """Return the options as the table that stands in ``docs/operate.md``."""
    rows = [("option", "environment", "default", "what it says"), ("---", "---", "---", "---")]
    rows += [(f"`{_BUNDLE.name.upper()}`", f"`{_BUNDLE.variable}`", "", _BUNDLE.text)]
    rows += [(f"`--{o.name} {o.metavar}`", f"`{o.variable}`", o.default or "", o.text) for o in OPTIONS]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    sys.stdout.write(options_table())
