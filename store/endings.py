"""Endings of visits that could not note them themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database


def note_endings(db: Database, ended: Iterable[dict[str, Any]]) -> None:
    """Give rows of `crawls` (id, `outcome`, `error`) that have no outcome yet theirs."""
    with db.atomic():
        for row in ended:
            sql = "UPDATE crawls SET outcome = ?, error = ? WHERE id = ? AND outcome IS NULL"
            db.execute(sql, (row["outcome"], row["error"], row["id"]))
