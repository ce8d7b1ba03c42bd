"""How many people: randomised, else enrolled, else analysed; in syntheses, how many they pool."""

from __future__ import annotations

import re

from crawler.tagging.reading import Hit, Reading
from store.records import Tag

_PRIMARY = {"rct", "crossover", "non-randomised-trial", "secondary-analysis", "protocol", "observational", "case-series",
            "case-report", "qualitative", "human-experimental"}  # fmt: skip
_SYNTHESES = {"systematic-review", "meta-analysis"}
_REVIEWED = (
    "systematic-title",
    "systematic-said",
    "systematic-done",
    "review-said",
)  # in the abstract of a notice
_MOST = 50_000_000
_LONGEST = 7  # figures of a number without separators
_YEARS = range(1950, 2050)
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: value for value, word in enumerate(_SMALL)} | {
    word: 10 * at for at, word in enumerate(_TENS, 2)
}
_PART = re.compile(
    r"%\s+of\b[^()]*\(|\((?![^)]*\bn\s*=\s*$)[^)]*$|"
    r"\b(?:includ|of wh|compris|consist|of these|of them|responded|each|baseline|follow-?up|at (?:day|week|month|\d))",
    re.IGNORECASE,
)
_AND = re.compile(
    r"\b(?:and|or|vs|versus|compared|while|whereas|with (?:subjects|patients|participants))\b|;",
    re.IGNORECASE,
)
_POWERS = {"hundred": 100, "thousand": 1000}


def sample_size(reading: Reading, designs: set[str]) -> list[Tag]:
    """The tag of dimension `sample_size` (or `pooled_participants` for syntheses); its value is the number."""
    if designs & _SYNTHESES:
        return _most(reading, "n.pooled", "pooled_participants")
    notice = designs == {"commentary"} and bool(reading.hits("notice"))
    if notice and any(reading.hits(cue) for cue in _REVIEWED):
        return []
    if designs and not (designs & _PRIMARY or notice):
        return []
    if found := _randomised(reading):
        return [found]
    counted = _counts(reading, "n.enrolled", "n.people", "n.equals")
    if counted:
        value, hit = max(counted, key=lambda pair: (pair[0], -pair[1].start))
        total, shown = _with_groups(reading, value, hit)
        return [reading.tag("sample_size", str(total), shown)]
    if designs == {"case-report"} and (case := _first(reading, "case-report-body", "case-report")):
        return [reading.tag("sample_size", "1", case, 0.6, "size.one-case")]
    return []


def _randomised(reading: Reading) -> Tag | None:
    """The number randomised; both arms where the sentence counts arm by arm ("Ten were randomised to …, ten to …")."""
    counted = _counts(reading, "n.randomised")
    if not counted:
        return None
    value, hit = max(counted, key=lambda pair: (pair[0], -pair[1].start))
    start, end = reading.sentence(hit.start)
    to_arm = reading.text(hit.end - 1, min(hit.end + 2, end)).lower().split()[1:]
    if "to" in to_arm and hit.number is not None:
        arms = {
            arm.number: other
            for other, arm in _counts(reading, "n.arm")
            if start <= arm.start < end
            and arm.number is not None
            and _beside(reading, hit.number, arm.number)
        }
        if arms and not (len(arms) > 1 and sum(arms.values()) == value):
            value, hit = value + sum(arms.values()), Hit(hit.rule, hit.start, max(arms) + 1, hit.number)
    return reading.tag("sample_size", str(value), hit)


def _beside(reading: Reading, first: int, later: int) -> bool:
    """Whether the number at unit `later` follows that at `first`, and not in brackets."""
    joint = reading.between(first, later) if first < later else None
    return joint is not None and joint.count("(") == joint.count(")")


def _first(reading: Reading, *cues: str) -> Hit | None:
    return next((hits[0] for cue in cues if (hits := reading.hits(cue))), None)


def _most(reading: Reading, cue: str, dimension: str) -> list[Tag]:
    counted = _counts(reading, cue)
    if not counted:
        return []
    value, hit = max(counted, key=lambda pair: (pair[0], -pair[1].start))
    return [reading.tag(dimension, str(value), hit)]


