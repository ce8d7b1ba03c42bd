"""An article and its versions in the database: each sentence that was there before carries its history on."""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any

from rapidfuzz import fuzz, process
from sqlite_utils import Database

from crawler.article_reading.citing import citations, resolved
from crawler.article_reading.corrections import facet_rows, replay
from crawler.article_reading.document import Block, Document, sentences
from crawler.article_reading.mentions import facets
from crawler.article_reading.numbers import numbers
from crawler.article_reading.splitting import keep_split, parted, splits_of
from crawler.article_reading.statements import absolute, kind, strength, without
from store.errors import ConfigError

_ALIKE = 75  # of 100: an edited sentence is still the same claim
_NEAR = (
    300  # changed sentences before and after: an article has fewer, and a book is not compared all with all
)
_MOST_ALIKE = 20
_LONGEST = 3000  # characters; what is longer is a table or code without a full stop
_MOST_CLAIMS = 2_000  # no article has as many; a book does
_TOPIC = 4  # indications that an article is about: those that its claims mention most


@dataclass(frozen=True, slots=True)
class Added:
    """What adding an article did. `same`, `edited`, `new`: claims against the version before; `dropped`: gone from it."""

    article_id: str
    version: int
    claims: int
    unchanged: bool = False
    same: int = 0
    edited: int = 0
    new: int = 0
    dropped: int = 0
    note: str | None = None


