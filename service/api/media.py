"""Which request bodies are read: a table from content type to reader. A new format is one more line."""

from __future__ import annotations

from enum import Enum

from churn.errors import shown
from service.problems import Refusal


class Format(Enum):
    """A form in which records arrive."""

    JSON = "json"


_FORMATS: dict[str, Format] = {"application/json": Format.JSON}
_SUFFIXES: dict[str, Format] = {"+json": Format.JSON}
_CHARSETS = {"utf-8", "utf8", "us-ascii"}
PLAIN_TYPES = frozenset({b"application/json", b"application/json; charset=utf-8"})
"""The content types that nearly all callers send, to the letter: JSON."""


def format_of(content_type: bytes | None, content_encoding: bytes | None) -> Format:
    """Return the format of a body by its headers.

    Raises:
        Refusal: the type, the charset or the encoding is none that is read here (415).
    """
    if content_type in PLAIN_TYPES and content_encoding is None:
        return Format.JSON
    return _judge(content_type, content_encoding)


def _judge(content_type: bytes | None, content_encoding: bytes | None) -> Format:
    if content_encoding is not None and content_encoding.strip().lower() not in {b"", b"identity"}:
        raise _refusal(f"The body has the Content-Encoding {shown(content_encoding.decode('latin-1'))}; send it plain")
    if content_type is None:
        raise _refusal("The request has no Content-Type")
    name, *parameters = (part.strip().lower() for part in content_type.decode("latin-1").split(";"))
    found = _FORMATS.get(name)
    if found is None and name.startswith("application/"):
        found = next((value for suffix, value in _SUFFIXES.items() if name.endswith(suffix)), None)
    if found is None:
        raise _refusal(f"The Content-Type is {shown(content_type.decode('latin-1'))}")
    pairs = [part.partition("=") for part in parameters]  # blanks around "=" are wrong, and understood
    charsets = [value.strip().strip('"').strip() for key, equals, value in pairs if equals and key.strip() == "charset"]
    if not _CHARSETS.issuperset(charsets):
        raise _refusal(f"The charset is {shown(charsets[0])}, but JSON is read in UTF-8 only")
    return found


def _refusal(what: str) -> Refusal:
    detail = f"{what}. Send application/json (or a type that ends in +json) in UTF-8."
    return Refusal("unsupported-media-type", detail, headers={"Accept-Post": "application/json"})
