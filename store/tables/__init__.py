"""What every table, view and column means, in words for people: name -> (what it is, {column: what it holds}).

The pages' metadata is made from this. Each module here has the words of one subject, in its own `TABLES`.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module

TABLES: dict[str, tuple[str, dict[str, str]]] = {}

for _module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    TABLES |= import_module(f"{__name__}.{_module}").TABLES
