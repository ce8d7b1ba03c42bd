"""Writing what a crawl brings, in the caller's transaction (`with db.atomic(): …`).

A record is written only if its content or the rules that tag it changed; what changed is kept in `revisions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from store import filled, rows
from store.records import Checkpoint, Deletion, Record, Reject, Tag
from store.writing import insert_rows, upsert_rows

_PARTS = ("identifiers", "headings", "publications", "registrations", "tags")
_EDGES = ("citations", "notices")
_REVISED_PARTS = ("publications", "registrations")
# what saving itself sets, or what changes without saying anything
_NOT_REVISIONS = {
    "record_id", "first_seen", "last_changed", "crawl_id", "content_hash", "rules_version", "year", "revised",
    "last_update_posted",
}  # fmt: skip
_PAYLOAD_CHARACTERS = 2000


@dataclass(slots=True)
class TaggedRecord:
    """A record with its tags, ready to be written. `facets` is what the tags say in short (see `rows.FACETS`)."""

    record: Record
    content_hash: str
    tags: list[Tag] = field(default_factory=list)
    facets: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """How many records a crawl brought, by what they were to us."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0

    @property
    def fetched(self) -> int:
        return self.new + self.changed + self.unchanged + self.rejected

    def add(self, other: Counts) -> None:
        self.new += other.new
        self.changed += other.changed
        self.unchanged += other.unchanged
        self.rejected += other.rejected


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every row of one batch carries: when (ISO-8601, UTC), in which crawl, tagged by which rules."""

    now: str
    crawl_id: int | None
    rules_version: str


def is_current(db: Database, record_id: str, content_hash: str, rules_version: str) -> bool:
    """Whether the database holds this very content, tagged by these very rules."""
    found = db.execute(
        "SELECT 1 FROM records WHERE id = ? AND content_hash = ? AND rules_version = ?",
        (record_id, content_hash, rules_version),
    )
    return found.fetchone() is not None


def _existing(db: Database, table: str, key: str, ids: Sequence[str]) -> dict[str, rows.Row]:
    marks = ",".join("?" * len(ids))
    return {row[key]: row for row in db.table(table).rows_where(f"{key} IN ({marks})", ids)}


def _further_tags(db: Database, ids: Sequence[str]) -> dict[str, rows.Row]:
    if not ids:
        return {}
    marks = ",".join("?" * len(ids))
    wanted = "record_id, dimension, value"
    return rows.further_values(db.table("tags").rows_where(f"record_id IN ({marks})", ids, select=wanted))


def _revisions(
    before: Iterable[rows.Row], after: Iterable[rows.Row], stamp: Stamp, record_id: str
) -> list[rows.Row]:
    """Rows for what differs between two rows of the same tables, column by column."""
    old = {name: value for row in before for name, value in row.items()}
    return [
        {
            "record_id": record_id, "changed": stamp.now, "crawl_id": stamp.crawl_id, "field": name,
            "old": _text(old.get(name)), "new": _text(value),
        }
        for row in after
        for name, value in row.items()
        if name not in _NOT_REVISIONS and old.get(name) != value
    ]  # fmt: skip


def _text(value: Any) -> str | None:
    return None if value is None else str(int(value) if isinstance(value, bool) else value)


def _replace_parts(db: Database, table: str, known: Sequence[str], new_rows: list[rows.Row]) -> None:
    if known:
        db.execute(f"DELETE FROM {table} WHERE record_id IN ({','.join('?' * len(known))})", known)
    insert_rows(db, table, new_rows)


def _replace_edges(
    db: Database, table: str, known: Sequence[str], new_rows: list[rows.Row], now: str
) -> None:
    """Replace what records say of other works, keeping when each statement was first seen."""
    says = "relation" if table == "citations" else "kind"
    to = ("cited_id", "citation") if table == "citations" else ("affected_id", "notice_id", "citation")

    def statement(row: rows.Row) -> tuple[Any, ...]:
        return (row["record_id"], row["source"], row[says], *(row[column] for column in to))

    marks = ",".join("?" * len(known))
    seen = {
        statement(row): row["first_seen"]
        for row in db.table(table).rows_where(f"record_id IN ({marks})", known)
    }
    _replace_parts(
        db, table, known, [row | {"first_seen": seen.get(statement(row), now)} for row in new_rows]
    )


def save_records(db: Database, batch: Iterable[TaggedRecord], stamp: Stamp) -> Counts:
    """Write the batch's records with all that hangs on them.

    Of one record sent twice the later counts, unless the earlier is of a higher version (PubMed gives several versions
    of one PMID in any order; NLM: keep the highest). Returns how many were new, changed or unchanged.
    """
    latest = _latest(batch)
    old_rows = _existing(db, "records", "id", list(latest))
    old_parts = {table: _existing(db, table, "record_id", list(old_rows)) for table in _REVISED_PARTS}
    counts = Counts(unchanged=_drop_older_versions(latest, old_parts["publications"]))
    known = [record_id for record_id in old_rows if record_id in latest]
    old_tags = _further_tags(db, known)
    borrowed = filled.fields_of(db, known)
    arrived: dict[str, list[str]] = {}
    new_rows: dict[str, list[rows.Row]] = {table: [] for table in ("records", "revisions", *_PARTS, *_EDGES)}
    for record_id, tagged in latest.items():
        old = old_rows.get(record_id)
        content_changed = old is None or old["content_hash"] != tagged.content_hash
        counts.new += old is None
        counts.changed += old is not None and content_changed
        counts.unchanged += not content_changed
        own = _own_rows(tagged, stamp.rules_version)
        if old is not None:
            old_values, new_values = old_tags.get(record_id, {}), rows.further_values(own["tags"])
            parts = {table: part[record_id] for table, part in old_parts.items() if record_id in part}
            fields = borrowed.get(record_id, {})
            before = [*filled.as_given(old, parts, fields), old_values]
            after = [own["records"][0], *(own[table][0] for table in _REVISED_PARTS if own[table])]
            after.append(dict.fromkeys(old_values) | new_values.get(record_id, {}))
            new_rows["revisions"] += _revisions(before, after, stamp, record_id)
            if fields:
                arrived[record_id] = filled.carry_over(own, old, parts.get("publications"), fields)
        own["records"][0] |= {
            "first_seen": old["first_seen"] if old else stamp.now,
            "last_changed": old["last_changed"] if old and not content_changed else stamp.now,
            "crawl_id": old["crawl_id"] if old else stamp.crawl_id,
            "rules_version": stamp.rules_version,
            "content_hash": tagged.content_hash,
        }
        for table, table_rows in own.items():
            new_rows[table] += table_rows
    upsert_rows(db, "records", new_rows["records"], keys=["id"])
    for table in _PARTS:
        _replace_parts(db, table, known, new_rows[table])
    for table in _EDGES:
        _replace_edges(db, table, known, new_rows[table], stamp.now)
    insert_rows(db, "revisions", new_rows["revisions"])
    filled.forget(db, arrived)
    return counts


def _latest(batch: Iterable[TaggedRecord]) -> dict[str, TaggedRecord]:
    latest: dict[str, TaggedRecord] = {}
    for tagged in batch:
        known = latest.get(tagged.record.id)
        if known is None or _version(tagged) >= _version(known):
            latest[tagged.record.id] = tagged
    return latest


def _version(tagged: TaggedRecord) -> int:
    publication = tagged.record.publication
    return (publication.version or 0) if publication else 0


def _drop_older_versions(latest: dict[str, TaggedRecord], stored: dict[str, rows.Row]) -> int:
    """Take out what is stored in a higher version; returns how many."""
    older = [
        record_id for record_id, row in stored.items() if (row["version"] or 0) > _version(latest[record_id])
    ]
    for record_id in older:
        del latest[record_id]
    return len(older)


def _own_rows(tagged: TaggedRecord, rules_version: str) -> dict[str, list[rows.Row]]:
    record = tagged.record
    return rows.part_rows(record) | {
        "records": [rows.record_row(record, tagged.facets)],
        "tags": rows.tag_rows(record.id, tagged.tags, rules_version),
        "citations": rows.citation_rows(record),
        "notices": rows.notice_rows(record),
    }


def save_tags(db: Database, batch: Iterable[TaggedRecord], stamp: Stamp) -> int:
    """Write new tags of stored records whose content is as it was. Returns in how many a tag's value changed."""
    latest = {tagged.record.id: tagged for tagged in batch}
    old_rows = _existing(db, "records", "id", list(latest))
    old_tags = _further_tags(db, list(old_rows))
    new_tags: list[rows.Row] = []
    changed = 0
    for record_id, old in old_rows.items():
        tagged = latest[record_id]
        facets = rows.facet_columns(tagged.facets)
        own_tags = rows.tag_rows(record_id, tagged.tags, stamp.rules_version)
        old_values = old_tags.get(record_id, {})
        new_values = dict.fromkeys(old_values) | rows.further_values(own_tags).get(record_id, {})
        revisions = _revisions([old, old_values], [facets, new_values], stamp, record_id)
        if revisions:
            changed += 1
            db.table("revisions").insert_all(revisions)
        db.table("records").update(record_id, facets | {"rules_version": stamp.rules_version})
        new_tags += own_tags
    _replace_parts(db, "tags", list(old_rows), new_tags)
    return changed


