"""From the rows of a list to the works behind them: which column names a work, and when a work was last news."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Sequence

from sqlite_utils import Database

from store.exports.text import appeared, instant, updated
from store.exports.works import Work, WorkNotice, read_works, shown_ids

#: columns that name a work, the surest first: `id` last, since many tables call their row number so
RECORD_COLUMNS = ("record_id", "citing_id", "work_id", "id")
#: tables and views whose `id` names something else: a study without a registration goes by its report's id
_OTHER_IDS = ("studies",)
#: no list is taken along that is longer; its ids are all that is held in memory
MOST_WORKS = 100_000
BATCH = 200

_RECORDS = "SELECT id, source, kind, published, entered, revised FROM records WHERE id IN (SELECT value FROM json_each(?))"
_BARE = """
SELECT id, source, 'work' AS kind, CAST(year AS TEXT) AS published, NULL AS entered, NULL AS revised
FROM bare_works WHERE id IN (SELECT value FROM json_each(?))"""
_NOTICES = """
SELECT work_id, kind, date FROM work_notices
WHERE id IN (SELECT id FROM found_notices WHERE work_id IN (SELECT value FROM json_each(?)))
    AND decision IS NOT 'disputed' AND date IS NOT NULL"""


def record_column(columns: Iterable[str], table: str | None = None) -> str | None:
    """The column whose values name works; None if there is none. `table`: whose columns they are, if of one."""
    known = set(columns) - ({"id"} if table in _OTHER_IDS else set())
    return next((name for name in RECORD_COLUMNS if name in known), None)


def batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """`ids` in parts that are read at once."""
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


def works_of(db: Database, ids: Sequence[str], *, abstracts: bool = False) -> Iterator[Work]:
    """The works of `ids`, which are those of `shown`, one batch in memory at a time."""
    for batch in batches(ids):
        yield from read_works(db, batch, abstracts=abstracts)


def shown(db: Database, ids: Sequence[str]) -> list[str]:
    """The works that `ids` name, each once, however many; as `shown_ids`."""
    return list(dict.fromkeys(one for batch in batches(ids) for one in shown_ids(db, batch)))


def last_change(db: Database, ids: Sequence[str]) -> str:
    """When the latest of these works last changed, as `updated` counts it; the beginning of time if there is none."""
    return max((updated(work) for work in _dated(db, ids)), default=updated(Work("", "", "work")))


def newest(db: Database, ids: Sequence[str], count: int) -> list[str]:
    """The `count` works that were news last: when their source first had them, or a notice of them is dated.

    A source's own revisions do not count: PubMed revises its whole file when MeSH changes.
    """
    latest = heapq.nlargest(count, ((_news(work), work.id) for work in _dated(db, ids)))
    return [work_id for _, work_id in latest]


def _news(work: Work) -> str:
    dates = [appeared(work), *(instant(notice.date) for notice in work.notices)]
    return max((date for date in dates if date), default="")


def _dated(db: Database, ids: Sequence[str]) -> Iterator[Work]:
    """The works with nothing but what dates them."""
    for batch in batches(ids):
        asked = [json.dumps(list(batch))]
        notices: dict[str, list[WorkNotice]] = {}
        for row in list(db.query(_NOTICES, asked)):
            notices.setdefault(row["work_id"], []).append(
                WorkNotice(row["kind"], row["work_id"], None, row["date"])
            )
        dated = {row["id"]: row for sql in (_BARE, _RECORDS) for row in list(db.query(sql, asked))}
        for row in dated.values():
            yield Work(**row, notices=tuple(notices.get(row["id"], ())))
