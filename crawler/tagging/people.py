"""Who is studied, and how many."""

from __future__ import annotations

from crawler.tagging.reading import Reading
from store.records import Tag

POPULATIONS = ("adolescent", "child", "older-adult", "veteran", "perinatal", "healthy")
_PRIMARY = {"rct", "crossover", "non-randomised-trial", "secondary-analysis", "protocol", "observational", "case-series",
            "case-report", "qualitative", "human-experimental", "commentary"}  # fmt: skip
_MOST = 50_000_000
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: value for value, word in enumerate(_SMALL)} | {
    word: 10 * at for at, word in enumerate(_TENS, 2)
}


def populations(reading: Reading) -> list[Tag]:
    """The tags of dimension `population`."""
    found: dict[str, Tag] = {}
    barred = [hit for cue in ("role.excluded", "role.history") for hit in reading.hits.get(cue, [])]
    counts: dict[str, int] = {}
    for mention in reading.mentions_of("population"):
        value = mention.term.more["population"]
        if any(hit.start <= mention.at < hit.end for hit in barred):
            continue
        counts[value] = counts.get(value, 0) + 1
        in_title = mention.at < reading.body
        if in_title or reading.section(mention.at) in ("methods", "results") or counts[value] > 1:
            found.setdefault(value, reading.tag("population", value, mention, 0.9 if in_title else 0.75))
    return list(found.values())


def sample_size(reading: Reading, designs: set[str]) -> list[Tag]:
    """The tag of dimension `sample_size`: persons randomised, else enrolled, else analysed; its value is the number."""
    if not designs & _PRIMARY or designs & {"preclinical"}:
        return []
    barred = [hit for cue in ("n.screened", "n.animals") for hit in reading.hits.get(cue, [])]
    for cue in ("n.randomised", "n.enrolled", "n.analysed"):
        counted = [
            (value, hit)
            for hit in reading.hits.get(cue, [])
            if hit.number is not None
            and not any(other.number == hit.number for other in barred)
            and (value := number(reading.text(hit.number, hit.number + 1)))
            and 0 < value <= _MOST
        ]
        if counted:
            value, hit = max(counted, key=lambda pair: (pair[0], -pair[1].start))
            return [reading.tag("sample_size", str(value), hit)]
    return []


def number(text: str) -> int | None:
    """A whole number in figures or English words: "1,148", "twenty-three", "one hundred"; None if it is none."""
    plain = text.replace(",", "").replace(" ", "")
    if plain.isascii() and plain.isdigit():
        return int(plain) if len(plain) < 12 else None
    total = 0
    for word in text.lower().replace("-", " ").replace("‐", " ").split():
        if word in _WORDS:
            total += _WORDS[word]
        elif word == "hundred":
            total = (total or 1) * 100
        elif word == "thousand":
            total = (total or 1) * 1000
        elif word != "and":
            return None
    return total or None
