"""The same bytes are not read again: they are known by a digest while the database holds just what they said."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from crawler import pipelines, run
from crawler.assignments import assign
from crawler.config import load_config
from crawler.tagging import Tagger
from spiders import pubmed_pieces, pubmed_xml
from spiders.pubmed_fetch import Fetcher
from spiders.pubmed_pieces import pieces
from spiders.pubmed_xml import parse, parse_new
from store.database import open_database
from store.errors import BadAnswer
from store.records import Record, Reject, Unchanged

FIXTURES = Path(__file__).parent / "fixtures" / "pubmed_xml"
CONFIG = load_config(environ={})


def without_comments(name: str) -> bytes:
    return re.sub(rb"<!--.*?-->", b"", (FIXTURES / name).read_bytes(), flags=re.DOTALL)


def unknown(reading: str) -> None:
    return None


def first_readings(body: bytes) -> dict[str, str]:
    """reading -> record id of what says of which bytes it was read."""
    return {
        item.reading: item.id
        for item in parse_new(body, unknown)
        if isinstance(item, Record) and item.reading
    }


BODY = without_comments("trial.xml")
KNOWN = first_readings(BODY)


def test_the_fixture_has_articles() -> None:
    assert len(KNOWN) == BODY.count(b"<PubmedArticle>") >= 1


# --- reading


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.glob("*.xml")))
def test_pieces_are_read_as_the_whole_is(name: str) -> None:
    body = without_comments(name)
    whole = list(parse(body))
    assert list(parse_new(body, unknown)) == whole
    known = first_readings(body)
    again = list(parse_new(body, known.get))
    assert [getattr(item, "id", None) for item in again] == [getattr(item, "id", None) for item in whole]
    assert [item for item in again if not isinstance(item, Unchanged)] == [
        item for item in whole if getattr(item, "id", None) not in known.values()
    ]


@given(
    st.lists(
        st.sampled_from([b"<PubmedArticle>", b"</PubmedArticle>", b"<", b"x", b"\n", b"<PMID>1</PMID>"])
    ),
    st.integers(1, 40),
)
def test_no_byte_is_lost_between_pieces(parts: list[bytes], step: int) -> None:
    body = b"".join(parts)

    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(step)

    cut = list(pieces(Dripping(body)))
    assert b"".join(piece for piece, _ in cut) == body
    assert [piece for piece, is_article in cut if is_article] == re.findall(
        rb"<PubmedArticle>(?:(?!<PubmedArticle>).)*?</PubmedArticle>", body, re.DOTALL
    )


def test_what_never_ends_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pubmed_pieces, "_LONGEST", 1000)
    monkeypatch.setattr(pubmed_pieces, "_CHUNK", 100)
    body = b"<PubmedArticle>" + b"x" * 5000 + b"</PubmedArticle>"
    cut = list(pieces(io.BytesIO(body)))
    assert b"".join(piece for piece, _ in cut) == body
    assert max(len(piece) for piece, _ in cut) < 1200


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<PubmedArticleSet>", b"<PubmedArticleSet><!-- kept apart -->"),
        (b"<PubmedArticleSet>", b"<!-- so --><PubmedArticleSet>"),
        (b"<PubmedArticleSet>", b'<!DOCTYPE PubmedArticleSet [<!ATTLIST PMID Version CDATA "2">]><PubmedArticleSet>'),
        (b'encoding="UTF-8"', b'encoding="iso-8859-1"'),
    ],
)  # fmt: skip
def test_where_bytes_alone_do_not_tell_all_is_read(before: bytes, after: bytes) -> None:
    body = re.sub(rb"<!DOCTYPE[^>]*>", b"", BODY).replace(before, after)
    assert after in body
    assert not any(isinstance(item, Unchanged) for item in parse_new(body, KNOWN.get))


def test_a_record_in_a_comment_is_not_there() -> None:
    article = BODY[
        BODY.index(b"<PubmedArticle>") : BODY.index(b"</PubmedArticle>") + len(b"</PubmedArticle>")
    ]
    body = BODY.replace(b"</PubmedArticleSet>", b"<!-- " + article + b" --></PubmedArticleSet>")
    assert len(list(parse_new(body, KNOWN.get))) == len(KNOWN)


def test_damage_after_what_is_known_is_told_as_ever() -> None:
    cut = BODY[: BODY.rindex(b"</PubmedArticleSet>")] + b"\n<PubmedArticle><Broken"
    with pytest.raises(BadAnswer) as when_read:
        list(parse(cut))
    came: list[Any] = []
    with pytest.raises(BadAnswer) as when_known:
        came.extend(parse_new(cut, KNOWN.get))
    assert [item.id for item in came] == list(KNOWN.values())
    line = re.compile(r"line \d+")
    assert line.findall(str(when_known.value)) == line.findall(str(when_read.value))
    assert f"after {len(KNOWN)} records (the last: {came[-1].id})" in str(when_known.value)


async def _fetched(known: dict[str, str], pmids: list[str]) -> list[Any]:
    async def fetch(_: list[str]) -> bytes:
        return BODY

    fetcher = Fetcher(Mock(fetch=fetch), known.get)
    return [item async for batch in fetcher.batches(pmids) for item in batch.items]


def test_a_fetch_counts_what_is_known_as_come_and_refuses_what_was_not_asked_for() -> None:
    pmid = next(iter(KNOWN.values())).removeprefix("pubmed:")
    (asked,) = (item for item in asyncio.run(_fetched(KNOWN, [pmid])) if isinstance(item, Unchanged))
    assert asked.id == f"pubmed:{pmid}"
    strays = asyncio.run(_fetched(KNOWN, ["7"]))
    assert {(type(item), item.native_id, item.reason) for item in strays} == {
        (Reject, record_id.removeprefix("pubmed:"), "not asked for") for record_id in KNOWN.values()
    }


# --- what the database holds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "answer.xml").write_bytes(BODY)
    return tmp_path / "watch.db"


def load(path: Path, body: bytes = BODY) -> dict[str, int]:
    """The counts of one load of an answer."""
    (path.parent / "answer.xml").write_bytes(body)
    (row,) = run.load(CONFIG, path, [path.parent / "answer.xml"])
    assert row["outcome"] in ("ok", "nothing_new"), row["error"]
    return {name: row[name] for name in ("new", "changed", "unchanged") if row[name]}


def no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(pubmed_xml._READERS, "PubmedArticle", lambda _: pytest.fail("read it again"))


def test_the_same_again_is_neither_parsed_nor_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(path) == {"new": len(KNOWN)}
    no_parser(monkeypatch)
    assert load(path) == {"unchanged": len(KNOWN)}
    assert set(assigned(path)) == set(KNOWN)


def assigned(path: Path) -> dict[str, str]:
    """What a crawl of PubMed would know."""
    db = open_database(path)
    read_before = assign(CONFIG, db, "pubmed").read_before
    assert read_before
    found = {reading: record_id for reading in KNOWN if (record_id := read_before(reading))}
    db.close()
    return found


def test_where_nothing_is_new_no_vocabulary_is_compiled(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(path)
    monkeypatch.setattr(Tagger, "__init__", lambda *_: pytest.fail("built a tagger"))
    pipelines.tagger_for.cache_clear()
    assert load(path) == {"unchanged": len(KNOWN)}
    pipelines.tagger_for.cache_clear()


def test_other_bytes_of_the_same_content_are_read_once_more(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(path)
    spaced = BODY.replace(b"</PubmedArticle>", b" </PubmedArticle>")
    assert load(path, spaced) == {"unchanged": len(KNOWN)}
    no_parser(monkeypatch)
    assert load(path, spaced) == {"unchanged": len(KNOWN)}


def test_what_changed_and_changes_back_is_read_each_time(path: Path) -> None:
    load(path)
    other = re.sub(rb"(<ArticleTitle>)", rb"\1Anew: ", BODY)
    assert load(path, other)["changed"] >= 1
    assert load(path)["changed"] >= 1
    assert load(path) == {"unchanged": len(KNOWN)}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE records SET rules_version = 'others'", "changed"),
        ("UPDATE readings SET software = 'another'", "unchanged"),
        ("UPDATE records SET status = 'deleted', content_hash = ''", "changed"),
    ],
)
def test_it_is_read_again_where_that_may_tell_more(
    path: Path, monkeypatch: pytest.MonkeyPatch, change: str, what: str
) -> None:
    load(path)
    db = open_database(path)
    with db.atomic():
        db.execute(change)
    db.close()
    assert assigned(path) == {}
    counts = load(path)
    assert sum(counts.values()) == len(KNOWN)
    if "content_hash" in change:
        assert counts == {what: len(KNOWN)}
    assert set(assigned(path)) == set(KNOWN)


def test_what_could_not_be_saved_is_not_known(path: Path) -> None:
    db = open_database(path)
    db.execute("CREATE TRIGGER full BEFORE INSERT ON tags BEGIN SELECT RAISE(FAIL, 'disk full'); END")
    db.close()
    (row,) = run.load(CONFIG, path, [path.parent / "answer.xml"])
    assert row["outcome"] == "store_error"
    db = Database(path)
    assert db["readings"].count == 0
    db.execute("DROP TRIGGER full")
    db.close()
    assert load(path) == {"new": len(KNOWN)}
