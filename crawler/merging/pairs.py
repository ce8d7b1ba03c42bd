"""Whether two records are one work: by identifiers, else by title, year and first author.

A pair is judged by what the two records say and nothing else, so the judgement is the same in any order of arrival.
"""

from __future__ import annotations

from dataclasses import dataclass

from crawler.merging import titles
from crawler.merging.works import SCHEMES, Work

#: how sure a shared identifier makes us. Some notices carry their article's DOI, so a DOI is the least sure
CONFIDENCE = {"pmid": 1.0, "reg": 1.0, "pmcid": 0.99, "doi": 0.98, "pii": 0.97}
METHOD = {"reg": "registry number"}

MERGE_AT = 93.0  # likeness of titles, 0 to 100; see `python -m benchmarks.merging`
REVIEW_AT = 85.0

#: services that have one record for a work: two of theirs are two works
ONE_RECORD_EACH = frozenset({"pubmed", "crossref"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What two records have in common. With a `doubt` the pair is kept for a person to decide."""

    merge: bool
    method: str  # pmid, registry number, pmcid, doi, pii, title
    evidence: str
    confidence: float
    doubt: str | None = None
    likeness: float = 0.0


def judge(one: Work, other: Work) -> Verdict | None:
    """The verdict on two records, None if nothing speaks for one work."""
    one, other = sorted((one, other), key=lambda work: work.id)
    shared = next((scheme for scheme in SCHEMES if _shared(one, other, scheme)), None)
    if shared:
        return _by_identifier(one, other, shared)
    if one.aliases & other.ids.get("reg", frozenset()) or other.aliases & one.ids.get("reg", frozenset()):
        return Verdict(True, "registry alias", "the registry has merged the two numbers", 1.0)
    return _by_title(one, other)


def _shared(one: Work, other: Work, scheme: str) -> frozenset[str]:
    return one.ids.get(scheme, frozenset()) & other.ids.get(scheme, frozenset())


def _differ(one: Work, other: Work, scheme: str) -> bool:
    mine, yours = one.ids.get(scheme), other.ids.get(scheme)
    return bool(mine and yours and not mine & yours)


def never(one: Work, other: Work) -> str | None:
    """Why two records cannot be merged by anybody; None if they can."""
    if "registration" in (one.kind, other.kind) and one.kind != other.kind:
        return "a registration is not the report of its trial"
    if {one.kind, other.kind} == {"article", "preprint"} and not _shared(one, other, "pmid"):
        return "a preprint is not its article: the two are linked by a notice"
    return None


def _by_identifier(one: Work, other: Work, scheme: str) -> Verdict:
    value = min(_shared(one, other, scheme))
    likeness = titles.likeness(one.normal, other.normal)
    doubt = _doubt(one, other, scheme)
    evidence = value if scheme == "reg" else f"{scheme} {value}"
    return Verdict(doubt is None, METHOD.get(scheme, scheme), evidence, CONFIDENCE[scheme], doubt, likeness)


def _doubt(one: Work, other: Work, scheme: str) -> str | None:
    """What speaks against one work although the two share an identifier of `scheme`."""
    if scheme in ("pmid", "reg"):
        return None
    if one.source == other.source and one.source in ONE_RECORD_EACH:
        return f"{one.source} has both"
    for surer in SCHEMES[: SCHEMES.index(scheme)]:
        if _differ(one, other, surer):
            return f"different {surer}"
    if one.mark != other.mark:
        return "the title of one says that it is about another work"
    return never(one, other)


def _by_title(one: Work, other: Work) -> Verdict | None:
    if one.kind != other.kind or one.kind not in ("article", "preprint", "news") or one.mark != other.mark:
        return None
    if one.year is None or other.year is None or abs(one.year - other.year) > 1:
        return None
    if _differ(one, other, "pmid") or (one.source == other.source and one.source in ONE_RECORD_EACH):
        return None
    if one.first_author and other.first_author and not one.first_author & other.first_author:
        return None
    likeness, mine, yours = max(
        (_likeness(mine, yours), mine, yours)
        for mine in (one.normal, *one.other_titles)
        for yours in (other.normal, *other.other_titles)
    )
    if likeness < REVIEW_AT or not (titles.is_telling(mine) and titles.is_telling(yours)):
        return None
    if not titles.same_numbers(mine, yours):
        return None
    doubt = _doubt_of_title(one, other, mine, yours, likeness)
    both = sorted(one.first_author & other.first_author)
    confidence = round((0.9 if both else 0.8) * likeness / 100, 3)
    authors = f"first author {' '.join(both)}" if both else "authors not compared"
    years = f"{one.year}" if one.year == other.year else f"{one.year} and {other.year}"
    evidence = f"titles {likeness:.0f} % alike, {years}, {authors}"
    return Verdict(doubt is None, "title", evidence, confidence, doubt, likeness)


def _likeness(mine: str, yours: str) -> float:
    beginning = REVIEW_AT if titles.is_beginning(mine, yours) else 0.0
    return max(titles.likeness(mine, yours), beginning)


def _same_place(one: Work, other: Work) -> bool:
    """Whether author, journal, volume and first page all agree."""
    return bool(
        one.first_author & other.first_author
        and one.journal and other.journal and titles.same_journal(one.journal, other.journal)
        and one.volume and one.volume == other.volume
        and one.first_page and one.first_page == other.first_page
    )  # fmt: skip


def _doubt_of_title(one: Work, other: Work, mine: str, yours: str, likeness: float) -> str | None:
    """Why two records with like titles may still be two works, None if nothing says so."""
    if not (titles.is_beginning(mine, yours) and _same_place(one, other)):
        if difference := titles.telling_difference(mine, yours):
            return f"the titles differ: {difference}"
        if likeness < MERGE_AT:
            return "the titles are not alike enough"
    for scheme in ("pmcid", "doi"):
        if _differ(one, other, scheme):
            return f"different {scheme}"
    for what, here, there in (
        ("volume", one.volume, other.volume),
        ("first page", one.first_page, other.first_page),
    ):
        if here and there and here.casefold() != there.casefold():
            return f"different {what}: {here} / {there}"
    if one.journal and other.journal and not titles.same_journal(one.journal, other.journal):
        return f"different journals: {one.journal} / {other.journal}"
    if not (one.first_author and other.first_author):
        if mine != yours or len(mine.split()) < 6:
            return "the authors of one are unknown"
        if one.kind == "news" and one.published != other.published:
            return "news of different days"
    return None
