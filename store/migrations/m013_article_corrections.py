"""Corrections of what was read of an article can be taken back, as all decisions can."""

from __future__ import annotations

from sqlite_utils import Database

from store.migrations.script import run

_SCRIPT = """
ALTER TABLE claim_edits ADD COLUMN withdrawn_at TEXT;
ALTER TABLE claim_edits ADD COLUMN withdrawn_by TEXT;
"""


def apply(db: Database) -> None:
    run(db, _SCRIPT)
