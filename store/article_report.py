"""An article with what bears on each of its sentences: the one reading that the command, the pages and JSON show."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from sqlite_utils import Database

from store.errors import ConfigError

Row = dict[str, Any]

PRIORITIES = ("high", "medium", "low", "none")

_ARTICLE = """
SELECT articles.id, coalesce(latest.title, articles.title) AS title, articles.name, articles.note, articles.added_at,
    latest.id AS version_id, latest.number AS version, latest.added_at AS version_added_at, latest.text
FROM articles LEFT JOIN article_versions AS latest ON latest.id = (
    SELECT id FROM article_versions WHERE article_id = articles.id ORDER BY number DESC LIMIT 1)
WHERE articles.id = ?"""
_CLAIMS = """
SELECT claims.id, claims.position, claims.section, claims.section_position, claims.start, claims."end", claims.sentence,
    claims.kind, claims.strength, claims.absolute, claims.absolute_words, claims.change, claims.carried_from,
    claim_states.priority, claim_states.rule, claim_states.reason, claim_states.open, claim_states.settled,
    claim_states.more, claim_states.searched_to
FROM claims JOIN claim_states ON claim_states.claim_id = claims.id
WHERE claims.article_id = ? AND claims.state = 'active' ORDER BY claims.position, claims.id"""
_BEARING = """
SELECT id, claim_id, kind, rule, priority, reason, facets, record_id, study_id, notice, title, published, standing,
    found_at, backfill, changed_at, ended_at, verdict_id, verdict, note, decided_by, decided_at, reopened, open
FROM claim_bearing WHERE article_id = ?
ORDER BY claim_id, open DESC, CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END, rank DESC, id"""
_WORKS = """
SELECT claim_works.claim_id, claim_works.text, claim_works.state, claim_works.reason, claim_works.mismatch,
    coalesce(records.merged_into, records.id) AS record_id, records.title, records.published
FROM claim_works JOIN claims ON claims.id = claim_works.claim_id LEFT JOIN records ON records.id = claim_works.record_id
WHERE claims.article_id = ? AND claims.state = 'active' ORDER BY claim_works.claim_id, claim_works.start, claim_works.id"""
_NUMBERS = """
SELECT claim_numbers.claim_id, claim_numbers.text, claim_numbers.kind, claim_numbers.meaning
FROM claim_numbers JOIN claims ON claims.id = claim_numbers.claim_id
WHERE claims.article_id = ? AND claims.state = 'active' ORDER BY claim_numbers.claim_id, claim_numbers.start"""
_LIST = """
SELECT articles.id, articles.title, articles.name, articles.added_at, count(claim_states.claim_id) AS claims,
    coalesce(sum(priority = 'high'), 0) AS high, coalesce(sum(priority = 'medium'), 0) AS medium,
    coalesce(sum(priority = 'low'), 0) AS low, min(searched_to) AS searched_to
FROM articles LEFT JOIN claim_states ON claim_states.article_id = articles.id
GROUP BY articles.id ORDER BY articles.title, articles.id"""
_BEST = """
SELECT claim_bearing.id, claim_bearing.priority, claim_bearing.kind, claim_bearing.rule, claim_bearing.claim_id,
    claim_bearing.record_id, claims.sentence, claim_bearing.reason, claim_bearing.title, claim_bearing.verdict
FROM claim_bearing JOIN claims ON claims.id = claim_bearing.claim_id
WHERE claim_bearing.article_id = ? AND claim_bearing.ended_at IS NULL
ORDER BY CASE claim_bearing.priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END, claim_bearing.rank DESC,
    claims.position, claim_bearing.record_id, claim_bearing.kind LIMIT ?"""


def articles(db: Database) -> list[Row]:
    """Every watched article with how many of its claims need a look, by priority."""
    return list(db.query(_LIST))


def report(db: Database, article_id: str, *, claim_id: int | None = None, least: str = "none") -> Row:
    """The article, and its claims in order of the text, each with its works, numbers and all that bears on it.

    `claim_id`: this claim alone. `least`: claims and open matches of at least this priority.
    Raises ConfigError if there is no such article or claim.
    """
    found = list(db.query(_ARTICLE, [article_id]))
    if not found:
        raise ConfigError(f"no article {article_id} in this database")
    parts = {
        name: _by_claim(db.query(sql, [article_id]))
        for name, sql in (("bearing", _BEARING), ("works", _WORKS), ("numbers", _NUMBERS))
    }
    claims = list(db.query(_CLAIMS, [article_id]))
    chosen = [row for row in claims if claim_id in (None, row["id"]) and _urgent(row["priority"], least)]
    if claim_id is not None and not any(row["id"] == claim_id for row in claims):
        raise ConfigError(f"no claim {claim_id} stands in article {article_id}")
    for row in chosen:
        row |= {name: rows.get(row["id"], []) for name, rows in parts.items()}
        row["uncited"] = not row["works"]
        if least != "none":
            row["bearing"] = [
                one for one in row["bearing"] if one["open"] and _urgent(one["priority"], least)
            ]
    counted = Counter(row["priority"] for row in claims)
    dates = {row["searched_to"] for row in claims}
    return found[0] | {
        "claims": chosen,
        "counts": {priority: counted[priority] for priority in PRIORITIES},
        "searched_to": None if None in dates else min(dates, default=None),
        "uncited": sum(not parts["works"].get(row["id"]) for row in claims),
        "unresolved": sum(
            work["state"] == "unresolved" for works in parts["works"].values() for work in works
        ),
    }


def _urgent(priority: str, least: str) -> bool:
    return PRIORITIES.index(priority) <= PRIORITIES.index(least)


def _by_claim(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.pop("claim_id")].append(row)
    return found


def works_bearing(db: Database, claim_id: int) -> list[str]:
    """Ids of the works that bear on a claim, the most urgent first, then of those that it cites; none that a writer
    found not relevant. Raises ConfigError if no such claim stands.
    """
    if not db.execute("SELECT 1 FROM claims WHERE id = ? AND state = 'active'", [claim_id]).fetchone():
        raise ConfigError(f"no claim {claim_id} stands in an article here")
    rows = db.execute(
        """SELECT record_id FROM claim_bearing WHERE claim_id = :claim AND ended_at IS NULL AND verdict IS NOT 'not-relevant'
        ORDER BY CASE priority WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END, rank DESC, id""",
        {"claim": claim_id},
    ).fetchall()
    cited = db.execute(
        "SELECT record_id FROM claim_works WHERE claim_id = ? AND record_id IS NOT NULL ORDER BY start, id",
        [claim_id],
    ).fetchall()
    return list(dict.fromkeys(row[0] for row in [*rows, *cited]))


def best_matches(db: Database, article_id: str, limit: int) -> list[Row]:
    """The first `limit` matches of an article, the most urgent first. Raises ConfigError if there is no such article."""
    if not db.execute("SELECT 1 FROM articles WHERE id = ?", [article_id]).fetchone():
        raise ConfigError(f"no article {article_id} in this database")
    return list(db.query(_BEST, [article_id, limit]))
