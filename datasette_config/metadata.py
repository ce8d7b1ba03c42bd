"""The metadata that Datasette 0.65 wants, made from three sources of words for a database of any name."""

from __future__ import annotations

from importlib import resources
from typing import Any

import yaml

from store.tables import TABLES


def read(name: str) -> dict[str, Any]:
    """One of this package's YAML files."""
    content: dict[str, Any] = yaml.safe_load(resources.files(__package__).joinpath(name).read_text("utf-8"))
    return content


def build(database: str) -> dict[str, Any]:
    """Datasette's metadata for a database file `<database>.db`.

    `metadata.yaml` has the site's words and each table's face, `datasette.yaml` the queries, `store.tables` what
    tables and columns mean. Under Datasette 1.0 the second becomes its configuration as it stands.
    """
    words = read("metadata.yaml")
    faces = words.pop("tables")
    meanings = {
        name: {"description": meaning, "columns": columns} for name, (meaning, columns) in TABLES.items()
    }
    tables = {name: meanings.get(name, {}) | faces.get(name, {}) for name in meanings | faces}
    # readers come for the answer; the SQL is one click away
    queries = {name: query | {"hide_sql": True} for name, query in read("datasette.yaml")["queries"].items()}
    return words | {"databases": {database: {"tables": tables, "queries": queries}}}


def settings() -> dict[str, Any]:
    """Datasette's settings."""
    chosen: dict[str, Any] = read("datasette.yaml")["settings"]
    return chosen
