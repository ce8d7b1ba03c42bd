"""Merging the neighbourhood of changed records: who is shown, why, and what is left for review.

Looks only at the records given, at those merged with them, and at those that share a key with one of these; and of
these it gives the same result whatever came first. Everything happens in the caller's transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from crawler.merging import works as reading
from crawler.merging.fill import fill
from crawler.merging.groups import Groups, Pair, form
from crawler.merging.pairs import ONE_RECORD_EACH, Verdict, judge
from crawler.merging.works import Work

RULES = "rules"
#: Records that share a key. Two of a service that has one record for a work are never one by their titles
#: (`pairs.ONE_RECORD_EACH`), and very many titles begin or end alike: those are not even looked at.
_SHARING = """WITH mine AS (
        SELECT key, record_id,
            substr(key, 1, 2) IN ('a:', 'z:') AND source IN (SELECT value || ':' FROM json_each(:single)) AS by_title,
            source, replace(source, ':', ';') AS next_source
        FROM (SELECT key, record_id, substr(record_id, 1, instr(record_id, ':')) AS source FROM work_keys
            WHERE record_id IN (SELECT value FROM json_each(:ids))))
    SELECT mine.record_id AS one, other.record_id AS other FROM mine JOIN work_keys AS other
        ON other.key = mine.key AND other.record_id <> mine.record_id WHERE NOT by_title
    UNION SELECT mine.record_id, other.record_id FROM mine JOIN work_keys AS other
        ON other.key = mine.key AND other.record_id < source WHERE by_title
    UNION SELECT mine.record_id, other.record_id FROM mine JOIN work_keys AS other
        ON other.key = mine.key AND other.record_id >= next_source WHERE by_title"""
_SAID = ("into_id", "method", "evidence", "confidence")
_CHUNK = 1000


@dataclass(slots=True)
class Merged:
    """What merging changed: `moved`, records that are shown by another one now, or no longer, and those that lost or won
    them; `retold`, records that show another abstract.
    """

    moved: set[str] = field(default_factory=set)
    retold: set[str] = field(default_factory=set)


def merge_records(db: Database, record_ids: Sequence[str], now: str) -> Merged:
    """Merge these records with their neighbours, as rules and people's decisions say. `now`: ISO-8601, UTC."""
    merged = Merged()
    for start in range(0, len(record_ids), _CHUNK):
        _merge(db, list(record_ids[start : start + _CHUNK]), now, merged)
    return merged


def unmerged(db: Database) -> list[str]:
    """Ids of the records that merging never looked at, if it never looked at any: an older release's database."""
    if db.execute("SELECT 1 FROM work_keys LIMIT 1").fetchone():
        return []
    return [row["id"] for row in db.table("records").rows_where(select="id", order_by="id")]


def _merge(db: Database, ids: list[str], now: str, merged: Merged) -> None:
    works = reading.load(db, ids)
    _write_keys(db, works)
    verdicts = _explore(db, works)
    together, apart = _decisions(db, works)
    groups, review = form(works, verdicts, together, apart)
    led = groups.groups()
    _write_suggestions(db, works, review, now)
    merged.moved |= _write_merges(db, groups, led, set(together), now)
    merged.retold |= set(fill(db, [[work.id for work in group] for group in led]))


def _rows(db: Database, sql: str, ids: Iterable[str]) -> list[dict[str, Any]]:
    return list(db.query(sql, {"ids": json.dumps(sorted(ids))}))


def _write_keys(db: Database, works: dict[str, Work]) -> None:
    stored = {(row["key"], row["record_id"])
              for row in _rows(db, "SELECT key, record_id FROM work_keys WHERE record_id IN (SELECT value FROM json_each(:ids))", works)}  # fmt: skip
    wanted = {(key, work.id) for work in works.values() for key in work.keys}
    db.conn.executemany("DELETE FROM work_keys WHERE key = ? AND record_id = ?", sorted(stored - wanted))
    db.conn.executemany("INSERT INTO work_keys (key, record_id) VALUES (?, ?)", sorted(wanted - stored))


def _explore(db: Database, works: dict[str, Work]) -> dict[Pair, Verdict]:
    """Verdicts on every pair that touches `works`, which grows by all that merge with one of them, directly or not."""
    verdicts: dict[Pair, Verdict] = {}
    seen: set[Pair] = set()
    aside: dict[str, Work] = {}  # candidates that do not merge
    fresh = set(works)
    while fresh:
        found = _merged_with(db, fresh) - set(works)
        for pair, candidates in _candidates(db, fresh, seen, works, aside):
            seen.add(pair)
            if verdict := judge(*(candidates[one] for one in pair)):
                verdicts[pair] = verdict
                if verdict.merge:
                    found |= set(pair) - set(works)
        works |= {one: aside.pop(one) for one in found & set(aside)} | reading.load(
            db, found - set(aside) - set(works)
        )
        fresh = found & set(works)
    return verdicts


def _merged_with(db: Database, ids: set[str]) -> set[str]:
    """Every record that now is merged with one of these, or that a person or an old suggestion pairs with one."""
    roots = _rows(
        db,
        "SELECT DISTINCT coalesce(merged_into, id) AS id FROM records WHERE id IN (SELECT value FROM json_each(:ids))",
        ids,
    )
    members = _rows(
        db,
        "SELECT id FROM records WHERE merged_into IN (SELECT value FROM json_each(:ids))",
        {row["id"] for row in roots},
    )
    decided = _rows(
        db,
        """SELECT into_id AS id FROM merges WHERE record_id IN (SELECT value FROM json_each(:ids)) AND decided_by <> 'rules'
        UNION SELECT record_id FROM merges WHERE into_id IN (SELECT value FROM json_each(:ids)) AND decided_by <> 'rules'""",
        ids,
    )
    return {row["id"] for row in (*roots, *members, *decided)}


