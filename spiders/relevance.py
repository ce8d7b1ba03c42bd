"""Whether a record belongs to a topic, decided here: for files that hold everything, whatever it is about.

The same drugs and indications as the queries that spiders send, looked for in title, abstract and keywords, and among
the headings. PubMed's own search explodes a MeSH heading to all that stand below it in the tree; here a heading stands for
itself and for those that begin with it ("Depressive Disorder, Major"). Words in the text find most of the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from spiders.terms import pattern
from spiders.topic import Topic, Watched
from store.records import Record

_WORD = re.compile(r"\w+")


def relevance(topic: Topic) -> Callable[[Record], bool]:
    """A function that tells whether a record has one of the topic's drugs and one of its indications."""
    sides = [_side(topic, watched) for watched in (topic.drugs, topic.indications) if watched]

    def belongs(record: Record) -> bool:
        vernacular = record.publication.vernacular_title if record.publication else None
        text = "\n".join(filter(None, (record.title, vernacular, record.abstract, *record.keywords)))
        headings = [heading.name.lower() for heading in record.headings if heading.scheme != "pubtype"]
        return bool(sides) and all(
            found.search(text)
            or any(name == head or name.startswith(f"{head},") for name in headings for head in heads)
            for found, heads in sides
        )

    return belongs


def _side(topic: Topic, watched: Sequence[Watched]) -> tuple[re.Pattern[str], set[str]]:
    heads = {name.lower() for one in watched for name in (*one.mesh, *one.substances)}
    return pattern(topic.text_terms(watched)), heads


def gate(topics: Iterable[Topic]) -> Callable[[str], bool]:
    """A quick look at all the text of a record: False only if no drug of any topic can be in it.

    Each term is stood for by its longest word, which must occur as a word, or as the beginning of one if it is truncated.
    """
    whole: set[str] = set()
    begun: set[str] = set()
    for topic in topics:
        for drug in topic.drugs:
            for term in (*drug.terms, *drug.mesh, *drug.substances):
                words = _WORD.findall(term.lower())
                if words:
                    longest = max(words, key=len)
                    (begun if term.rstrip().endswith("*") and longest == words[-1] else whole).add(longest)
    beginnings = tuple(begun)

    def may_belong(text: str) -> bool:
        words = set(_WORD.findall(text.lower()))
        return not whole.isdisjoint(words) or any(word.startswith(beginnings) for word in words if beginnings)

    return may_belong
