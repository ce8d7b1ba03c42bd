"""What became of works: notices on what readers were sent before, or that an article they watch cites."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from sqlite_utils import Database

from crawler.digest.periods import days_before
from crawler.digest.scope import Scope
from crawler.digest.words import line
from crawler.digest.works import Row, is_wanted, item, link, read_works, why
from datasette_config import labels
from store.digests import DigestItem

#: the gravest first
KINDS = (
    "retraction", "withdrawal", "partial-retraction", "expression-of-concern", "reinstatement", "republication",
    "correction", "update",
)  # fmt: skip
GRAVE = KINDS[:4]
#: a notice on a work that readers were not sent is news for so many days; a list read for the first time has old ones
FRESH_DAYS = 92
_SEEN = """
SELECT id, work_id, title, kind, work_kind, notice_id, date, sources, disagreement FROM work_notices
WHERE first_seen > :seen_from AND first_seen <= :seen_to AND decision IS NOT 'disputed'
    AND kind IN (SELECT value FROM json_each(:kinds)) ORDER BY id"""
_STUDIES_OF = """
SELECT coalesce(records.merged_into, records.id) AS id, min(study_id) AS study_id FROM study_records
JOIN records ON records.id = record_id GROUP BY 1"""
_CITED = """
SELECT coalesce(records.merged_into, records.id) AS id, min(coalesce(articles.title, articles.id)) AS article
FROM claim_works JOIN records ON records.id = claim_works.record_id
JOIN claims ON claims.id = claim_works.claim_id AND claims.state = 'active'
JOIN articles ON articles.id = claims.article_id GROUP BY 1"""


def notices(db: Database, scope: Scope) -> Iterator[DigestItem]:
    """Notices on works of earlier issues, on works of a study told before, and on works that a watched article cites."""
    for row, reason in _gravest_first(_seen(db, scope), _touched(db, scope)):
        yield _item(db, row, scope, "notices", "What became of works you were sent", reason)


def retracted_elsewhere(db: Database, scope: Scope) -> Iterator[DigestItem]:
    """Other retractions and doubts of late in the audience's indications."""
    touched = _touched(db, scope)
    fresh = [
        row
        for row in _seen(db, scope)
        if row["kind"] in GRAVE and row["work_id"] not in touched
        and (row["date"] or "") > days_before(scope.until, FRESH_DAYS)
    ]  # fmt: skip
    works = {work["id"]: work for work in read_works(db, [row["work_id"] for row in fresh])}
    wanted = {
        name: why(work, scope) for name, work in works.items() if is_wanted(work, scope, any_design=True)
    }
    for row, reason in _gravest_first(fresh, wanted):
        yield _item(db, row, scope, "retracted", "Other works retracted or doubted", reason)


def _seen(db: Database, scope: Scope) -> list[Row]:
    """Notices first seen since the former issue. That a further source says the same of a work is no news."""
    rows = list(db.query(_SEEN, scope.bounds | {"kinds": json.dumps(KINDS)}))
    first = {(row["kind"], row["work_id"]): row["id"] for row in reversed(rows)}
    return [
        row
        for row in rows
        if row["kind"] not in GRAVE
        or (
            first[row["kind"], row["work_id"]] == row["id"]
            and (_what(row), row["work_id"]) not in scope.told_as
        )
    ]


def _what(row: Row) -> str:
    of_preprint = row["kind"] == "update" and row["work_kind"] == "preprint"
    return "Published as an article" if of_preprint else labels.NOTICES[row["kind"]]


def _touched(db: Database, scope: Scope) -> dict[str, str]:
    """Work -> why a notice on it concerns these readers."""
    reasons = {row["id"]: f"“{row['article']}”, an article under watch, cites it" for row in db.query(_CITED)}
    if scope.told_studies:
        reasons |= {
            row["id"]: f"it belongs to {row['study_id']}, which was in the issue of {day}"
            for row in db.query(_STUDIES_OF)
            if (day := scope.told_studies.get(row["study_id"]))
        }
    return reasons | {work: f"it was in the issue of {day}" for work, day in scope.told.items()}


def _gravest_first(rows: Iterable[Row], reasons: dict[str, str]) -> list[tuple[Row, str]]:
    own = [row for row in rows if row["work_id"] in reasons]
    return [
        (row, reasons[row["work_id"]])
        for row in sorted(own, key=lambda row: (KINDS.index(row["kind"]), row["id"]))
    ]


def _item(db: Database, row: Row, scope: Scope, section: str, heading: str, reason: str) -> DigestItem:
    what = _what(row)
    sources = ", ".join(labels.source(one) for one in json.loads(row["sources"]))
    said = [f"{' '.join(filter(None, (what, row['date'])))} ({sources})", row["disagreement"]]
    works = read_works(db, [row["work_id"]])
    words = ". ".join(["; ".join(filter(None, said)), *map(line, works)])
    more = {"line": words, "reason": reason, "notice_id": row["id"]}
    if not works:
        title = row["title"] or row["work_id"]
        return DigestItem(section, heading, title=title, link=link(row["work_id"]), badges=(what,), **more)
    told = item(works[0], scope, section, heading, **more)
    marks = tuple(dict.fromkeys((what, *told.badges)))
    return replace(told, badges=marks, reason=reason, state="new")
