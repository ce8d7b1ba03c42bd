"""Who says what a notice says, where a source passes on what others say."""

from __future__ import annotations

from sqlite_utils import Database

from store.migrations.script import run


def apply(db: Database) -> None:
    run(db, "ALTER TABLE notices ADD COLUMN asserted_by TEXT")
