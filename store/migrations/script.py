"""Running a script of several statements inside the migration's one transaction."""

from __future__ import annotations

from sqlite_utils import Database


def run(db: Database, script: str) -> None:
    """Run statements that end in semicolons (none of them within a text or trigger)."""
    # not executescript: that commits, and a migration is one transaction
    for statement in script.split(";"):
        if statement.strip():
            db.execute(statement)
