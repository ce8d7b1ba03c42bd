"""Dates as PubMed writes them, as ISO text of the precision known: "2021-01-05", "2021-01" or "2021".

Forms, by PubMed's DTD and its "XML Help for PubMed": Year with Month ("Jan" or "01") and Day; Year with Season
("Spring", "Jul-Aug"); MedlineDate for all others ("1998 Dec-1999 Jan", "2000 Spring", "1976-1977"). A range
gives its beginning. A season is no month: it leaves the year. A part that is impossible is left out, not repaired.
"""

from __future__ import annotations

import re
from calendar import monthrange
from functools import lru_cache

from lxml import etree

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_MONTH_WORD = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)(?![A-Za-z])\.?"
)
_MONTH = re.compile(_MONTH_WORD, re.IGNORECASE)
_DATE = rf"(?<![0-9:])([12][0-9]{{3}})(?![0-9])(?:\s+({_MONTH_WORD})(?:\s+([0-9]{{1,2}})(?![0-9]))?)?"
_FREE_DATE = re.compile(_DATE, re.IGNORECASE)
#: "Circulation. 1996 Dec 1;94(11):2674-80": the date stands before the volume, or ends the source
_CITED_DATE = re.compile(
    rf"{_DATE}(?:\s*[-/][^;:.()]*|\s+(?:Spring|Summer|Fall|Autumn|Winter)\b[^;:.()]*)?\s*(?:[;:.]|$)",
    re.IGNORECASE,
)


@lru_cache(maxsize=50_000)  # dates repeat: a file has tens of thousands of few days
def iso_date(year: str | None, month: str | None = None, day: str | None = None) -> str | None:
    """ISO text from parts as written; month as a number or an English name. None without a four-digit year."""
    year, month, day = ((part or "").strip() for part in (year, month, day))
    if not re.fullmatch("[12][0-9]{3}", year):
        return None
    month_number = _month(month)
    if not month_number:
        return year
    if re.fullmatch("[0-9]{1,2}", day) and 1 <= int(day) <= monthrange(int(year), month_number)[1]:
        return f"{year}-{month_number:02}-{int(day):02}"
    return f"{year}-{month_number:02}"


def _month(text: str) -> int | None:
    if re.fullmatch("[0-9]{1,2}", text):
        return int(text) if 1 <= int(text) <= 12 else None
    return _MONTHS[text[:3].lower()] if _MONTH.match(text) else None


def date_of(element: etree._Element) -> str | None:
    """The date in an element such as PubDate, ArticleDate, DateRevised or PubMedPubDate."""
    year = month = day = free = None
    for child in element.iter():
        tag = child.tag
        if tag == "Year":
            year = child.text
        elif tag in ("Month", "Season"):
            month = child.text
        elif tag == "Day":
            day = child.text
            break  # by the DTD the last of the date; an hour and a minute may follow
        elif tag == "MedlineDate":
            free = child.text
    return iso_date(year, month, day) or free_date(free)


def free_date(text: str | None) -> str | None:
    """The first date in a MedlineDate, which is the beginning if it is a range."""
    match = _FREE_DATE.search(text or "")
    return iso_date(*match.groups()) if match else None


def cited_date(source: str | None) -> str | None:
    """The date in a RefSource: "Nature. 2001 Aug 30;412(6850):941" gives "2001-08-30"; None if it has none there."""
    match = _CITED_DATE.search(source or "")
    return iso_date(*match.groups()) if match else None


def earlier(one: str | None, other: str | None) -> str | None:
    """The earlier of two dates of any precision; where the coarser one holds the finer, the finer."""
    if not one or not other:
        return one or other
    common = min(len(one), len(other))
    if one[:common] == other[:common]:
        return max(one, other, key=len)
    return min(one, other)
