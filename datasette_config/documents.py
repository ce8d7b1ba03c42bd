"""The parts of docs/database.md that are made: the diagram of tables and the worked SQL. `python -m datasette_config.documents FILE`.

A part stands between `<!-- made: NAME -->` and `<!-- end -->`. The examples are those of the page `/-/examples`.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from store.database import open_database

_PART = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_NOT_DRAWN = re.compile("_|sqlite_|records_fts")


@cache
def examples() -> list[dict[str, Any]]:
    """Each with `title`, `sql`, and `empty` where the bundled sample has no answer."""
    content = resources.files(__package__).joinpath("examples.yaml").read_text("utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(content)
    return found


def worked_sql() -> str:
    """The examples as Markdown."""
    return "\n".join(f"{one['title']}:\n\n```sql\n{one['sql']}\n```\n" for one in examples())


def diagram() -> str:
    """The tables with their keys, and what refers to what, as a Mermaid entity-relationship diagram."""
    db = open_database(":memory:")
    lines = ["```mermaid", "erDiagram"]
    names = sorted(name for name in db.table_names() if not _NOT_DRAWN.match(name))
    for name in names:
        table = db.table(name)
        refers = {key.column: key.other_table for key in table.foreign_keys}
        keys = table.pks if table.pks != ["rowid"] else []
        columns = [column for column in table.columns if column.name in keys or column.name in refers]
        lines.append(f"    {name} {{")
        lines += [
            f"        {(column.type or 'ANY').lower()} {column.name}"
            f" {', '.join(kind for kind, has in (('PK', column.name in keys), ('FK', column.name in refers)) if has)}"
            for column in columns
        ]
        lines.append("    }")
        for column, other in sorted(refers.items()):
            many = "o|" if keys == [column] else "o{"
            lines.append(f'    {other} ||--{many} {name} : "{column}"')
    db.close()
    return "\n".join([*lines, "```", ""])


PARTS = {"diagram": diagram, "examples": worked_sql}


def filled(text: str) -> str:
    """A document with its parts as they are now. Raises KeyError for a part of another name."""
    return _PART.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n{found[3]}", text)


if __name__ == "__main__":
    for document in map(Path, sys.argv[1:]):
        document.write_text(filled(document.read_text("utf-8")), "utf-8")
