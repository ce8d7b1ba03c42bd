"""Drugs that are studied (not merely named), and the routes by which they are given."""

from __future__ import annotations

from crawler.tagging.reading import Hit, Mention, Reading
from store.records import Tag

DRUGS = ("ketamine", "esketamine", "arketamine")
ROUTES = ("intravenous", "intranasal", "oral", "sublingual", "intramuscular", "subcutaneous", "other")
_ROUTE_REACH = 8  # words between a route and its drug


def drugs(reading: Reading) -> list[Tag]:
    """The tags of dimension `drug`."""
    aside = reading.hits.get("drug.aside", [])
    given = reading.hits.get("drug.given", [])
    found: dict[str, tuple[float, Mention | Hit]] = {}
    counts: dict[str, int] = {}
    for mention in reading.mentions_of("drug"):
        value = mention.term.more["drug"]
        if not value:
            continue
        counts[value] = counts.get(value, 0) + 1
        weight = _drug_weight(reading, mention, aside, given)
        if value not in found or weight > found[value][0]:
            found[value] = (weight, mention)
    kept = {
        value: (weight, shown)
        for value, (weight, shown) in found.items()
        if weight >= 0.6 or counts[value] > 2
    }
    return [reading.tag("drug", value, kept[value][1], max(0.5, kept[value][0])) for value in kept]


def _drug_weight(reading: Reading, mention: Mention, aside: list[Hit], given: list[Hit]) -> float:
    if mention.at < reading.body:
        return 0.95
    if any(hit.start <= mention.at < hit.end for hit in aside):
        return 0.2
    if any(hit.start <= mention.at < hit.end for hit in given):
        return 0.85
    return 0.5


def routes(reading: Reading) -> list[Tag]:
    """The tags of dimension `route`: of a watched drug, stated or certain ("infusion")."""
    found: dict[str, tuple[float, Mention]] = {}
    drugs_at = [mention.at for mention in reading.mentions_of("drug")]
    for mention in reading.mentions_of("route"):
        value = mention.term.more["route"]
        start, end = reading.sentence(mention.at)
        near = [abs(at - mention.at) for at in drugs_at if start <= at <= end]
        weight = 0.95 if near and min(near) <= _ROUTE_REACH else 0.6 if near else 0.3
        if value and (value not in found or weight > found[value][0]):
            found[value] = (weight, mention)
    return [
        reading.tag("route", value, shown, weight)
        for value, (weight, shown) in found.items()
        if weight >= 0.6
    ]
