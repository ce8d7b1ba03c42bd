"""Exports of lists and questions: the whole of them, in their order, whatever the page shows."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import feedparser
import pytest
import rispy
from lxml import etree

from datasette_config.serve import app
from store.database import open_database, read_database
from store.exports import lists
from store.exports.formats import FORMATS
from store.exports.text import citekey, updated
from store.exports.works import read_works
from tests.filled import HOSTILE, PROBE
from tests.site_client import Fetch, client, links, rows, tags, text

READ: dict[str, Callable[[str], list[str]]] = {
    "ris": lambda body: [one["id"] for one in rispy.loads(body)],
    "bib": lambda body: re.findall(r"^@[a-z]+\{([^,]+),$", body, re.MULTILINE),
    "nbib": lambda body: [line[6:] for line in body.splitlines() if line.startswith("OWN")],
    "csljson": lambda body: [one["id"] for one in json.loads(body)],
    "atom": lambda body: [entry.id for entry in feedparser.parse(body).entries],
    "jsonfeed": lambda body: [item["id"] for item in json.loads(body)["items"]],
}  # fmt: skip


def keys(fetch: Fetch, path: str, **parameters: Any) -> list[str]:
    """Keys of the works in a list's CSL-JSON, in its order."""
    answer = fetch(f"{path}.csljson", **parameters)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()]


def expected(path: Path, ids: list[str]) -> list[str]:
    db = read_database(path)
    found = [citekey(work) for batch in lists.batches(ids) for work in read_works(db, batch)]
    db.close()
    return found


def ids(path: Path, sql: str) -> list[str]:
    db = read_database(path)
    found = [row[0] for row in db.execute(sql)]
    db.close()
    return found


# -- whole, filtered, in order