def save_deletions(db: Database, deletions: Iterable[Deletion], stamp: Stamp) -> int:
    """Mark records that their source withdrew from itself. Nothing is removed. Returns how many changed."""
    changed = 0
    for deletion in deletions:
        for row in db.table("records").rows_where("id = ? AND status IS NOT 'deleted'", [deletion.id]):
            # the hash is emptied so that a record that comes back is seen as changed
            update = {"status": "deleted", "last_changed": stamp.now, "content_hash": ""}
            db.table("records").update(deletion.id, update)
            db.table("revisions").insert_all(_revisions([row], [{"status": "deleted"}], stamp, deletion.id))
            changed += 1
    return changed


def save_rejects(db: Database, rejects: Iterable[Reject], stamp: Stamp) -> int:
    """Keep what could not be read, once each, with when it was first and last seen. Returns how many came."""
    came = 0
    for reject in rejects:
        payload = reject.payload[:_PAYLOAD_CHARACTERS] if reject.payload else None
        db.execute(
            """INSERT INTO rejects (source, native_id, reason, detail, payload, crawl_id, first_seen, last_seen)
            VALUES (:source, :native_id, :reason, :detail, :payload, :crawl_id, :now, :now)
            ON CONFLICT DO UPDATE SET last_seen = excluded.last_seen, crawl_id = excluded.crawl_id,
            detail = excluded.detail""",
            {
                "source": reject.source, "native_id": reject.native_id, "reason": reject.reason,
                "detail": reject.detail, "payload": payload, "crawl_id": stamp.crawl_id, "now": stamp.now,
            },
        )  # fmt: skip
        came += 1
    return came


