"""A record with its tags: the rules' words, and over them what people said. Pure, so that it may be done anywhere."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.tagging import Tagger, derive
from store import corrections, save
from store.corrections import Correction
from store.records import Record, Tag


def tagged(tagger: Tagger, record: Record, digest: str, said: Iterable[Correction] = ()) -> save.TaggedRecord:
    """A record with the rules' tags and, over them, what people said of it."""
    tags = tagger.tags(record)
    for correction in said:
        tags = _corrected(tags, correction)
    return save.TaggedRecord(record, digest, tags, derive(tags))


def _corrected(tags: list[Tag], correction: Correction) -> list[Tag]:
    """The rules' words for a value that the person confirms stay beside the person's."""
    kept = [tag for tag in tags if tag.dimension != correction.dimension or tag.value in correction.values]
    return kept + [
        Tag(correction.dimension, value, corrections.FIELD, None, None, correction.why, f"person: {correction.decided_by}", 1.0)
        for value in correction.values
    ]  # fmt: skip
