"""``churn-audit``: look whether an audit log is whole, and find customers in it.

Exit codes: 0 it is whole, or was searched; 2 wrong usage, a file that cannot be read, or a log that is not whole;
1 a fault of ours.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from datetime import date
from pathlib import Path

from churn import __version__
from churn.bundle import open_bundle
from churn.command import BAD_INPUT, GOOD, as_of_day, run_command, say
from churn.errors import BadInput
from churn.fingerprint import Fingerprints
from churn.records import RecordReader
from service.audit.reading import find
from service.audit.verify import Verdict, verify
from service.formats.json_body.reading import BodyReader
from service.problems import Refusal

_MOST_RECORDS = 10_000_000


def main(argv: list[str] | None = None) -> int:
    """Run ``churn-audit`` and return its exit code."""
    options = _parser().parse_args(argv)
    return run_command(lambda: _verify(options) if options.command == "verify" else _find(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="churn-audit", description="Look into the log that churn-serve --audit FILE writes."
    )
    parser.add_argument("--version", action="version", version=f"churn-audit {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    whole = commands.add_parser("verify", help="say whether no line was changed, removed, added or moved")
    whole.add_argument(
        "--head", type=_digest, metavar="DIGEST", help="the digest of a line that was noted before: it has to be there"
    )
    found = commands.add_parser("find", help="print each answer about some customers, as JSON lines")
    found.add_argument("--bundle", type=Path, required=True, help="the bundle that answered")
    found.add_argument("--records", type=Path, required=True, metavar="JSON", help="records as /predict takes them")
    found.add_argument("--as-of", type=as_of_day, metavar="DAY", help="the day that the service counted dates from")
    for command in (whole, found):
        command.add_argument("logs", type=Path, nargs="+", metavar="FILE", help="the log; the oldest first if several")
    return parser


def _verify(options: argparse.Namespace) -> int:
    verdict = verify(options.logs, options.head)
    for problem in verdict.problems:
        say(problem)
    if verdict.more_problems:
        say(f"{verdict.more_problems:,} more.")
    print(_told(verdict))
    return BAD_INPUT if verdict.problems else GOOD


def _told(verdict: Verdict) -> str:
    if not verdict.lines:
        return "No line of an audit log."
    first = f", which goes on after line {verdict.begins_after:,} of another file" if verdict.begins_after else ""
    if verdict.begun_anew:
        first += f", {verdict.begun_anew:,} of the files beginning anew"
    state = "NOT WHOLE" if verdict.problems else "whole"
    return (
        f"{verdict.lines:,} lines about {verdict.customers:,} customers, from {verdict.first_time} to "
        f"{verdict.last_time}{first}: {state}. Line {verdict.end.number} has the digest {verdict.end.digest}"
    )


def _find(options: argparse.Namespace) -> int:
    for found in find(options.logs, _fingerprints(options.bundle, options.records, options.as_of)):
        print(json.dumps(found))
    return GOOD


def _fingerprints(bundle: Path, records: Path, as_of: date | None) -> list[str]:
    schema = open_bundle(bundle).schema
    schema = schema if as_of is None else schema.with_as_of(as_of)
    try:
        body = records.read_bytes()
    except OSError as error:
        raise BadInput(f"{records} cannot be read: {error.strerror}.") from None
    try:
        batch = BodyReader(schema, RecordReader(schema).read, _MOST_RECORDS).read(body, report=False)
    except Refusal as refusal:
        first = f" {refusal.problems[0].sentence()}." if refusal.problems else ""
        raise BadInput(f"{records}: {refusal.detail}{first}") from None
    return Fingerprints(schema)(batch.columns)


def _digest(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a digest of 64 hexadecimal digits in lower case")
    return text


if __name__ == "__main__":
    sys.exit(main())
