"""Tagging what is to be saved and what is stored: the rules, and over them what people said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlite_utils import Database

from crawler.assignments import utc_now
from crawler.linking import link_records
from crawler.tagged import tagged
from crawler.tagging import RULES_VERSION, Tagger
from store import corrections, read, save, summaries
from store.database import crawl_lock, open_database

_BATCH = 500


def retag(db_path: Path, tagger: Tagger, *, everything: bool = False) -> tuple[int, int]:
    """Tag again what other rules tagged, or everything. Values that change are kept in `revisions`.

    Returns how many records were tagged and in how many a value changed.
    """
    with crawl_lock(db_path):
        db = open_database(db_path)
        ids = read.record_ids(db, None if everything else RULES_VERSION)
        changed = 0
        for start in range(0, len(ids), _BATCH):
            with db.atomic():
                changed += retag_records(db, tagger, ids[start : start + _BATCH])
        summaries.refresh(db)
        db.close()
    return len(ids), changed


def retag_records(db: Database, tagger: Tagger, ids: Sequence[str]) -> int:
    """Tag stored records again, in the caller's transaction; returns in how many a value changed.

    What changes is kept in `revisions`, and links that stand on tags follow.
    """
    said = corrections.in_force(db, ids)
    batch = [tagged(tagger, record, "", said.get(record.id, ())) for record in read.records(db, list(ids))]
    stamp = save.Stamp(utc_now(), None, RULES_VERSION)
    changed = save.save_tags(db, batch, stamp)
    link_records(db, list(ids), stamp.now)
    return changed
