"""Trial phase, rating scales and topics."""

from __future__ import annotations

from crawler.tagging.reading import Reading
from store.records import Tag

TOPICS = ("safety", "dosing", "long-term", "regulatory", "policy", "cost-access")
_MENTIONS_OF_A_TOPIC = 2  # in the abstract; in the title one is enough


def phases(reading: Reading) -> list[Tag]:
    """The tags of dimension `phase`: 1 to 4."""
    return [
        reading.tag("phase", value, hits[0]) for value in "1234" if (hits := reading.hits(f"phase.{value}"))
    ]


def scales(reading: Reading) -> list[Tag]:
    """The tags of dimension `scale`, one for each scale named."""
    found: dict[str, Tag] = {}
    for mention in reading.mentions_of("scale"):
        found.setdefault(
            mention.term.more["scale"], reading.tag("scale", mention.term.more["scale"], mention)
        )
    return list(found.values())


def topics(reading: Reading) -> list[Tag]:
    """The tags of dimension `topic`."""
    found = []
    for value in TOPICS:
        hits = reading.hits(f"topic.{value}")
        if hits and (hits[0].start < reading.body or len(hits) >= _MENTIONS_OF_A_TOPIC):
            found.append(reading.tag("topic", value, hits[0]))
    return found
