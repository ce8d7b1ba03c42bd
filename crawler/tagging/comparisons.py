"""With what ketamine is compared, with what it is combined, and how often it is given."""

from __future__ import annotations

import re

from crawler.tagging.reading import Hit, Mention, Reading
from store.records import Tag

COMPARATORS = (
    "placebo",
    "midazolam",
    "ect",
    "tms",
    "antidepressant",
    "psychotherapy",
    "other-active",
    "dose",
    "none",
)
_WITH_CONTROL = {
    "rct",
    "non-randomised-trial",
    "protocol",
    "secondary-analysis",
    "observational",
    "human-experimental",
    "crossover",
}
_WEAK = "comparator.placebo-word"  # "placebo-controlled" alone
_ONE_SENTENCE = 90  # characters between two doses of one comparison
#: between two doses that the same people get, one after the other
_IN_TURN = re.compile(
    r"^\s*(?:[-‐‑‒–—―−]|to)\s*$|\b(?:then|followed|first|last|for \d|titrat|increas|up to|maintenance|bolus|loading)",
    re.IGNORECASE,
)


def comparators(reading: Reading, designs: set[str], doses: list[Tag]) -> list[Tag]:
    """The tags of dimension `comparator`, for designs that can have one. `doses`: the record's dose tags."""
    if not designs & _WITH_CONTROL and not (designs == {"commentary"} and reading.hits("notice")):
        return []
    found: dict[str, Tag] = {}
    hits = [hit for hit in reading.hits("comparator") if reading.section(hit.start) != "conclusions"]
    for hit in [hit for hit in hits if not _background(reading, hit)] or hits:
        for mention in _within(reading, hit.start, hit.end):
            value = mention.term.more.get("comparator")
            if (
                value
                and (value not in found or found[value].rule == _WEAK)
                and not _barred(reading, mention, value)
            ):
                found[value] = reading.tag("comparator", value, hit)
    if tag := _doses_compared(reading, designs, doses):
        found["dose"] = tag
    active = reading.named("treatment.active-placebo")
    if active and "placebo" in found and not _inactive(reading):
        del found["placebo"]
        found.setdefault("other-active", reading.tag("comparator", "other-active", active))
    if "midazolam" in found:  # the "active placebo" is the midazolam itself
        if "placebo" in found and not _inactive(reading) and not reading.hits("placebo-and-midazolam"):
            del found["placebo"]
        if "other-active" in found and "active" in found["other-active"].text.lower():
            del found["other-active"]
    uncontrolled = not found and designs & {"non-randomised-trial", "secondary-analysis"}
    if uncontrolled and not reading.named("population.controls"):
        cues = (
            ("uncontrolled", "open-trial", "treated")
            if "non-randomised-trial" in designs
            else ("uncontrolled",)
        )
        shown = next((said[0] for cue in cues if (said := reading.hits(cue))), None)
        if shown:
            found["none"] = reading.tag("comparator", "none", shown, 0.7)
    return list(found.values())


def _barred(reading: Reading, mention: Mention, value: str) -> bool:
    """Whether a treatment is absent, past or given to all. A placebo is a control whatever it is given beside."""
    cues = ("comparator-denied",) if value == "placebo" else ("comparator-denied", "comparator-not")
    return any(reading.within(cue, mention.at) for cue in cues)


def _background(reading: Reading, hit: Hit) -> bool:
    return reading.section(hit.start) == "background"


def _inactive(reading: Reading) -> bool:
    """Whether saline or an inactive placebo is named beside an active one."""
    return any(
        mention.term.name == "treatment.placebo" and "placebo" not in reading.word(mention.at).lower()
        for mention in reading.mentions_of("treatment")
        if reading.section(mention.at) != "background"
    )


def _doses_compared(reading: Reading, designs: set[str], doses: list[Tag]) -> Tag | None:
    """Two or more doses, routes or regimens of the drug against each other."""
    if not designs & {"rct", "protocol", "secondary-analysis"}:
        return None
    cues = ("randomised-title", "randomised", "parent-randomised")
    randomised = "rct" in designs or any(reading.hits(cue) for cue in cues)
    if randomised and (hits := reading.hits("dose-comparison")):
        return reading.tag("comparator", "dose", hits[0])
    for first in doses:
        for second in doses:
            one, two = first.detail or {}, second.detail or {}
            same = (
                all(one.get(key) == two.get(key) for key in ("unit", "drug")) and first.field == second.field
            )
            if (
                same
                and first.value != second.value
                and not one.get("to")
                and first.end is not None
                and second.start is not None
            ):
                if not 0 <= second.start - first.end < _ONE_SENTENCE:
                    continue
                between = reading.field_text(first.field)[first.end : second.start]
                if ". " not in between and not _IN_TURN.search(between):
                    return Tag("comparator", "dose", first.field, first.start, second.end,
                               reading.field_text(first.field)[first.start : second.end], "comparator.doses", 0.85)  # fmt: skip
    return None


def combinations(reading: Reading) -> list[Tag]:
    """The tags of dimension `combination`: what is given together with ketamine."""
    found: dict[str, Tag] = {}
    for hit in reading.hits("combination"):
        for mention in _within(reading, hit.start, hit.end):
            value = mention.term.more.get("combination")
            if value and value not in found:
                found[value] = reading.tag("combination", value, hit)
    return list(found.values())


def _within(reading: Reading, start: int, end: int) -> list[Mention]:
    return [mention for mention in reading.mentions_of("treatment") if start <= mention.at < end]


def regimens(reading: Reading) -> list[Tag]:
    """The tags of dimension `regimen`: single, repeated, maintenance."""
    return [
        reading.tag("regimen", value, hits[0])
        for value in ("single", "repeated", "maintenance")
        if (hits := reading.hits(f"regimen.{value}"))
    ]
