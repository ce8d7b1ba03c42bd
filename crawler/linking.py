"""Records of one study come together by the registry numbers that they state.

Each link keeps how it was found and the words that say so. Of several ways to the same link the surest counts.
Linking looks only at the records given and at those that refer to them, and gives the same links in any order of
arrival.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlite_utils import Database

#: how sure each way of finding is; a registry's DERIVED references are automatic NCT matches and hold secondary papers
CONFIDENCE = {
    "registration": 1.0,
    "databank": 0.95,  # the publisher gave PubMed the number (DataBankList)
    "registry-result": 0.95,  # the registry lists the paper as reporting results
    "registry-derived": 0.85,
    "text": 0.7,  # the number stands in title or abstract, which may be another trial's
}
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


def link_records(db: Database, record_ids: Iterable[str], now: str) -> None:
    """Make the studies and links of these records what the records say. In the caller's transaction.

    A person's decisions (`decided_by` other than "rules") are never touched.
    """
    for record_id in record_ids:
        record = db.table("records").get(record_id)
        links = _surest([*_stated(db, record), *_referred(db, record)])
        db.execute("DELETE FROM study_records WHERE record_id = ? AND decided_by = 'rules'", (record_id,))
        for link in links:
            _write(db, record, link, now)
        if record["kind"] == "registration":
            _adopt(db, record, now)


def _stated(db: Database, record: dict[str, str]) -> Iterator[Link]:
    if record["kind"] == "registration":
        yield Link(_number(record["id"]), record["id"], "registration", _number(record["id"]))
        return
    where = "record_id = ? AND scheme = 'nct'"
    in_databank = {row["value"] for row in db.table("identifiers").rows_where(where, [record["id"]])}
    for number in json.loads(record["nct_ids"]):
        yield Link(number, record["id"], "databank" if number in in_databank else "text", number)


def _referred(db: Database, record: dict[str, str]) -> Iterator[Link]:
    rows = db.query(
        """SELECT record_id, relation, citation FROM citations
        WHERE cited_id = ? AND relation IN ('result', 'derived')""",
        [record["id"]],
    )
    for row in rows:
        evidence = row["citation"] or record["id"]
        yield Link(_number(row["record_id"]), record["id"], f"registry-{row['relation']}", evidence)


def _number(registration_id: str) -> str:
    """A registration's own number, which names its study: "clinicaltrials:NCT03113968" -> "NCT03113968"."""
    return registration_id.partition(":")[2]


def _surest(links: list[Link]) -> list[Link]:
    best: dict[str, Link] = {}
    for link in sorted(links, key=lambda link: (-link.confidence, link.method, link.evidence)):
        best.setdefault(link.study_id, link)
    return [best[study_id] for study_id in sorted(best)]


def _role(record: dict[str, str], method: str) -> str | None:
    if method == "registration":
        return "registration"
    designs = json.loads(record["designs"])
    return next((role for design, role in _ROLE_BY_DESIGN if design in designs), None)


def _write(db: Database, record: dict[str, str], link: Link, now: str) -> None:
    db.execute(
        "INSERT INTO studies (id, first_seen) VALUES (?, ?) ON CONFLICT DO NOTHING", (link.study_id, now)
    )
    if link.method == "registration":
        db.execute(
            "UPDATE studies SET title = ?, registration_id = ? WHERE id = ?",
            (record["title"], record["id"], link.study_id),
        )
    db.execute(
        """INSERT INTO study_records (study_id, record_id, role, method, evidence, confidence, decided_by)
        VALUES (?, ?, ?, ?, ?, ?, 'rules') ON CONFLICT DO NOTHING""",
        (
            link.study_id,
            record["id"],
            _role(record, link.method),
            link.method,
            link.evidence,
            link.confidence,
        ),
    )


def _adopt(db: Database, registration: dict[str, str], now: str) -> None:
    """Link the papers that a registration names and that were here before it."""
    rows = db.query(
        """SELECT records.id FROM citations JOIN records ON records.id = citations.cited_id
        WHERE citations.record_id = ? AND citations.relation IN ('result', 'derived')
        AND records.kind != 'registration' ORDER BY records.id""",
        [registration["id"]],
    )
    link_records(db, [row["id"] for row in rows], now)
