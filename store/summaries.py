"""What lists and pages count, made from all records at once: which of them have a value, and the words of titles.

`list_members` holds, for each value of each facet, the set of the shown records that have it (`store.sets`). A record's
place is its rank among the shown records, newest first, then by id: so a set cut short is a list of the newest, and
what entered since a day are the first places. All is made of the records alone, without a clock.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from sqlite_utils import Database

from store import sets

ARRAYS = ("indications", "designs", "drugs", "routes", "comparators", "populations")
PLAIN = ("kind", "status", "standing", "source", "year")
PHASE = "phase"
#: every facet that is counted here: columns of the views `works` and `trials`
FACETS = (*ARRAYS, PHASE, *PLAIN)
TRIALS = ("list", "trials")
#: what a word that stands in very many records finds; its values are full-text queries
WORD = "word"

#: the order of places; an index covers it
ORDER = "records.merged_into IS NULL ORDER BY records.entered DESC, records.id"
_WORD = re.compile(r"[^\W\d_]{4,}")
_ASCII_WORD = re.compile(r"[a-z]{4,}")  # the same where there are no other letters, in half the time
LARGE = 50_000  # shown records from which on a very common word takes long to look up
_COMMON = 1_000  # in so many titles a word stands that is looked up beforehand
_MOST = 100  # such words
_INSERT = "INSERT INTO list_members (facet, value, records, members) VALUES (?, ?, ?, ?)"
_OFTEN = 2  # a word that stands in one title alone may itself be misspelled


def refresh(db: Database) -> bool:
    """Make the summaries anew if records changed since they were made. Returns whether they were made."""
    if db.execute("SELECT 1 FROM list_members LIMIT 1").fetchone():
        return False
    with db.atomic():
        rows = (_row(facet, value, which) for (facet, value), which in sorted(members(db).items()))
        db.conn.executemany(_INSERT, rows)
        db.execute("DELETE FROM title_words")
        db.conn.executemany("INSERT INTO title_words VALUES (?, ?)", _title_words(db))
        db.conn.executemany(_INSERT, _common_words(db))
    return True


def members(db: Database | sqlite3.Connection) -> dict[tuple[str, str], int]:
    """(facet, value) -> the set of the shown records that have it."""
    columns = ("is_trial", *ARRAYS, *PLAIN)
    held: dict[tuple[str, object], list[int]] = defaultdict(list)  # (column, its content) -> places
    found = db.execute(f"SELECT id, {', '.join(columns)} FROM records WHERE {ORDER}").fetchall()
    ids, *contents = zip(*found, strict=True) if found else [()] * (1 + len(columns))
    place_of = dict(zip(ids, range(len(ids)), strict=True))
    for column, values in zip(columns, contents, strict=True):
        for place, content in enumerate(values):
            held[(column, content)].append(place)
    for record_id, value in db.execute(
        f"SELECT DISTINCT record_id, value FROM tags WHERE dimension = '{PHASE}'"
    ):
        if record_id in place_of:
            held[(PHASE, value)].append(place_of[record_id])
    found_of: dict[tuple[str, str], int] = defaultdict(int)
    for (column, content), places in held.items():
        which = sets.of(places, len(place_of))
        for key in _values(column, content):
            found_of[key] |= which
    return found_of


def _values(column: str, content: object) -> Iterator[tuple[str, str]]:
    if column == "is_trial":
        yield from [TRIALS] if content else []
    elif column in ARRAYS:
        yield from ((column, str(value)) for value in json.loads(str(content)))
    elif content is not None:
        yield column, str(content)


def _title_words(db: Database) -> Iterable[tuple[str, int]]:
    """The words of titles and keywords, in small letters, with in how many records they stand."""
    counted: Counter[str] = Counter()
    for (text,) in db.execute("SELECT title || ' ' || keywords FROM records WHERE merged_into IS NULL"):
        counted.update(words_of(text))
    return sorted((word, records) for word, records in counted.items() if records >= _OFTEN)


def words_of(text: str) -> set[str]:
    """The words of a text that have four letters or more, in small letters."""
    small = text.lower()
    return set((_ASCII_WORD if small.isascii() else _WORD).findall(small))


def word_queries(word: str) -> tuple[str, str]:
    """The full-text queries for records with a word, and with it in their title, as a search asks for them."""
    return f'"{word}"', f'{{title}} : ("{word}")'


def _common_words(db: Database) -> Iterator[tuple[str, str, int, bytes]]:
    """What the commonest words of titles find: the index walks through most of its records to find them."""
    places = {
        rowid: place for place, (rowid,) in enumerate(db.execute(f"SELECT rowid FROM records WHERE {ORDER}"))
    }
    if len(places) < LARGE:
        return
    often = "SELECT word FROM title_words WHERE records >= ? ORDER BY records DESC, word LIMIT ?"
    for (word,) in db.execute(often, (_COMMON, _MOST)).fetchall():
        for query in word_queries(word):
            found = db.execute("SELECT rowid FROM records_fts WHERE records_fts MATCH ?", [query])
            which = sets.of((places[rowid] for (rowid,) in found if rowid in places), len(places))
            yield _row(WORD, query, which)


def _row(facet: str, value: str, which: int) -> tuple[str, str, int, bytes]:
    return facet, value, which.bit_count(), sets.packed(which)
