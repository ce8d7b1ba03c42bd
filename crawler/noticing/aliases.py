"""One name for a work that sources name by PMID, DOI or record id.

A work that is here is called by the record that is shown for it; any other by the id that was stated ("pubmed:123",
"doi:10.1/x").
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlite_utils import Database

_BY_KEY = """SELECT work_keys.key, coalesce(records.merged_into, records.id) AS shown, records.id
FROM work_keys JOIN records ON records.id = work_keys.record_id
WHERE work_keys.key IN (SELECT value FROM json_each(?)) ORDER BY records.kind = 'news', records.id"""
_BY_ID = (
    "SELECT id, coalesce(merged_into, id) AS shown FROM records WHERE id IN (SELECT value FROM json_each(?))"
)
_OF = """SELECT coalesce(records.merged_into, records.id) AS shown, records.id, work_keys.key FROM records
LEFT JOIN work_keys ON work_keys.record_id = records.id AND (work_keys.key GLOB 'pmid:*' OR work_keys.key GLOB 'doi:*')
WHERE records.id IN (SELECT value FROM json_each(:ids)) OR records.merged_into IN (SELECT value FROM json_each(:ids))"""


def key_of(alias: str) -> str:
    """The row of `work_keys` that a stated id stands for: "pubmed:123" -> "pmid:123", "doi:10.1/X" -> "doi:10.1/x"."""
    scheme, _, value = alias.partition(":")
    return f"pmid:{value}" if scheme == "pubmed" else f"doi:{value.lower()}" if scheme == "doi" else alias


def alias_of(key: str) -> str:
    """The stated id that a row of `work_keys` stands for."""
    scheme, _, value = key.partition(":")
    return f"pubmed:{value}" if scheme == "pmid" else key


def canonical(db: Database, aliases: Iterable[str]) -> dict[str, str]:
    """Each stated id -> the name of its work. Of several records with one DOI the record named so itself counts first."""
    wanted = sorted(set(aliases))
    by_key: dict[str, str] = {}
    for row in db.query(_BY_KEY, [json.dumps([key_of(alias) for alias in wanted])]):
        by_key.setdefault(row["key"], row["shown"])
    by_id = {row["id"]: row["shown"] for row in db.query(_BY_ID, [json.dumps(wanted)])}
    return {alias: by_id.get(alias) or by_key.get(key_of(alias)) or _spelt(alias) for alias in wanted}


def _spelt(alias: str) -> str:
    return alias.lower() if alias.startswith("doi:") else alias


def names_of(db: Database, works: Iterable[str]) -> dict[str, set[str]]:
    """Each work -> every id by which sources may name it: its records, their PMIDs and DOIs."""
    names = {work: {work} for work in works}
    for row in db.query(_OF, {"ids": json.dumps(sorted(names))}):
        own = names.setdefault(row["shown"], {row["shown"]})
        own.add(row["id"])
        if row["key"]:
            own.add(alias_of(row["key"]))
    return names
