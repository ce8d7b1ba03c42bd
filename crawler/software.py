"""Which software reads records: another may read more of the same bytes, or read them otherwise."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

from lxml import etree

#: all that stands between a source's bytes and a record's content
_READERS = (
    ("spiders", "*.py"), ("crawler", "checks.py"), ("crawler.noticing", "*.py"), ("store", "records.py"),
    ("store", "hashing.py"),
)  # fmt: skip


@cache
def software() -> str:
    """Sixteen hexadecimal digits that change with every change of what reads records."""
    digest = hashlib.blake2b(repr(etree.LIBXML_VERSION).encode(), digest_size=8)
    for package, pattern in _READERS:
        with resources.as_file(resources.files(package)) as folder:
            for file in sorted(folder.glob(pattern)):
                digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()
