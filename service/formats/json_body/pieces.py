"""A large array of records in pieces that can be read one after the other.

Where ``[A]`` and ``[B]`` are arrays that hold something, ``[A,B]`` is one with the elements of both. So wherever the
text is cut at a comma, the pieces say the same as the whole if each of them is an array of records; and if a cut fell
inside of a text, they are not. Nothing has to be known of what stands around the comma.
"""

from __future__ import annotations

from collections.abc import Iterator

PIECE_BYTES = 32 * 1024
"""Some sixty records: a thread that reads one keeps all others from running for less than a fifth of a millisecond."""

_SPACE = b" \t\r\n"


def pieces(body: bytes) -> Iterator[bytes]:
    """Give arrays that say together what ``body`` says, of about ``PIECE_BYTES``; the whole where it is no array."""
    text = body.strip(_SPACE)
    if len(text) <= PIECE_BYTES or text[:1] != b"[" or text[-1:] != b"]":
        yield body
        return
    start, end = 1, len(text) - 1
    while (found := text.find(b"},", start + PIECE_BYTES, end)) >= 0:
        yield b"[%b]" % text[start : found + 1]
        start = found + 2
    yield b"[%b]" % text[start:end]  # empty after a comma too many, which is then seen
