"""Lists of followed works and of those that cite them, for readers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlite_utils import Database

from store import work_names
from store.watching import Watch, followed_works

Row = dict[str, Any]
_IN = "IN (SELECT value FROM json_each(:works))"


def overview(db: Database, watch: Watch) -> list[Row]:
    """The followed works, those named by people first: title, year, known citing works, each source's latest count."""
    works = list(dict.fromkeys(followed_works(db, watch)))
    listed = {"works": json.dumps(works)}
    counts: dict[str, dict[str, int]] = {}
    sql = f"SELECT work_id, source, cited_by FROM citation_counts_latest WHERE work_id {_IN} ORDER BY source"
    for row in db.query(sql, listed):
        counts.setdefault(row["work_id"], {})[row["source"]] = row["cited_by"]
    citing = dict(
        db.execute(
            f"SELECT cited_id, count(*) FROM citation_edges WHERE cited_id {_IN} GROUP BY cited_id", listed
        )
    )
    known = {row["id"]: row for row in db.query(
        f"""SELECT id, title, year FROM bare_works WHERE id {_IN} UNION ALL
        SELECT id, title, year FROM records WHERE id {_IN}""", listed)}  # fmt: skip
    said = {row["work_id"]: row for row in db.query("SELECT * FROM followed_works")}
    return [
        {
            "work_id": work, "title": known.get(work, {}).get("title"), "year": known.get(work, {}).get("year"),
            "citing": citing.get(work, 0), "counts": counts.get(work, {}),
            "why": said.get(work, {}).get("why"), "decided_by": said.get(work, {}).get("decided_by"),
        }
        for work in works
    ]  # fmt: skip


def reports_of(db: Database, name: str) -> list[str]:
    """The work of a name; of a registration, the reports of its study too."""
    work = work_names.work_of(db, name)
    sql = """SELECT DISTINCT coalesce(report.merged_into, report.id) FROM study_records AS own
        JOIN study_records AS other ON other.study_id = own.study_id
        JOIN records AS report ON report.id = other.record_id
        JOIN records AS registration ON registration.id = own.record_id AND registration.kind = 'registration'
        WHERE own.record_id = ? AND report.kind <> 'registration' AND other.role IS NOT 'review-of'"""
    return [work, *(row[0] for row in db.execute(sql, (work,)))]


def trials_in(db: Database, indication: str) -> list[str]:
    """The topic's trials in an indication."""
    sql = """SELECT records.id FROM topic_trials JOIN records ON records.id = topic_trials.id
        WHERE EXISTS (SELECT 1 FROM json_each(records.indications) WHERE value = ?) ORDER BY records.id"""
    return [row[0] for row in db.execute(sql, (indication,))]


def citers(db: Database, works: Sequence[str], since: str) -> list[Row]:
    """Works that cite one of these and appeared since a day (ISO date), the newest first; each once, with what it cites."""
    sql = f"""SELECT citing_id, title, year, venue, is_record, indications, designs, status, appeared,
            json_group_array(cited_id) AS cites, json_group_array(sources) AS said
        FROM citing_works WHERE cited_id {_IN} AND appeared >= :since
        GROUP BY citing_id ORDER BY appeared DESC, citing_id"""
    found = []
    for row in db.query(sql, {"works": json.dumps(list(works)), "since": since}):
        sources = {source for each in json.loads(row.pop("said")) for source in json.loads(each)}
        found.append(
            row | {
                "cites": sorted(json.loads(row["cites"])), "sources": sorted(sources),
                **{name: json.loads(row[name] or "[]") for name in ("indications", "designs")},
            }
        )  # fmt: skip
    return found
