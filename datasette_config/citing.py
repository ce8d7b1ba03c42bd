"""What the page of a record says of citations: who cites it and whom it cites, counted, and how to cite it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import Any

from datasette_config.whole import reading
from store.exports.citation import Reference, references
from store.exports.works import read_works

Row = dict[str, Any]

#: works shown of a longer list
SHOWN = 30

CITED_BY = """
SELECT citing_id, title, year, appeared, is_record, count(*) OVER () AS works, sum(is_record) OVER () AS records
FROM citing_works WHERE cited_id = :shown ORDER BY is_record DESC, appeared DESC, citing_id LIMIT :most"""
CITES = """
SELECT relation, cited_id, citation, records.title, count(*) OVER () AS works
FROM citations LEFT JOIN records ON records.id = cited_id
WHERE record_id = :id ORDER BY records.id IS NULL, position LIMIT :most"""
CITES_BY_OTHERS = """
SELECT 'cites' AS relation, cited_id, bare_works.title AS citation, cited_title AS title, count(*) OVER () AS works
FROM citing_works LEFT JOIN bare_works ON bare_works.id = cited_id
WHERE citing_id = :shown ORDER BY cited_title IS NULL, cited_id LIMIT :most"""
COUNTS = (
    "SELECT source, cited_by, counted_on FROM citation_counts_latest WHERE work_id = :shown ORDER BY source"
)


async def read(rows: Callable[..., Awaitable[list[Row]]], record: Row) -> Row:
    """What the record's page is given: `cited_by`, `cites`, `counts`. `rows(sql, **values)` runs SQL with `:id`.

    Of references the record's own list counts; without one, what other sources say. Each list is a part with the
    number of all works and where they are listed: (table, column, id).
    """
    shown = record["merged_into"] or record["id"]
    cited_by = await rows(CITED_BY, shown=shown, most=SHOWN)
    cites = await rows(CITES, most=SHOWN)
    listed = ("citations", "record_id", record["id"])
    if not cites:
        cites, listed = (
            await rows(CITES_BY_OTHERS, shown=shown, most=SHOWN),
            ("citing_works", "citing_id", shown),
        )
    return {
        "cited_by": _part(cited_by, ("citing_works", "cited_id", shown)),
        "cites": _part(cites, listed),
        "counts": await rows(COUNTS, shown=shown),
    }


def _part(works: list[Row], listed: tuple[str, str, str]) -> Row:
    table, column, work_id = listed
    return {
        "works": works, "count": works[0]["works"] if works else 0,
        "records": (works[0].get("records") if works else 0) or 0, "table": table, "filter": {column: work_id},
    }  # fmt: skip


async def how_to_cite(db: Any, record_id: str) -> dict[str, Reference]:
    """The record's work in each style, by the style's name; {} if it is not here. `db` is a Datasette database."""
    works = await reading(db, lambda own: read_works(own, [record_id]))
    if not works:
        return {}
    stated = [notice.by for notice in works[0].notices if notice.by]
    notices = await reading(db, lambda own: read_works(own, stated))
    today = datetime.now(timezone.utc).date().isoformat()
    return references(works[0], {notice.id: notice for notice in notices}, today)
