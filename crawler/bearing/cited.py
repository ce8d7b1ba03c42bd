"""What became of the works that a sentence cites: notices, newer versions, and what does not agree with them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rapidfuzz import fuzz
from sqlite_utils import Database

from crawler.bearing.claims import Claim
from crawler.bearing.evidence import Evidence, Library
from crawler.bearing.matches import Match
from crawler.bearing.words import design

_PRIORITIES = {
    "retraction": "high",
    "withdrawal": "high",
    "partial-retraction": "high",
    "expression-of-concern": "high",
    "republication": "medium",
    "correction": "low",
}
_NAMES = {
    "retraction": "was retracted",
    "withdrawal": "was withdrawn",
    "partial-retraction": "was retracted in part",
    "expression-of-concern": "has an expression of concern",
    "republication": "was corrected and published again",
    "correction": "was corrected",
}
_NOTICES = """
SELECT kind, notice_id, date, reason FROM work_notices
WHERE work_id = ? AND (decision IS NULL OR decision <> 'disputed') ORDER BY kind, notice_id, id"""
_NEWER = """
SELECT coalesce(shown.merged_into, shown.id) AS id FROM work_notices JOIN records AS shown ON shown.id = work_notices.notice_id
WHERE work_id = ? AND work_notices.kind = 'update' AND (decision IS NULL OR decision <> 'disputed')"""
_REVIEWS = frozenset({"systematic-review", "meta-analysis", "guideline", "narrative-review"})
_SAME_TITLE = 92  # of 100, rapidfuzz's token_sort_ratio; years and "update" are left out before


def fates(db: Database, library: Library, claim: Claim) -> Iterator[Match]:
    """Notices on the works that the claim cites, their newer versions, and where sentence and work disagree."""
    for work in library.works(claim.cited_ids):
        yield from _notices(db, claim, work)
        yield from _newer(db, library, claim, work)
    said = {cited.record_id: cited.mismatch for cited in claim.cited if cited.record_id and cited.mismatch}
    for work in library.works(said):
        yield _match(claim, work, "mismatch.cited", f"{said[work.id]}", "medium")


def _notices(db: Database, claim: Claim, work: Evidence) -> Iterator[Match]:
    for row in db.query(_NOTICES, [work.id]):
        if priority := _PRIORITIES.get(row["kind"]):
            told = [f"a work that your sentence cites {_NAMES[row['kind']]}", row["date"], row["reason"]]
            reason = "; ".join(one for one in told if one)
            notice = f"{row['kind']} {row['notice_id'] or ''}".strip()
            yield _match(claim, work, f"notice.{row['kind']}", reason, priority, notice)


def _newer(db: Database, library: Library, claim: Claim, work: Evidence) -> Iterator[Match]:
    stated = {row["id"] for row in db.query(_NEWER, [work.id])} - claim.cited_ids
    for newer in library.works(stated):
        yield _newer_match(claim, work, newer, "newer-version.stated")
    if work.values("design") & _REVIEWS:
        same = [one for one in _of_same_title(db, library, work) if one.id not in stated | claim.cited_ids]
        for newer in same:
            yield _newer_match(claim, work, newer, "newer-version.title")


def _newer_match(claim: Claim, work: Evidence, newer: Evidence, rule: str) -> Match:
    reason = f"a newer version of what your sentence cites: {design(newer)}, {newer.published or 'no date'}"
    priority = "medium" if newer.values("design") & _REVIEWS else "low"
    return _match(claim, newer, rule, f"{reason}; you cite that of {work.year or 'unknown year'}", priority)


def _of_same_title(db: Database, library: Library, work: Evidence) -> list[Evidence]:
    """Later reviews under the same title, but for years and the word update."""
    stem = title_stem(work.title)
    words = [word for word in stem.split() if len(word) > 3][:12]
    if work.year is None or len(words) < 4:
        return []
    rows = db.query(
        """SELECT id, title FROM records WHERE merged_into IS NULL AND year > ? AND EXISTS (
            SELECT 1 FROM json_each(records.designs) WHERE value IN ('systematic-review', 'meta-analysis', 'guideline', 'narrative-review'))
        ORDER BY id""",
        [work.year],
    )
    return library.works(row["id"] for row in rows if same_title(stem, title_stem(row["title"])))


def title_stem(title: str) -> str:
    """A title without what a newer version changes in it."""
    plain = re.sub(r"\W+", " ", title.lower())
    return re.sub(
        r"\b(?:(?:19|20)\d\d|an?|the|update[ds]?|revis\w+|edition|version|second|third|\d)\b", " ", plain
    ).strip()


def same_title(one: str, other: str) -> bool:
    return fuzz.token_sort_ratio(one, other) >= _SAME_TITLE


_TRIALS = frozenset({"rct", "non-randomised-trial"})
_CONTROLLED = frozenset({"rct"})
_TELLING = frozenset(
    {"regimen", "population", "indication_detail"}
)  # without any of them "the trial" may be any
_TRIAL_OF = re.compile(r"\b(?:19|20)\d\d\b(?=\s+(?:[\w-]+\s+){0,3}(?:trial|study|rct)\b)", re.IGNORECASE)


def misdated(claim: Claim, matches: Iterable[tuple[Match, Evidence]]) -> Match | None:
    """ "A 2018 trial …" where no trial that fits is of that year: the one that fits best, with what does not agree."""
    said = _TRIAL_OF.search(claim.sentence)
    designs = (
        _CONTROLLED
        if re.search(r"\bplacebo|\bcontrolled|\bcompared|\brandomi", claim.sentence, re.IGNORECASE)
        else _TRIALS
    )
    trials = [
        (match, work)
        for match, work in matches
        if designs & work.values("design") and _TELLING & set(match.facets)
    ]
    if said is None or not trials or any(work.year == int(said[0]) for _, work in trials):
        return None
    _, work = min(trials, key=lambda one: (-len(one[0].facets), -one[0].rank, one[0].record_id))
    reason = (
        f"your sentence speaks of a trial of {said[0]}; the trial here that fits it best is of {work.year}"
    )
    return _match(claim, work, "mismatch.year", reason, "medium")


_RANKS = {"notice": 9.0, "newer-version": 7.0, "mismatch": 6.0}


def _match(claim: Claim, work: Evidence, rule: str, reason: str, priority: str, notice: str = "") -> Match:
    kind = rule.partition(".")[0]
    return Match(
        claim.id, work.id, kind, rule, reason, priority, work.state, _RANKS[kind], study=work.study, notice=notice
    )  # fmt: skip
