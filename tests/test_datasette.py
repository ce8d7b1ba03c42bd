"""The site: every page answers, search finds exactly what it should, nothing from outside becomes markup."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from datasette.utils import tilde_encode

from crawler.pipelines import Check, Save, TagRecords
from crawler.sample.catalogue import load_catalogue
from crawler.sample.server import SampleServer
from crawler.tagging import Tagger
from datasette_config.metadata import build
from datasette_config.serve import app, arguments
from spiders.clinicaltrials import ClinicalTrialsSpider
from spiders.pubmed_xml import parse
from store.database import open_database
from store.records import Author, Checkpoint, Notice, Record, Reference, Reject
from store.tables import TABLES
from tests.loopback import get

PROBE = "<script>alert('probe')</script>"
HOSTILE = Record(
    "pubmed:98000001", "pubmed", "article", f"{PROBE} ketamine for depression", abstract=f"Randomized {PROBE} ketamine.",
    venue=PROBE, authors=[Author(PROBE)], published="2024", url="https://example.org/", keywords=[PROBE],
    notices=[Notice("retraction", "pubmed:98000001", None, PROBE)], references=[Reference("cites", None, PROBE)],
)  # fmt: skip


@pytest.fixture(scope="module")
def db_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled sample, fetched from its services and saved as a crawl saves it, and one hostile record."""
    path = tmp_path_factory.mktemp("site") / "watch.db"
    with SampleServer() as server:
        ids = ",".join(article.pmid for article in load_catalogue().articles)
        pubmed = parse(get(f"{server.upstreams['pubmed']}/efetch.fcgi?db=pubmed&retmode=xml&id={ids}"))
        trials = ClinicalTrialsSpider.parse_answer(
            get(f"{server.upstreams['clinicaltrials']}/studies?pageSize=1000")
        )
        tagger = Tagger()
        for source, items in {
            "pubmed": [*pubmed, HOSTILE, Reject("pubmed", "1", "title", PROBE)],
            "clinicaltrials": trials,
        }.items():
            db = open_database(path)
            checking, tagging, saving = Check(), TagRecords(db, tagger), Save(db, source)
            saving.start("crawl")
            for item in [*items, Checkpoint("new", "2026-01-01", 1, 1)]:
                saving.process_item(tagging.process_item(checking.process_item(item)))
            saving.finish("ketamine")
            db.close()
    # as if a person had changed a row by hand: no page may trust the database either
    db = open_database(path)
    db.execute(
        "UPDATE records SET url = 'javascript:alert(1)', indications = ? WHERE id = ?",
        (json.dumps([PROBE]), HOSTILE.id),
    )
    db.close()
    return path


@pytest.fixture(scope="module")
def fetch(db_path: Path) -> Any:
    site = app(db_path)

    def fetched(path: str, method: str = "GET") -> Any:
        async def ask() -> Any:
            await site.invoke_startup()
            return await site.client.request(method, path)

        return asyncio.run(ask())

    return fetched


def rows(fetch: Any, path: str) -> list[dict[str, Any]]:
    answer = fetch(path + ("&" if "?" in path else "?") + "_shape=array")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_table_and_view_has_a_page_and_its_words(fetch: Any) -> None:
    metadata = fetch("/-/metadata.json").json()["databases"]["watch"]["tables"]
    for name, (description, columns) in TABLES.items():
        page = fetch(f"/watch/{name}")
        assert page.status_code == 200, name
        assert "facets-timed-out" not in page.text, name
        assert metadata[name]["description"] == description
        assert metadata[name]["columns"] == columns


def test_the_home_page_counts_links_and_tells_how_far(fetch: Any) -> None:
    page = fetch("/").text
    for indication in ("trd", "ptsd", "ocd", "suicidality"):
        count = len(rows(fetch, f"/watch/trials.json?indications__arraycontains={indication}&_size=max"))
        assert count
        assert re.search(rf"arraycontains={indication}\">[^<]+</a></th>\s*<td>{count}</td>", page), indication
    assert "Evidence searched to" in page
    assert page.count('class="outcome-good"') == 2


@pytest.mark.parametrize("table", ["works", "trials", "records"])
def test_a_search_finds_exactly_what_the_index_has(fetch: Any, db_path: Path, table: str) -> None:
    db = open_database(db_path)
    for words in ("midazolam", "esketamine", "veterans", "zzzqqq"):
        expected = {row["id"] for row in db.table("records").search(words)}
        if table == "trials":
            expected &= {row["id"] for row in db.query("SELECT id FROM trials")}
        found = {row["id"] for row in rows(fetch, f"/watch/{table}.json?_search={words}&_size=max")}
        assert found == expected, words
        assert bool(found) == (words != "zzzqqq")
    db.close()


@pytest.mark.parametrize(
    "words", ['"', "ketamine AND", "(", "NEAR(", "a:b", "*", "^", "';--", "%00", "esketamine OR"]
)
def test_wrong_search_syntax_is_no_error(fetch: Any, words: str) -> None:
    for path in (f"/watch/trials?_search={quote(words)}", f"/watch/search?words={quote(words)}"):
        assert fetch(path).status_code == 200


