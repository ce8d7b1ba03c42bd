"""The links of the records given, and of those whose links depend on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlite_utils import Database

from crawler.linking import acronyms, companions, decided, likeness, stated
from crawler.linking.links import AMONG, CONFIDENCE, THRESHOLD, Link, Row, rows_of, surest
from crawler.linking.roles import reports_a_trial, role_of
from crawler.linking.studies import Studies, write_claims

RULES = "rules"
_CHUNK = 500
_COLUMNS = """id, kind, title, abstract, designs, pubtypes, indications, drugs, comparators, sample_size, year, authors,
    nct_ids, merged_into"""


def link_records(db: Database, record_ids: Sequence[str], now: str) -> None:
    """Make the studies and links of these records what the records and people say. In the caller's transaction.

    `now`: ISO-8601, UTC; when a study was first seen.
    """
    for start in range(0, len(record_ids), _CHUNK):
        _link(db, record_ids[start : start + _CHUNK], now)


def _link(db: Database, ids: Sequence[str], now: str) -> None:
    registrations = [
        row["id"]
        for row in rows_of(db, f"SELECT id FROM records WHERE kind = 'registration' AND id {AMONG}", ids)
    ]
    before = Studies(db, _numbers(registrations))
    write_claims(db, registrations)
    telling = acronyms.write_acronyms(db, registrations)
    after = Studies(db, _numbers(registrations))
    touched = {
        number
        for one in _numbers(registrations)
        for studies in (before, after)
        for number in studies.numbers(one)
    }
    affected = {
        *ids, *_linked_to(db, touched), *_referred_to(db, registrations), *acronyms.papers_with(db, telling),
        *likeness.candidates(db, registrations), *_merged_with(db, ids),
    }  # fmt: skip
    affected |= set(_merged_with(db, affected))  # a work's records are linked as one
    pairs = _companions(db, affected)
    records = {
        row["id"]: row for row in rows_of(db, f"SELECT {_COLUMNS} FROM records WHERE id {AMONG}", affected)
    }
    _write(db, records, *_links(db, records, pairs), touched, now)


def _companions(db: Database, affected: set[str]) -> list[Row]:
    """The notices and versions around these records, which grow by all that hang together so."""
    while True:
        pairs = companions.neighbours(db, affected)
        ends = {pair[end] for pair in pairs for end in ("affected", "notice")}
        if ends <= affected:
            return pairs
        affected |= ends


def _links(
    db: Database, records: dict[str, Row], pairs: list[Row]
) -> tuple[list[Link], dict[tuple[str, str], str]]:
    """All links and suggestions of these records, and who confirmed which."""
    numbers = stated.statements(db, records)
    judged = decided.rows(db, records)
    studies = Studies(db, {
        *(statement.number for listed in numbers.values() for statement in listed),
        *_numbers(one for one, record in records.items() if record["kind"] == "registration"),
        *(row["study_id"] for row in judged),
        *_naming(db, records), *acronyms.studies_named(db, records),
        *(one for one, record in records.items() if reports_a_trial(record)),
    })  # fmt: skip
    decisions = decided.read(judged, records, studies)
    found = surest(
        link
        for link in (
            *stated.stated_links(records, numbers, studies), *stated.referred_links(db, records, studies),
            *acronyms.acronym_links(db, records, studies), *(link for link, _ in decisions.confirmed.values()),
        )
        if (link.study_id, link.record_id) not in decisions.rejected
    )  # fmt: skip
    found = _passed_on(found, records, pairs, decisions.rejected)
    linked = {link.record_id for link in found if link.confidence >= THRESHOLD}
    alone = {one: record for one, record in records.items() if one not in linked and reports_a_trial(record)}
    resembling = likeness.pairs(db, alone)
    alike = [
        link
        for link in likeness.likeness_links(
            alone, resembling, Studies(db, _numbers(row["trial_id"] for row in resembling))
        )
        if (link.study_id, link.record_id) not in decisions.rejected
    ]
    found = surest([*found, *alike])
    found = _as_own_studies(found, records, pairs, studies)
    return found, {key: name for key, (_, name) in decisions.confirmed.items()}


def _passed_on(
    links: list[Link], records: dict[str, Row], pairs: list[Row], rejected: set[tuple[str, str]]
) -> list[Link]:
    """Links with those that a notice gets from its work, and a preprint and its article from each other."""
    kinds = {one: record["kind"] for one, record in records.items()}
    of: dict[str, list[Link]] = {one: [] for one in records}
    for link in links:
        if link.confidence >= THRESHOLD and link.record_id in of:
            of[link.record_id].append(link)
    versions = companions.versions(pairs, kinds)
    more = [
        _passed(link, records[receiver], "version", giver)
        for receiver, givers in versions.items()
        for giver in givers
        for link in of[giver]
    ]
    for link in more:
        of[link.record_id] = surest([*of[link.record_id], link])
    more += [
        replace(_passed(link, records[pair["notice"]], pair["kind"], pair["affected"]), role="notice")
        for pair in pairs
        if pair["kind"] in companions.NOTICES
        for link in of[pair["affected"]]
    ]
    return surest([*links, *(link for link in more if (link.study_id, link.record_id) not in rejected)])


def _passed(link: Link, receiver: Row, method: str, giver: str) -> Link:
    confidence = round(link.confidence * companions.WEIGHT, 2)
    return Link(link.study_id, receiver["id"], role_of(receiver), method, giver, confidence)


def _as_own_studies(
    links: list[Link], records: dict[str, Row], pairs: list[Row], studies: Studies
) -> list[Link]:
    """A trial report that nothing links is a study of its own, with its other version and the notices on it."""
    linked = {link.record_id for link in links if link.confidence >= THRESHOLD}
    shown = {one: record["merged_into"] or one for one, record in records.items()}
    works = {shown[one] for one in linked}
    linked |= {one for one in records if shown[one] in works}  # one work is linked as one
    versions = companions.versions(pairs, {one: record["kind"] for one, record in records.items()})
    own: list[Link] = []
    for one, record in records.items():
        if one in linked or not reports_a_trial(record):
            continue
        articles = [other for other in versions.get(one, ()) if records[other]["kind"] == "article"]
        first = min(articles) if record["kind"] == "preprint" and articles else one
        study = studies.of(records[first]["merged_into"] or first)
        own.append(
            Link(study, one, role_of(record), "report", "states no registration", CONFIDENCE["report"])
        )
        own += [
            Link(study, pair["notice"], "notice", pair["kind"], one, companions.WEIGHT)
            for pair in pairs
            if pair["affected"] == one and pair["kind"] in companions.NOTICES and pair["notice"] not in linked
        ]
    return surest([*links, *own])


def _numbers(registration_ids: Iterable[str]) -> list[str]:
    return [record_id.partition(":")[2] for record_id in registration_ids]


def _linked_to(db: Database, studies: Iterable[str]) -> list[str]:
    sql = f"""SELECT record_id FROM study_records WHERE study_id {AMONG}
        UNION SELECT record_id FROM study_suggestions WHERE study_id {AMONG}"""
    return [row["record_id"] for row in rows_of(db, sql, studies)]


def _referred_to(db: Database, registrations: Iterable[str]) -> list[str]:
    sql = f"""SELECT DISTINCT records.id FROM citations JOIN records ON records.id = cited_id
        WHERE relation IN ('result', 'derived') AND record_id {AMONG}"""
    return [row["id"] for row in rows_of(db, sql, registrations)]


def _naming(db: Database, records: Iterable[str]) -> list[str]:
    """The numbers of the registrations that refer to these records as results."""
    sql = f"SELECT DISTINCT record_id FROM citations WHERE relation IN ('result', 'derived') AND cited_id {AMONG}"
    return _numbers(row["record_id"] for row in rows_of(db, sql, records))


def _merged_with(db: Database, ids: Iterable[str]) -> list[str]:
    sql = f"""SELECT id FROM records WHERE merged_into {AMONG}
        UNION SELECT merged_into AS id FROM records WHERE merged_into IS NOT NULL AND id {AMONG}"""
    return [row["id"] for row in rows_of(db, sql, ids)]


def _write(
    db: Database, records: dict[str, Row], links: list[Link], decided_by: dict[tuple[str, str], str], touched: set[str],
    now: str,
) -> None:  # fmt: skip
    ids = sorted(records)
    left = {
        row["study_id"]
        for row in rows_of(db, f"SELECT study_id FROM study_records WHERE record_id {AMONG}", ids)
    }
    for table in ("study_records", "study_suggestions"):
        db.conn.executemany(f"DELETE FROM {table} WHERE record_id = ?", [(one,) for one in ids])
    _write_studies(db, links, records, now)
    firm = [link for link in links if link.confidence >= THRESHOLD]
    db.conn.executemany(
        """INSERT INTO study_records (study_id, record_id, role, method, evidence, confidence, decided_by)
        VALUES (?, ?, ?, ?, ?, ?, ?)""",
        [(*_row(link), decided_by.get((link.study_id, link.record_id), RULES)) for link in firm],
    )
    db.conn.executemany(
        """INSERT INTO study_suggestions (study_id, record_id, role, method, evidence, confidence)
        VALUES (?, ?, ?, ?, ?, ?)""",
        [_row(link) for link in links if link.confidence < THRESHOLD],
    )
    db.conn.executemany(
        """DELETE FROM studies WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM study_records WHERE study_id = ?1)
        AND NOT EXISTS (SELECT 1 FROM study_suggestions WHERE study_id = ?1)""",
        [(one,) for one in sorted(left | touched)],
    )


def _row(link: Link) -> tuple[str, str, str | None, str, str, float]:
    return (link.study_id, link.record_id, link.role, link.method, link.evidence, link.confidence)


def _write_studies(db: Database, links: list[Link], records: dict[str, Row], now: str) -> None:
    db.conn.executemany(
        "INSERT INTO studies (id, first_seen) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(one, now) for one in sorted({link.study_id for link in links})],
    )
    named = [link for link in links if link.method in ("registration", "report")]
    # the registration whose number names the study comes last, and stays
    for link in sorted(
        named,
        key=lambda link: (
            link.record_id.partition(":")[2] == link.study_id or link.record_id == link.study_id,
            link.record_id,
        ),
    ):
        registration = link.record_id if link.method == "registration" else None
        db.execute(
            "UPDATE studies SET title = ?, registration_id = ? WHERE id = ?",
            (records[link.record_id]["title"], registration, link.study_id),
        )
