"""A reply as bytes and back, as the caller sees it: what it counted is left out, for it is not to be counted again."""

from __future__ import annotations

import struct

from service.reply import Reply

_HEAD = struct.Struct("<HH")


def packed(reply: Reply) -> bytes:
    """Return the bytes: the status, how many pieces there are, how long each is, and the pieces."""
    pieces = [reply.content_type, *(piece for header in reply.headers for piece in header), reply.body]
    lengths = struct.pack(f"<{len(pieces)}I", *map(len, pieces))
    return b"".join((_HEAD.pack(reply.status, len(pieces)), lengths, *pieces))


def unpacked(content: bytes) -> Reply:
    """Return the reply that was packed."""
    status, count = _HEAD.unpack_from(content)
    end = _HEAD.size + 4 * count
    pieces = []
    for length in struct.unpack_from(f"<{count}I", content, _HEAD.size):
        pieces.append(content[end : end + length])
        end += length
    content_type, *texts, body = pieces
    return Reply(status, body, content_type, list(zip(texts[::2], texts[1::2], strict=True)))
