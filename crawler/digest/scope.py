"""What an issue may tell: whom, of which days, and what its readers were told before."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from crawler.digest.audience import Audience
from crawler.digest.periods import days_before
from datasette_config import labels

#: a record that its source had so many days before the window is told if it was not: it came late, or its index terms did
LATE_DAYS = 28

#: what this database saw happen so many days after a window still goes into its issue: crawl and build come later
GRACE_DAYS = 2

_SEEN = """
SELECT min(built_at, date(until, :grace) || 'T00:00:00Z') AS seen FROM digest_issues
WHERE audience_key = :key AND until = :since ORDER BY since DESC LIMIT 1"""
_FORMER = "SELECT min(since) AS since FROM digest_issues WHERE audience_key = :key AND until = :day"
# issues whose windows overlap this one are not former: a reader who paused gets all again in one longer window
_TOLD_RECORDS = """
SELECT coalesce(records.merged_into, digest_items.record_id) AS id, min(digest_issues.until) AS day
FROM digest_issues JOIN digest_items ON digest_items.issue_id = digest_issues.id
LEFT JOIN records ON records.id = digest_items.record_id
WHERE audience_key = :key AND until <= :since AND digest_items.record_id IS NOT NULL GROUP BY 1"""
_TOLD_AS = """
SELECT DISTINCT section, coalesce(records.merged_into, digest_items.record_id) AS id, badges
FROM digest_issues JOIN digest_items ON digest_items.issue_id = digest_issues.id
LEFT JOIN records ON records.id = digest_items.record_id
WHERE audience_key = :key AND until <= :since AND digest_items.record_id IS NOT NULL
    AND section IN ('notices', 'retracted', 'results', 'overdue')"""
_TOLD_STUDIES = """
SELECT study_id AS id, min(until) AS day FROM digest_issues JOIN digest_items ON issue_id = digest_issues.id
WHERE audience_key = :key AND until <= :since AND study_id IS NOT NULL GROUP BY study_id"""
_STUDIES = """
SELECT study_records.study_id AS id, coalesce(records.merged_into, records.id) AS record_id FROM study_records
JOIN records ON records.id = study_records.record_id"""


@dataclass(frozen=True)
class Scope:
    """Of one issue. `since` (included) and `until` (not included) are ISO days of the sources' own dates; what this
    database saw happen is told from `seen_from` (not included) to `seen_to`, ISO times. `late_since`: the first day on
    which a source may have had a record that is told late.

    `told`, `told_studies`: record that is shown, study -> the day of the first issue that told of it. `told_as`: (section,
    record), and of notices (what became of it, record).
    """

    audience: Audience
    since: str
    until: str
    seen_from: str
    seen_to: str
    late_since: str
    indications: tuple[str, ...]
    drugs: frozenset[str]
    told: dict[str, str] = field(default_factory=dict)
    told_studies: dict[str, str] = field(default_factory=dict)

    told_as: frozenset[tuple[str, str]] = frozenset()
    #: what several sections need, read once
    once: dict[str, list[dict[str, Any]]] = field(default_factory=dict, compare=False)

    @property
    def bounds(self) -> dict[str, str]:
        """The times, for SQL."""
        return {
            name: getattr(self, name) for name in ("since", "until", "late_since", "seen_from", "seen_to")
        }


def scope_of(db: Database, audience: Audience, since: str, until: str, now: str) -> Scope:
    """What the issue of this audience and window is about. `now`: ISO-8601, UTC."""
    mine = {"key": audience.key, "since": since}
    former = next(iter(db.query(_SEEN, mine | {"grace": f"+{GRACE_DAYS} days"})), None)
    told = {row["id"]: row["day"] for row in db.query(_TOLD_RECORDS, mine)}
    studies = {row["id"]: row["day"] for row in db.query(_TOLD_STUDIES, mine)}
    for row in db.query(_STUDIES) if told else ():
        if row["record_id"] in told:
            studies[row["id"]] = min(told[row["record_id"]], studies.get(row["id"], since))
    return Scope(
        audience, since, until,
        seen_from=former["seen"] if former else f"{since}T00:00:00Z",
        seen_to=min(now, f"{days_before(until, -GRACE_DAYS)}T00:00:00Z"),
        late_since=_late_since(db, mine),
        indications=_in_order(audience.indications or watched(db, "indication") or tuple(labels.INDICATIONS)[:-2]),
        drugs=frozenset(audience.drugs or watched(db, "drug")),
        told=told, told_studies=studies, told_as=_told_as(db, mine),
    )  # fmt: skip


def _late_since(db: Database, mine: dict[str, str]) -> str:
    """Some weeks before the window, but not before the first of the issues that lead up to it: what is older was there
    when this audience began.
    """
    begun, earliest = mine["since"], days_before(mine["since"], LATE_DAYS)
    while begun > earliest:
        (former,) = db.query(_FORMER, {"key": mine["key"], "day": begun})
        if former["since"] is None:
            return begun
        begun = former["since"]
    return earliest


def _told_as(db: Database, mine: dict[str, str]) -> frozenset[tuple[str, str]]:
    found = [(row["section"], row["id"], json.loads(row["badges"])) for row in db.query(_TOLD_AS, mine)]
    return frozenset(
        (badges[0] if section in ("notices", "retracted") else section, record_id)
        for section, record_id, badges in found
        if badges
    )


def watched(db: Database, dimension: str) -> tuple[str, ...]:
    """What the database's topic watches."""
    return tuple(
        row["value"] for row in db.table("watched").rows_where("dimension = ?", [dimension], order_by="value")
    )


def _in_order(indications: tuple[str, ...]) -> tuple[str, ...]:
    """The narrow ones first: a work in PTSD and depression is told under PTSD."""
    broad = ("anxiety", "trd", "depression", "pain", "substance-use", "other", "none")
    return tuple(sorted(indications, key=lambda one: (broad.index(one) + 1 if one in broad else 0, one)))
