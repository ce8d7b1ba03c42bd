"""Rows of lists of notices: those that concern a work that is here, or one that such a work cites, are kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from sqlite_utils import Database

from crawler.noticing.gather import gather_works
from store.records import ReportedNotice
from store.save import Counts
from store.writing import upsert_rows

_KNOWN = """SELECT name FROM work_names WHERE name IN (SELECT value FROM json_each(:aliases))
    AND EXISTS (SELECT 1 FROM citation_edges WHERE cited_id = work_names.work_id)
UNION SELECT iif(key GLOB 'pmid:*', 'pubmed:' || substr(key, 6), key) FROM work_keys
    WHERE key IN (SELECT value FROM json_each(:keys))
UNION SELECT id FROM records WHERE id IN (SELECT value FROM json_each(:aliases))"""


def save_reported(db: Database, rows: Iterable[ReportedNotice], now: str) -> Counts:
    """Keep what concerns works known here, and gather the notices on those. In the caller's transaction.

    Returns how many rows were new, changed or unchanged; rows that concern nothing here are not counted.
    """
    rows = list(rows)
    counts = Counts()
    if not rows:
        return counts
    known = _known(db, {alias for row in rows for alias in aliases(row)})
    touched: set[str] = set()
    for row in rows:
        mine = aliases(row) & known
        if not mine:
            continue
        old = next(iter(db.table("reported_notices").rows_where(
            "source = ? AND native_id = ?", [row.source, row.native_id])), None)  # fmt: skip
        new = asdict(row) | {"last_seen": now, "gone_at": None}
        if old is None:
            counts.new += 1
        elif all(old[name] == new[name] for name in new if name != "last_seen"):
            counts.unchanged += 1
        else:
            counts.changed += 1
            touched |= {f"pubmed:{old['affected_pmid']}", f"doi:{old['affected_doi']}"}
        first_seen = old["first_seen"] if old else now
        upsert_rows(db, "reported_notices", [new | {"first_seen": first_seen}], keys=("source", "native_id"))
        touched |= aliases(row)
    gather_works(db, touched)
    return counts


def end_of_list(db: Database, source: str, crawl_id: int | None, now: str) -> int:
    """Mark the rows that a list, read to its end by this crawl, no longer has; returns how many."""
    began = db.execute("SELECT started FROM crawls WHERE id = ?", (crawl_id,)).fetchone()
    where = "source = ? AND gone_at IS NULL AND last_seen < ?"
    gone = list(db.table("reported_notices").rows_where(where, [source, began[0] if began else ""]))
    for row in gone:
        db.table("reported_notices").update((source, row["native_id"]), {"gone_at": now})
    gather_works(
        db, {f"{scheme}:{row[column]}" for row in gone for scheme, column in _COLUMNS if row[column]}
    )
    return len(gone)


_COLUMNS = (("pubmed", "affected_pmid"), ("doi", "affected_doi"))


def aliases(row: ReportedNotice) -> set[str]:
    """The ids by which records and references name the work that a row is about."""
    return {f"{scheme}:{value}" for scheme, column in _COLUMNS if (value := getattr(row, column))}


def _known(db: Database, names: Iterable[str]) -> set[str]:
    names = sorted(names)
    keys: Sequence[str] = [name.replace("pubmed:", "pmid:", 1) for name in names]
    found = db.execute(_KNOWN, {"aliases": json.dumps(names), "keys": json.dumps(keys)})
    return {row[0] for row in found}
