"""Links that pass from one record to another: notices on a report, and the preprint and the article of one report."""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils import Database

from crawler.linking.links import AMONG, Row, rows_of

#: kinds of notice that belong to the study of the work they are about; a comment is somebody else's
NOTICES = (
    "retraction",
    "partial-retraction",
    "withdrawal",
    "expression-of-concern",
    "correction",
    "republication",
)
WEIGHT = 0.95  # of a link that is passed on


def neighbours(db: Database, ids: Iterable[str]) -> list[Row]:
    """Pairs (kind, affected, notice) of records that are both here, one of them among `ids`."""
    wanted = sorted(set(ids))
    dois = {
        f"doi:{row['doi']}"
        for row in rows_of(db, f"SELECT doi FROM records WHERE doi IS NOT NULL AND id {AMONG}", wanted)
    }
    kinds = ", ".join(f"'{kind}'" for kind in (*NOTICES, "update"))
    rows = rows_of(
        db,
        f"""SELECT DISTINCT kind, affected_id AS affected, notice_id AS notice FROM notices
        WHERE kind IN ({kinds}) AND affected_id IS NOT NULL AND notice_id IS NOT NULL
        AND (affected_id {AMONG} OR notice_id {AMONG})""",
        [*wanted, *dois],
    )  # fmt: skip
    ends = {end for row in rows for end in (row["affected"], row["notice"])}
    here = _resolve(db, ends)
    return [
        {"kind": row["kind"], "affected": affected, "notice": notice}
        for row in rows
        for affected in here.get(row["affected"], ())
        for notice in here.get(row["notice"], ())
        if affected != notice
    ]


def _resolve(db: Database, works: set[str]) -> dict[str, list[str]]:
    """Work as a notice names it ("pubmed:1", "doi:10.1/x") -> the records here that are this work."""
    found = {row["id"]: [row["id"]] for row in rows_of(db, f"SELECT id FROM records WHERE id {AMONG}", works)}
    dois = [work.partition(":")[2] for work in works if work.startswith("doi:")]
    for row in rows_of(db, f"SELECT id, doi FROM records WHERE doi {AMONG} ORDER BY id", dois):
        found.setdefault(f"doi:{row['doi']}", []).append(row["id"])
    return found


def versions(pairs: Iterable[Row], kinds: dict[str, str]) -> dict[str, set[str]]:
    """Record -> the other versions of its report: preprint and article. A newer version of a review is another work."""
    found: dict[str, set[str]] = {}
    for pair in pairs:
        ends = (pair["affected"], pair["notice"])
        if pair["kind"] == "update" and sorted(kinds.get(end, "") for end in ends) == ["article", "preprint"]:
            for one, other in (ends, ends[::-1]):
                found.setdefault(one, set()).add(other)
    return found
