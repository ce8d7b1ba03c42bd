"""With what ketamine is compared, with what it is combined, and how often it is given."""

from __future__ import annotations

from crawler.tagging.reading import Mention, Reading
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
_UNCONTROLLED = {"non-randomised-trial"}


def comparators(reading: Reading, designs: set[str]) -> list[Tag]:
    """The tags of dimension `comparator`, for designs that can have one."""
    if not designs & _WITH_CONTROL:
        return []
    found: dict[str, Tag] = {}
    barred = reading.hits.get("comparator-not", [])
    for hit in reading.hits.get("comparator", []):
        for mention in reading.mentions_of("treatment"):
            value = mention.term.more.get("comparator")
            if not value or not hit.start <= mention.at < hit.end or value in found:
                continue
            if any(other.start <= mention.at < other.end for other in barred) and value not in ("placebo",):
                continue
            found[value] = reading.tag("comparator", value, hit)
    if (hits := reading.hits.get("dose-comparison")) and "rct" in designs:
        found["dose"] = reading.tag("comparator", "dose", hits[0])
    if (
        "other-active" in found
        and "midazolam" in found
        and found["other-active"].text.lower().find("active") >= 0
    ):
        del found["other-active"]  # "active placebo" is the midazolam itself
    if not found and designs & _UNCONTROLLED:
        if hits := reading.hits.get("uncontrolled") or reading.hits.get("non-randomised"):
            found["none"] = reading.tag("comparator", "none", hits[0])
        elif hits := reading.hits.get("treated"):
            found["none"] = reading.tag("comparator", "none", hits[0], 0.5)
    return list(found.values())


def combinations(reading: Reading) -> list[Tag]:
    """The tags of dimension `combination`: what is given together with ketamine."""
    found: dict[str, Tag] = {}
    for hit in reading.hits.get("combination", []):
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
        if (hits := reading.hits.get(f"regimen.{value}"))
    ]
