"""A title that begins with "RETRACTED:" or "Erratum to" states a notice, whatever else its source says."""

from __future__ import annotations

from dataclasses import replace

from spiders.title_marks import read_mark
from store.records import Notice, Record


def with_title_notices(record: Record) -> Record:
    """The record with the notice that its title states, where none of that kind is stated yet.

    A notice whose title names its work is kept with that title as `citation`: which record it is about is not guessed.
    """
    mark = read_mark(record.title) if record.kind in ("article", "preprint", "news") else None
    if mark is None or mark.kind == "reply":
        return record
    if mark.side == "affected":
        stated = any(notice.kind == mark.kind and notice.affected == record.id for notice in record.notices)
        new = Notice(mark.kind, affected=record.id, notice=None)
    else:
        stated = any(notice.notice == record.id and notice.kind != "comment" for notice in record.notices)
        new = Notice(
            mark.kind, affected=None, notice=record.id, citation=mark.rest or None, date=record.published
        )
    return record if stated else replace(record, notices=[*record.notices, new])
