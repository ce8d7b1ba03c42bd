"""What people decided of links: confirmed ones stand, rejected ones stay away, until a decision is withdrawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlite_utils import Database

from crawler.linking.links import AMONG, Link, Row, rows_of
from crawler.linking.roles import role_of
from crawler.linking.studies import Studies


@dataclass(slots=True)
class Decisions:
    """`confirmed`: links with who decided; `rejected`: (study, record) that must not be linked."""

    confirmed: dict[tuple[str, str], tuple[Link, str]] = field(default_factory=dict)
    rejected: set[tuple[str, str]] = field(default_factory=set)


def rows(db: Database, record_ids: Iterable[str]) -> list[Row]:
    """The decisions in force on links of these records, in order of time."""
    sql = f"""SELECT * FROM study_decisions WHERE decision IN ('confirm', 'reject') AND withdrawn_at IS NULL
        AND record_id {AMONG} ORDER BY id"""
    return rows_of(db, sql, record_ids)


def read(found: Iterable[Row], records: dict[str, Row], studies: Studies) -> Decisions:
    """Of several decisions on one link the last counts."""
    decisions = Decisions()
    for row in found:
        record_id = row["record_id"]
        key = (studies.of(row["study_id"]), record_id)
        decisions.confirmed.pop(key, None)
        decisions.rejected.discard(key)
        if row["decision"] == "reject":
            decisions.rejected.add(key)
        else:
            role = row["role"] or role_of(records[record_id])
            decisions.confirmed[key] = (Link(*key, role, "person", row["why"], 1.0), row["decided_by"])
    return decisions