def save_checkpoint(db: Database, source: str, checkpoint: Checkpoint, crawl_id: int | None) -> None:
    """Move a watermark, forward only: what was covered once stays covered."""
    db.execute(
        """INSERT INTO watermarks (source, stream, value, crawl_id) VALUES (?, ?, ?, ?)
        ON CONFLICT (source, stream) DO UPDATE SET value = excluded.value, crawl_id = excluded.crawl_id
        WHERE excluded.value > value""",
        (source, checkpoint.stream, checkpoint.value, crawl_id),
    )


def save_watched(db: Database, drugs: Iterable[str], indications: Iterable[str]) -> None:
    """Make `watched` say what this topic watches: views filter by it."""
    wanted = {("drug", drug) for drug in drugs} | {("indication", indication) for indication in indications}
    if {(row["dimension"], row["value"]) for row in db.table("watched").rows} != wanted:
        db.execute("DELETE FROM watched")
        db.table("watched").insert_all(
            [{"dimension": dimension, "value": value} for dimension, value in sorted(wanted)]
        )


def start_crawl(db: Database, source: str, now: str, **columns: Any) -> int:
    """Open a row in `crawls` (by name `command`, `window`, `versions`) and return its id.

    A row that a killed run of this source left open is closed as interrupted.
    """
    db.execute("UPDATE crawls SET outcome = 'interrupted' WHERE source = ? AND outcome IS NULL", (source,))
    row = {"source": source, "started": now} | columns
    crawl_id = db.table("crawls").insert(row).last_rowid
    assert crawl_id is not None
    return crawl_id


def finish_crawl(db: Database, crawl_id: int, counts: Counts, **columns: Any) -> None:
    """Close a row in `crawls`: counts, and by name `query`, `reported`, `outcome`, `error`, `finished`."""
    db.table("crawls").update(
        crawl_id,
        columns
        | {
            "fetched": counts.fetched, "new": counts.new, "changed": counts.changed,
            "unchanged": counts.unchanged, "rejected": counts.rejected,
        },
    )  # fmt: skip
