"""A report without a number and a registration, compared: the same number of people, drug, indication, people, dates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from rapidfuzz import fuzz, utils
from sqlite_utils import Database

from crawler.linking.links import AMONG, Link, Row, rows_of
from crawler.linking.roles import role_of
from crawler.linking.studies import Studies

#: what each likeness adds; the number of participants, drug, indication and dates must agree to begin with
BASE = 0.2
INVESTIGATOR = 0.3  # an author is the registration's investigator
SPONSOR = 0.15  # the sponsor stands in an author's affiliation
TITLE = 0.2  # times the share of words in common
COMPARATOR = 0.1
LEAST = 0.35  # below it a pair is not even suggested
_YEARS_TO_PUBLISH = 8
_PAIRS = """
SELECT paper.id AS paper_id, trial.id AS trial_id, trial.title, trial.authors, trial.drugs, trial.indications,
    trial.comparators, registrations.official_title, registrations.sponsor, registrations.enrollment,
    registrations.start_date, registrations.acronym
FROM records AS paper
JOIN registrations ON registrations.enrollment = paper.sample_size
JOIN records AS trial ON trial.id = registrations.record_id
WHERE paper.kind IN ('article', 'preprint') AND paper.sample_size >= 8
    AND (registrations.start_date IS NULL OR paper.year IS NULL OR CAST(registrations.start_date AS INTEGER) <= paper.year)"""


def candidates(db: Database, registration_ids: Iterable[str]) -> list[str]:
    """Papers with as many participants as one of these registrations, that no number links."""
    sql = f"""SELECT DISTINCT records.id FROM registrations JOIN records ON records.sample_size = registrations.enrollment
        JOIN study_records ON study_records.record_id = records.id AND study_records.method IN ('report', 'likeness')
        WHERE registrations.record_id {AMONG}"""
    return [row["id"] for row in rows_of(db, sql, registration_ids)]


def pairs(db: Database, papers: dict[str, Row]) -> list[Row]:
    """The registrations that each of these papers might be the report of."""
    return [
        row
        for row in rows_of(db, f"{_PAIRS} AND paper.id {AMONG} ORDER BY trial.id", papers)
        if _possible(papers[row["paper_id"]], row)
    ]


def likeness_links(papers: dict[str, Row], found: Iterable[Row], studies: Studies) -> Iterator[Link]:
    """Links and suggestions for these papers; the words say what agrees."""
    for row in found:
        paper = papers[row["paper_id"]]
        confidence, words = _compared(paper, row)
        if confidence >= LEAST:
            number = row["trial_id"].partition(":")[2]
            yield Link(
                studies.of(number), paper["id"], role_of(paper), "likeness", "; ".join(words), round(min(confidence, 0.95), 2)
            )  # fmt: skip


def _possible(paper: Row, trial: Row) -> bool:
    shared = all(
        set(json.loads(paper[facet])) & set(json.loads(trial[facet])) for facet in ("drugs", "indications")
    )
    start, year = trial["start_date"], paper["year"]
    in_time = not start or not year or int(start[:4]) <= year <= int(start[:4]) + _YEARS_TO_PUBLISH
    return shared and in_time


def _compared(paper: Row, trial: Row) -> tuple[float, list[str]]:
    confidence, words = BASE, [f"n = {trial['enrollment']}"]
    authors = json.loads(paper["authors"])
    names = {_family(author) for author in authors} - {""}
    investigators = {_family(author) for author in json.loads(trial["authors"])} - {""}
    if both := sorted(names & investigators):
        confidence += INVESTIGATOR
        words.append(f"investigator {both[0].title()}")
    affiliations = " ".join(
        place for author in authors for place in author.get("affiliations", ())
    ).casefold()
    if trial["sponsor"] and trial["sponsor"].casefold() in affiliations:
        confidence += SPONSOR
        words.append(trial["sponsor"])
    titles = [title for title in (trial["title"], trial["official_title"]) if title]
    share = max((fuzz.token_set_ratio(paper["title"] or "", title, processor=utils.default_process) for title in titles), default=0) / 100  # fmt: skip
    confidence += TITLE * max(0.0, share - 0.5) * 2
    if share > 0.5:
        words.append(f"titles {share:.0%} alike")
    if both := sorted(set(json.loads(paper["comparators"])) & set(json.loads(trial["comparators"]))):
        confidence += COMPARATOR
        words.append(f"against {both[0]}")
    return confidence, words


def _family(author: Row) -> str:
    """An author's family name, folded; a registry gives whole names: its last word before degrees."""
    name = author.get("family") or author.get("name", "").partition(",")[0].rpartition(" ")[2]
    return str(name).casefold()
