"""The site cannot be written to, shows the words of others as words, and stands under any name and path."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from datasette_config.metadata import build
from datasette_config.serve import arguments
from store.database import open_database
from tests.filled import HOSTILE, PROBE
from tests.site_client import Fetch, client, links, tags, text

QUERIES = build("watch")["databases"]["watch"]["queries"]


def test_nothing_from_outside_becomes_markup_or_a_script_link(fetch: Fetch) -> None:
    hostile = f"/watch/records/{HOSTILE.id.replace(':', '~3A')}"
    for path in (
        "/", hostile, "/watch/records/clinicaltrials~3ANCT98000002", "/watch/works?_search=probe",
        "/watch/records?_search=probe", "/watch/records?_col=url&_col=abstract&_search=probe", "/watch/rejects",
        "/watch/notices", "/watch/citations", "/watch/identifiers", "/watch/studies", "/watch/study_threads",
        "/watch/registrations", "/watch/revisions", "/watch/crawls", "/watch/source_health", "/watch/works",
        f"/watch/tags?record_id={HOSTILE.id}", "/watch/search?words=probe",
    ):  # fmt: skip
        page = fetch(path)
        assert page.status_code == 200, path
        _is_harmless(page.text, path)
    for path, parameters in (
        ("/watch/works", {"_search": PROBE}), ("/watch/trials", {"title__contains": PROBE}),
        ("/watch/trials", {PROBE: PROBE}), ("/watch/trials", {"_sort": PROBE}), ("/watch", {"sql": PROBE}),
        ("/watch", {"sql": f"select '{PROBE.replace(chr(39), chr(39) * 2)}' as [{PROBE}]"}),
        ("/watch/study_records_of", {"study": PROBE}), (f"/watch/{PROBE}", {}), ("/watch/works", {"_where": PROBE}),
    ):  # fmt: skip
        _is_harmless(fetch(path, **parameters).text, path)


def _is_harmless(page: str, path: str) -> None:
    assert "<script>alert(" not in page, path
    for tag, attributes in tags(page):
        assert tag not in ("img", "iframe", "object"), (path, tag)
        for name, value in attributes.items():
            assert not name.startswith("on"), (path, tag, name)
            if name in ("href", "src", "action"):
                assert not re.match(r"\s*(javascript|data|vbscript):", value or "", re.IGNORECASE), (
                    path,
                    value,
                )


def test_the_site_cannot_be_written_to(fetch: Fetch, filled_db: Path) -> None:
    before = filled_db.read_bytes()
    for sql in (
        "DELETE FROM records", "INSERT INTO watched VALUES ('a', 'b')", "UPDATE records SET title = ''",
        "DROP TABLE records", "ATTACH 'x.db' AS x", "PRAGMA journal_mode=DELETE", "VACUUM", "SELECT load_extension('x')",
        "WITH a AS (SELECT 1) DELETE FROM records", "SELECT writefile('/tmp/x', 'y')",
    ):  # fmt: skip
        assert fetch("/watch.json", sql=sql).status_code == 400, sql
    for path in ("/watch/records", "/watch", "/watch/records/pubmed~3A23982301", "/watch/matrix", "/"):
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert fetch(path, method).status_code >= 400, (method, path)
    assert filled_db.read_bytes() == before


def test_wrong_addresses_are_answered_in_words(fetch: Fetch) -> None:
    assert fetch("/-/find/nothing?q=a").status_code == 404
    for path, status in (("/watch/nothing", 404), ("/watch/trials?_sort=nothing", 400), ("/watch/trials?_size=x", 400),
                         ("/watch?sql=select+nothing", 400), ('/watch/works?_search="&_searchmode=raw', 400)):  # fmt: skip
        page = fetch(path)
        assert page.status_code == status, path
        assert "Ketamine Watch" in page.text
        assert "watch.css" in page.text
    assert fetch("/watch/records/pubmed~3A1.json").json()["status"] == 404


def test_the_site_works_under_a_path(filled_db: Path) -> None:
    fetch = client(filled_db, base_url="/ketamine/")
    for path in (
        "/",
        "/watch/trials",
        "/watch/records/pubmed~3A23982301",
    ):  # the client puts the path before them
        page = fetch(path)
        assert page.status_code == 200, path
        own = [address for address, _ in links(page.text) if address.startswith("/")]
        assert own
        assert all(address.startswith("/ketamine/") for address in own), path
        assert "/ketamine/ketamine/" not in page.text
        assert '"/ketamine/kw-static/watch.css"' in page.text
    assert fetch("/watch/trials.json").json()["filtered_table_rows_count"] > 0
    assert fetch("/-/find/watch?q=23982301").headers["location"].startswith("/ketamine/watch/records/")


def test_datasette_gets_what_it_needs_for_any_file_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    command = arguments(tmp_path / "odd name.db", host="127.0.0.1", port=1)
    metadata = json.loads(Path(command[command.index("--metadata") + 1]).read_text())
    assert list(metadata["databases"]) == ["odd name"]
    assert "off" in command[command.index("suggest_facets") :][:2]
    assert "--immutable" not in command
    arguments(tmp_path / "odd name.db", host="127.0.0.1", port=2)
    assert len(list((tmp_path / "cache").rglob("*.*"))) == 1  # served twice, one file
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    elsewhere = arguments(tmp_path / "a.db", host="127.0.0.1", port=1)
    assert json.loads(Path(elsewhere[elsewhere.index("--metadata") + 1]).read_text())["databases"]["a"]
    frozen = arguments(tmp_path / "a.db", host="127.0.0.1", port=1, immutable=True)
    assert frozen[frozen.index("--immutable") + 1] == str(tmp_path / "a.db")


def test_another_name_of_the_file_changes_nothing_else(filled_db: Path, tmp_path: Path) -> None:
    other = tmp_path / "odd name.db"
    other.write_bytes(filled_db.read_bytes())
    fetch = client(other)
    for path in ("", "/trials?_search=midazolam", "/records/pubmed~3A23982301", "/matrix"):
        assert fetch(f"/odd+name{path}").status_code == 200, path
    home = fetch("/").text
    assert 'action="/-/find/odd+name"' in home
    assert fetch("/-/find/odd+name?q=23982301").headers["location"] == "/odd+name/records/pubmed~3A23982301"


def test_a_database_without_records_has_its_pages_too(tmp_path: Path) -> None:
    open_database(tmp_path / "empty.db").close()
    fetch = client(tmp_path / "empty.db")
    assert "No source has been visited yet" in text(fetch("/").text)
    for name in ("works", "trials", "records", "tags", *QUERIES):
        assert fetch(f"/empty/{name}").status_code == 200, name