@pytest.mark.parametrize("extension", FORMATS)
def test_every_format_has_the_whole_list_and_not_its_page(
    fetch: Fetch, filled_db: Path, extension: str
) -> None:
    answer = fetch(f"/watch/works.{extension}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == FORMATS[extension].media_type
    found = READ[extension](answer.text)
    assert len(found) == len(ids(filled_db, "SELECT id FROM works")) > 30


@pytest.mark.parametrize(
    "parameters",
    [{}, {"_search": "midazolam"}, {"indications__arraycontains": "ptsd"}, {"year__gt": "2015", "_sort": "year"},
     {"_sort_desc": "published"}, {"_where": "kind = 'registration'"}, {"_size": "2"}, {"_col": "title"}, {"_nocol": "id"},
     {"_next": "30", "_size": "30"}, {"_facet": "source"}],
    ids=str,
)  # fmt: skip
def test_filters_search_and_order_are_those_of_the_list(
    fetch: Fetch, filled_db: Path, parameters: dict[str, str]
) -> None:
    shown = {
        name: value
        for name, value in parameters.items()
        if not name.startswith(("_size", "_col", "_nocol", "_next"))
    }
    wanted = [row["id"] for row in rows(fetch, "/watch/trials", _size="max", **shown)]
    assert wanted
    assert keys(fetch, "/watch/trials", **parameters) == expected(filled_db, wanted)


def test_a_table_is_exported_too_and_each_work_once(fetch: Fetch, filled_db: Path) -> None:
    wanted = ids(filled_db, "SELECT DISTINCT record_id FROM tags WHERE value = 'midazolam'")
    assert sorted(keys(fetch, "/watch/tags", value="midazolam")) == sorted(expected(filled_db, wanted))
    assert len(keys(fetch, "/watch/records")) == len(ids(filled_db, "SELECT id FROM records"))


def test_questions_answer_with_their_parameters(fetch: Fetch, filled_db: Path) -> None:
    asked = {"drug": "esketamine", "route": ""}
    wanted = [row["id"] for row in rows(fetch, "/watch/trials_by_route", **asked)]
    assert keys(fetch, "/watch/trials_by_route", **asked) == expected(filled_db, list(dict.fromkeys(wanted)))
    assert keys(fetch, "/watch/search", words='"ketamine" depression')
    assert keys(fetch, "/watch/search", words='zzzz "') == []
    assert keys(fetch, "/watch/new_citers", work="24740528") == expected(filled_db, ["pubmed:98000003"])


def test_sql_is_exported_beyond_the_rows_of_a_page(fetch: Fetch, filled_db: Path) -> None:
    last = ids(filled_db, "SELECT max(id) FROM records")
    sql = """WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 4500)
        SELECT n, iif(n < 4500, 'pubmed:23982301', (SELECT max(id) FROM records)) AS record_id FROM many ORDER BY n"""
    assert fetch("/watch.json", sql=sql).json()["truncated"]
    assert keys(fetch, "/watch", sql=sql) == expected(filled_db, ["pubmed:23982301", *last])
    assert keys(
        fetch, "/watch", sql="SELECT id FROM records WHERE id = :one -- a remark", one="pubmed:23982301"
    )


def test_a_record_is_exported_from_its_page(fetch: Fetch, filled_db: Path) -> None:
    assert keys(fetch, "/watch/records/pubmed~3A23982301") == expected(filled_db, ["pubmed:23982301"])
    assert (
        'filename="records-pubmed~3A23982301.ris"'
        in fetch("/watch/records/pubmed~3A23982301.ris").headers["content-disposition"]
    )


def test_an_empty_list_is_an_empty_file(fetch: Fetch) -> None:
    for extension in FORMATS:
        answer = fetch(f"/watch/trials.{extension}", title="no such title")
        assert answer.status_code == 200
        assert READ[extension](answer.text) == []


def test_only_the_newest_if_asked_for_by_news_not_by_revisions(fetch: Fetch, filled_db: Path) -> None:
    items = fetch("/watch/works.jsonfeed", _newest=5).json()["items"]
    assert len(items) == 5
    assert items[0]["title"].endswith("controlled trial 1")  # entered two days ago
    db = read_database(filled_db)
    everything = ids(filled_db, "SELECT id FROM works")
    assert lists.newest(db, everything, 10_000) != everything
    assert sorted(lists.newest(db, everything, 10_000)) == sorted(everything)
    db.close()
    for wrong in ("0", "-1", "x", "", "9" * 9):
        assert fetch("/watch/works.atom", _newest=wrong).status_code == 400, wrong


# -- refusals in words


@pytest.mark.parametrize(
    ("path", "parameters", "words"),
    [("/watch/source_health", {}, "These rows name no records"), ("/watch/matrix", {}, "These rows name no records"),
     ("/watch", {"sql": "SELECT title FROM records"}, "one of the columns record_id, citing_id, work_id, id"),
     ("/watch/studies", {}, "These rows name no records"), ("/watch", {"sql": "SELECT 1 AS id"}, "No value of the column id"),
     ("/watch", {"sql": "SELECT nosuch AS id"}, "no such column"), ("/watch", {"sql": "DELETE FROM records"}, "must be a SELECT")],
)  # fmt: skip
def test_what_names_no_records_is_refused_in_words(
    fetch: Fetch, path: str, parameters: dict[str, str], words: str
) -> None:
    for extension in FORMATS:
        answer = fetch(f"{path}.{extension}", **parameters)
        assert answer.status_code == 400, extension
        assert words in text(answer.text)


def test_a_list_that_is_too_long_is_refused_before_it_begins(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_WORKS", 20)
    answer = fetch("/watch/works.ris")
    assert answer.status_code == 400
    assert "More than 20 records" in text(answer.text)
    endless = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT 'pubmed:' || x AS id FROM n"
    )
    assert fetch("/watch.ris", sql=endless).status_code == 400


def test_rows_that_take_too_long_are_refused(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasette_config.whole.MOST_SECONDS", -1)
    sql = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT 'pubmed:' || x AS id FROM n"
    answer = fetch("/watch.ris", sql=sql)
    assert answer.status_code == 400
    assert "seconds" in text(answer.text)


def test_wrong_addresses_stay_wrong(fetch: Fetch) -> None:
    assert fetch("/watch/nothing.ris").status_code == 404
    assert fetch("/watch/records/pubmed~3A1.atom").status_code == 404
    assert fetch("/watch.ris").status_code == 400


# -- streamed, read-only


def test_a_file_is_sent_as_it_is_read(filled_db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "BATCH", 10)
    site, sent = app(filled_db), []

    async def ask() -> None:
        await site.invoke_startup()
        scope = {"type": "http", "method": "GET", "path": "/watch/works.csljson", "raw_path": b"/watch/works.csljson",
                 "query_string": b"", "headers": [(b"host", b"x")], "scheme": "http"}  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await site.app()(scope, receive, send)

    asyncio.run(ask())
    bodies = [message for message in sent if message["type"] == "http.response.body"]
    assert len(bodies) > 10
    assert [message.get("more_body", False) for message in bodies] == [True] * (len(bodies) - 1) + [False]
    assert len(json.loads(b"".join(message["body"] for message in bodies))) == len(
        ids(filled_db, "SELECT id FROM works")
    )
    assert site.databases[
        "watch"
    ]._all_file_connections  # those of the threads stay, the export's own is gone
    # and the one of `datasette_config.at_hand`
    assert len(site.databases["watch"]._all_file_connections) <= site.setting("num_sql_threads") + 1


def test_asking_for_the_head_sends_no_body(fetch: Fetch) -> None:
    answer = fetch("/watch/works.atom", "HEAD")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == FORMATS["atom"].media_type


def test_exporting_writes_nothing(fetch: Fetch, filled_db: Path) -> None:
    before = filled_db.read_bytes()
    for extension in FORMATS:
        fetch(f"/watch/trials.{extension}")
    assert filled_db.read_bytes() == before


def test_who_has_it_already_is_told_so(filled_db: Path, tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    path.write_bytes(filled_db.read_bytes())
    site = app(path)

    def ask(address: str, tag: str = "") -> Any:
        async def asked() -> Any:
            await site.invoke_startup()
            return await site.client.get(address, headers={"if-none-match": tag} if tag else {})

        return asyncio.run(asked())

    tags_of: dict[str, str] = {}
    for address in (
        "/watch/trials.atom",
        "/watch/trials_by_route.atom?drug=&route=",
        "/watch/trials.atom?_newest=3",
    ):
        tags_of[address] = ask(address).headers["etag"]
        again = ask(address, f'"x", {tags_of[address]}')
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tags_of[address]
        assert ask(address, 'W/"another"').status_code == 200
    assert len(set(tags_of.values())) == 3
    db = open_database(path)
    db.execute("UPDATE records SET title = 'Another title' WHERE id = 'pubmed:23982301'")
    db.conn.commit()
    db.close()
    changed = ask("/watch/trials.atom", tags_of["/watch/trials.atom"])
    assert changed.status_code == 200
    assert "Another title" in changed.text
    assert "etag" not in ask("/watch.atom?sql=select+id+from+records+limit+1").headers


# -- feeds


def test_a_feed_says_which_list_it_is_and_where(fetch: Fetch) -> None:
    answer = fetch("/watch/trials.atom", indications__arraycontains="ptsd", _sort_desc="entered", _newest=7)
    found = feedparser.parse(answer.text)
    assert not found.bozo
    assert found.feed.title == 'Trials where indications contains "ptsd" · Ketamine Watch'
    by = {link.rel: link.href for link in found.feed.links}
    assert (
        by["self"]
        == "http://localhost/watch/trials.atom?indications__arraycontains=ptsd&_sort_desc=entered&_newest=7"
    )
    assert (
        by["alternate"] == "http://localhost/watch/trials?indications__arraycontains=ptsd&_sort_desc=entered"
    )
    assert (
        found.feed.id
        == "tag:ketamine-watch.invalid,2026:list/trials?_sort_desc=entered&indications__arraycontains=ptsd"
    )
    assert found.entries[0].link.startswith("http://localhost/watch/records/")
    assert found.feed.updated == max(entry.updated for entry in found.entries)
    page = fetch(by["alternate"].removeprefix("http://localhost")).text
    assert "Trials" in page


def test_ids_and_dates_stay_when_the_database_is_made_again(filled_db: Path, tmp_path: Path) -> None:
    other = tmp_path / "another name.db"
    other.write_bytes(filled_db.read_bytes())
    db = open_database(other)
    db.execute(
        "UPDATE records SET rowid = rowid + 5000, first_seen = '2030-01-01T00:00:00Z', last_changed = '2030'"
    )
    db.conn.commit()
    db.close()

    def entries(path: str, name: str) -> set[tuple[str, str]]:
        return {
            (one.id, one.updated)
            for one in feedparser.parse(client(Path(path))(f"/{name}/works.atom").text).entries
        }

    first = entries(str(filled_db), "watch")
    assert first == entries(str(other), "another+name")
    assert len(first) > 30


def test_a_feed_is_dated_by_its_latest_work(filled_db: Path) -> None:
    db = read_database(filled_db)
    everything = ids(filled_db, "SELECT id FROM works")
    works = [work for batch in lists.batches(everything) for work in read_works(db, batch)]
    assert lists.last_change(db, everything) == max(map(updated, works))
    bare = ["pubmed:98000003"]
    assert lists.last_change(db, bare) == "2020-01-01T00:00:00Z"
    assert lists.last_change(db, []) == "1970-01-01T00:00:00Z"
    db.close()


@pytest.mark.parametrize(
    "settings", [{"base_url": "/ketamine/"}, {"base_url": "/ketamine/", "force_https_urls": True}]
)
def test_addresses_hold_behind_a_proxy(filled_db: Path, settings: dict[str, Any]) -> None:
    fetch = client(filled_db, **settings)
    begins = f"{'https' if 'force_https_urls' in settings else 'http'}://localhost/ketamine/watch/"
    feed = fetch("/watch/trials.jsonfeed", _search="ketamine").json()
    assert feed["home_page_url"] == f"{begins}trials?_search=ketamine"
    assert feed["feed_url"] == f"{begins}trials.jsonfeed?_search=ketamine"
    assert all(item["url"].startswith(f"{begins}records/") for item in feed["items"])
    root = etree.fromstring(fetch("/watch/trials.atom").content)
    for link in root.iter("{*}link"):
        assert "/ketamine/ketamine" not in link.get("href")
    page = fetch("/watch/trials").text
    assert 'href="/ketamine/watch/trials.ris"' in page


def test_words_from_outside_stay_words(fetch: Fetch) -> None:
    for extension in FORMATS:
        answer = fetch(f"/watch/records/{HOSTILE.id.replace(':', '~3A')}.{extension}")
        assert answer.status_code == 200
        assert len(READ[extension](answer.text)) == 1
        assert "javascript:" not in answer.text
    title = fetch("/watch/works.atom", title__contains=PROBE)
    assert etree.fromstring(title.content).findtext("{*}title").startswith("All records where")
    assert fetch("/watch/works.atom?" + quote("_search") + "=%00%0a%ff").status_code == 200


# -- pages lead there


def test_lists_and_questions_lead_to_their_exports(fetch: Fetch) -> None:
    for path in (
        "/watch/trials?_search=ketamine&_next=3",
        "/watch/tags?dimension=drug",
        "/watch/trials_by_route?drug=&route=",
    ):
        page = fetch(path).text
        offered = {words: address for address, words in links(page)}
        query = path.partition("?")[2].replace("&_next=3", "")
        stem = path.partition("?")[0]
        for extension, format in FORMATS.items():
            newest = "&_newest=200" if format.is_feed else ""
            assert offered[format.name] == f"{stem}.{extension}?{query}{newest}"
            assert fetch(offered[format.name]).status_code == 200
        (feed,) = [
            one for name, one in tags(page) if name == "link" and one.get("type") == "application/atom+xml"
        ]
        assert feed["rel"] == "alternate"
        assert feed["href"] == offered["Atom"]
    followed = [
        one
        for name, one in tags(fetch("/watch/records/pubmed~3A23982301").text)
        if name == "link" and "atom" in (one.get("type") or "")
    ]
    assert [(one["href"], one["title"]) for one in followed] == [
        ("/watch/records/pubmed~3A23982301.atom?_newest=200", "What becomes of this record")
    ]


def test_lists_without_records_offer_none(fetch: Fetch) -> None:
    for path in ("/watch/matrix", "/watch/source_health", "/watch/studies", "/watch", "/"):
        page = fetch(path).text
        assert "application/atom+xml" not in page, path
        assert "RIS" not in [words for _, words in links(page)], path
