"""Numbers in a sentence, each with its kind and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_VALUE = r"\d+(?:,\d{3})*(?:\.\d+)?"
_NUMBER = re.compile(
    rf"(?P<more>more than |over |nearly |about |roughly |up to )?(?P<low>{_VALUE})(?:\s?(?:–|-|to)\s?(?P<high>{_VALUE}))?\s?"
    r"(?P<unit>%|percent|mg/kg|mg|hours?|days?|weeks?|months?|minutes?|years?|infusions?|sessions?|patients?|participants?|clinics?)(?!\w)",
    re.IGNORECASE,
)
#: what a percentage counts: the word nearest to it names it
_RATES = re.compile(r"\b(remission|respon\w+|relapse\w*|improvement|dropout|retention)\b", re.IGNORECASE)
_KINDS = {
    "mg/kg": "dose", "mg": "dose", "%": "rate", "percent": "rate", "hour": "time", "day": "time", "week": "time",
    "month": "time", "minute": "time", "year": "time",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """`kind`: dose, rate, response, remission …, time or count; `meaning` in words."""

    start: int
    end: int
    text: str
    kind: str
    low: float
    high: float | None
    unit: str
    meaning: str


def numbers(sentence: str) -> list[Number]:
    """The numbers with a unit, in order."""
    return list(_numbers(sentence))


def _numbers(sentence: str) -> Iterator[Number]:
    for hit in _NUMBER.finditer(sentence):
        unit = hit["unit"].lower().rstrip("s")
        kind = _KINDS.get(unit, "count")
        what = _rate(sentence, hit.start(), hit.end()) if kind == "rate" else None
        low = float(hit["low"].replace(",", ""))
        high = float(hit["high"].replace(",", "")) if hit["high"] else None
        said = " ".join(hit[0].split())
        meaning = f"{what}: {said}" if what else f"{kind}: {said}"
        yield Number(hit.start(), hit.end(), hit[0], what or kind, low, high, hit["unit"], meaning)


def _rate(sentence: str, start: int, end: int) -> str | None:
    """What the percentage is of: the nearest naming word, one before it preferred."""
    words = [
        (min(abs(start - word.end()), abs(word.start() - end)), word) for word in _RATES.finditer(sentence)
    ]
    if not words:
        return None
    word = min(words, key=lambda one: one[0])[1][0].lower()
    return "response" if word.startswith("respon") else "relapse" if word.startswith("relapse") else word
