"""Whether a publication may be read freely, under which licence, and the versions of a preprint."""

from __future__ import annotations

from sqlite_utils import Database

from store.migrations.script import run

_SCRIPT = """
ALTER TABLE publications ADD COLUMN open_access INTEGER;
ALTER TABLE publications ADD COLUMN licence TEXT;
ALTER TABLE publications ADD COLUMN versions TEXT NOT NULL DEFAULT '[]';
"""


def apply(db: Database) -> None:
    run(db, _SCRIPT)
