"""Works as the digest needs them, and new works by indication, the strongest designs first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from datasette.utils import tilde_encode
from sqlite_utils import Database

from crawler.digest.scope import Scope
from crawler.digest.words import badges, line
from datasette_config import labels, record
from store.digests import DigestItem

Row = dict[str, Any]

# When its source first had a record. Feeds give no such date: then that of publication; without one, the day on which it
# came, unless it came with the first visit to its source, which brings what is old.
_APPEARED = """coalesce(entered, CASE WHEN length(published) = 10 THEN published END, CASE WHEN crawl_id >
    (SELECT min(crawls.id) FROM crawls WHERE crawls.source = records.source) THEN substr(first_seen, 1, 10) END)"""
# a work is as old as the oldest of its records, so that one that a further source has anew is not new
_APPEARED_WORKS = f"""
SELECT id, min(appeared) AS appeared FROM (
    SELECT coalesce(merged_into, id) AS id, {_APPEARED} AS appeared FROM records
    WHERE coalesce(merged_into, id) IN (SELECT coalesce(merged_into, id) FROM records
        WHERE {_APPEARED} >= :late_since AND {_APPEARED} < :until))
GROUP BY id HAVING min(appeared) >= :late_since"""
_READ = """
SELECT records.*, registrations.enrollment, registrations.enrollment_type, registrations.phases,
    registrations.sponsor, registrations.primary_completion_date, registrations.completion_date,
    registrations.results_first_posted, registrations.why_stopped,
    (SELECT min(study_id) FROM study_records WHERE record_id = records.id OR record_id IN
        (SELECT merged.id FROM records AS merged WHERE merged.merged_into = records.id)) AS study_id,
    (SELECT json_group_array(DISTINCT value) FROM tags
        WHERE tags.record_id = records.id AND dimension = 'parent_design') AS parent_designs
FROM records LEFT JOIN registrations ON registrations.record_id = records.id
WHERE records.id IN (SELECT value FROM json_each(?)) AND records.merged_into IS NULL AND records.status IS NOT 'deleted'
ORDER BY records.id"""
# a notice tells of another work and is no news of its own; nor is a version that a newer one of the same issue replaces
_NO_NEWS = """
SELECT notice_id AS id FROM found_notices WHERE notice_id <> work_id AND notice_id IN (SELECT value FROM json_each(:ids))
    AND kind IN ('retraction', 'withdrawal', 'partial-retraction', 'expression-of-concern', 'correction', 'reinstatement')
UNION SELECT work_id FROM found_notices WHERE kind = 'update' AND work_id <> notice_id
    AND work_id IN (SELECT value FROM json_each(:ids)) AND notice_id IN (SELECT value FROM json_each(:ids))"""
_LISTS = ("indications", "designs", "drugs", "routes", "comparators", "populations", "parent_designs")

#: from the strongest evidence on effects to the weakest, as readers asked for it
DESIGN_RANK = (
    "rct", "crossover", "non-randomised-trial", "meta-analysis", "systematic-review", "secondary-analysis", "protocol",
    "observational", "case-series", "case-report", "qualitative", "human-experimental", "narrative-review",
    "preclinical", "commentary",
)  # fmt: skip


def read_works(db: Database, record_ids: Iterable[str]) -> list[Row]:
    """The shown records among these, with their registrations; the lists of tags as lists."""
    rows = list(db.query(_READ, [json.dumps(sorted(set(record_ids)))]))
    return [row | {name: json.loads(row[name]) for name in _LISTS} for row in rows]


def appeared_works(db: Database, scope: Scope) -> list[Row]:
    """The works that their sources first had in the window, or some weeks before it if an issue went before; not those
    told before, so what came late, or was tagged late, is told once.
    """
    if "appeared" not in scope.once:
        days = {row["id"]: row["appeared"] for row in db.query(_APPEARED_WORKS, scope.bounds)}
        ids = json.dumps(sorted(days))
        no_news = {row["id"] for row in db.query(_NO_NEWS, {"ids": ids})}
        found = read_works(db, days.keys() - scope.told.keys() - no_news)
        scope.once["appeared"] = [row | {"appeared": days[row["id"]]} for row in found]
    return scope.once["appeared"]


def is_wanted(work: Row, scope: Scope, *, any_design: bool = False) -> bool:
    """Whether a work is of the audience's drugs, indications, designs and size. An unknown size is let through."""
    designs = {*work["designs"], *work["parent_designs"]}
    size = work["enrollment"] or work["sample_size"]
    return (
        bool(scope.drugs & set(work["drugs"]))
        and not set(scope.indications).isdisjoint(work["indications"])
        and (any_design or not scope.audience.designs or not designs.isdisjoint(scope.audience.designs))
        and (size is None or size >= (scope.audience.min_size or 0))
    )


