"""What the site does less often than Datasette would: asking for the schema, waiting while a page is rendered."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from datasette.app import Datasette
from jinja2 import DictLoader, Environment

from datasette_config.plugins import at_once, known_schema, less_garbage


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """(Datasette's database of one table, what was asked of it), its schema looked at each time."""
    path = tmp_path / "small.db"
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE trials (id TEXT PRIMARY KEY)")
    site = Datasette([str(path)])
    db = site.databases["small"]
    asked: list[str] = []
    for name in ("primary_keys", "table_exists"):
        monkeypatch.setattr(db, name, _counted(getattr(db, name), name, asked), raising=False)
    monkeypatch.setattr(known_schema, "_SECONDS", -1.0)
    known_schema.startup(site)
    return db, asked, path, site


def _counted(ask: Any, name: str, asked: list[str]) -> Any:
    async def counted(*args: Any) -> Any:
        asked.append(name)
        return await ask(*args)

    return counted


@pytest.mark.asyncio
async def test_a_question_on_the_schema_is_asked_once(watched: Any) -> None:
    db, asked, _, _ = watched
    first = await db.primary_keys("trials")
    first.append("spoilt")
    assert await db.primary_keys("trials") == ["id"]
    assert await db.primary_keys("trials") == ["id"]
    assert asked == ["primary_keys"]
    await db.primary_keys("others")
    assert asked == ["primary_keys"] * 2


@pytest.mark.asyncio
async def test_another_schema_is_asked_anew(watched: Any) -> None:
    db, _, path, _ = watched
    assert not await db.table_exists("studies")
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE studies (id TEXT)")
    assert await db.table_exists("studies")


@pytest.mark.asyncio
async def test_a_question_that_fails_is_asked_again(watched: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    db, asked, _, _ = watched
    broken = [True]

    async def ask(table: str) -> list[str]:
        asked.append(table)
        if broken:
            raise sqlite3.OperationalError(f"locked {broken.pop()}")
        return ["id"]

    monkeypatch.setattr(db, "fts_table", ask)
    known_schema.KnownSchema(db)
    with pytest.raises(sqlite3.OperationalError):
        await db.fts_table("trials")
    assert await db.fts_table("trials") == ["id"]


@pytest.mark.asyncio
async def test_other_questions_go_to_the_database(watched: Any) -> None:
    db, _, path, _ = watched
    assert (await db.execute("SELECT count(*) FROM trials")).first()[0] == 0
    with sqlite3.connect(path) as conn:
        conn.execute("INSERT INTO trials VALUES ('NCT00000001')")
    assert (await db.execute("SELECT count(*) FROM trials")).first()[0] == 1


@pytest.mark.asyncio
async def test_datasette_looks_at_the_schemas_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    async def look() -> None:
        looks.append(1)

    monkeypatch.setattr(known_schema, "_SECONDS", 3600.0)
    site = SimpleNamespace(databases={}, refresh_schemas=look)
    known_schema.startup(site)
    for _ in range(3):
        await site.refresh_schemas()
    assert len(looks) == 1


@pytest.fixture
def pages() -> Environment:
    env = Environment(
        autoescape=True, enable_async=True,
        loader=DictLoader({
            "page": "{% for link in links() %}{{ link }} {% endfor %}{{ told(3) }}{{ plain('<b>') }}",
            "other": "{{ told(3) }}",
        }),
    )  # fmt: skip
    at_once.prepare_jinja2_environment(env)
    return env


async def _links() -> list[str]:
    await asyncio.sleep(0)
    return ["a", "<c>"]


async def _told(number: int) -> str:
    return "<" * number


async def _waits(number: int) -> str:
    await asyncio.sleep(0)
    return "&" * number


@pytest.mark.asyncio
async def test_a_page_is_rendered_without_waiting(pages: Environment) -> None:
    told = await pages.get_template("page").render_async(links=_links, told=_told, plain=str.upper)
    assert told == "a &lt;c&gt; &lt;&lt;&lt;&lt;B&gt;"
    assert not pages.is_async


@pytest.mark.asyncio
async def test_what_waits_is_waited_for(pages: Environment) -> None:
    assert await pages.get_template("other").render_async({"told": _waits}) == "&amp;&amp;&amp;"


def test_garbage_is_looked_for_less_often() -> None:
    before = gc.get_threshold()
    try:
        less_garbage.startup(None)
        assert gc.get_threshold() == (less_garbage.NEW, *before[1:])
    finally:
        gc.set_threshold(*before)
