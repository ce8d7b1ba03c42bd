"""Who says what of which work: the notices that records state, and the rows of lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from crawler.noticing.aliases import canonical

_STATED = """SELECT record_id, kind, affected_id, notice_id, citation, date, source, first_seen FROM notices
WHERE affected_id IN (SELECT value FROM json_each(?))"""
#: what a record's own status says where it states no notice
STATUS = {
    "retracted": "retraction",
    "withdrawn": "withdrawal",
    "partial-retraction": "partial-retraction",
    "expression-of-concern": "expression-of-concern",
}
_BY_STATUS = """SELECT id, source, status, first_seen FROM records WHERE id IN (SELECT value FROM json_each(?))
AND kind <> 'registration' AND status IN ('retracted', 'withdrawn', 'partial-retraction', 'expression-of-concern')"""
_REPORTED = """SELECT * FROM reported_notices WHERE gone_at IS NULL
    AND (affected_pmid IN (SELECT value FROM json_each(:pmids)) OR affected_doi IN (SELECT value FROM json_each(:dois)))"""


@dataclass(frozen=True, slots=True)
class Statement:
    """One source's word on one work. `notice`: the work that is the notice or newer version, None if it is not named."""

    work: str
    kind: str
    notice: str | None
    source: str
    date: str | None
    citation: str | None
    reason: str | None
    record_id: str | None  # the record that states it, None for a list
    first_seen: str


def read(db: Database, names: Mapping[str, set[str]]) -> list[Statement]:
    """Every statement on these works (work -> its names)."""
    work_of = {alias: work for work, aliases in names.items() for alias in aliases}
    stated = list(db.query(_STATED, [json.dumps(sorted(work_of))]))
    listed = reported(db, work_of)
    notices = canonical(db, {row["notice_id"] for row in (*stated, *listed) if row["notice_id"]})
    found = []
    for row in stated:
        found.append(
            Statement(
                work_of[row["affected_id"]], row["kind"], notices.get(row["notice_id"]), row["source"], row["date"],
                row["citation"], None, row["record_id"], row["first_seen"],
            )
        )  # fmt: skip
    told = {(row["record_id"], row["kind"]) for row in stated}
    for row in db.query(_BY_STATUS, [json.dumps(sorted(work_of))]):
        kind = STATUS[row["status"]]
        if (row["id"], kind) not in told:
            found.append(
                Statement(
                    work_of[row["id"]],
                    kind,
                    None,
                    row["source"],
                    None,
                    None,
                    None,
                    row["id"],
                    row["first_seen"],
                )
            )
    for row in listed:
        works = {work_of[alias] for alias in row["aliases"] if alias in work_of}
        for work in sorted(works):
            found.append(
                Statement(
                    work, row["kind"], notices.get(row["notice_id"]), row["source"], row["date"], None, row["reason"],
                    None, row["first_seen"],
                )
            )  # fmt: skip
    return found


def reported(db: Database, aliases: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of lists on works of these names, each with its `aliases` and the `notice_id` that it names."""
    pmids = [alias.partition(":")[2] for alias in aliases if alias.startswith("pubmed:")]
    dois = [alias.partition(":")[2] for alias in aliases if alias.startswith("doi:")]
    rows = []
    for row in db.query(_REPORTED, {"pmids": json.dumps(pmids), "dois": json.dumps(dois)}):
        affected = (f"pubmed:{row['affected_pmid']}", f"doi:{row['affected_doi']}")
        notice = (row["notice_pmid"] and f"pubmed:{row['notice_pmid']}") or (
            row["notice_doi"] and f"doi:{row['notice_doi']}"
        )
        rows.append(row | {"aliases": affected, "notice_id": notice or None})
    return rows
