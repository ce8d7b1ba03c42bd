"""Which works are watched, which of them are to be asked about now, and what is wanted because of them."""

from __future__ import annotations

import json
from typing import Literal

from sqlite_utils import Database

from store import work_names
from store.citing import Work

Watch = Literal["trials", "named"]

# the works a person named, and for a registration the reports of its study; then the topic's trials
_FOLLOWED = """
named AS (
    SELECT work_id FROM followed_works
    UNION
    SELECT coalesce(report.merged_into, report.id) FROM followed_works
    JOIN study_records AS own ON own.record_id = followed_works.work_id
    JOIN study_records AS other ON other.study_id = own.study_id
    JOIN records AS report ON report.id = other.record_id
    JOIN records AS registration ON registration.id = followed_works.work_id AND registration.kind = 'registration'
    WHERE report.kind <> 'registration' AND other.role IS NOT 'review-of'
),
followed AS (
    SELECT work_id, 0 AS rank FROM named
    UNION ALL
    SELECT id, 1 FROM topic_trials WHERE :watch = 'trials' AND id NOT IN (SELECT work_id FROM named)
)"""


def watch(db: Database, name: str, why: str, decided_by: str, now: str) -> bool:
    """Follow a work from now on, named by one of its names; False if it is followed already."""
    work_names.add_names(db, [name])
    if _in_force(db, name):
        return False
    db.table("watched_works").insert(
        {"work_id": name, "why": why, "decided_by": decided_by, "decided_at": now}
    )
    return True


def unwatch(db: Database, name: str, decided_by: str, now: str) -> bool:
    """Follow it no more; False if it was not followed by name."""
    ids = _in_force(db, name)
    for row_id in ids:
        db.table("watched_works").update(row_id, {"withdrawn_at": now, "withdrawn_by": decided_by})
    return bool(ids)


def _in_force(db: Database, name: str) -> list[int]:
    sql = """SELECT watched_works.id FROM watched_works JOIN work_names ON work_names.name = watched_works.work_id
        WHERE withdrawn_at IS NULL AND work_names.work_id = ?"""
    return [row[0] for row in db.execute(sql, (work_names.work_of(db, name),)).fetchall()]


def due_works(  # noqa: PLR0913 - all but the first three are by name
    db: Database,
    source: str,
    schemes: tuple[str, ...],
    *,
    watch: Watch,
    today: str,
    every_days: int,
    limit: int,
) -> tuple[Work, ...]:
    """The followed works that a source has not answered about for `every_days`: those that people named first, then
    those never asked, then the longest ago. `schemes`: kinds of names, one of which the source needs.
    """
    sql = f"""WITH {_FOLLOWED}
        SELECT followed.work_id, (SELECT json_group_array(name) FROM work_names WHERE work_id = followed.work_id) AS names,
            (SELECT max(last_answered) FROM citation_polls JOIN work_names ON work_names.name = citation_polls.work_id
                WHERE work_names.work_id = followed.work_id AND citation_polls.source = :source) AS answered
        FROM followed
        WHERE answered IS NULL OR substr(answered, 1, 10) <= date(:today, :ago)
        ORDER BY rank, answered IS NOT NULL, answered, followed.work_id"""
    found = db.execute(
        sql, {"watch": watch, "source": source, "today": today, "ago": f"-{every_days} days"}
    ).fetchall()
    works = (
        Work(row[0], tuple(sorted(json.loads(row[1]), key=work_names.preference)), bool(row[2]))
        for row in found
    )
    askable = (work for work in works if any(work.get(scheme) for scheme in schemes))
    return tuple(work for work, _ in zip(askable, range(limit), strict=False))


def followed_works(db: Database, watch: Watch) -> list[str]:
    """Every work that is followed, by name or as a trial of the topic."""
    return [
        row[0]
        for row in db.execute(
            f"WITH {_FOLLOWED} SELECT work_id FROM followed ORDER BY rank, work_id", {"watch": watch}
        )
    ]


def wanted_pmids(db: Database, limit: int) -> tuple[str, ...]:
    """PMIDs that are no records here and that PubMed was not asked for: works named by people, then works that cite
    what is followed, the most often met first, then those most often cited beside the topic's trials.
    """
    sql = """WITH citers AS MATERIALIZED (
            SELECT citing_id FROM (SELECT DISTINCT citing_id FROM citation_edges)  -- most are records: an index tells
            WHERE NOT EXISTS (SELECT 1 FROM records WHERE records.id = citing_id)
        ), wanted AS (
            SELECT work_id, 0 AS rank, 1 AS times, decided_at AS since FROM followed_works
            UNION ALL
            SELECT citing_id, 1, count(*), min(first_seen) FROM citers JOIN citation_edges USING (citing_id) GROUP BY citing_id
            UNION ALL
            SELECT work_id, 2, together, ranked_at FROM cocited_works WHERE together > 1
        )
        SELECT work_id FROM wanted
        WHERE work_id GLOB 'pubmed:[1-9]*' AND NOT EXISTS (SELECT 1 FROM records WHERE records.id = work_id)
            AND NOT EXISTS (SELECT 1 FROM bare_works WHERE bare_works.id = work_id AND examined IS NOT NULL)
        GROUP BY work_id ORDER BY min(rank), max(times) DESC, min(since), work_id LIMIT ?"""
    return tuple(row[0].partition(":")[2] for row in db.execute(sql, (limit,)))


def undescribed(db: Database, scheme: str, limit: int) -> tuple[str, ...]:
    """Of the works most cited beside the topic's trials, those known by nothing but an id of this scheme: these ids."""
    sql = """SELECT work_id FROM most_cocited WHERE work_id GLOB ? || ':*'
        AND NOT EXISTS (SELECT 1 FROM bare_works WHERE bare_works.id = work_id) LIMIT ?"""
    return tuple(row[0].partition(":")[2] for row in db.execute(sql, (scheme, limit)))


def rank_cocited(db: Database, now: str, limit: int = 1000) -> int:
    """Rank anew the works that are no records here by how often works cite them together with a trial of the topic.

    `together`: how many works cite it and one of the topic's trials; `pairs`: how many pairs of such a work and such a
    trial there are. A view would take seconds over a million edges, so the ranking is kept. Returns how many.
    """
    db.execute("DELETE FROM cocited_works")
    db.execute(
        """WITH beside AS (
            SELECT citing_id, count(*) AS trials FROM topic_trials JOIN citation_edges ON cited_id = topic_trials.id
            GROUP BY citing_id)
        INSERT INTO cocited_works (work_id, together, pairs, ranked_at)
        SELECT cited_id, count(*) AS together, sum(trials) AS pairs, ?
        FROM beside CROSS JOIN citation_edges ON citation_edges.citing_id = beside.citing_id
        WHERE NOT EXISTS (SELECT 1 FROM records WHERE records.id = cited_id)
        GROUP BY cited_id ORDER BY together DESC, pairs DESC, cited_id LIMIT ?""",
        (now, limit),
    )
    return int(db.execute("SELECT count(*) FROM cocited_works").fetchone()[0])
