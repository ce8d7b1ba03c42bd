"""A record's content as one short hash, so that what did not change is recognised and not written."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from store.records import Record


def _filled(value: Any) -> dict[str, Any]:
    # empty fields are left out, so that a field added in a later release changes no old hash
    return {
        name: content
        for name in value.__slots__
        if (content := getattr(value, name)) not in (None, [], {}, ())
    }


def content_hash(record: Record) -> str:
    """32 hexadecimal digits (BLAKE2b, 128 bit) over every filled field of a record."""
    canonical = json.dumps(record, default=_filled, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(canonical.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