def _counts(reading: Reading, *cues: str) -> list[tuple[int, Hit]]:
    found = [
        (value, hit)
        for cue in cues
        for hit in reading.hits(cue)
        if hit.number is not None
        and (value := number(reading.word(hit.number)))
        and all(other.number != hit.number for other in reading.hits_beside("n.not", hit.number))
        and 0 < value <= _MOST and not (value in _YEARS and reading.units[hit.number - 1] != "=")
    ]  # fmt: skip
    own = [(value, hit) for value, hit in found if not reading.in_background(hit.start)]
    return own or found


def _with_groups(reading: Reading, most: int, hit: Hit) -> tuple[int, Hit]:
    """The groups of one sentence together, where the greatest number is only one of them.

    "29 patients and 29 controls" are 58; "44 patients (17 ECT, 27 ketamine) and 31 controls" are 75.
    """
    best, shown = most, hit
    places: dict[int, dict[int, tuple[int, Hit]]] = {}
    parts = {part.number for part in reading.hits("n.part")}  # of a whole: those who completed, responded …
    for value, other in _counts(reading, "n.people", "n.equals", "n.enrolled"):
        if other.number is not None and (other.number not in parts or value == most):
            groups = places.setdefault(reading.sentence(other.start)[0], {})
            again = other.rule.id == "size.equals" and any(
                number == value and at < other.number and hit.rule.id != "size.equals"
                for at, (number, hit) in groups.items()
            )
            if not again:  # "five inpatients … (n = 5)"
                groups.setdefault(other.number, (value, other))
    for groups in places.values():
        order = sorted(groups)
        values = [groups[at][0] for at in order]
        kept = _without_parts(values)
        if len(kept) > 1 and most in values:
            last = _last_of_list(reading, [order[at] for at in kept])
            total = sum(values[at] for at in kept[: last + 1])
            if last and total > best:
                first, end = groups[order[kept[0]]][1], groups[order[kept[last]]][1]
                best, shown = (
                    total,
                    Hit(hit.rule, min(first.start, end.start), max(first.end, end.end), hit.number),
                )
    return _with_controls(reading, best, shown)


def _with_controls(reading: Reading, total: int, shown: Hit) -> tuple[int, Hit]:
    """Healthy controls who are counted in a sentence of their own ("Twenty matched volunteers were scanned once")."""
    counted = _counts(reading, "n.controls")
    start, end = reading.sentence(shown.start)
    if not counted or any(start <= hit.start < end for _, hit in counted):
        return total, shown
    value = max(value for value, _ in counted)
    return (total + value, shown) if value <= total else (total, shown)


def _last_of_list(reading: Reading, places: list[int]) -> int:
    """How far the numbers at these units are one list of groups ("17 with TRD, 18 with PTSD and 8 with OCD")."""
    reached = 0
    for at in range(1, len(places)):
        joint = reading.between(places[at - 1], places[at]) or ""
        if _PART.search(joint):
            break
        if _AND.search(joint):
            reached = at
    return reached


def _without_parts(values: list[int]) -> list[int]:
    """Places of the numbers that are not the parts of one before them: [44, 17, 27, 31] -> places of 44 and 31."""
    kept: list[int] = []
    at = 0
    while at < len(values):
        whole, parts, end = values[at], 0, at + 1
        while end < len(values) and parts < whole:
            parts += values[end]
            end += 1
        kept.append(at)
        at = end if parts == whole and end - at > 2 else at + 1
    return kept


def number(text: str) -> int | None:
    """A whole number in figures or English words: "1,148", "twenty-three", "one hundred"; None if it is none."""
    plain = text.replace(",", "").replace(" ", "")
    if plain.isascii() and plain.isdigit():
        grouped = "," in text or len(plain) < _LONGEST  # a longer row of figures is a code
        return int(plain) if grouped and len(plain) < 12 and plain[0] != "0" else None
    total = 0
    for word in text.lower().replace("-", " ").replace("‐", " ").replace("‑", " ").split():
        if word in _WORDS:
            total += _WORDS[word]
        elif word in _POWERS:
            total = (total or 1) * _POWERS[word]
        elif word != "and":
            return None
    return total or None
