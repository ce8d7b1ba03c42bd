"""The names of works, brought together: a record's PMID, DOI and PMC id, its merged records, and what other sources
call it all lead to one work.

`work_names` has a row for every name that a citation mentions. `work_id` is the shown record where there is one; else
the best of the names. So views join by it and need no rules of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from store import edges

#: The surest first: a bare work goes by the best of its names.
SCHEMES = ("pubmed", "doi", "pmcid", "europepmc", "openalex", "s2")
_CHUNK = 500
_IN = "IN (SELECT value FROM json_each(?))"


def preference(name: str) -> tuple[int, str]:
    """Sorts names of one work, the best first."""
    scheme = name.partition(":")[0]
    return SCHEMES.index(scheme) if scheme in SCHEMES else len(SCHEMES), name


def add_names(db: Database, names: Iterable[str]) -> None:
    """Make sure that each name is known; a new one is a work of its own."""
    db.conn.executemany("INSERT OR IGNORE INTO work_names VALUES (?, ?)", ((name, name) for name in names))


def work_of(db: Database, name: str) -> str:
    """The work that a name means; the name itself if it is not known."""
    found = db.execute("SELECT work_id FROM work_names WHERE name = ?", (name,)).fetchone()
    return str(found[0]) if found else name


def is_record(db: Database, work_id: str) -> bool:
    """Whether a work is a record here."""
    return db.execute("SELECT 1 FROM records WHERE id = ?", (work_id,)).fetchone() is not None


def unite(db: Database, names: Sequence[str]) -> str:
    """Say that these names are of one work; returns its id.

    Names that already lead to different records, or to different PMIDs, stay apart: whether records are one work is
    for merging to decide, and a source that mixes up two works must not mix up ours.
    """
    held = _works(db, names)
    works = set(held.values())
    shown = sorted(work for work in works if is_record(db, work))
    pmids = {one for one in works | set(names) if one.startswith("pubmed:")} - {
        name for name, work in held.items() if work in shown
    }
    if len(shown) > 1 or len(pmids | set(shown)) > 1:
        add_names(db, names)
        return next((held[name] for name in names if held.get(name) in shown), held.get(names[0], names[0]))
    best = shown[0] if shown else min(works | set(names), key=preference)
    for other in sorted(works - {best}):
        _move(db, other, best)
    _lead(db, {*names, best}, best)
    if shown:
        _forget_bare(db, shown)
    edges.rebuild(db, works | {best} if works - {best} else ())
    return best


def name_records(db: Database, record_ids: Sequence[str]) -> None:
    """Let every name of these records, of those merged with them, and of what they cite, lead to its work."""
    for start in range(0, len(record_ids), _CHUNK):
        chunk = json.dumps(list(record_ids[start : start + _CHUNK]))
        db.execute(
            f"""INSERT OR IGNORE INTO work_names
            SELECT DISTINCT cited_id, cited_id FROM citations WHERE cited_id IS NOT NULL AND record_id {_IN}""",
            (chunk,),
        )
        shown = _family(db, chunk)
        edges.rebuild(db, _name(db, shown))
        edges.rebuild_cited(db, shown.values())


def _family(db: Database, chunk: str) -> dict[str, str]:
    """Record -> the record shown for it: of these, those merged with them, and those that were."""
    sql = """WITH given AS (SELECT value AS id FROM json_each(?1)),
        family AS (
            SELECT id FROM given
            UNION SELECT merged_into FROM records WHERE id IN given AND merged_into IS NOT NULL
            UNION SELECT id FROM records WHERE merged_into IN given
            UNION SELECT records.id FROM work_names JOIN records ON records.id = name WHERE work_id IN given)
        SELECT records.id, coalesce(merged_into, records.id) FROM records JOIN family ON family.id = records.id"""
    return {str(record_id): str(shown) for record_id, shown in db.execute(sql, (chunk,)).fetchall()}


def _name(db: Database, shown: dict[str, str]) -> set[str]:
    """Name these records (record -> the one shown for it); returns the works that lost or won names of others."""
    moved: set[str] = set()
    owned = _own_names(db, list(shown))
    held = _works(db, [name for names in owned.values() for name in names])
    for record_id, names in owned.items():
        best = shown[record_id]
        if (now := work_of(db, record_id)) != best:
            moved |= {now, best}
        _lead(db, [record_id], best)
        if best != record_id:
            _move(db, record_id, best)
        for name in names:
            leads_to = held.get(name)
            if leads_to == best or (leads_to and _is_theirs(db, name, leads_to)):
                continue
            if leads_to:
                moved |= {leads_to, best}
                if not is_record(db, leads_to):
                    _move(db, leads_to, best)
            _lead(db, [name], best)
            held[name] = best
    _forget_bare(db, shown.values())
    return moved


def _own_names(db: Database, record_ids: list[str]) -> dict[str, list[str]]:
    """Record -> the names that it gives itself, beside its id."""
    names: dict[str, list[str]] = {record_id: [] for record_id in record_ids}
    sql = f"""SELECT id, 'pubmed:' || pmid FROM records WHERE pmid IS NOT NULL AND id {_IN}
        UNION SELECT id, 'doi:' || doi FROM records WHERE doi IS NOT NULL AND id {_IN}
        UNION SELECT id, 'pmcid:' || pmcid FROM records WHERE pmcid IS NOT NULL AND id {_IN}
        UNION SELECT record_id, CASE scheme WHEN 'pmid' THEN 'pubmed' WHEN 'nct-alias' THEN 'clinicaltrials'
            ELSE scheme END || ':' || value
        FROM identifiers WHERE scheme IN ('doi', 'pmid', 'pmcid', 'nct-alias') AND record_id {_IN}"""
    listed = json.dumps(record_ids)
    for record_id, name in db.execute(sql, (listed,) * 4).fetchall():
        names[record_id].append(name)
    return names


def _works(db: Database, names: Sequence[str]) -> dict[str, str]:
    sql = f"SELECT name, work_id FROM work_names WHERE name {_IN}"
    return dict(db.execute(sql, (json.dumps(list(names)),)).fetchall())


def _lead(db: Database, names: Iterable[str], work_id: str) -> None:
    db.conn.executemany(
        "INSERT INTO work_names VALUES (?, ?) ON CONFLICT DO UPDATE SET work_id = excluded.work_id",
        [(name, work_id) for name in names],
    )


def _is_theirs(db: Database, name: str, work_id: str) -> bool:
    """Whether a name that leads to a record is one that this record, or one merged with it, gives itself."""
    members = [
        row[0] for row in db.execute("SELECT id FROM records WHERE id = ?1 OR merged_into = ?1", (work_id,))
    ]
    return name in members or any(name in names for names in _own_names(db, members).values())


def _move(db: Database, work_id: str, best: str) -> None:
    """All names of a work lead to another from now on; what was known of it bare goes along."""
    db.execute("UPDATE work_names SET work_id = ? WHERE work_id = ?", (best, work_id))
    db.execute(
        """INSERT INTO bare_works SELECT ?, names, title, authors, year, venue, source, first_seen, examined
        FROM bare_works WHERE id = ?
        ON CONFLICT DO UPDATE SET title = coalesce(title, excluded.title), year = coalesce(year, excluded.year),
            venue = coalesce(venue, excluded.venue), first_seen = min(first_seen, excluded.first_seen),
            examined = coalesce(examined, excluded.examined)""",
        (best, work_id),
    )
    db.execute("DELETE FROM bare_works WHERE id = ?", (work_id,))


def _forget_bare(db: Database, record_ids: Iterable[str]) -> None:
    """What is a record now is no bare work any more."""
    db.execute(f"DELETE FROM bare_works WHERE id {_IN}", (json.dumps(sorted(set(record_ids))),))
