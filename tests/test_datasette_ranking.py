"""Words that stand everywhere cost no more than others: their sets are stored, and they are left out of the ranking."""

from __future__ import annotations

import asyncio
import sqlite3
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from datasette_config import hits, matching
from datasette_config.at_hand import at_hand
from datasette_config.members import members
from datasette_config.serve import app
from datasette_config.typed import query
from store import summaries
from store.database import open_database

WORDS = ["ketamine depression", "ketamine", "KETAMINE trial", "ketamine suicid*", "ketamine OR midazolam", "ketamine NOT rats",
         '"depressive disorder" ketamine', "esketamine spray", "zzz ketamine"]  # fmt: skip


@pytest.fixture(scope="module")
def common_db(filled_db: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample, its words counted as if it were large."""
    path = tmp_path_factory.mktemp("common") / "watch.db"
    path.write_bytes(filled_db.read_bytes())
    db = open_database(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(summaries, "_COMMON", 5)
        patch.setattr(summaries, "LARGE", 5)
        db.execute("DELETE FROM list_members")
        summaries.refresh(db)
    db.close()
    return path


async def _searched(path: Path, words: str) -> tuple[Any, Any]:
    db = app(path).databases["watch"]
    known = await members(db)
    assert known is not None
    return known, await matching.search(db, known, words)


def _by_sqlite(path: Path, words: str) -> dict[int, float]:
    """rowid -> bm25, the best first."""
    ranked = matching._RANKED.replace("rowid", "rowid, bm25(records_fts, 5.0, 1.0, 2.0)", 1)
    conn = sqlite3.connect(path)
    try:
        return dict(conn.execute(ranked, [query(words)]).fetchall())
    finally:
        conn.close()


@pytest.mark.parametrize("words", WORDS)
def test_the_best_match_stands_where_bm25_of_all_words_puts_it(common_db: Path, words: str) -> None:
    known, found = asyncio.run(_searched(common_db, words))
    scores = _by_sqlite(common_db, words)
    by_place = {place: scores[known.rowids[place]] for place in known.places_of(scores)}
    ours = [by_place[place] for place in found.ranking if place in by_place]
    assert found.found.bit_count() == len(by_place) == len(ours)
    assert all(better <= worse + 1e-4 for better, worse in pairwise(ours))


def test_a_word_of_most_records_is_not_asked_of_the_index_again(
    common_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = dict(
        open_database(common_db)
        .execute("SELECT value, records FROM list_members WHERE facet = 'word'")
        .fetchall()
    )
    assert stored['"ketamine"'] > stored['{title} : ("ketamine")'] > 0
    monkeypatch.setattr(matching, "_rowids", lambda *_: pytest.fail("asked the index"))
    known, found = asyncio.run(_searched(common_db, "Ketamine"))
    assert (
        found.found.bit_count()
        == stored['"ketamine"']
        == len(known.places_of(_by_sqlite(common_db, "ketamine")))
    )


def test_terms_of_most_records_are_left_out_where_all_must_occur(common_db: Path) -> None:
    known, _ = asyncio.run(_searched(common_db, "ketamine midazolam"))
    parts = ['"ketamine"', "AND", '"midazolam"']
    assert (
        known.terms['"ketamine"'].bit_count()
        > len(known.rowids) // 2
        > known.terms['"midazolam"'].bit_count()
    )
    terms, half = dict(known.terms), len(known.rowids) // 2
    assert matching._telling(parts, terms, half) == ['"midazolam"']
    assert matching._telling(['"ketamine"'], terms, half) == ['"ketamine"']
    for whole in (['"ketamine"', "OR", '"midazolam"'], ['"ketamine"', "NOT", '"midazolam"'],
                  ["(", '"ketamine"', "AND", '"midazolam"', ")"]):  # fmt: skip
        assert matching._telling(whole, terms, half) == whole


def test_more_words_than_are_remembered_are_searched_all_the_same(common_db: Path) -> None:
    words = " ".join(chr(0x4E00 + number) for number in range(700))
    _, found = asyncio.run(_searched(common_db, words))
    assert (found.found, found.ranking) == (0, [])


BEGINNINGS = " ".join(
    f"{word[:letters]}*" for word in ("ketamine", "depression", "patients") for letters in range(1, 6)
)


@pytest.mark.parametrize("words", [f"({BEGINNINGS})", "t* OR " * 50 + "ketamine"])
def test_a_search_of_very_many_terms_holds_up_nobody(
    common_db: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    async def searched() -> tuple[Any, Any]:
        db = app(common_db).databases["watch"]
        known = await members(db)
        assert known is not None
        quickly = at_hand(db).execute

        async def execute(sql: str, *given: Any, **more: Any) -> Any:
            assert sql != matching._RANKED, "ranked in the server's thread"
            return await quickly(sql, *given, **more)

        monkeypatch.setattr(at_hand(db), "execute", execute)
        found = await matching.search(db, known, words)
        monkeypatch.setattr(
            at_hand(db), "execute_fn", lambda *_: pytest.fail("marked in the server's thread")
        )
        shown = [known.rowids[place] for place in found.ranking[:5]]
        return found, await hits.passages(db, found.parts, shown, raw=False)

    found, marked = asyncio.run(searched())
    assert found.ranking
    assert marked


def test_what_takes_long_is_asked_in_a_thread(common_db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def searched() -> list[str]:
        db = app(common_db).databases["watch"]
        asked = []

        async def late(*_: Any) -> Any:
            asked.append("at hand")
            raise sqlite3.OperationalError("interrupted")

        near = at_hand(db)
        assert at_hand(db) is near
        monkeypatch.setattr(near, "execute_fn", late)
        asked.append(await matching._rowids(db, '"midazolam"'))
        return asked

    told, rowids = asyncio.run(searched())
    assert told == "at hand"
    assert len(rowids) > 2


def test_words_of_titles_are_not_read_for_a_word_that_stands_there(
    common_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hits, "_title_words", lambda *_: pytest.fail("read all words"))
    db = app(common_db).databases["watch"]
    assert not asyncio.run(hits._may_be_misspelled(db, "ketamine"))
    assert not asyncio.run(hits._may_be_misspelled(db, "ket"))
    assert not asyncio.run(hits._may_be_misspelled(db, "nct01234567"))
    assert asyncio.run(hits._may_be_misspelled(db, "ketamien"))
