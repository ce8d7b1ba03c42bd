"""Matches claims to what is known, after a crawl: claims that something new or changed bears on, and claims that are new.

What is found does not depend on how often or in which order records came: a claim that is touched is matched anew to all
of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from crawler.bearing.absolute import counter_example
from crawler.bearing.cited import fates, misdated
from crawler.bearing.claims import Claim, read_claims
from crawler.bearing.evidence import Evidence, Library, speaks_first
from crawler.bearing.keep import keep
from crawler.bearing.matches import Match
from crawler.bearing.registered import awaited, pending
from crawler.bearing.regulators import decision
from crawler.bearing.shelves import Shelves, is_near
from crawler.bearing.weigh import evidence

#: studies that are kept for one claim; further ones are counted
KEPT = 40
_FROM_RECORDS = ("evidence", "counter-example", "regulatory", "mismatch")
_FROM_OTHERS = ("notice", "newer-version", "overdue")
_SEARCHED_TO = """
SELECT CASE WHEN count(*) = count(searched_to) THEN min(searched_to) END FROM source_health WHERE records > 0"""


@dataclass(frozen=True, slots=True)
class Matched:
    """How many claims stand, how many of them were matched anew, and how many matches are new."""

    claims: int = 0
    anew: int = 0
    new: int = 0


def match_articles(
    db: Database, now: str, article_id: str | None = None, *, everything: bool = False
) -> Matched:
    """Bring what bears on claims up to date, in the caller's transaction. `now`: ISO-8601, UTC.

    `article_id`: its claims alone, whatever else waits goes on waiting. `everything`: every claim anew.
    """
    claims = read_claims(db, article_id)
    if not claims:
        return Matched()
    _follow_merges(db)
    library = Library(db)
    touched = {work.id: work for work in library.works(_waiting(db))}
    awaiting = awaited(db, library)
    searched = {row["claim_id"]: row["claim_state"] for row in db.table("claim_searches").rows}
    searched_to = db.execute(_SEARCHED_TO).fetchone()[0]
    standing = _records_of_matches(db)
    gone = touched.keys() | {row[0] for row in db.execute("SELECT record_id FROM records_to_match")}
    states = {claim.id: _state(claim) for claim in claims}
    stale = [
        claim
        for claim in claims
        if everything
        or searched.get(claim.id) != states[claim.id]
        or standing.get(claim.id, set()) & gone
        or _is_touched(claim, touched.values())
    ]
    shelves, anew = Shelves(library, stale), {claim.id for claim in stale}
    new = 0
    for claim in claims:
        scope: tuple[str, ...] = _FROM_OTHERS
        found = [*fates(db, library, claim), *pending(claim, awaiting)]
        others = [match for match in found if match.kind != "mismatch"]
        if claim.id in anew:
            best, bearing = _best(claim, shelves)
            mismatches = [match for match in found if match.kind == "mismatch"]
            others += [*best, *mismatches]
            scope = (*_FROM_OTHERS, *_FROM_RECORDS)
            row = {"claim_id": claim.id, "searched_at": now, "searched_to": searched_to}
            row["claim_state"] = states[claim.id]
            kept = sum(match.kind != "mismatch" for match in best)
            db.table("claim_searches").upsert(row | {"bearing": bearing, "kept": kept}, pk="claim_id")
        new += keep(db, claim.id, scope, others, now, first=claim.id not in searched)
    db.execute(
        f"UPDATE claim_searches SET searched_at = ?, searched_to = ? WHERE claim_id IN ({','.join('?' * len(claims))})",
        [now, searched_to, *(claim.id for claim in claims)],
    )
    if article_id is None:
        db.execute("DELETE FROM records_to_match")
    return Matched(len(claims), len(anew), new)


def _waiting(db: Database) -> set[str]:
    rows = db.execute(
        "SELECT coalesce(merged_into, id) FROM records_to_match JOIN records ON records.id = record_id"
    )
    return {row[0] for row in rows}


def _records_of_matches(db: Database) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for claim_id, record_id in db.execute(
        "SELECT claim_id, record_id FROM claim_matches WHERE ended_at IS NULL"
    ):
        found.setdefault(claim_id, set()).add(record_id)
    return found


def _follow_merges(db: Database) -> None:
    """A match on a record that became part of another work is on that work now, with its verdicts."""
    db.execute(
        """UPDATE OR IGNORE claim_matches SET record_id = (SELECT merged_into FROM records WHERE id = record_id)
        WHERE record_id IN (SELECT id FROM records WHERE merged_into IS NOT NULL)"""
    )


def _is_touched(claim: Claim, touched: Iterable[Evidence]) -> bool:
    return any(is_near(claim, work) and _bears(claim, work) for work in touched)


def _state(claim: Claim) -> str:
    facets = {dimension: sorted(values) for dimension, values in claim.facets.items()}
    cited = [[work.record_id, work.year, work.mismatch] for work in claim.cited]
    parts = [
        claim.kind, claim.absolute, claim.sentence, facets, claim.taken, cited, sorted(claim.cited_elsewhere)
    ]  # fmt: skip
    return hashlib.blake2b(
        json.dumps(parts, sort_keys=True).encode("utf-8", "surrogatepass"), digest_size=8
    ).hexdigest()


def _bears(claim: Claim, work: Evidence, *, brief: bool = True) -> Match | None:
    return (
        counter_example(claim, work, brief=brief)
        or decision(claim, work)
        or evidence(claim, work, brief=brief)
    )


def _best(claim: Claim, shelves: Shelves) -> tuple[list[Match], int]:
    """What bears on the claim among all records, the best first and each study once; and how many studies there are."""
    found = [(match, work) for work in shelves.near(claim) if (match := _bears(claim, work))]
    once = sorted(_once(found), key=lambda pair: pair[0].order)
    best = [match for _, work in once[:KEPT] if (match := _bears(claim, work, brief=False))]
    best = _latest_first(claim, best)
    year = misdated(claim, [pair for pair in once if pair[0].kind == "evidence"])
    return [*best, *([year] if year else [])], len(once)


def _latest_first(claim: Claim, best: list[Match]) -> list[Match]:
    """Of a regulator's decisions the latest alone is urgent where no year tells which of them the writer knows."""
    if claim.year_told is not None or claim.kind != "regulatory":
        return best
    return [match if place == 0 else replace(match, priority="low") for place, match in enumerate(best)]


def _once(found: Sequence[tuple[Match, Evidence]]) -> Iterator[tuple[Match, Evidence]]:
    """Each study by the record that speaks for it, each text by its first printing."""
    seen: set[str] = set()
    for match, work in sorted(found, key=lambda pair: speaks_first(pair[1])):
        if not seen & work.families:
            yield match, work
        seen |= work.families
