"""`ketamine-watch tag --jsonl`: lines of JSON in, lines of JSON out, no database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from crawler.tagging.tagger import Tagger, derive
from store.records import Heading, HeadingScheme, Record, Tag

#: dimensions beyond the facets that a line gets as keys of their own (lists of values)
FURTHER = ("dose", "phase", "scale", "combination", "regimen", "topic", "parent_design", "indication_detail",
           "pooled_participants", "control_group")  # fmt: skip


def tag_lines(lines: Iterable[str], tagger: Tagger | None = None) -> Iterator[dict[str, Any]]:
    """For each line its id, the facet arrays, `sample_size`, the further dimensions and `evidence`.

    A line has `id` or `pmid`, `title`, `abstract`, and may have `pubtypes`, `mesh`, `keywords`: lists of strings, or
    of objects with `name` and `ui`. Blank lines are passed over. A line that cannot be read gives an object with
    `line` (its number, from 1) and `error`; nothing is raised.
    """
    tagger = tagger or Tagger()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record, identity = _record(json.loads(line), number)
        except (ValueError, RecursionError) as error:
            yield {"line": number, "error": str(error)}
            continue
        yield identity | as_json(tagger.tags(record))


def as_json(tags: list[Tag]) -> dict[str, Any]:
    """Facets, further dimensions and evidence of one record's tags."""
    further = {
        name: list(dict.fromkeys(tag.value for tag in tags if tag.dimension == name)) for name in FURTHER
    }
    return {**derive(tags), **further, "evidence": [asdict(tag) for tag in tags]}


def _record(row: Any, number: int) -> tuple[Record, dict[str, Any]]:
    if not isinstance(row, dict):
        raise ValueError("not a JSON object")
    key = next((key for key in ("id", "pmid") if row.get(key) not in (None, "")), None)
    if key is None:
        raise ValueError("neither id nor pmid")
    texts = {name: row.get(name) for name in ("title", "abstract")}
    for name, text in texts.items():
        if text is not None and not isinstance(text, str):
            raise ValueError(f"{name} is not text")
    headings = [*_headings(row, "pubtypes", "pubtype"), *_headings(row, "mesh", "mesh")]
    keywords = [heading.name for heading in _headings(row, "keywords", "mesh")]
    record = Record(str(row[key]), "jsonl", "article", texts["title"], texts["abstract"], headings=headings, keywords=keywords)  # fmt: skip
    return record, {key: row[key]}


def _headings(row: dict[str, Any], key: str, scheme: HeadingScheme) -> list[Heading]:
    listed = row.get(key) or []
    if isinstance(listed, str):
        listed = [listed]
    if not isinstance(listed, list):
        raise ValueError(f"{key} is not a list")
    return [heading for entry in listed if (heading := _heading(entry, scheme))]


def _heading(entry: Any, scheme: HeadingScheme) -> Heading | None:
    if isinstance(entry, str):
        return Heading(scheme, entry.replace("*", "").split("/")[0], None, "*" in entry)
    if isinstance(entry, dict) and isinstance(entry.get("name"), str):
        ui = entry.get("ui")
        return Heading(scheme, entry["name"], ui if isinstance(ui, str) else None, bool(entry.get("major")))
    return None
