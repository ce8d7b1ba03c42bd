"""What follows every write of records: works merge, texts are tagged, studies are linked, notices gathered, works named."""

from __future__ import annotations

from collections.abc import Sequence

from sqlite_utils import Database

from crawler.assignments import utc_now
from crawler.linking import link_records
from crawler.merging import merge_records
from crawler.noticing import gather_notices
from crawler.retag import retag_records
from crawler.tagging import Tagger
from store import work_names

_BATCH = 500


def settle(db: Database, record_ids: Sequence[str], now: str, tagger: Tagger) -> None:
    """Bring the neighbourhood of these records into order, in the caller's transaction. `now`: ISO-8601, UTC."""
    merged = merge_records(db, record_ids, now)
    if merged.retold:
        retag_records(db, tagger, sorted(merged.retold))
    touched = sorted({*record_ids, *merged.moved})
    link_records(db, touched, now)
    gather_notices(db, touched)
    work_names.name_records(db, touched)


def settle_all(db: Database, record_ids: Sequence[str], tagger: Tagger) -> None:
    """Bring many records into order, some hundred in a transaction."""
    for start in range(0, len(record_ids), _BATCH):
        with db.atomic():
            settle(db, record_ids[start : start + _BATCH], utc_now(), tagger)
