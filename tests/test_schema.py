"""The schema, its words, and the direction of imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from store.database import open_database, read_database
from store.errors import ConfigError
from store.migrations import migrations
from store.tables import TABLES
from store.views import VIEWS

ROOT = Path(__file__).resolve().parents[1]


def _documented(name: str) -> bool:
    return not name.startswith(("_", "records_fts", "sqlite_"))


def test_every_table_and_column_is_described() -> None:
    db = open_database(":memory:")
    names = {name for name in db.table_names() + db.view_names() if _documented(name)}
    assert names == set(TABLES)
    for name, (description, columns) in TABLES.items():
        assert description
        # generated columns too, which table_info leaves out
        actual = [row[1] for row in db.execute(f"PRAGMA table_xinfo([{name}])")]
        assert set(actual) == set(columns), name
        assert all(columns.values())


def test_full_text_search_is_declared_so_that_datasette_finds_it() -> None:
    db = open_database(":memory:")
    # Datasette 0.65 sees only content="t" or content=[t]; see reference: content='t' is ignored silently
    assert db["records"].detect_fts() == "records_fts"
    assert 'content="records"' in db["records_fts"].schema


def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    first = open_database(path)
    schema = first.schema
    first.conn.execute("DROP VIEW trials")
    first.close()
    assert open_database(path).schema == schema
    assert not migrations.pending(open_database(path))


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("these are notes, not a database, and long enough to be read as one" * 20)
    with pytest.raises(ConfigError, match=r"notes\.db"):
        open_database(path)
    with pytest.raises(ConfigError, match="no such file"):
        read_database(tmp_path / "absent.db")


def test_views_run() -> None:
    db = open_database(":memory:")
    for name in VIEWS:
        assert list(db.query(f"SELECT * FROM [{name}]")) == []


ALLOWED = {
    "store": {"store"},
    "spiders": {"spiders", "store"},
    "crawler": {"crawler", "spiders", "store", "datasette_config"},
    "datasette_config": {"datasette_config", "store"},
}
FLOORS = set(ALLOWED)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("floor", sorted(FLOORS))
def test_imports_run_one_way(floor: str) -> None:
    files = list((ROOT / floor).rglob("*.py"))
    assert files
    for path in files:
        reached = {name.partition(".")[0] for name in _imports(path)} & FLOORS
        assert reached <= ALLOWED[floor], f"{path.relative_to(ROOT)} imports {reached - ALLOWED[floor]}"


def test_no_circles_between_modules() -> None:
    files = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
             for floor in FLOORS for path in (ROOT / floor).rglob("*.py")}  # fmt: skip
    # `from a import b` needs the module a.b where there is one, else a
    imported = {name: _imports(path) & set(files) for name, path in files.items()}
    graph = {
        name: {one for one in found if not any(other.startswith(f"{one}.") for other in found)}
        for name, found in imported.items()
    }
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, f"circle: {' -> '.join((*trail, module))}"
        if module not in done:
            for reached in graph[module] - {module}:
                visit(reached, (*trail, module))
            done.add(module)

    for module in graph:
        visit(module, ())