def _candidates(
    db: Database, ids: set[str], seen: set[Pair], works: dict[str, Work], aside: dict[str, Work]
) -> list[tuple[Pair, dict[str, Work]]]:
    """Pairs of one of these and another record with a key in common, with both works."""
    asked = {"ids": json.dumps(sorted(ids)), "single": json.dumps(sorted(ONE_RECORD_EACH))}
    rows = db.query(_SHARING, asked)
    pairs = {(min(row["one"], row["other"]), max(row["one"], row["other"])) for row in rows} - seen
    unknown = {one for pair in pairs for one in pair} - set(works) - set(aside)
    aside |= reading.load(db, unknown)
    known = aside | works
    return [(pair, known) for pair in sorted(pairs)]


def _decisions(db: Database, works: dict[str, Work]) -> tuple[list[Pair], list[Pair]]:
    """Pairs that people joined, and pairs that they keep apart. Of several decisions on a pair the last counts."""
    latest: dict[frozenset[str], bool] = {}
    sql = """SELECT record_id, into_id, withdrawn_at FROM merges
        WHERE (decided_by <> 'rules' OR withdrawn_by <> 'rules') AND (record_id IN (SELECT value FROM json_each(:ids))
            OR into_id IN (SELECT value FROM json_each(:ids)))
        ORDER BY id"""
    for row in _rows(db, sql, works):
        latest[frozenset((row["record_id"], row["into_id"]))] = row["withdrawn_at"] is None
    pairs = {tuple(sorted(pair)): joined for pair, joined in latest.items() if pair <= set(works)}
    return (
        [(one, other) for (one, other), joined in pairs.items() if joined],
        [(one, other) for (one, other), joined in pairs.items() if not joined],
    )


def _write_suggestions(db: Database, works: dict[str, Work], review: dict[Pair, Verdict], now: str) -> None:
    """Make the suggestions that touch these works those of `review`, keeping when each was first seen."""
    sql = """SELECT * FROM merge_suggestions WHERE record_id IN (SELECT value FROM json_each(:ids))
            OR into_id IN (SELECT value FROM json_each(:ids))"""
    stored = {(row["record_id"], row["into_id"]): row for row in _rows(db, sql, works)}
    wanted = {
        pair: {
            "record_id": pair[0], "into_id": pair[1], "method": verdict.method, "evidence": verdict.evidence,
            "confidence": verdict.confidence, "doubt": verdict.doubt,
            "first_seen": stored[pair]["first_seen"] if pair in stored else now,
        }
        for pair, verdict in review.items()
    }  # fmt: skip
    gone = [pair for pair in stored if stored[pair] != wanted.get(pair)]
    db.conn.executemany("DELETE FROM merge_suggestions WHERE record_id = ? AND into_id = ?", gone)
    db.conn.executemany(
        """INSERT INTO merge_suggestions (record_id, into_id, method, evidence, confidence, doubt, first_seen)
        VALUES (:record_id, :into_id, :method, :evidence, :confidence, :doubt, :first_seen)""",
        [row for pair, row in wanted.items() if stored.get(pair) != row],
    )


def _write_merges(
    db: Database, groups: Groups, led: list[list[Work]], together: set[Pair], now: str
) -> set[str]:
    """Make `records.merged_into` and the rules' own rows of `merges` say what the groups say; returns who moved."""
    sql = "SELECT * FROM merges WHERE record_id IN (SELECT value FROM json_each(:ids)) AND decided_by = 'rules' AND withdrawn_at IS NULL"
    stored = {row["record_id"]: row for row in _rows(db, sql, groups.works)}
    moved: list[tuple[str | None, str]] = []
    ended: list[tuple[str, str, str, int]] = []
    begun: list[dict[str, Any]] = []
    for leader, *others in led:
        for work in (leader, *others):
            into = None if work is leader else leader.id
            old = stored.get(work.id)
            if work.merged_into != into:
                moved.append((into, work.id))
            by_hand = into is not None and tuple(sorted((work.id, into))) in together
            row = (
                None
                if into is None or by_hand
                else _merge_row(groups.reason(work.id, into), work.id, into, now)
            )
            if old and row and all(old[name] == row[name] for name in _SAID):
                continue
            if old:
                why = f"{into} leads" if into and into != old["into_id"] else "no longer said by the records"
                ended.append((now, RULES, why, old["id"]))
            if row:
                begun.append(row)
    db.conn.executemany("UPDATE records SET merged_into = ? WHERE id = ?", moved)
    db.conn.executemany("UPDATE merges SET withdrawn_at = ?, withdrawn_by = ?, why = ? WHERE id = ?", ended)
    db.conn.executemany(
        """INSERT INTO merges (record_id, into_id, method, evidence, confidence, decided_by, decided_at)
        VALUES (:record_id, :into_id, :method, :evidence, :confidence, :decided_by, :decided_at)""",
        begun,
    )
    left = {groups.works[record_id].merged_into for _, record_id in moved}
    return {one for one in {*left, *(end for pair in moved for end in pair)} if one}


def _merge_row(verdict: Verdict, record_id: str, into: str, now: str) -> dict[str, Any]:
    return {
        "record_id": record_id, "into_id": into, "method": verdict.method, "evidence": verdict.evidence,
        "confidence": verdict.confidence, "decided_by": RULES, "decided_at": now,
    }  # fmt: skip
