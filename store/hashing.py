"""A record's content as one short hash, so that what did not change is recognised and not written."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from store.records import Record

_CONTAINERS = (list, dict, tuple)


def _filled(value: Any) -> dict[str, Any]:
    # empty fields are left out, so that a field added in a later release changes no old hash
    return {
        name: content
        for name in value.__slots__
        if name != "reading"
        and (
            (content := getattr(value, name))
            or (content is not None and not isinstance(content, _CONTAINERS))
        )
    }


_canonical = json.JSONEncoder(default=_filled, ensure_ascii=False, separators=(",", ":")).encode


def content_hash(record: Record) -> str:
    """32 hexadecimal digits (BLAKE2b, 128 bit) over every filled field of a record."""
    return hashlib.blake2b(_canonical(record).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
