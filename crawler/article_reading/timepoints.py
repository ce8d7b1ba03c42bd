"""The points of time of which a text says something: "within 24 hours", "at week 4", "up to three months"."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER = rf"[0-9]{{1,3}}|{'|'.join(_WORDS)}"
_UNIT = r"hours?|hrs?|h|days?|weeks?|wks?|months?|years?"
#: words before a time that make it one at which something is found, or until which it lasts
_WHEN = (
    r"within|at|after|by|through|until|up to|as long as|beyond|for at least|lasted|lasting|lasts|persist\w*(?: for)?|sustained for"
    r"|maintained for"
)
_FIRST = r"(?:the first |about |around |roughly |nearly |only |a few |as little as )?"
_SAID = re.compile(
    rf"\b(?:{_WHEN})\s{_FIRST}(?P<low>{_NUMBER})(?:\s?(?:–|-|to|or)\s?(?P<high>{_NUMBER}))?[\s-]?(?P<unit>{_UNIT})\b"
    rf"|\b(?:at|by|after|through|until) (?P<before>hour|day|week|month)s? (?P<count>[0-9]{{1,3}})\b"
    rf"|\b(?P<past>{_NUMBER})[\s-](?P<past_unit>{_UNIT}) (?:after|post|later|following|follow-?up)\b"
    rf"|\b(?:within|in|over|for|lasted|lasting) (?:a few |several |many |just )?(?P<some>hours|days|weeks|months|years)\b"
    rf"(?! (?:of|per|a)\b)",
    re.IGNORECASE,
)
_UNITS = {"h": "hour", "hr": "hour", "wk": "week"}
_LONGEST = 400_000  # characters: what stands beyond is no sentence and no abstract


def timepoints(text: str) -> Iterator[tuple[str, int, int]]:
    """(value, start, end) in order: "24 hours", "4 weeks", "1-2 weeks", or "hours" where no number is given."""
    for hit in _SAID.finditer(text[:_LONGEST]):
        yield _value(hit), hit.start(), hit.end()


_HOURS = {"hour": 1, "day": 24, "week": 168, "month": 730, "year": 8760}


def hours(value: str) -> tuple[int, int] | None:
    """A value in hours, from and to, so that a day is 24 hours; None where it has no number."""
    numbers, _, unit = value.rpartition(" ")
    if not numbers:
        return None
    low, _, high = numbers.partition("-")
    each = _HOURS[unit.rstrip("s")]
    return int(low) * each, int(high or low) * each


def _value(hit: re.Match[str]) -> str:
    if hit["some"]:
        return hit["some"].lower()
    low = _count(hit["low"] or hit["count"] or hit["past"])
    unit = (hit["unit"] or hit["before"] or hit["past_unit"]).lower().rstrip("s")
    unit = _UNITS.get(unit, unit)
    if hit["high"]:
        return f"{low}-{_count(hit['high'])} {unit}s"
    return f"{low} {unit}{'s' if low != 1 else ''}"


def _count(text: str) -> int:
    word = text.lower()
    return _WORDS.index(word) + 1 if word in _WORDS else int(word)
