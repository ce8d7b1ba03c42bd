"""What a link is, how sure each way of finding one is, and small helpers to read rows by many ids."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

Row = dict[str, Any]

#: how sure each way of finding is; a registry's DERIVED references are automatic number matches and hold secondary papers
CONFIDENCE = {
    "registration": 1.0,
    "report": 1.0,  # a trial report without a registration here is a study of its own
    "databank": 0.95,  # the publisher gave PubMed the number (DataBankList), or another source has it in a field
    "registry-result": 0.95,  # the registry lists the paper as reporting results
    "text-registration": 0.9,  # the text says that the study is registered under the number
    "registry-derived": 0.85,
    "acronym-title": 0.85,
    "text": 0.7,  # the number stands in title or abstract, which may be another trial's
    "acronym-text": 0.65,
}
THRESHOLD = 0.6  # below it a link is only suggested


@dataclass(frozen=True, slots=True)
class Link:
    """`study_id` as `studies.Studies` names it; `evidence`: the words or the field that say so."""

    study_id: str
    record_id: str
    role: str | None
    method: str
    evidence: str
    confidence: float


def surest(links: Iterable[Link]) -> list[Link]:
    """Of several ways to one link the surest, in a fixed order."""
    best: dict[tuple[str, str], Link] = {}
    for link in sorted(links, key=lambda link: (-link.confidence, link.method, link.evidence)):
        best.setdefault((link.study_id, link.record_id), link)
    return [best[key] for key in sorted(best)]


def rows_of(db: Database, sql: str, ids: Iterable[str]) -> list[Row]:
    """The rows of a query that reads `:ids` by json_each."""
    wanted = sorted(set(ids))
    return list(db.query(sql, {"ids": json.dumps(wanted)})) if wanted else []


#: for use in SQL: the ids that `rows_of` was given
AMONG = "IN (SELECT value FROM json_each(:ids))"
