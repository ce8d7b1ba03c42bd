"""A small article of our own, put into a database claim by claim: what matching needs, without reading a file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database


@dataclass
class Said:
    """A claim: its sentence, kind and facets ("ptsd iv"), and what it cites (record id, or None for unresolved)."""

    sentence: str
    kind: str = "efficacy"
    facets: dict[str, str] = field(default_factory=dict)  # dimension -> values, by spaces
    absolute: bool = False
    cites: tuple[str | None, ...] = ()
    mismatch: str | None = None
    section: str = "What is known"
    carried_from: int | None = None


def add(
    db: Database, article_id: str, said: list[Said], *, topics: tuple[str, ...] = (), number: int = 1
) -> list[int]:
    """Add an article, or its next version; returns the numbers of its claims. Claims of an earlier version are superseded."""
    text = "\n\n".join(one.sentence for one in said)
    with db.atomic():
        if number == 1:
            db.table("articles").insert(
                {"id": article_id, "title": f"On {article_id}", "name": f"{article_id}.md", "added_at": "2026-01-01T00:00:00Z",
                 "topic_indications": json.dumps(topics)}
            )  # fmt: skip
        db.execute("UPDATE claims SET state = 'superseded' WHERE article_id = ?", [article_id])
        version = db.table("article_versions").insert(
            {"article_id": article_id, "number": number, "added_at": "2026-01-01T00:00:00Z", "format": "text",
             "content_hash": f"{article_id}{number}", "text": text, "title": f"On {article_id}"}
        ).last_rowid  # fmt: skip
        return [_claim(db, article_id, version, at, one, text) for at, one in enumerate(said)]


def _claim(db: Database, article_id: str, version: Any, position: int, said: Said, text: str) -> int:
    start = text.index(said.sentence) if said.sentence else 0
    claim_id = db.table("claims").insert(
        {"article_id": article_id, "version_id": version, "position": position, "section": said.section,
         "section_position": 0, "start": start, "end": start + len(said.sentence), "sentence": said.sentence,
         "kind": said.kind, "strength": "asserts", "absolute": int(said.absolute),
         "absolute_words": "no" if said.absolute else None, "state": "active", "carried_from": said.carried_from,
         "change": "same" if said.carried_from else "new"}
    ).last_rowid  # fmt: skip
    assert claim_id is not None
    for dimension, values in said.facets.items():
        for value in values.split():
            db.table("claim_facets").insert(
                {"claim_id": claim_id, "dimension": dimension, "value": value, "start": start, "end": start + 1,
                 "text": value, "rule": "test", "decided_by": "rules"}
            )  # fmt: skip
    for cited in said.cites:
        db.table("claim_works").insert(
            {"claim_id": claim_id, "start": start, "end": start + 1, "text": cited or "A book", "scheme": "pmid",
             "value": cited or "", "record_id": cited, "state": "resolved" if cited else "unresolved",
             "reason": None if cited else "no such title", "mismatch": said.mismatch}
        )  # fmt: skip
    return claim_id
