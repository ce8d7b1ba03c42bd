"""Records of one study come together by the registry numbers that they state.

Each link keeps how it was found and the words that say so. Of several ways to the same link the surest counts.
Linking looks only at the records given and at those that refer to them, and gives the same links in any order of
arrival.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

#: how sure each way of finding is; a registry's DERIVED references are automatic NCT matches and hold secondary papers
CONFIDENCE = {
    "registration": 1.0,
    "databank": 0.95,  # the publisher gave PubMed the number (DataBankList)
    "registry-result": 0.95,  # the registry lists the paper as reporting results
    "registry-derived": 0.85,
    "text": 0.7,  # the number stands in title or abstract, which may be another trial's
}
_CHUNK = 500
_ROLE_BY_DESIGN = (
    ("protocol", "protocol"),
    ("secondary-analysis", "secondary"),
    ("meta-analysis", "review-of"),
    ("systematic-review", "review-of"),
    ("narrative-review", "review-of"),
    ("rct", "primary"),
    ("non-randomised-trial", "primary"),
)


@dataclass(frozen=True)
class Link:
    study_id: str
    record_id: str
    method: str
    evidence: str

    @property
    def confidence(self) -> float:
        return CONFIDENCE[self.method]


def link_records(db: Database, record_ids: Sequence[str], now: str) -> None:
    """Make the studies and links of these records what the records say. In the caller's transaction.

    Papers that a registration among them names are linked too, if they are here. A person's decisions (`decided_by`
    other than "rules") are never touched.
    """
    for start in range(0, len(record_ids), _CHUNK):
        _link(db, list(record_ids[start : start + _CHUNK]), now)


def _link(db: Database, ids: list[str], now: str) -> None:
    named = _named_by_registrations(db, ids)
    ids = sorted({*ids, *named})
    records = {
        row["id"]: row
        for row in _select(db, "SELECT id, kind, title, nct_ids, designs FROM records WHERE id IN", ids)
    }
    links = _surest([*_stated(db, records), *_referred(db, ids)])
    db.execute(f"DELETE FROM study_records WHERE record_id IN ({_marks(ids)}) AND decided_by = 'rules'", ids)
    db.conn.executemany(
        "INSERT INTO studies (id, first_seen) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(link.study_id, now) for link in links],
    )
    db.conn.executemany(
        "UPDATE studies SET title = ?, registration_id = ? WHERE id = ?",
        [
            (records[link.record_id]["title"], link.record_id, link.study_id)
            for link in links
            if link.method == "registration"
        ],
    )
    db.conn.executemany(
        """INSERT INTO study_records (study_id, record_id, role, method, evidence, confidence, decided_by)
        VALUES (?, ?, ?, ?, ?, ?, 'rules') ON CONFLICT DO NOTHING""",
        [
            (link.study_id, link.record_id, _role(records[link.record_id], link.method), link.method, link.evidence,
             link.confidence)
            for link in links
        ],
    )  # fmt: skip


def _select(db: Database, sql: str, ids: Sequence[str], more: str = "") -> list[dict[str, Any]]:
    return list(db.query(f"{sql} ({_marks(ids)}) {more}", ids))


def _marks(ids: Sequence[str]) -> str:
    return ",".join("?" * len(ids))


def _named_by_registrations(db: Database, ids: Sequence[str]) -> list[str]:
    rows = _select(
        db,
        """SELECT DISTINCT citations.cited_id AS id FROM citations
        JOIN records AS registration ON registration.id = citations.record_id AND registration.kind = 'registration'
        JOIN records AS paper ON paper.id = citations.cited_id
        WHERE citations.relation IN ('result', 'derived') AND citations.record_id IN""",
        ids,
    )
    return [row["id"] for row in rows]


def _stated(db: Database, records: dict[str, dict[str, Any]]) -> Iterator[Link]:
    rows = _select(
        db, "SELECT record_id, value FROM identifiers WHERE scheme = 'nct' AND record_id IN", list(records)
    )
    in_databank = {(row["record_id"], row["value"]) for row in rows}
    for record_id, record in records.items():
        if record["kind"] == "registration":
            yield Link(_number(record_id), record_id, "registration", _number(record_id))
            continue
        for number in json.loads(record["nct_ids"]):
            yield Link(
                number, record_id, "databank" if (record_id, number) in in_databank else "text", number
            )


def _referred(db: Database, ids: Sequence[str]) -> Iterator[Link]:
    sql = "SELECT record_id, cited_id, relation, citation FROM citations WHERE cited_id IN"
    for row in _select(db, sql, ids, "AND relation IN ('result', 'derived')"):
        evidence = row["citation"] or row["cited_id"]
        yield Link(_number(row["record_id"]), row["cited_id"], f"registry-{row['relation']}", evidence)


def _number(registration_id: str) -> str:
    """A registration's own number, which names its study: "clinicaltrials:NCT03113968" -> "NCT03113968"."""
    return registration_id.partition(":")[2]


def _surest(links: list[Link]) -> list[Link]:
    best: dict[tuple[str, str], Link] = {}
    for link in sorted(links, key=lambda link: (-link.confidence, link.method, link.evidence)):
        best.setdefault((link.study_id, link.record_id), link)
    return [best[key] for key in sorted(best)]


def _role(record: dict[str, Any], method: str) -> str | None:
    if method == "registration":
        return "registration"
    designs = json.loads(record["designs"])
    return next((role for design, role in _ROLE_BY_DESIGN if design in designs), None)
