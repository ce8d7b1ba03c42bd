"""What the site says of notices, of citing what was retracted, and of records that are one work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from store.database import open_database
from store.records import Notice, Record
from tests.site_client import client
from tests.test_datasette_record import text
from tests.test_merging import filled
from tests.test_notices import ALL, CITING, IN_CROSSREF, ketamine_watch, number

DOUBTED = Record(
    "pubmed:5",
    "pubmed",
    "article",
    "Esketamine, doubted",
    pmid="5",
    notices=[Notice("expression-of-concern", "pubmed:5", None, "J Mood")],
)
ERRATUM = Record("feed:1", "feed", "article", "Erratum to: Something of ketamine", published="2024")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("site") / "watch.db"
    filled([*ALL, DOUBTED, ERRATUM], path).close()
    return path


@pytest.fixture(scope="module")
def site(path: Path) -> Any:
    return client(path)


def words(site: Any, record_id: str) -> str:
    page = site(f"/watch/records/{record_id.replace(':', '~3A').replace('/', '~2F').replace('.', '~2E')}")
    assert page.status_code == 200
    return text(page.text)


def test_a_retracted_work_says_so_on_top_with_its_sources(site: Any) -> None:
    top = words(site, "pubmed:1").split("Abstract")[0]
    assert "article Retracted 2020" in top
    assert "Retracted 2021-05: Retraction notice to: Ketamine for pain after surgery" in top
    assert "According to Crossref, PubMed." in top or "According to crossref, PubMed." in top


def test_the_notice_and_who_cites_say_so_too(site: Any) -> None:
    assert "Retraction notice for: Ketamine for pain after surgery: a trial" in words(site, "pubmed:2")
    citing = words(site, CITING.id).split("Abstract")[0]
    assert (
        "Cites a retracted work: Ketamine for pain after surgery: a trial, 2021-05, before this was published"
        in citing
    )
    assert "Correction of: Something of ketamine" in words(site, "feed:1").split("Abstract")[0]


def test_the_other_records_of_a_work_are_reached_from_its_page_and_back(site: Any) -> None:
    shown = words(site, "pubmed:1")
    assert "Also in" in shown
    assert "doi 10.1000/x" in shown.split("Also in")[1]
    merged = words(site, IN_CROSSREF.id)
    assert "This is one of several records of a work. Shown for it: pubmed:1" in merged
    assert "Retracted 2021-05" in merged


def test_lists_show_one_row_with_its_standing(site: Any) -> None:
    page = site("/watch/works")
    listed = text(page.text)
    assert listed.count("Ketamine for pain after surgery: a trial") == 1
    assert "a trial Retracted" in listed
    assert "Expression of concern" in listed
    assert [row["id"] for row in site("/watch/works.json?_shape=array&standing=retracted").json()] == [
        "pubmed:1"
    ]
    assert [row["record_id"] for row in site("/watch/cites_retracted.json?_shape=array").json()] == [
        "pubmed:9"
    ]
    assert len(site("/watch/work_notices.json?_shape=array").json()) == 2


def test_an_identifier_leads_to_the_record_that_is_shown(site: Any) -> None:
    found = site("/-/find/watch?q=10.1000/x")
    assert found.headers["location"].endswith("pubmed~3A1")
    found = site("/-/find/watch?q=crossref:10.1000/x")
    assert found.status_code == 302


def test_a_disputed_notice_is_struck_and_says_by_whom(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    filled([*ALL, replace(CITING, id="pubmed:8", pmid="8")], path).close()
    assert (
        ketamine_watch(
            path, "dispute", number(path), "--by", "<b>Ann</b>", "--why", "another paper"
        ).exit_code
        == 0
    )
    page = client(path)("/watch/records/pubmed~3A1").text
    assert "Disputed by &lt;b&gt;Ann&lt;/b&gt;" in page
    assert "another paper" in page
    assert 'class="status status-retracted"' not in page
    assert open_database(path).table("records").get("pubmed:1")["standing"] is None
    assert "Cites a retracted work" not in client(path)("/watch/records/pubmed~3A8").text
