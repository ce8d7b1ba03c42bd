"""How far the sources had been read when an issue was built: nothing new and nothing heard are not the same."""

from __future__ import annotations

from sqlite_utils import Database

from crawler.digest.scope import Scope
from datasette_config import labels

# `source_health` as it was at a time
_HEALTH = """
SELECT source, max(CASE WHEN outcome IN ('ok', 'nothing_new') THEN substr(started, 1, 10) END) AS searched_to,
    (SELECT last.outcome FROM crawls AS last WHERE last.source = crawls.source AND last.command = 'crawl'
        AND last.outcome IS NOT NULL AND last.started <= :now ORDER BY last.id DESC LIMIT 1) AS outcome
FROM crawls WHERE command = 'crawl' AND outcome IS NOT NULL AND started <= :now GROUP BY source ORDER BY source"""
_WELL = ("ok", "nothing_new", "paused")


def reached(db: Database, scope: Scope, now: str) -> tuple[list[str], list[str]]:
    """(the names of sources that were not reached; sentences: about each of these, then up to which day the others were
    read). `now`: ISO-8601, UTC.
    """
    rows = list(db.query(_HEALTH, {"now": now}))
    if not rows:
        return [], ["No source has been asked yet: this issue is of saved files only."]
    failed = [
        row
        for row in rows
        if row["outcome"] not in _WELL or not row["searched_to"] or row["searched_to"] < scope.since
    ]
    said = [
        f"{labels.source(row['source'])} was not reached ({_outcome(row['outcome'])}): it "
        f"{'was last read to its end on ' + row['searched_to'] if row['searched_to'] else 'has never been read to its end'}. "
        "What it had since then may be missing here and is told as soon as it comes."
        for row in failed
    ]
    by_day: dict[str, list[str]] = {}
    for row in rows:
        if row not in failed:
            by_day.setdefault(row["searched_to"], []).append(labels.source(row["source"]))
    read = [f"Read to {day}: {', '.join(names)}." for day, names in sorted(by_day.items(), reverse=True)]
    return [labels.source(row["source"]) for row in failed], said + read


def _outcome(name: str) -> str:
    return "not asked in this time" if name in _WELL else labels.words(name).lower()
