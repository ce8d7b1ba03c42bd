"""Full-text indexes in memory, for the few texts of one question: filled, asked and left empty."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Scratch(threading.local):
    """Tables in memory, of each thread its own. What is written in `with scratch.filled() as conn` is gone afterwards."""

    def __init__(self, *tables: str):
        """`tables`: CREATE statements."""
        self._conn = sqlite3.connect(":memory:", isolation_level=None)
        for table in tables:
            self._conn.execute(table)

    @contextmanager
    def filled(self) -> Iterator[sqlite3.Connection]:
        self._conn.execute("BEGIN")
        try:
            yield self._conn
        finally:
            self._conn.execute("ROLLBACK")
