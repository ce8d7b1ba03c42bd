"""What `begin*` means to an index of stems: every word that begins so, also one whose stem is shorter.

The index holds "random" for "randomized" (SQLite's porter tokenizer), so that `randomiz*` alone finds nothing. The words
of the titles and keywords here that begin so are asked for, too, where their stem does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datasette_config.at_hand import at_hand
from datasette_config.members import Members
from datasette_config.scratch import Scratch

_LETTERS = 4  # words of fewer letters are not counted in titles, and stems are seldom shorter
_REMEMBERED = 1_000  # beginnings
_MOST = 10  # stems, those of the most frequent words
_WORDS = """
SELECT word FROM title_words WHERE word >= :begin AND word < :begin || char(1114111) ORDER BY records DESC, word LIMIT 200"""


async def widened(db: Any, members: Members, parts: list[str]) -> list[str]:
    """The parts of an expression (`typed.expression`), with the words that its beginnings miss."""
    found: list[str] = []
    for part in parts:
        others = await _missed(db, members, part[1:-2].lower()) if part.endswith('"*') else []
        either = [one for word in others for one in ("OR", f'"{word}"')]
        found += ["(", part, *either, ")"] if either else [part]
    return found


async def _missed(db: Any, members: Members, begin: str) -> list[str]:
    """Words that begin so and whose stem does not, one for each stem."""
    if len(begin) < _LETTERS or not begin.isalpha():
        return []
    if begin not in members.beginnings:
        rows = (await at_hand(db).execute(_WORDS, {"begin": begin})).rows
        words = [row["word"] for row in rows]
        stems = _stems([begin, *words])
        others: dict[str, str] = {}
        for word in words:
            if not stems[word].startswith(stems[begin]):
                others.setdefault(stems[word], word)
        if len(members.beginnings) >= _REMEMBERED:
            members.beginnings.clear()
        members.beginnings[begin] = list(others.values())[:_MOST]
    return members.beginnings[begin]


def _stems(words: Sequence[str]) -> dict[str, str]:
    """The stem of each word, as the index has it."""
    with _index.filled() as conn:
        conn.executemany("INSERT INTO words (rowid, word) VALUES (?, ?)", enumerate(words))
        told = dict(conn.execute("SELECT doc, term FROM stems"))
    return {word: told.get(number, word) for number, word in enumerate(words)}


_index = Scratch(
    "CREATE VIRTUAL TABLE words USING fts5(word, tokenize='porter')",
    "CREATE VIRTUAL TABLE stems USING fts5vocab(words, 'instance')",
)
