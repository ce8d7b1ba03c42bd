"""What a person does to studies: confirm, reject, merge, split, undo; each is kept, and linking runs again around it."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database

from crawler.assignments import utc_now
from crawler.linking.link import link_records
from crawler.linking.links import AMONG, rows_of
from crawler.linking.studies import Studies
from store import study_decisions
from store.database import crawl_lock, open_database
from store.errors import ConfigError
from store.study_decisions import Decision

ROLES = (
    "registration",
    "protocol",
    "preprint",
    "primary",
    "secondary",
    "extension",
    "results",
    "notice",
    "review-of",
)


def decide(db_path: Path, decision: Decision) -> int:
    """Keep a decision and link again; returns its number. Raises ConfigError for a study or record that is not here."""
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            _require(db, decision)
            number = study_decisions.decide(db, decision)
            _relink(db, decision)
        db.close()
    return number


def undo(db_path: Path, decision_id: int, name: str) -> Decision:
    """Take a decision back and link again. Raises ConfigError if none of that number is in force."""
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            decision = study_decisions.withdraw(db, decision_id, name, utc_now())
            if decision is None:
                raise ConfigError(f"no decision {decision_id} is in force")
            _relink(db, decision)
        db.close()
    return decision


def _require(db: Database, decision: Decision) -> None:
    if decision.role is not None and decision.role not in ROLES:
        raise ConfigError(f"no such role: {decision.role} (known: {', '.join(ROLES)})")
    for record_id in filter(None, [decision.record_id]):
        if not db.execute("SELECT 1 FROM records WHERE id = ?", [record_id]).fetchone():
            raise ConfigError(f"no record {record_id} in this database")
    studies = [decision.study_id] + ([decision.other_id] if decision.other_id else [])
    for study in studies:
        known = "SELECT 1 FROM studies WHERE id = :id UNION SELECT 1 FROM study_numbers WHERE value = :id"
        if not db.execute(known, {"id": study}).fetchone():
            raise ConfigError(f"no study {study} in this database")


def _relink(db: Database, decision: Decision) -> None:
    """Link again whatever belongs to the studies named, by any of their numbers, and the record."""
    named = {decision.study_id} | ({decision.other_id} if decision.other_id else set())
    studies = Studies(db, named)
    numbers = named | {number for one in named for number in studies.numbers(one)}
    rows = rows_of(
        db,
        f"""SELECT record_id FROM study_records WHERE study_id {AMONG}
        UNION SELECT record_id FROM study_suggestions WHERE study_id {AMONG}
        UNION SELECT record_id FROM study_numbers WHERE value {AMONG}""",
        numbers,
    )
    ids = {row["record_id"] for row in rows} | ({decision.record_id} if decision.record_id else set())
    link_records(db, sorted(ids), utc_now())
