"""The tagger: a record in, its tags with their evidence out. A pure function of text and metadata."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources
from typing import Any

from crawler.tagging import (
    comparisons,
    designs,
    doses,
    indications,
    people,
    sizes,
    substances,
    topics,
    vocabulary,
)
from crawler.tagging.encoding import Encoder
from crawler.tagging.headings import heading_tags, weighed
from crawler.tagging.reading import Reading
from crawler.tagging.registry import registry_tags
from store.records import Record, Tag

_NO_RULES = ("jsonl.py", "evaluate.py", "psynamic.py", "scores.py", "table.py")
_RULES = 1  # counted up by hand when what the tags mean changes

#: facet -> (dimension, values in the vocabulary's order)
FACETS = {
    "indications": ("indication", indications.ORDER),
    "designs": ("design", designs.ORDER),
    "drugs": ("drug", substances.DRUGS),
    "routes": ("route", substances.ROUTES),
    "comparators": ("comparator", comparisons.COMPARATORS),
    "populations": ("population", people.POPULATIONS),
}


def _rules_version() -> str:
    digest = hashlib.sha256()
    package = resources.files("crawler.tagging")
    for file in sorted(package.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".py") and file.name not in _NO_RULES:
            digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    for name, content in vocabulary.sources():
        digest.update(name.encode() + content.encode())
    return f"{_RULES}-{digest.hexdigest()[:8]}"


#: changes with every change of the vocabulary or the rules: "1-0c4f9b2a"
RULES_VERSION = _rules_version()


_OF_STUDIES = {"design", "parent_design", "comparator", "sample_size"}


class Tagger:
    """Built once (the vocabulary is compiled), used for every record.

    `drugs`: the topic's drugs with their synonyms (a final * truncates). Those that the vocabulary does not know are
    found by these synonyms; those that it knows keep its names and gain these. None: the vocabulary's own.
    """

    def __init__(self, drugs: Mapping[str, Sequence[str]] | None = None):
        more = {
            f"drug.{name}": {"drug": name, "topic": True, "phrases": _phrases(terms)}
            for name, terms in (drugs or {}).items()
        }
        self._encoder = Encoder(vocabulary.load(more))
        self._drugs = None if drugs is None else frozenset(drugs)

    def tags(self, record: Record) -> list[Tag]:
        """All tags of one record, by dimension, in the order of the vocabulary. Never raises for odd text."""
        reading = Reading(self._encoder, record.title or "", record.abstract or "")
        registered = record.registration is not None
        tags = (
            registry_tags(self._encoder, record, reading)
            if registered
            else weighed(text_tags(reading), heading_tags(record.headings) if record.headings else [])
        )
        if record.kind == "regulatory":  # a decision or a label is no study
            tags = [tag for tag in tags if tag.dimension not in _OF_STUDIES]
        if self._drugs is not None:
            tags = [tag for tag in tags if tag.dimension != "drug" or tag.value in self._drugs]
        return tags


def text_tags(reading: Reading) -> list[Tag]:
    """What title and abstract say."""
    indication_tags = indications.indications(reading)
    treated = {tag.value for tag in indication_tags} & indications.CLINICAL
    design_tags = designs.designs(reading, bool(treated))
    found = {tag.value for tag in design_tags}
    dose_tags = doses.doses(reading, found)
    return [
        *indication_tags, *design_tags, *designs.parent_designs(reading, found), *substances.drugs(reading), *substances.routes(reading),
        *comparisons.comparators(reading, found, dose_tags), *people.populations(reading), *sizes.sample_size(reading, found),
        *dose_tags, *comparisons.combinations(reading), *comparisons.regimens(reading), *topics.phases(reading),
        *topics.scales(reading), *topics.topics(reading),
    ]  # fmt: skip


def derive(tags: Iterable[Tag]) -> dict[str, Any]:
    """The facet arrays of a record's tags (each value once, in the vocabulary's order), and `sample_size`."""
    listed = list(tags)
    facets: dict[str, Any] = {}
    for facet, (dimension, order) in FACETS.items():
        values = {tag.value for tag in listed if tag.dimension == dimension}
        facets[facet] = sorted(
            values, key=lambda value: (order.index(value) if value in order else len(order), value)
        )
    sizes = [int(tag.value) for tag in listed if tag.dimension == "sample_size"]
    facets["sample_size"] = sizes[0] if sizes else None
    return facets


def _phrases(terms: Sequence[str]) -> list[str]:
    """A topic's search terms as vocabulary phrases: brackets are literal there."""
    return [
        " ".join(f'"{piece}"' if piece in "()[]|#^$<>" else piece for piece in _pieces(term))
        for term in terms
    ]


def _pieces(term: str) -> list[str]:
    spaced = "".join(f" {char} " if char in "()[]|#^$<>+,±" else char for char in term)
    return [piece for piece in spaced.replace("-", " ").replace('"', " ").split() if piece]
