"""Schema, forward only: a migration that was released is never edited, a new one is added after it.

One module each, `mNNN_what_it_brings.py` with a function `apply(db)`, run in the order of their names. What each table
and column means is written in `store/tables/`; a test holds the two together.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

from sqlite_utils.migrations import Migrations

migrations = Migrations("ketamine_watch")

for _name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    if _name.startswith("m") and _name[1:4].isdigit():
        migrations(name=_name)(import_module(f"{__name__}.{_name}").apply)
