"""What a database knows, in a form that can be compared, and whether the file is sound."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from store.database import open_database

#: how often and when was crawled differs between an undisturbed run and one in several pieces
NOT_COMPARED = {"crawls", "_sqlite_migrations"}
#: watermarks: of a round over known works, which goes on with every crawl; and medRxiv's, which stands at the end of the
#: last whole interval with rows, and where intervals end depends on where a crawl began
ROUNDS = {"lookups", "posted"}
NOT_COMPARED_COLUMNS = {"crawl_id"}
#: a work that is no record here is described by whichever source spoke first, which a kill may change
FIRST_WORD = {"title", "authors", "year", "venue", "source"}

Content = dict[str, Counter[str]]


def content(path: Path) -> Content:
    """Every row of every table but `NOT_COMPARED`, as text, free of row numbers and of which crawl brought it."""
    db = Database(path)
    hidden = {table.name for table in db.tables if table.virtual_table_using}
    shadows = tuple(f"{name}_" for name in hidden)
    found = {
        table.name: Counter(repr(_told(table, row)) for row in table.rows if row.get("stream") not in ROUNDS)
        for table in db.tables
        if table.name not in NOT_COMPARED | hidden and not table.name.startswith((*shadows, "sqlite_"))
    }
    db.close()
    return found


def _told(table: Any, row: dict[str, Any]) -> list[tuple[str, Any]]:
    numbers = set(table.pks) if [table.columns_dict.get(pk) for pk in table.pks] == [int] else set()
    left_out = NOT_COMPARED_COLUMNS | numbers | (FIRST_WORD if table.name == "bare_works" else set())
    return sorted((name, value) for name, value in row.items() if name not in left_out)


def differences(expected: Content, found: Content) -> list[str]:
    """In words; empty if they are the same."""
    return [
        f"{table} {says} {row[:200]}"
        for table in sorted(expected.keys() | found.keys())
        for says, rows in (
            ("lacks", expected.get(table, Counter()) - found.get(table, Counter())),
            ("has too much", found.get(table, Counter()) - expected.get(table, Counter())),
        )
        for row in rows
    ]


def unsound(path: Path) -> list[str]:
    """What SQLite's own checks find wrong with the file, its foreign keys and its full-text index; opens it for writing."""
    db = open_database(path)
    wrong = [row[0] for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
    wrong += [f"foreign key: {row}" for row in db.execute("PRAGMA foreign_key_check")]
    for table in db.tables:
        if table.virtual_table_using == "FTS5":
            # raises if index and content disagree: sqlite.org/fts5.html#the_integrity_check_command
            db.execute(f"INSERT INTO [{table.name}]([{table.name}], rank) VALUES ('integrity-check', 1)")
    db.close()
    return wrong
