"""A shown record's empty fields, filled from the records merged into it; and emptied again when they go."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlite_utils import Database

from store import filled
from store.rows import Row, year_of

_EMPTY_PUBLICATION = {"languages": "[]", "history": "{}", "grants": "[]"}


def fill(db: Database, groups: Sequence[Sequence[str]]) -> list[str]:
    """Give each group's first record what it lacks, from the others in their order; take back what nobody gives now.

    `groups`: record ids, the shown one first; a record alone loses what it had borrowed. A field that the record's
    own source gives is never touched. Returns the ids of the records whose shown abstract changed.
    """
    everyone = [record_id for group in groups for record_id in group]
    borrowed = filled.fields_of(db, everyone)
    involved = [group for group in groups if len(group) > 1 or borrowed.keys() & set(group)]
    if not involved:
        return []
    marker = json.dumps([record_id for group in involved for record_id in group])
    records = _by(db, "records", "id", marker)
    publications = _by(db, "publications", "record_id", marker)
    changed = []
    for group in involved:
        own = {one: filled.own_record(records[one], borrowed.get(one, {})) for one in group}
        parts = {one: filled.own_publication(publications.get(one), borrowed.get(one, {})) for one in group}
        for place, one in enumerate(group):
            givers = group[1:] if place == 0 else ()
            row, fields = _filled_record(own, one, givers)
            part, more = _filled_publication(parts, one, givers)
            _write_record(db, records[one], row)
            _write_publication(db, publications.get(one), part)
            _write_fields(db, one, borrowed.get(one, {}), fields | more)
            if row["abstract"] != records[one]["abstract"]:
                changed.append(one)
    return changed


def _by(db: Database, table: str, key: str, marker: str) -> dict[str, Row]:
    listed = " IN (SELECT value FROM json_each(?))"
    return {row[key]: row for row in db.table(table).rows_where(key + listed, [marker])}


def _filled_record(own: dict[str, Row], one: str, givers: Sequence[str]) -> tuple[Row, dict[str, str]]:
    row, fields = dict(own[one]), {}
    for name in (name for name in filled.RECORD_FIELDS if filled.is_empty(row[name])):
        giver = next((giver for giver in givers if not filled.is_empty(own[giver][name])), None)
        if giver:
            row[name], fields[name] = own[giver][name], giver
    row["year"] = year_of(row["published"])
    return row, fields


def _filled_publication(
    parts: dict[str, Row | None], one: str, givers: Sequence[str]
) -> tuple[Row | None, dict[str, str]]:
    giving = [(giver, part) for giver in givers if (part := parts[giver])]
    fields: dict[str, str] = {}
    row: Row = dict(parts[one] or {})
    for name in (name for name in filled.PUBLICATION_FIELDS if filled.is_empty(row.get(name))):
        given = next(((giver, part[name]) for giver, part in giving if not filled.is_empty(part[name])), None)
        if given:
            fields[f"{filled.PUBLICATION}.{name}"], row[name] = given
    if parts[one] is None and fields:
        fields[filled.PUBLICATION] = min(fields.values())
        row = {"record_id": one} | _EMPTY_PUBLICATION | row
    return (row or None), fields


def _write_record(db: Database, old: Row, new: Row) -> None:
    update = {name: value for name, value in new.items() if old[name] != value}
    if update:
        db.table("records").update(old["id"], update)


def _write_publication(db: Database, old: Row | None, new: Row | None) -> None:
    if new == old:
        return
    table = db.table("publications")
    if new is None and old is not None:
        table.delete(old["record_id"])
    elif new is not None and old is None:
        table.insert(new)
    elif new is not None and old is not None:
        table.update(old["record_id"], {name: value for name, value in new.items() if old[name] != value})


def _write_fields(db: Database, record_id: str, old: dict[str, str], new: dict[str, str]) -> None:
    if old != new:
        db.execute("DELETE FROM record_fields WHERE record_id = ?", (record_id,))
        rows = [{"record_id": record_id, "field": name, "from_id": giver} for name, giver in new.items()]
        db.table("record_fields").insert_all(rows)
