"""Who is studied: age groups, veterans, mothers, healthy volunteers."""

from __future__ import annotations

from crawler.tagging.reading import Reading
from store.records import Tag

POPULATIONS = ("adolescent", "child", "older-adult", "veteran", "perinatal", "healthy")


def populations(reading: Reading) -> list[Tag]:
    """The tags of dimension `population` (and `control_group`): groups that the title names, that are counted, or that recur."""
    found: dict[str, Tag] = {}
    counts: dict[str, int] = {}
    barred = reading.hits("population.not")
    counted = reading.hits("population.counted")
    for mention in reading.mentions_of("population"):
        value = mention.term.more["population"]
        if not value or any(hit.start <= mention.at < hit.end for hit in barred):
            continue
        counts[value] = counts.get(value, 0) + 1
        in_title = mention.at < reading.body
        shown = next((hit for hit in counted if hit.start <= mention.at < hit.end), mention)
        early = reading.in_background(mention.at)
        if in_title or (
            not early
            and (
                shown is not mention
                or value == "healthy"
                or reading.section(mention.at) == "methods"
                or counts[value] > 1
            )
        ):
            found.setdefault(value, reading.tag("population", value, shown, 0.9 if in_title else 0.75))
    for mention in reading.mentions_of("condition"):  # "postpartum depression", "late-life depression"
        if mention.at < reading.body and (value := mention.term.more.get("population")):
            found.setdefault(value, reading.tag("population", value, mention, 0.85))
    if controls := reading.named("population.controls"):
        found["controls"] = reading.tag("control_group", "healthy-controls", controls, 0.8)
    return list(found.values())
