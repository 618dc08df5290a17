"""In which form customers come, and in which the answer goes: Content-Type and Accept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from churn.errors import shown
from service.problems import Refusal

_CSV = b"text/csv"
_LINES = frozenset(
    (b"application/jsonlines", b"application/jsonl", b"application/x-jsonlines", b"application/x-ndjson")
)
TYPES = _LINES | {_CSV}
"""The content types besides JSON."""

READ = "text/csv and application/jsonlines, in UTF-8, are read here, too"
_CHARSETS = frozenset({"", "utf-8", "utf8", "us-ascii"})


class Form(Enum):
    """A form of customers, or of what is told of them."""

    JSON = auto()
    CSV = auto()
    LINES = auto()


@dataclass(frozen=True, slots=True)
class Media:
    """The forms of a question and of its answer; ``has_header`` says whether CSV begins with the names."""

    sent: Form = Form.JSON
    wanted: Form = Form.JSON
    has_header: bool = True


_PLAIN = Media()


def media_of(headers: Mapping[bytes, bytes]) -> Media:
    """Return the forms that a request is in and asks for. JSON is answered by JSON.

    Raises:
        Refusal: the charset, the encoding or the parameter ``header`` of CSV or JSON Lines is none that is read (415).
    """
    name, *parts = headers.get(b"content-type", b"").split(b";")
    sent = _form(name)
    if sent is Form.JSON:
        return _PLAIN
    pairs = [part.decode("latin-1").lower().partition("=") for part in parts]
    said = {key.strip(): value.strip().strip('"') for key, _, value in pairs}
    encoding = headers.get(b"content-encoding", b"").strip().lower()
    if encoding not in {b"", b"identity"}:
        raise _unread(f"The body has the Content-Encoding {shown(encoding.decode('latin-1'))}; send it plain")
    if said.get("charset", "") not in _CHARSETS:
        raise _unread(f"The charset is {shown(said['charset'])}; send UTF-8")
    if said.get("header", "present") not in {"present", "absent"}:
        raise _unread(f"The parameter header of text/csv is {shown(said['header'])}; it is present or absent")
    asked = {_form(each.partition(b";")[0]) for each in headers.get(b"accept", b"").split(b",")}
    usual = Form.LINES if sent is Form.LINES else Form.JSON
    wanted = next((form for form in (Form.CSV, Form.LINES) if form in asked), usual)
    return Media(sent, wanted, has_header=said.get("header") != "absent")


def _form(name: bytes) -> Form:
    name = name.strip().lower()
    if name == _CSV:
        return Form.CSV
    return Form.LINES if name in _LINES else Form.JSON


def _unread(what: str) -> Refusal:
    return Refusal("unsupported-media-type", f"{what}.")
