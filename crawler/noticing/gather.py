"""Keeping `found_notices` and `records.standing` what the sources and people say, for the works that are touched."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from crawler.noticing import statements as reading
from crawler.noticing.aliases import canonical, names_of
from crawler.noticing.decisions import disputed
from crawler.noticing.groups import Group, bring_together, standing_of
from store.rows import to_json

_CHUNK = 500
_SHOWN = """SELECT DISTINCT coalesce(merged_into, id) AS id FROM records WHERE id IN (SELECT value FROM json_each(?))"""
_SAID = "SELECT DISTINCT affected_id AS id FROM notices WHERE affected_id IS NOT NULL AND record_id IN (SELECT value FROM json_each(?))"
_SAID_BEFORE = (
    "SELECT DISTINCT work_id AS id FROM notice_sayers WHERE record_id IN (SELECT value FROM json_each(?))"
)
_INVOLVED = """SELECT affected_id AS id FROM notices WHERE affected_id IN (SELECT value FROM json_each(:names))
UNION SELECT work_id FROM found_notices WHERE work_id IN (SELECT value FROM json_each(:names))
UNION SELECT work_id FROM found_notices WHERE notice_id IN (SELECT value FROM json_each(:names))
UNION SELECT affected_id FROM notices
    WHERE notice_id IN (SELECT value FROM json_each(:names)) AND affected_id IS NOT NULL
UNION SELECT alias FROM notice_aliases WHERE work_id IN (SELECT value FROM json_each(:names))
UNION SELECT work_id FROM notice_aliases WHERE alias IN (SELECT value FROM json_each(:names))
UNION SELECT id FROM records WHERE id IN (SELECT value FROM json_each(:names))
    AND status IN ('retracted', 'withdrawn', 'partial-retraction', 'expression-of-concern')"""
_RENAME = (
    "UPDATE found_notices SET notice_id = :new WHERE work_id = :work AND kind = :kind AND notice_id = :old"
)
_RENAME_DECISIONS = """UPDATE notice_decisions SET notice_id = :new WHERE kind = :kind AND notice_id = :old
    AND (work_id = :work OR work_id IN (SELECT id FROM records WHERE merged_into = :work))"""
_COMPARED = ("date", "sources", "citation", "reason", "disagreement", "first_seen")


def gather_notices(db: Database, record_ids: Sequence[str]) -> None:
    """Gather anew the notices on these records, and on the works that these records speak of. In the caller's
    transaction.
    """
    for start in range(0, len(record_ids), _CHUNK):
        ids = list(record_ids[start : start + _CHUNK])
        marker = json.dumps(ids)
        said = _ids(db, _SAID, marker) | _ids(db, _SAID_BEFORE, marker)
        names = {
            *ids,
            *(alias for aliases in names_of(db, _ids(db, _SHOWN, marker)).values() for alias in aliases),
        }
        marker = json.dumps(sorted(names))
        involved = {row["id"] for row in db.query(_INVOLVED, {"names": marker})} | _listed(db, names)
        if works := said | involved:
            gather_works(db, works)


def _listed(db: Database, names: Iterable[str]) -> set[str]:
    """Those of these names that a list reports on."""
    if not db.execute("SELECT 1 FROM reported_notices LIMIT 1").fetchone():
        return set()
    return {alias for row in reading.reported(db, names) for alias in row["aliases"] if alias in set(names)}


def _ids(db: Database, sql: str, marker: str) -> set[str]:
    return {row["id"] for row in db.query(sql, [marker])}


def gather_works(db: Database, works: Iterable[str]) -> None:
    """Gather anew the notices on works, by any of their names. A name that is another's alias loses what it had."""
    given = set(works)
    names = _own_names(db, set(canonical(db, given).values()))
    stated: dict[str, list[reading.Statement]] = {}
    for one in reading.read(db, names):
        stated.setdefault(one.work, []).append(one)
    involved = given | set(names)
    marker = json.dumps(sorted(involved))
    stored: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}
    for row in db.table("found_notices").rows_where("work_id IN (SELECT value FROM json_each(?))", [marker]):
        stored.setdefault(row["work_id"], {})[row["kind"], row["notice_id"]] = row
    if not stated and not stored:
        return
    here = _sources_here(db, stated)
    groups = {work: bring_together(said, here.get(work, ())) for work, said in stated.items()}
    for work in stored.keys() | groups.keys():
        _write(db, work, groups.get(work, []), stored.get(work, {}))
        _write_names(db, work, stated.get(work, []), names.get(work, set()))
    _write_standings(db, stored.keys() | groups.keys(), groups)


