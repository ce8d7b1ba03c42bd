"""What the page of a record says of its notices, in plain words: what became of the work, who says so, who disagrees."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from datasette_config import labels

Row = dict[str, Any]

NOTICES = """
SELECT * FROM work_notices WHERE id IN (
    SELECT id FROM found_notices WHERE work_id = :shown UNION SELECT id FROM found_notices WHERE notice_id = :shown)
ORDER BY kind = 'comment', date IS NULL, date, id"""
ABOUT_UNNAMED = """
SELECT kind, citation, date, source FROM notices
WHERE record_id = :id AND affected_id IS NULL ORDER BY position"""
CITES_RETRACTED = "SELECT * FROM cites_retracted WHERE record_id = :shown ORDER BY date, cited_id"
SOURCES = "SELECT * FROM work_sources WHERE record_id = :shown ORDER BY shown DESC, source, source_record_id"

#: what a record is, that is itself a notice
_IS_NOTICE = {
    "retraction": "Retraction notice for",
    "partial-retraction": "Notice of partial retraction of",
    "withdrawal": "Notice of withdrawal of",
    "expression-of-concern": "Expression of concern about",
    "correction": "Correction of",
    "republication": "Corrected republication of",
    "update": "Newer version of",
    "reinstatement": "Notice of reinstatement of",
    "comment": "Comment on",
}


async def read(rows: Callable[..., Awaitable[list[Row]]], record: Row) -> dict[str, Any]:
    """What the record's page is given: `notices`, `comments`, `cites_retracted`, `sources`.

    `rows(sql, shown=…)` runs SQL with `:id` and `:shown`, the record that is shown for the work.
    """
    shown = record["merged_into"] or record["id"]
    found = [told(row, shown) for row in await rows(NOTICES, shown=shown)]
    unnamed = [_unnamed(row) for row in await rows(ABOUT_UNNAMED, shown=shown)]
    return {
        "notices": [row for row in (*found, *unnamed) if row["kind"] != "comment"],
        "comments": [row for row in (*found, *unnamed) if row["kind"] == "comment"],
        "cites_retracted": await rows(CITES_RETRACTED, shown=shown),
        "sources": await rows(SOURCES, shown=shown),
    }


def told(row: Row, shown: str) -> Row:
    """A row of `work_notices` as the page of the work `shown` tells it: a heading, and the other work.

    >>> row = {"kind": "update", "work_id": "pubmed:1", "work_kind": "preprint", "notice_id": "pubmed:2",
    ...        "notice_title": "T", "title": None, "sources": '["pubmed"]', "citation": None}
    >>> told(row, "pubmed:1")["heading"], told(row, "pubmed:2")["heading"]
    ('Published as an article', 'Published version of the preprint')
    """
    affected = row["work_id"] == shown
    of_preprint = row["kind"] == "update" and is_preprint(row)
    if affected:
        heading = "Published as an article" if of_preprint else labels.NOTICES.get(row["kind"])
        other, title = row["notice_id"], row["notice_title"]
    else:
        heading = "Published version of the preprint" if of_preprint else _IS_NOTICE.get(row["kind"])
        other, title = row["work_id"], row["title"]
    return row | {
        "heading": heading or labels.words(row["kind"]), "affected": affected, "title": title,
        "other": None if other == shown else other, "sources": [labels.source(one) for one in json.loads(row["sources"])],
    }  # fmt: skip


def is_preprint(row: Row) -> bool:
    """Whether the older version is a preprint: its kind if it is here, else the server's name in the citation."""
    cited = (row["citation"] or "").casefold()
    return row["work_kind"] == "preprint" or cited.startswith(labels.PREPRINT_SERVERS)


def _unnamed(row: Row) -> Row:
    heading = _IS_NOTICE.get(row["kind"]) or labels.words(row["kind"])
    return row | {
        "heading": heading, "affected": False, "other": None, "title": None, "sources": [labels.source(row["source"])],
        "disagreement": None, "decision": None, "reason": None, "unnamed": True,
    }  # fmt: skip