def new_works(db: Database, scope: Scope) -> Iterator[DigestItem]:
    """New articles and preprints, under the first of the audience's indications, the strongest design first."""
    found = [
        work
        for work in appeared_works(db, scope)
        if work["kind"] in ("article", "preprint")
        and "guideline" not in work["designs"]
        and is_wanted(work, scope)
    ]
    for indication in scope.indications:
        own = [work for work in found if indication == first_indication(work, scope)]
        for work in sorted(
            own, key=lambda one: (rank(one["designs"]), -(one["sample_size"] or 0), one["id"])
        ):
            yield item(
                work, scope, f"new-{indication}", f"New in {labels.INDICATIONS.get(indication, indication)}"
            )


def first_indication(work: Row, scope: Scope) -> str | None:
    """The audience's indication that a work is told under."""
    return next((one for one in scope.indications if one in work["indications"]), None)


def rank(designs: list[str]) -> int:
    """The place of the strongest of these designs; what has none is last."""
    return min((DESIGN_RANK.index(one) for one in designs if one in DESIGN_RANK), default=len(DESIGN_RANK))


def item(work: Row, scope: Scope, section: str, heading: str, **more: Any) -> DigestItem:
    """A work as a line of an issue. `more`: other fields of the item; a `line` or `reason` of its own."""
    told = scope.told_studies.get(work["study_id"] or "") or scope.told.get(work["id"])
    reason = more.pop("reason", None) or why(work, scope)
    if (work.get("appeared") or scope.since) < scope.since:
        late = "came here later" if work["first_seen"] > scope.seen_from else "was recognised later"
        reason += f"; {labels.source(work['source'])} had it on {work['appeared']}, it {late}"
    if told:
        family = work["study_id"] if work["study_id"] in scope.told_studies else None
        reason += f"; {family or 'this'} was in the issue of {told}"
    fields: Row = {
        "title": work["title"], "line": line(work), "badges": badges(work), "ids": tuple(elsewhere(work)),
        "link": link(work["id"]), "record_id": work["id"], "study_id": work["study_id"],
        "state": "updated" if told else "new",
    }  # fmt: skip
    return DigestItem(section, heading, reason=reason, **(fields | more))


def why(work: Row, scope: Scope) -> str:
    """Why readers of this audience get a work."""
    shared = [one for one in scope.indications if one in work["indications"]]
    named = ", ".join(labels.INDICATIONS.get(one, one) for one in shared)
    return f"you follow {named}" if shared else f"about {', '.join(work['drugs']) or 'the topic'}"


def link(record_id: str) -> str:
    """The path of a work on the site, whatever its database is called."""
    return f"/-/work/{tilde_encode(record_id)}"


def elsewhere(work: Row) -> Iterator[tuple[str, str]]:
    """PubMed, DOI, registry: (words, address), each address checked to be http(s)."""
    few = json.dumps(json.loads(work["nct_ids"])[:3])  # a review may list dozens
    for words, address in record.links(work | {"nct_ids": few}):
        yield (words.replace("PubMed ", "PMID "), address)
