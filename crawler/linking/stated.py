"""Links that records state: registry numbers in fields and texts, and a registry's references to papers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlite_utils import Database

from crawler.linking.links import AMONG, CONFIDENCE, Link, Row, rows_of
from crawler.linking.roles import role_of
from crawler.linking.studies import SCHEMES, Studies
from spiders.identifiers import find_trial_ids

_BEFORE, _AFTER = 70, 20  # characters around a number that may say what it is
_SAYS_REGISTERED = re.compile(
    r"regist(?:e?red|ry|ration)|identifier|clinicaltrials\.?\s?gov|trial (?:no|number|id)|eudract|isrctn", re.IGNORECASE
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """A registry number that a record states: how, and in which words."""

    scheme: str
    number: str
    method: str
    evidence: str


def statements(db: Database, records: dict[str, Row]) -> dict[str, list[Statement]]:
    """Record id -> the numbers that it states, each once, those of a field first."""
    papers = [record_id for record_id, record in records.items() if record["kind"] != "registration"]
    sql = f"SELECT record_id, scheme, value FROM identifiers WHERE record_id {AMONG} ORDER BY scheme, value"
    found: dict[str, dict[str, Statement]] = {record_id: {} for record_id in papers}
    for row in rows_of(db, sql, papers):
        if row["scheme"] in SCHEMES:
            found[row["record_id"]][row["value"]] = Statement(
                row["scheme"], row["value"], "databank", row["value"]
            )
    for record_id in papers:
        for statement in _in_text(records[record_id]):
            found[record_id].setdefault(statement.number, statement)
    return {record_id: list(numbers.values()) for record_id, numbers in found.items()}


def _in_text(record: Row) -> Iterator[Statement]:
    text = f"{record['title'] or ''}\n{record['abstract'] or ''}"
    numbers = find_trial_ids(text)
    for scheme, number in numbers:
        words = _around(text, number)
        method = "text-registration" if _SAYS_REGISTERED.search(words) else "text"
        yield Statement(scheme, number, method, words)
    in_text = {number for _, number in numbers}
    for number in json.loads(record["nct_ids"]):
        if number not in in_text:  # a source that found it elsewhere in its record
            yield Statement("nct", number, "text", number)


def _around(text: str, number: str) -> str:
    """The words before and after a number, as they stand; the number alone where its spelling was repaired."""
    at = text.find(number)
    if at < 0:
        return number
    start = max(text.rfind("\n", 0, at) + 1, at - _BEFORE)
    return " ".join(text[start : at + len(number) + _AFTER].split())


def stated_links(
    records: dict[str, Row], stated: dict[str, list[Statement]], studies: Studies
) -> Iterator[Link]:
    """Registrations, and papers by the numbers that they state."""
    for record_id, record in records.items():
        role = role_of(record)
        if record["kind"] == "registration":
            number = record_id.partition(":")[2]
            yield Link(
                studies.of(number), record_id, role, "registration", number, CONFIDENCE["registration"]
            )
        for statement in _of_its_studies(stated.get(record_id, ()), studies):
            method = statement.method
            yield Link(
                studies.of(statement.number), record_id, role, method, statement.evidence, CONFIDENCE[method]
            )


def _of_its_studies(stated: Iterable[Statement], studies: Studies) -> list[Statement]:
    """The numbers that name studies: one trial's numbers in other registries are not further trials.

    Where a paper states one number of ClinicalTrials.gov, its numbers elsewhere that no registration here has are taken
    for the same trial's.
    """
    listed = list(stated)
    main = [one for one in listed if one.scheme == "nct"]
    if len(main) != 1:
        return listed
    return [one for one in listed if one is main[0] or studies.claimed(one.number)]


def referred_links(db: Database, records: dict[str, Row], studies: Studies) -> Iterator[Link]:
    """Papers that a registration refers to as its result, or that the registry derived."""
    sql = f"""SELECT record_id, cited_id, relation, citation FROM citations
        WHERE cited_id {AMONG} AND relation IN ('result', 'derived')"""
    for row in rows_of(db, sql, records):
        method = f"registry-{row['relation']}"
        evidence = row["citation"] or row["cited_id"]
        record = records[row["cited_id"]]
        number = row["record_id"].partition(":")[2]
        yield Link(studies.of(number), record["id"], role_of(record), method, evidence, CONFIDENCE[method])
