"""`citation_edges`: one row for each pair of works, with every source that says it, kept beside what the sources said.

It is made of `citation_claims` alone and could be thrown away. A view that groups a million statements by the works
that their names mean took seconds for one work; this answers in milliseconds (`benchmarks/citations.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlite_utils import Database

from store.citing import Edge

_ADD = """
INSERT INTO citation_edges (cited_id, citing_id, sources, first_seen, backfill)
SELECT cited.work_id, citing.work_id, json_array(:source), :now, :backfill
FROM work_names AS cited, work_names AS citing
WHERE cited.name = :cited AND citing.name = :citing AND cited.work_id <> citing.work_id
ON CONFLICT DO UPDATE SET sources = (
    SELECT json_group_array(value) FROM (
        SELECT value FROM json_each(citation_edges.sources) UNION SELECT :source ORDER BY 1))
WHERE NOT EXISTS (SELECT 1 FROM json_each(sources) WHERE value = :source)"""

# The two halves of the view `citation_claims`, each begun at the works asked for: SQLite pushes no list into a view.
# With one min() the bare column is that of the earliest row: https://www.sqlite.org/lang_select.html#bareagg
_REBUILD = """
INSERT OR REPLACE INTO citation_edges (cited_id, citing_id, sources, first_seen, backfill)
SELECT cited_id, citing_id, json_group_array(DISTINCT source), min(first_seen), backfill
FROM (
    SELECT cited.work_id AS cited_id, citing.work_id AS citing_id, said.source AS source, said.first_seen, said.backfill
    FROM json_each(:works) AS asked
    CROSS JOIN work_names AS {near} ON {near}.work_id = asked.value
    CROSS JOIN citation_statements AS said ON said.{near}_id = {near}.name
    CROSS JOIN work_names AS {far} ON {far}.name = said.{far}_id
    UNION ALL
    SELECT cited.work_id, citing.work_id, said.source || ' references', said.first_seen, 1
    FROM json_each(:works) AS asked
    CROSS JOIN work_names AS {near} ON {near}.work_id = asked.value
    CROSS JOIN citations AS said ON said.{near_column} = {near}.name AND said.relation IN ('cites', 'background')
    CROSS JOIN work_names AS {far} ON {far}.name = said.{far_column}
    ORDER BY source
)
WHERE cited_id <> citing_id
GROUP BY cited_id, citing_id"""
_COLUMNS = {"citing": "record_id", "cited": "cited_id"}  # of `citations`


def add(db: Database, said: Iterable[Edge], now: str) -> None:
    """Statements that were not there before, made at `now` (ISO-8601, UTC)."""
    db.conn.executemany(
        _ADD,
        [
            {"source": edge.source, "now": now, "backfill": int(edge.backfill), "cited": edge.cited, "citing": edge.citing}
            for edge in said
        ],
    )  # fmt: skip


def rebuild_cited(db: Database, works: Iterable[str]) -> None:
    """What these works cite, anew: their lists of references may have changed."""
    _rebuild(db, "citing", "cited", works)


def rebuild(db: Database, works: Iterable[str]) -> None:
    """All edges of these works, anew: their names may have changed."""
    listed = list(works)
    _rebuild(db, "citing", "cited", listed)
    _rebuild(db, "cited", "citing", listed)


def _rebuild(db: Database, near: str, far: str, works: Iterable[str]) -> None:
    listed = sorted(set(works))
    if not listed:
        return
    chosen = json.dumps(listed)
    db.execute(f"DELETE FROM citation_edges WHERE {near}_id IN (SELECT value FROM json_each(?))", (chosen,))
    columns = {"near_column": _COLUMNS[near], "far_column": _COLUMNS[far]}
    db.execute(_REBUILD.format(near=near, far=far, **columns), {"works": chosen})