def test_lists_show_no_abstract_and_records_do(fetch: Any) -> None:
    words = "Summary written for this sample"
    for path in (
        "/watch/works?_size=100",
        "/watch/trials",
        "/watch/records?_size=100",
        "/watch/trials?_search=ketamine",
    ):
        assert words not in fetch(path).text, path
    assert words in fetch("/watch/records/pubmed~3A23982301").text


def test_a_record_page_shows_why(fetch: Any) -> None:
    page = fetch("/watch/records/pubmed~3A23982301").text
    for piece in (
        "https://pubmed.ncbi.nlm.nih.gov/23982301/", "https://doi.org/10.1176/appi.ajp.2013.13030392",
        "https://clinicaltrials.gov/study/NCT00768430", '<mark class="mark-', "role.treatment", "Murrough JW",
    ):  # fmt: skip
        assert piece in page, piece
    retracted = fetch("/watch/records/pubmed~3A99000001").text
    assert "<strong>retraction</strong>" in retracted
    registration = fetch("/watch/records/clinicaltrials~3ANCT03113968").text
    assert "RANDOMIZED" in registration
    assert fetch("/watch/records/pubmed~3A1").status_code == 404


QUERIES = build("watch")["databases"]["watch"]["queries"]


def query(fetch: Any, name: str, **params: str) -> list[dict[str, Any]]:
    return rows(
        fetch, f"/watch/{name}.json?" + "&".join(f"{key}={quote(value)}" for key, value in params.items())
    )


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_every_question_survives_a_blank_form_and_odd_input(fetch: Any, name: str) -> None:
    params = QUERIES[name].get("params", [])
    assert fetch(f"/watch/{name}").status_code == 200
    for odd in ("'", '"', "%", "; DROP TABLE records", "x" * 5000, "☃", PROBE):
        page = fetch(f"/watch/{name}?" + "&".join(f"{param}={quote(odd)}" for param in params))
        assert page.status_code == 200, odd
        assert PROBE not in page.text


def test_what_people_ask_first(fetch: Any) -> None:
    assert (
        query(fetch, "new_trials_for", indication="", since="") == []
    )  # nothing of the sample is of this month
    since = query(fetch, "new_trials_for", indication="PTSD", since="2021")
    assert {"pubmed:33397139", "pubmed:35688035"} & {row["id"] for row in since}
    assert all("ptsd" in row["indications"] for row in since)
    assert {
        row["route"] for row in query(fetch, "trials_by_route", drug="Esketamine", route="Intranasal")
    } == {"intranasal"}
    assert len({row["route"] for row in query(fetch, "trials_by_route", drug="ketamine", route="")}) > 2
    study = query(fetch, "study_records_of", study="nct 03113968")
    assert {row["role"] for row in study} >= {"registration", "primary"}
    assert all(row["results_first_posted"] for row in query(fetch, "trials_with_results", since=""))
    assert query(fetch, "trials_with_results", since="")
    matrix = {row["indication"]: row for row in query(fetch, "matrix")}
    assert matrix["trd"]["rct"] > matrix["ocd"]["rct"] > 0
    found = query(fetch, "search", words="midazolam suicidal")
    assert found
    assert all("midazolam" in (row["title"] + row["words"]).lower() or row["words"] for row in found)


def test_nothing_from_outside_becomes_markup_or_a_script_link(fetch: Any) -> None:
    for path in (
        f"/watch/records/{tilde_encode(HOSTILE.id)}", "/watch/works?_search=probe", "/watch/records?_search=probe",
        "/watch/rejects", "/watch/tags?record_id=" + quote(HOSTILE.id), "/watch/notices", "/watch/citations",
        f"/watch/search?words={quote('probe')}", f"/watch/works?_search={quote(PROBE)}",
    ):  # fmt: skip
        page = fetch(path)
        assert page.status_code == 200, path
        assert PROBE not in page.text, path
        assert 'href="javascript:' not in page.text, path


def test_the_site_cannot_be_written_to(fetch: Any) -> None:
    for sql in (
        "DELETE FROM records",
        "INSERT INTO watched VALUES ('a', 'b')",
        "ATTACH 'x.db' AS x",
        "PRAGMA journal_mode=DELETE",
    ):
        assert fetch(f"/watch.json?sql={quote(sql)}").status_code == 400, sql
    assert fetch("/watch/records", "POST").status_code >= 400
    assert fetch(f"/watch.json?sql={quote('SELECT load_extension(1)')}").status_code == 400


def test_datasette_gets_what_it_needs_for_any_file_name(tmp_path: Path) -> None:
    command = arguments(tmp_path / "odd name.db", host="127.0.0.1", port=1)
    metadata = json.loads(Path(command[command.index("--metadata") + 1]).read_text())
    assert list(metadata["databases"]) == ["odd name"]
    assert "off" in command[command.index("suggest_facets") :][:2]
