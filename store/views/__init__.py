"""The views that pages, exports, feeds and digests read. One definition each, so they cannot disagree.

Views hold no data, so they are not migrated: `ensure_views` makes the file's views those written in the modules here,
each in its own `VIEWS`.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from sqlite_utils import Database

VIEWS: dict[str, str] = {}

for _module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    VIEWS |= import_module(f"{__name__}.{_module}").VIEWS


def ensure_views(db: Database) -> None:
    """Make the database's views those of `VIEWS`; a file that has them already is not written to."""
    present = {view.name: view.schema for view in db.views}
    wanted = {name: f"CREATE VIEW [{name}] AS {sql}" for name, sql in VIEWS.items()}
    if present == wanted:
        return
    with db.atomic():
        for name in present:
            db.execute(f"DROP VIEW [{name}]")
        for schema in wanted.values():
            db.execute(schema)
