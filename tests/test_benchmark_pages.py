"""The benchmark of the pages asks for pages that are there, and that are as light as it says they must be."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from benchmarks import pages, site_data
from datasette_config.serve import app
from store.database import read_database
from tests.site_client import Fetch, client

RECORDS = 400


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("invented") / "watch.db"
    site_data.build(path, RECORDS)
    return path


@pytest.fixture(scope="module")
def site(invented: Path) -> Fetch:
    return client(invented)


def test_every_kind_of_page_answers_and_is_light(site: Fetch) -> None:
    found = pages.kinds("watch", RECORDS, random.Random(1), stock=False)  # noqa: S311 - no secret
    assert set(found) == set(pages.LIMIT_MS)
    for addresses in found.values():
        for _ in range(4):
            page = site(next(addresses))
            assert page.status_code == 200
            assert len(page.content) < pages.LIMIT_BYTES
            assert "facets-timed-out" not in page.text


def test_the_invented_database_is_whole(invented: Path, site: Fetch) -> None:
    db = read_database(invented)
    assert db.table("records").count == RECORDS
    assert (
        db.execute("SELECT count(*) FROM records_fts WHERE records_fts MATCH 'ketamine'").fetchone()[0]
        > RECORDS / 2
    )
    assert {
        row["sql"] is None for row in db.query("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
    } == {False}
    assert site("/watch/works.json?_size=1").json()["filtered_table_rows_count"] == RECORDS
    db.close()


def test_the_95th_percentile() -> None:
    assert pages.percentile(list(range(100)), 0.95) == 95
    assert pages.percentile([7.0], 0.95) == 7.0


def test_a_rule_of_access_is_still_obeyed(invented: Path) -> None:
    site = app(invented)
    site._metadata_local["databases"]["watch"]["tables"]["trials"]["allow"] = False

    async def ask() -> list[int]:
        await site.invoke_startup()
        return [(await site.client.get(path)).status_code for path in ("/watch/trials", "/watch/works")]

    assert asyncio.run(ask()) == [403, 200]
