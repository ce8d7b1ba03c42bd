"""What the page of a search shows beside its rows: the words in their places, other spellings, and tags of that name."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from markupsafe import Markup, escape
from rapidfuzz import fuzz, process

from datasette_config import labels
from datasette_config.at_hand import at_hand
from datasette_config.matching import QUICK_PARTS, search
from datasette_config.members import Members
from datasette_config.scratch import Scratch
from datasette_config.selection import Selection
from datasette_config.typed import NOTHING, plain

FEW = 10  # so many records or fewer, and another spelling may have been meant
_ALIKE = 80  # rapidfuzz.fuzz.ratio, 0 to 100: one letter of eight
_LETTERS = 4  # shorter words are alike too easily
_OPEN, _CLOSE = "\x02", "\x03"  # no text of a record has these: its words come cleaned of control characters
_MARKED = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")
_TEXTS = "SELECT rowid, title, abstract, keywords FROM records WHERE rowid IN ({})"
_INDEX = "CREATE VIRTUAL TABLE shown USING fts5(title, abstract, keywords, tokenize='porter')"
_PASSAGES = """
SELECT rowid, highlight(shown, 0, :open, :close) AS title, snippet(shown, 1, :open, :close, ' … ', 30) AS passage
FROM shown WHERE shown MATCH :match"""


class Passage(NamedTuple):
    """A hit's title with the words marked, and the words around them in its abstract ("" if they stand not there)."""

    title: Markup
    words: Markup


async def passages(db: Any, parts: list[str], rowids: Sequence[int], *, raw: bool) -> dict[int, Passage]:
    """rowid -> where the words stand in it; empty if SQLite cannot search for them. `parts`: of the query."""
    texts = _TEXTS.format(",".join(str(int(rowid)) for rowid in rowids))
    match = " ".join(parts) or NOTHING
    by = at_hand(db) if not raw and len(parts) <= QUICK_PARTS else db
    try:
        found = await by.execute_fn(
            lambda conn: _passages([tuple(row) for row in conn.execute(texts)], match)
        )
    except sqlite3.DatabaseError:
        return {}
    return {
        rowid: Passage(marked(title), marked(passage) if _OPEN in (passage or "") else Markup(""))
        for rowid, title, passage in found
    }


def _passages(texts: list[tuple[Any, ...]], match: str) -> list[tuple[int, str, str | None]]:
    """(rowid, title, passage), marked. An index of the page's few texts answers sooner than the great one, row by row."""
    with _index.filled() as conn:
        conn.executemany("INSERT INTO shown (rowid, title, abstract, keywords) VALUES (?, ?, ?, ?)", texts)
        return conn.execute(_PASSAGES, {"match": match, "open": _OPEN, "close": _CLOSE}).fetchall()


_index = Scratch(_INDEX)


def marked(text: str | None) -> Markup:
    """Text with what SQLite set between its marks as <mark>; everything escaped."""
    if _OPEN not in (text or ""):
        return escape(text or "")
    told = _MARKED.sub(r"<mark>\1</mark>", str(escape(text or "")))
    return Markup(told.replace(_OPEN, "").replace(_CLOSE, ""))  # noqa: S704 - escaped above


async def meant(db: Any, selection: Selection, words: str) -> tuple[str, int] | None:
    """(other spelling, how many records it finds in this list) where the words find few and another spelling finds more.

    Spellings come from the titles and keywords of this very database, and those that more records have are preferred.
    """
    if selection.hits is None or selection.hits.found.bit_count() > FEW:
        return None
    changed = words
    for word in plain(words):
        if await _may_be_misspelled(db, word.lower()) and (
            better := _nearest(word.lower(), await _title_words(db, selection.members))
        ):
            changed = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", better, changed)
    if changed == words:
        return None
    found = await search(db, selection.members, changed)
    count = (found.found & selection.within).bit_count() if found else 0
    return (changed, count) if count > selection.count else None


async def _title_words(db: Any, members: Members) -> dict[str, int]:
    if members.title_words is None:
        rows = (await db.execute("SELECT word, records FROM title_words")).rows
        members.title_words = {row["word"]: row["records"] for row in rows}
    return members.title_words


async def _may_be_misspelled(db: Any, word: str) -> bool:
    """Whether a word is long enough to tell, and stands in no title: to know that, not all words need be read."""
    if len(word) < _LETTERS or not word.isalpha():
        return False
    return not (await at_hand(db).execute("SELECT 1 FROM title_words WHERE word = ?", [word])).rows


def _nearest(word: str, vocabulary: dict[str, int]) -> str | None:
    """The word of the vocabulary that is most like this one; None if none is near."""
    near = process.extract(word, vocabulary.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=5)
    if not near:
        return None
    best = max(near, key=lambda one: (round(one[1] / 5), vocabulary[one[0]]))
    return str(best[0])


_TAGS = {
    "indications": labels.INDICATIONS,
    "designs": labels.DESIGNS,
    "drugs": {name: name.capitalize() for name in labels.PARAMETERS["drug"]["choices"]},
    "routes": {name: name.capitalize() for name in labels.PARAMETERS["route"]["choices"] if name != "other"},
}


def tagged(selection: Selection, words: str) -> list[tuple[str, str, str, int]]:
    """(column, value, label, count) of the tags that the words name, counted among the records found."""
    typed = f" {' '.join(plain(words)).lower()} "
    return [
        (column, value, label, count)
        for column, values in _TAGS.items()
        for value, label in values.items()
        if any(f" {name} " in typed for name in (value.lower(), value.replace("-", " "), label.lower()))
        and (count := (selection.members.of(column, value) & selection.chosen).bit_count())
    ]
