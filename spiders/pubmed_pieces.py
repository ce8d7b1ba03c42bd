"""PubMed XML cut into the bytes of its records, before it is parsed: what was read before can be known by them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO

_BEGIN, _END = b"<PubmedArticle>", b"</PubmedArticle>"
_CHUNK = 64 * 1024
_LONGEST = 8 * 1024 * 1024  # bytes: what has no end by then is no record


def pieces(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """All bytes of the stream in their order; True with those that are a PubmedArticle from its first tag to its last.

    It looks for the two tags and knows nothing else of XML: in a comment they are found as well.
    """
    rest = b""
    while chunk := stream.read(_CHUNK):
        rest += chunk
        at = 0
        while (begin := rest.find(_BEGIN, at)) >= 0 and (end := rest.find(_END, begin)) >= 0:
            begin = rest.rfind(_BEGIN, begin, end)
            if begin > at:
                yield rest[at:begin], False
            at = end + len(_END)
            yield rest[begin:at], True
        unbegun = max(len(rest) - len(_BEGIN) + 1, at) if begin < 0 or len(rest) - begin > _LONGEST else begin
        if unbegun > at:
            yield rest[at:unbegun], False
        rest = rest[unbegun:]
    if rest:
        yield rest, False


def reading_of(piece: bytes) -> str:
    """What a piece is known by: 32 hexadecimal digits (BLAKE2b, 128 bit)."""
    return hashlib.blake2b(piece, digest_size=16).hexdigest()
