"""Reading what is stored, for everything that does not speak SQL itself."""

from __future__ import annotations

from collections.abc import Iterator

from sqlite_utils import Database

from store import rows
from store.records import Record

_PARTS = ("identifiers", "headings", "citations", "notices", "publications", "registrations")
_CHUNK = 500


def watermarks(db: Database, source: str) -> dict[str, str]:
    """stream -> value, as the source's checkpoints left them."""
    return {row["stream"]: row["value"] for row in db.table("watermarks").rows_where("source = ?", [source])}


def native_ids(db: Database, source: str) -> list[str]:
    """Every id of this source that is known and not deleted, without the "<source>:" before it, in order."""
    where = "source = ? AND status IS NOT 'deleted'"
    found = db.table("records").rows_where(where, [source], select="id", order_by="id")
    return [row["id"].partition(":")[2] for row in found]


def dois_of_others(db: Database, source: str) -> list[str]:
    """Every DOI that a record of another source than this has, each once, in order."""
    found = db.execute(
        "SELECT DISTINCT doi FROM records WHERE doi IS NOT NULL AND source != ? ORDER BY doi", (source,)
    )
    return [row[0] for row in found]


def unpublished_preprints(db: Database, source: str) -> list[str]:
    """Native ids of this source's preprints that it names no article of and has not withdrawn, in order."""
    where = """source = ? AND kind = 'preprint' AND status IS NOT 'deleted' AND status IS NOT 'withdrawn'
        AND NOT EXISTS (SELECT 1 FROM notices WHERE notices.record_id = records.id AND notices.kind = 'update')"""
    found = db.table("records").rows_where(where, [source], select="id", order_by="id")
    return [row["id"].partition(":")[2] for row in found]


def record_ids(db: Database, rules_version: str | None = None) -> list[str]:
    """Ids of all records; with `rules_version`, of those that other rules tagged."""
    where = "1" if rules_version is None else "rules_version IS NOT :rules"
    found = db.table("records").rows_where(where, {"rules": rules_version}, select="id", order_by="id")
    return [row["id"] for row in found]


def records(db: Database, ids: list[str]) -> Iterator[Record]:
    """The stored records of these ids, in order of id: as their source gave them, with what merged records fill."""
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        parts: dict[str, dict[str, list[rows.Row]]] = {record_id: {} for record_id in chunk}
        for table in _PARTS:
            order = "position" if table in ("headings", "citations", "notices") else None
            for row in db.table(table).rows_where(f"record_id IN ({marks})", chunk, order_by=order):
                parts[row["record_id"]].setdefault(table, []).append(row)
        for row in list(db.table("records").rows_where(f"id IN ({marks})", chunk, order_by="id")):
            yield rows.record_from_rows(row, parts[row["id"]])


def content_hashes(db: Database, ids: list[str]) -> dict[str, str]:
    """id -> content hash."""
    hashes: dict[str, str] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        marks = ",".join("?" * len(chunk))
        for row in db.table("records").rows_where(f"id IN ({marks})", chunk, select="id, content_hash"):
            hashes[row["id"]] = row["content_hash"]
    return hashes


def crawl(db: Database, crawl_id: int) -> rows.Row:
    """One row of `crawls`."""
    return dict(db.table("crawls").get(crawl_id))
