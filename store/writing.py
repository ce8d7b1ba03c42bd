"""Plain inserts and upserts of many rows with the same columns.

sqlite-utils makes a statement for every hundred rows, which costs more than SQLite itself for ten thousands of small ones;
and its upsert tries on a table of its own whether SQLite knows `ON CONFLICT`: on a full disk that fails, and its older way
of upserting then leaves rows out without a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlite_utils import Database

Row = dict[str, Any]


def insert_rows(db: Database, table: str, rows: Sequence[Row]) -> None:
    """Insert rows; all have the columns of the first. Raises sqlite3.Error."""
    if rows:
        db.conn.executemany(_insert(table, rows[0]), rows)


def upsert_rows(db: Database, table: str, rows: Sequence[Row], keys: Sequence[str]) -> None:
    """Insert rows, or replace the columns given where a row with these keys is there. Raises sqlite3.Error."""
    if rows:
        given = ", ".join(f"[{name}] = excluded.[{name}]" for name in rows[0] if name not in keys)
        listed = ", ".join(f"[{name}]" for name in keys)
        db.conn.executemany(f"{_insert(table, rows[0])} ON CONFLICT ({listed}) DO UPDATE SET {given}", rows)


def _insert(table: str, row: Row) -> str:
    columns = ", ".join(f"[{name}]" for name in row)
    values = ", ".join(f":{name}" for name in row)
    return f"INSERT INTO [{table}] ({columns}) VALUES ({values})"
