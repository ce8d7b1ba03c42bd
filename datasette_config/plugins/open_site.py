"""A site without rules of access need not look for them.

At each look at a table or view, Datasette 0.65 copies the words of all tables several times over to find the `allow` of one:
a third of what a list costs. Where no table has one, there is none to find; whoever sets one has Datasette's own way.
"""

from __future__ import annotations

from typing import Any

from datasette import hookimpl
from datasette.plugins import pm


@hookimpl
def startup(datasette: Any) -> None:
    if not pm.hook.get_metadata.get_hookimpls() and not _has_rules(datasette._metadata_local or {}):
        datasette._table_permission_allows = lambda database, table: []


def _has_rules(metadata: Any) -> bool:
    """Whether an `allow` stands anywhere in these words."""
    if not isinstance(metadata, dict):
        return False
    return "allow" in metadata or any(_has_rules(value) for value in metadata.values())
