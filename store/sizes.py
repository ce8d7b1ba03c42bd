"""How large the database is."""

from __future__ import annotations

from sqlite_utils import Database


def row_counts(db: Database) -> dict[str, int]:
    """Table -> rows, the largest first; without the full-text index's own tables and SQLite's."""
    virtual = tuple(f"{table.name}_" for table in db.tables if table.virtual_table_using)
    counts = {
        table.name: table.count
        for table in db.tables
        if not table.virtual_table_using and not table.name.startswith(("sqlite_", "_", *virtual))
    }
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def file_bytes(db: Database) -> int:
    """The size of the database in bytes, without what waits in its write-ahead log."""
    return int(db.execute("PRAGMA page_count").fetchone()[0] * db.execute("PRAGMA page_size").fetchone()[0])
