"""Which term would have found most of the works that were missed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlite_utils import Database

from store.records import Record

_WORD = re.compile(r"[a-z][a-z-]*")
_LEAST = 4  # letters of a word that can be a term
_COMMON = frozenset(
    """
    about after also among analysis assessed associated baseline been before between both clinical compared
    control data days design development during each effect effects efficacy evidence findings five follow
    following four from further given group groups have here higher hours however human humans important improved
    including increased into least less lower mean measured method methods more most objective only other outcome
    outcomes over patient patients period placebo potential present primary quality randomised randomized rate
    rates received reported response result results review safety score scores secondary showed significant
    significantly single studies study such than that their there these they this those three time total treated
    treatment treatments trial trials under used using versus very week weeks well were when where which while
    with within without year years adult adults male female aged middle young
    """.split()  # noqa: SIM905 - a list of ninety quoted words is hard to read
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`term` stands in `finds` of the missed works, and in `stands_in` records of this database (its noise)."""

    term: str
    finds: int
    stands_in: int


def suggestions(db: Database, missed: Sequence[Record], most: int = 3) -> list[Suggestion]:
    """The terms that most of these works share: headings, keywords, words and pairs of words; rarer ones first among equals."""
    shared = Counter(term for record in missed for term in _terms(record))
    best = sorted(shared.items(), key=lambda one: (-one[1], -len(one[0].split()), one[0]))[: most * 5]
    ranked = [Suggestion(term, finds, _stands_in(db, term)) for term, finds in best]
    ranked.sort(key=lambda one: (-one.finds, one.stands_in, -len(one.term.split()), one.term))
    kept: list[Suggestion] = []
    for one in ranked:  # "moral" says no more than "moral injury" where both find the same
        if not any(one.finds == other.finds and one.term in other.term for other in kept):
            kept.append(one)
    return kept[:most]


def _terms(record: Record) -> Iterable[str]:
    words = _WORD.findall(f"{record.title or ''} {record.abstract or ''}".lower())
    telling = {word for word in words if len(word) >= _LEAST and word not in _COMMON}
    pairs = (f"{one} {other}" for one, other in pairwise(words) if one in telling and other in telling)
    listed = (term.lower() for term in (*record.keywords, *record.names("mesh"), *record.names("substance")))
    return {*telling, *pairs, *listed}


def _stands_in(db: Database, term: str) -> int:
    phrase = '"' + term.replace('"', " ") + '"'
    return int(
        db.execute("SELECT count(*) FROM records_fts WHERE records_fts MATCH ?", [phrase]).fetchone()[0]
    )