def add(db: Database, document: Document, name: str, now: str) -> Added:
    """Keep the document as the article's next version, in the caller's transaction. `now`: ISO-8601, UTC.

    Raises ConfigError for a book.
    """
    article_id = slug(name)
    digest = hashlib.blake2b(document.text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    versions = list(
        db.table("article_versions").rows_where("article_id = ?", [article_id], order_by="number")
    )
    if versions and versions[-1]["content_hash"] == digest:
        held = db.execute(
            "SELECT count(*) FROM claims WHERE article_id = ? AND state = 'active'", [article_id]
        ).fetchone()[0]
        return Added(article_id, versions[-1]["number"], held, unchanged=True)
    latest = versions[-1]["id"] if versions else None
    before = list(
        db.table("claims").rows_where(
            "version_id = ? AND state <> 'superseded'", [latest], order_by="position, id"
        )
    )
    splits = splits_of(db, article_id)
    claims = list(islice(_claims(document, splits), _MOST_CLAIMS + 1))
    if len(claims) > _MOST_CLAIMS:
        raise ConfigError(
            f"{name}: more than {_MOST_CLAIMS:,} claims are no article; add its chapters one by one"
        )
    topics, note = _topics(claims)
    row = {
        "id": article_id,
        "title": document.title or name,
        "name": name,
        "topic_indications": json.dumps(topics),
        "note": note,
    }
    if versions:
        db.table("articles").update(article_id, row)
    else:
        db.table("articles").insert(row | {"added_at": now})
    number = len(versions) + 1
    version_id = db.table("article_versions").insert(
        {"article_id": article_id, "number": number, "added_at": now, "format": document.format, "content_hash": digest,
         "text": document.text, "title": document.title or name}
    ).last_rowid  # fmt: skip
    carried = _aligned(before, claims)
    db.execute(
        "UPDATE claims SET state = 'superseded' WHERE article_id = ? AND state = 'active'", [article_id]
    )
    for position, claim in enumerate(claims):
        _insert(
            db,
            {"article_id": article_id, "version_id": version_id, "position": position},
            claim,
            carried.get(position),
        )
    changes = Counter(change for _, change in carried.values())
    return Added(
        article_id, number, len(claims), same=changes["same"], edited=changes["edited"],
        new=len(claims) - len(carried), dropped=len(before) - len(carried), note=note,
    )  # fmt: skip


def slug(name: str) -> str:
    """The article's short name, from that of its file."""
    plain = re.sub(r"\.[a-z]{2,8}$", "", name.lower())
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "article"


def split(db: Database, claim_id: int, words: str, name: str, why: str, now: str) -> list[int]:
    """Make two claims of one, the second from `words` on, in the caller's transaction; returns their numbers.

    What it cites goes with the part that names it. Raises ConfigError, see `keep_split`.
    """
    row = keep_split(db, claim_id, words, name, why, now)
    text = db.execute("SELECT text FROM article_versions WHERE id = ?", [row["version_id"]]).fetchone()[0]
    block = Block(text, 0, row["section_position"], row["section"])
    where = {name: row[name] for name in ("article_id", "version_id", "position")}
    numbers_of_parts = []
    for start, end in parted(text, row["start"], row["end"], [words]):
        claim = _claim(text[start:end], start, end, block, part_of=row["kind"])
        assert claim is not None
        part = _insert(db, where, claim | {"works": []}, (claim_id, "edited"))
        db.execute(
            _CITED_IN_PART,
            {"part": part, "claim": claim_id, "from": start - row["start"], "to": end - row["start"]},
        )
        numbers_of_parts.append(part)
    return numbers_of_parts


_CITED_IN_PART = """
INSERT INTO claim_works (claim_id, start, "end", text, scheme, value, record_id, state, reason, mismatch)
SELECT :part, start - :from, "end" - :from, text, scheme, value, record_id, state, reason, mismatch
FROM claim_works WHERE claim_id = :claim AND start >= :from AND start < :to"""


def _claims(document: Document, splits: Sequence[str]) -> Iterator[dict[str, Any]]:
    for block in document.blocks:
        for sentence in sentences(block):
            parts = list(parted(document.text, *sentence, splits))
            for start, end in parts:
                part_of = "other" if len(parts) > 1 else None
                if claim := _claim(document.text[start:end], start, end, block, part_of):
                    yield claim


def _claim(
    sentence: str, start: int, end: int, block: Block, part_of: str | None = None
) -> dict[str, Any] | None:
    """What a sentence asserts, if it does; a part of one, of the kind `part_of` at least, is a claim whatever it says."""
    if len(sentence) > _LONGEST:
        return None
    here, to = start - block.start, end - block.start
    near = block.links[
        bisect_right(block.links, here, key=itemgetter(1)) : bisect_left(block.links, to, key=itemgetter(0))
    ]
    links = [(max(first, here) - here, min(last, to) - here, address) for first, last, address in near]
    cited = citations(sentence, links)
    said = kind(without(sentence, [(one.start, one.end) for one in cited])) or part_of
    if said is None:
        return None
    words = absolute(sentence)
    return {
        "sentence": sentence, "start": start, "end": end, "section": block.heading, "section_position": block.section,
        "kind": said, "strength": strength(sentence), "absolute": int(words is not None), "absolute_words": words,
        "facets": facets(sentence, [(one.start, one.end) for one in cited]), "numbers": numbers(sentence), "works": cited,
    }  # fmt: skip


def _topics(claims: list[dict[str, Any]]) -> tuple[list[str], str | None]:
    """(indications that the article is about, a note if it is about something else)."""
    said = [facet for claim in claims for facet in claim["facets"]]
    if not any(facet.dimension == "drug" for facet in said):
        return [], "no claim matches the topic: none names a drug that is watched"
    counted = Counter(facet.value for facet in said if facet.dimension == "indication")
    return sorted(value for value, _ in counted.most_common(_TOPIC)), None


def _aligned(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[int, tuple[int, str]]:
    """Place of a claim -> (the earlier claim that it continues, same or edited); each earlier claim once, in order of likeness."""
    found: dict[int, tuple[int, str]] = {}
    unchanged: dict[str, deque[dict[str, Any]]] = defaultdict(deque)
    for row in before:
        unchanged[row["sentence"]].append(row)
    for place, claim in enumerate(after):
        if rows := unchanged.get(claim["sentence"]):
            found[place] = (rows.popleft()["id"], "same")
    free = [row for rows in unchanged.values() for row in rows]
    free.sort(key=lambda row: row["position"])
    waiting = [place for place in range(len(after)) if place not in found]
    taken = set()
    for _, place, known in sorted(_likely(free, waiting, after)):
        if place not in found and known not in taken:
            found[place] = (known, "edited")
            taken.add(known)
    return found


def _likely(
    free: list[dict[str, Any]], waiting: list[int], after: list[dict[str, Any]]
) -> Iterator[tuple[float, int, int]]:
    """(minus the likeness, place of a claim, earlier claim) of those alike that stand near each other among the changed."""
    sentences_before = [row["sentence"] for row in free]
    for turn, place in enumerate(waiting):
        about = turn * len(free) // len(waiting)
        first = max(0, about - _NEAR)
        near = sentences_before[first : about + _NEAR]
        alike = process.extract(
            after[place]["sentence"], near, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=_MOST_ALIKE
        )
        for _, score, index in alike:
            yield -score, place, free[first + index]["id"]


def _insert(
    db: Database, where: dict[str, Any], claim: dict[str, Any], carried: tuple[int, str] | None
) -> int:
    parts = {name: claim.pop(name) for name in ("facets", "numbers", "works")}
    earlier, change = carried or (None, "new")
    row = where | claim | {"state": "active", "carried_from": earlier, "change": change}
    claim_id = db.table("claims").insert(row).last_rowid
    assert claim_id is not None
    db.table("claim_facets").insert_all(facet_rows(claim_id, parts["facets"]))
    db.table("claim_numbers").insert_all(
        {"claim_id": claim_id, "start": one.start, "end": one.end, "text": one.text, "kind": one.kind, "low": one.low,
         "high": one.high, "unit": one.unit, "meaning": one.meaning} for one in parts["numbers"]
    )  # fmt: skip
    for cited in parts["works"]:
        one = resolved(db, cited)
        db.table("claim_works").insert(
            {"claim_id": claim_id, "start": one.start, "end": one.end, "text": one.text, "scheme": one.scheme,
             "value": one.value, "record_id": one.record_id, "state": "resolved" if one.record_id else "unresolved",
             "reason": one.reason}
        )  # fmt: skip
    if earlier is not None:
        replay(db, claim_id, same=change == "same")
    return claim_id
