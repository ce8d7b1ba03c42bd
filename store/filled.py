"""Fields that a shown record's own source left empty and a merged record filled.

`record_fields` names them: a field listed there is empty at its own source, so undoing is blanking. Fields of
`publications` are written "publications.volume"; the bare name "publications" says that the whole row is borrowed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlite_utils import Database

from store.records import Record
from store.rows import Row, year_of

PUBLICATION = "publications"
RECORD_FIELDS = ("abstract", "venue", "authors", "published", "url", "doi", "pmid", "pmcid")
PUBLICATION_FIELDS = (
    "journal", "issn", "volume", "issue", "pages", "languages", "vernacular_title", "grants",
)  # fmt: skip
_LISTS = {"authors", "languages", "grants"}


def is_empty(value: object) -> bool:
    """Whether a stored value says nothing."""
    return value in (None, "", "[]", "{}")


def fields_of(db: Database, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """record id -> {field: the record that filled it}, for those of `ids` that have any."""
    found: dict[str, dict[str, str]] = {}
    where = "record_id IN (SELECT value FROM json_each(?))"
    for row in db.table("record_fields").rows_where(where, [json.dumps(list(ids))]):
        found.setdefault(row["record_id"], {})[row["field"]] = row["from_id"]
    return found


def own_record(row: Row, fields: Collection[str]) -> Row:
    """A row of `records` as its own source left it."""
    blank: Row = {name: "[]" if name in _LISTS else None for name in RECORD_FIELDS if name in fields}
    return row | blank | ({"year": None} if "published" in fields else {})


def own_publication(row: Row | None, fields: Collection[str]) -> Row | None:
    """A row of `publications` as its own source left it; None if that gave none."""
    if row is None or PUBLICATION in fields:
        return None
    names = [name for name in PUBLICATION_FIELDS if f"{PUBLICATION}.{name}" in fields]
    return row | {name: "[]" if name in _LISTS else None for name in names}


def as_given(old: Row, parts: dict[str, Row], fields: Collection[str]) -> list[Row]:
    """A record's stored rows as its own source left them: what the source's next answer is compared with.

    `parts`: its rows of `publications` and `registrations`, by table, where there are any.
    """
    given = parts | {PUBLICATION: own_publication(parts.get(PUBLICATION), fields)}
    return [own_record(old, fields), *(part for part in given.values() if part)]


def carry_over(
    own: dict[str, list[Row]], old: Row, old_publication: Row | None, fields: Collection[str]
) -> list[str]:
    """Put what others filled into the rows that a source gives anew; returns the fields that it now fills itself.

    `own`: the new rows by table, changed in place; `old`, `old_publication`: the rows as stored.
    """
    arrived = []
    record = own["records"][0]
    for name in (name for name in RECORD_FIELDS if name in fields):
        if is_empty(record[name]):
            record[name] = old[name]
        else:
            arrived.append(name)
    record["year"] = year_of(record["published"])
    if old_publication is None:
        return arrived
    if not own[PUBLICATION]:
        if PUBLICATION in fields:
            own[PUBLICATION] = [old_publication]
            return arrived
        return arrived + [
            field for field in fields if field.startswith(PUBLICATION)
        ]  # nothing left to hang on
    arrived += [PUBLICATION] if PUBLICATION in fields else []
    publication = own[PUBLICATION][0]
    for name in (name for name in PUBLICATION_FIELDS if f"{PUBLICATION}.{name}" in fields):
        if is_empty(publication[name]):
            publication[name] = old_publication[name]
        else:
            arrived.append(f"{PUBLICATION}.{name}")
    return arrived


def forget(db: Database, arrived: dict[str, list[str]]) -> None:
    """Take the fields that a source now fills itself from `record_fields`. `arrived`: record id -> fields."""
    pairs = [(record_id, field) for record_id, fields in arrived.items() for field in fields]
    db.conn.executemany("DELETE FROM record_fields WHERE record_id = ? AND field = ?", pairs)


def as_shown(db: Database, record: Record) -> Record:
    """The record with the abstract that readers see: its own, else the one that a merged record fills."""
    if record.abstract:
        return record
    found = db.execute(
        """SELECT abstract FROM records JOIN record_fields ON record_id = id AND field = 'abstract' WHERE id = ?""",
        (record.id,),
    ).fetchone()
    return replace(record, abstract=found[0]) if found else record
