"""What the citation styles share: names, dates, places, and what became of a work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from store.exports.standing import headline
from store.exports.text import authors_of, clean, date_parts
from store.exports.works import Work, WorkNotice
from store.records import Author

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SUFFIX = re.compile(r" (Jr|Sr|II|III|IV|2nd|3rd|4th)\.?$")
_PLACE = re.compile(r"(?:19|20)[0-9]{2}\b.*;")  # "2025 Mar;906:99"
_ALL_OF_APA = 20
#: words of a journal's name that keep their small letter, in the languages that journals have
_SMALL = frozenset(
    ("a", "an", "and", "as", "at", "by", "de", "del", "der", "des", "di", "du", "et", "for", "from", "in", "la", "le", "of",
     "on", "or", "the", "to", "und", "with", "y")
)  # fmt: skip

#: what NLM calls the place of a notice, the gravest first
_IN = {
    "retraction": "Retraction in",
    "withdrawal": "Withdrawal in",
    "partial-retraction": "Partial retraction in",
    "expression-of-concern": "Expression of concern in",
    "correction": "Erratum in",
    "republication": "Corrected and republished in",
}
#: standings that a notice of that kind explains
_EXPLAINS = {
    "Retracted": "retraction",
    "Withdrawn": "withdrawal",
    "Partly retracted": "partial-retraction",
    "Expression of concern": "expression-of-concern",
}


@dataclass(slots=True, frozen=True)
class Places:
    """Where notices stand: the works that state them, by id, as far as they are here."""

    works: Mapping[str, Work]

    def gravest(self, work: Work) -> tuple[str, Work | None, str | None] | None:
        """(what, the notice if it is here, its date) of what the work's standing rests on; None if it rests on no notice."""
        kind = _EXPLAINS.get(headline(work) or "")
        found = [notice for notice in work.notices if notice.kind == kind]
        if not found:
            return None
        best = min(found, key=lambda notice: notice.by not in self.works)
        return _IN[best.kind].removesuffix(" in"), self.works.get(best.by or ""), best.date

    def words(self, notice: WorkNotice) -> str:
        """ "J Psychiatr Res. 2024 Feb;901(2):10"; the source's own words where the notice is not here; "" if they tell no place."""
        if (by := self.works.get(notice.by or "")) and clean(by.venue):
            place = locator(by, clean(by.pages))
            when = nlm_date(by.published or notice.date)
            return f"{clean(by.venue)}. {when}{';' if when and place else ''}{place}".rstrip(". ")
        said = clean(notice.citation).rstrip(".")
        return said if _PLACE.search(said) else ""


def fates(work: Work, places: Places) -> list[str]:
    """What became of the work, as NLM says it: "Retraction in: J Psychiatr Res. 2024 Feb;901(2):10", the gravest first.

    Without the notice's place "Retracted 2024 Feb". Only what still holds: a notice of retraction does not count where
    the work's standing does not rest on it.
    """
    told = headline(work)
    rests_on = _EXPLAINS.get(told or "")
    said = [] if told is None or any(notice.kind == rests_on for notice in work.notices) else [told]
    for kind in (rests_on, "correction", "republication"):
        for notice in work.notices:
            if notice.kind != kind:
                continue
            if where := places.words(notice):
                said.append(f"{_IN[kind]}: {where}")
            elif kind == rests_on:
                said.append(f"{told} {nlm_date(notice.date)}".rstrip())
    return list(dict.fromkeys(said))


def listed_names(work: Work, *, most: int, shown: int) -> str:
    """ "Muster C, Exemplo D; Sample Group. "; of more than `most` persons the first `shown` and "et al". "" without any."""
    authors = [author for author in authors_of(work) if clean(author.name)]
    persons = [clean(author.name) for author in authors if not author.collective]
    groups = [clean(author.name) for author in authors if author.collective]
    if len(persons) > most:
        persons = [*persons[:shown], "et al"]
    told = "; ".join(filter(None, (", ".join(persons), *groups)))
    return f"{full_stop(told)} " if told else ""


def apa_names(work: Work) -> str:
    """ "Muster, C., & Exemplo, D."; of more than twenty the first nineteen, an ellipsis and the last (APA 7, 9.8)."""
    names = [_apa_name(author) for author in authors_of(work) if clean(author.name) or clean(author.family)]
    if not names:
        return ""
    if len(names) > _ALL_OF_APA:
        told = f"{', '.join(names[: _ALL_OF_APA - 1])}, . . . {names[-1]}"
    elif len(names) > 1:
        told = f"{', '.join(names[:-1])}, & {names[-1]}"
    else:
        told = names[0]
    return full_stop(told)


def _apa_name(author: Author) -> str:
    family = clean(author.family)
    if author.collective or not family:
        return clean(author.name)
    initials = _initials(clean(author.given) or " ".join(clean(author.initials)))
    suffix = _SUFFIX.search(clean(author.name))
    return ", ".join(
        filter(None, (family, initials, suffix and f"{suffix[1]}{'.' if suffix[1] in ('Jr', 'Sr') else ''}"))
    )


def _initials(given: str) -> str:
    """ "John H" -> "J. H."; "Anne-Marie" -> "A.-M."."""
    return " ".join(
        "-".join(f"{part[0].upper()}." for part in word.split("-") if part and part[0].isalpha())
        for word in given.replace(".", " ").split()
        if word[0].isalpha()
    )


def full_stop(text: str) -> str:
    """The text, ended by a full stop unless by another mark."""
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."


def locator(work: Work, pages: str) -> str:
    """ "170(10):1134-1142"; parts that are unknown are left out, "" if all are."""
    volume, issue = clean(work.volume), clean(work.issue)
    place = f"{volume}{f'({issue})' if issue else ''}"
    return f"{place}:{pages}" if place and pages else place or pages


def journal_name(name: str) -> str:
    """A journal's full title in title case, without NLM's place or subtitle.

    >>> journal_name("Lancet (London, England)"), journal_name("The American journal of psychiatry")
    ('Lancet', 'The American Journal of Psychiatry')
    """
    words = re.sub(r" \([^)]*\)$| : .*$", "", clean(name)).split(" ")
    return " ".join(
        word[:1].upper() + word[1:] if at == 0 or word not in _SMALL else word
        for at, word in enumerate(words)
    )


def long_date(date: str | None) -> str:
    """ "October 1, 2013", "October 2013" or "2013", as far as it is known; "" of none."""
    match date_parts(date):
        case (year, month, day):
            return f"{_MONTHS[month - 1]} {day}, {year}"
        case (year, month):
            return f"{_MONTHS[month - 1]} {year}"
        case (year,):
            return str(year)
    return ""


def nlm_date(date: str | None) -> str:
    """ "2013 Oct 1", "2013 Oct" or "2013", as far as it is known; "" of none."""
    match date_parts(date):
        case (year, month, day):
            return f"{year} {_MONTHS[month - 1][:3]} {day}"
        case (year, month):
            return f"{year} {_MONTHS[month - 1][:3]}"
        case (year,):
            return str(year)
    return ""