def _own_names(db: Database, works: Iterable[str]) -> dict[str, set[str]]:
    """Each work -> the names that lead to it; one that two works share (a notice with its article's DOI) leads to one."""
    names = names_of(db, works)
    leads = canonical(db, {alias for aliases in names.values() for alias in aliases})
    return {work: {alias for alias in aliases if leads[alias] == work} for work, aliases in names.items()}


def _sources_here(db: Database, works: Mapping[str, object]) -> dict[str, set[str]]:
    """work -> the services that have a record of it and that state notices."""
    sql = """SELECT coalesce(merged_into, id) AS work, source FROM records
        WHERE (id IN (SELECT value FROM json_each(:ids)) OR merged_into IN (SELECT value FROM json_each(:ids)))
        AND source IN ('pubmed', 'crossref', 'europepmc') AND status IS NOT 'deleted'"""
    found: dict[str, set[str]] = {}
    for row in db.query(sql, {"ids": json.dumps(sorted(works))}):
        found.setdefault(row["work"], set()).add(row["source"])
    return found


def _write(
    db: Database, work: str, groups: Sequence[Group], stored: Mapping[tuple[str, str], dict[str, Any]]
) -> None:
    table = db.table("found_notices")
    stored = _renamed(db, work, groups, stored)
    for key in stored.keys() - {(group.kind, group.notice) for group in groups}:
        table.delete(stored[key]["id"])
    for group in groups:
        row = {
            "work_id": work, "kind": group.kind, "notice_id": group.notice, "date": group.date,
            "sources": to_json(group.sources), "citation": group.first("citation"), "reason": group.first("reason"),
            "disagreement": group.disagreement, "first_seen": group.first_seen,
        }  # fmt: skip
        old = stored.get((group.kind, group.notice))
        if old is None:
            table.insert(row)
        elif any(old[name] != row[name] for name in _COMPARED):
            table.update(old["id"], {name: row[name] for name in _COMPARED})


def _renamed(
    db: Database, work: str, groups: Sequence[Group], stored: Mapping[tuple[str, str], dict[str, Any]]
) -> dict[tuple[str, str], dict[str, Any]]:
    """The stored rows, those under their new key whose notice was named only now; people's decisions follow."""
    keys = {(group.kind, group.notice) for group in groups}
    names = canonical(db, {notice for _, notice in stored if notice})
    kept = dict(stored)
    for kind, notice in sorted(stored.keys() - keys):
        named = sorted(key for key in keys if key[0] == kind and names.get(notice, key[1]) == key[1])
        if not named:
            continue
        change = {"new": named[0][1], "work": work, "kind": kind, "old": notice}
        if named[0] not in kept:
            kept[named[0]] = kept.pop((kind, notice))
            db.execute(_RENAME, change)
        db.execute(_RENAME_DECISIONS, change)
    return kept


def _write_names(db: Database, work: str, stated: Sequence[reading.Statement], names: Iterable[str]) -> None:
    """Remember by what names the work is cited, and which records speak of it: their silence must be noticed later."""
    db.execute("DELETE FROM notice_aliases WHERE work_id = ?", (work,))
    db.execute("DELETE FROM notice_sayers WHERE work_id = ?", (work,))
    if stated:
        db.execute(
            """UPDATE notice_decisions SET work_id = ? WHERE work_id IN (SELECT value FROM json_each(?))
            AND NOT EXISTS (SELECT 1 FROM records WHERE records.id = work_id)""",
            (work, json.dumps(sorted(names))),
        )
        db.conn.executemany(
            "INSERT INTO notice_aliases (alias, work_id) VALUES (?, ?)",
            [(name, work) for name in sorted(names)],
        )
        sayers = sorted({one.record_id for one in stated if one.record_id})
        db.conn.executemany(
            "INSERT INTO notice_sayers (record_id, work_id) VALUES (?, ?)",
            [(sayer, work) for sayer in sayers],
        )


def _write_standings(db: Database, works: Iterable[str], groups: Mapping[str, Sequence[Group]]) -> None:
    works = sorted(works)
    said = disputed(db, works)
    for work in works:
        left = [group for group in groups.get(work, ()) if (work, group.kind, group.notice) not in said]
        db.execute(
            "UPDATE records SET standing = :standing WHERE id = :id AND standing IS NOT :standing",
            {"standing": standing_of(work, left), "id": work},
        )
