"""A record as the rows that hold it, and back again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from store.records import Author, Heading, Notice, Publication, Record, Reference, Registration, Tag

Row = dict[str, Any]

# the dimensions of tags that columns of `records` hold
IN_COLUMNS = {"indication", "design", "drug", "route", "comparator", "population", "sample_size"}
FACETS = ("indications", "designs", "drugs", "routes", "comparators", "populations")


def to_json(value: Any) -> str:
    """Compact JSON text; dataclasses become objects of their filled fields."""
    return _encode(value) if value else json.dumps(value)


def _filled(value: Any) -> Row:
    return {
        name: content
        for name in value.__slots__
        if (content := getattr(value, name)) not in (None, (), False)
    }


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_filled).encode


def _flat(part: Publication | Registration, record_id: str) -> Row:
    row: Row = {"record_id": record_id}
    for field in fields(part):
        value = getattr(part, field.name)
        row[field.name] = to_json(value) if isinstance(value, (list, dict)) else value
    return row


def year_of(date: str | None) -> int | None:
    """The year of an ISO date of any precision, None where there is none."""
    return int(date[:4]) if date and date[:4].isdigit() else None


def record_row(record: Record, facets: dict[str, Any]) -> Row:
    """The `records` row without what saving adds (first_seen, last_changed, crawl_id, hash, rules)."""
    row: Row = {
        name: getattr(record, name)
        for name in (
            "id", "source", "kind", "title", "abstract", "venue", "published", "url", "doi", "pmid", "pmcid",
            "status", "entered", "revised",
        )
    }  # fmt: skip
    row |= {
        "authors": to_json(record.authors),
        "year": year_of(record.published),
        "nct_ids": to_json(record.nct_ids),
        "pubtypes": to_json(record.names("pubtype")),
        "mesh": to_json(record.names("mesh") + record.names("substance")),
        "keywords": to_json(record.keywords),
    }
    return row | facet_columns(facets)


def facet_columns(facets: dict[str, Any]) -> Row:
    """The `records` columns that the tags fill: JSON arrays, and the sample size."""
    return {facet: to_json(facets.get(facet, [])) for facet in FACETS} | {
        "sample_size": facets.get("sample_size")
    }


def further_values(tags: Iterable[Row]) -> dict[str, Row]:
    """Record id -> the values of the dimensions that no column of `records` holds, as "tags.dose": JSON array."""
    values: dict[str, dict[str, set[str]]] = {}
    for tag in tags:
        if tag["dimension"] not in IN_COLUMNS:
            values.setdefault(tag["record_id"], {}).setdefault(f"tags.{tag['dimension']}", set()).add(
                tag["value"]
            )
    return {
        record_id: {name: to_json(sorted(found)) for name, found in by_name.items()}
        for record_id, by_name in values.items()
    }


def part_rows(record: Record) -> dict[str, list[Row]]:
    """Rows of the tables that hang on a record, by table; tags, citations and notices come elsewhere."""
    parts: dict[str, list[Row]] = {
        "identifiers": [
            {"record_id": record.id, "scheme": scheme, "value": value}
            for scheme, value in dict.fromkeys(record.identifiers)
        ],
        "headings": [
            {
                "record_id": record.id, "position": position, "scheme": heading.scheme, "ui": heading.ui,
                "name": heading.name, "major": int(heading.major), "qualifiers": to_json(heading.qualifiers),
            }
            for position, heading in enumerate(record.headings)
        ],
        "publications": [_flat(record.publication, record.id)] if record.publication else [],
        "registrations": [_flat(record.registration, record.id)] if record.registration else [],
    }  # fmt: skip
    return parts


def tag_rows(record_id: str, tags: list[Tag], rules_version: str) -> list[Row]:
    """The `tags` rows of one record, in the tagger's order."""
    return [
        {
            "record_id": record_id, "position": position, "dimension": tag.dimension, "value": tag.value,
            "field": tag.field, "start": tag.start, "end": tag.end, "text": tag.text, "rule": tag.rule,
            "rules_version": rules_version, "confidence": tag.confidence,
            "detail": to_json(tag.detail) if tag.detail else None,
        }
        for position, tag in enumerate(tags)
    ]  # fmt: skip


def citation_rows(record: Record) -> list[Row]:
    """The `citations` rows that one record's own reference list gives."""
    return [
        {
            "record_id": record.id, "position": position, "relation": reference.relation,
            "cited_id": reference.work, "citation": reference.citation, "source": record.source,
        }
        for position, reference in enumerate(record.references)
    ]  # fmt: skip


def notice_rows(record: Record) -> list[Row]:
    """The `notices` rows that one record states, about itself or about another."""
    return [
        {
            "record_id": record.id, "position": position, "kind": notice.kind, "affected_id": notice.affected,
            "notice_id": notice.notice, "citation": notice.citation, "date": notice.date, "source": record.source,
            "asserted_by": notice.asserted_by,
        }
        for position, notice in enumerate(record.notices)
    ]  # fmt: skip


def _unflat(kind: type[Any], row: Row) -> Any:
    values: Row = {}
    for field in fields(kind):
        value = row[field.name]
        if isinstance(value, str) and str(field.type).startswith(("list", "dict")):
            value = json.loads(value)
        elif value is not None and str(field.type).startswith("bool"):
            value = bool(value)
        elif field.name == "book" and value is not None:
            value = json.loads(value)
        values[field.name] = value
    return kind(**values)


def record_from_rows(row: Row, parts: dict[str, list[Row]]) -> Record:
    """The record that `row` and its part rows were made of: what the tagger needs to run again."""
    record = Record(
        **{name: row[name] for name in (
            "id", "source", "kind", "title", "abstract", "venue", "published", "url", "doi", "pmid", "pmcid",
            "status", "entered", "revised",
        )},
        authors=[Author(**(author | {"affiliations": tuple(author.get("affiliations", ()))}))
                 for author in json.loads(row["authors"])],
        nct_ids=json.loads(row["nct_ids"]),
        keywords=json.loads(row["keywords"]),
    )  # fmt: skip
    record.headings = [
        Heading(
            heading["scheme"], heading["name"], heading["ui"], bool(heading["major"]),
            tuple((ui, name, major) for ui, name, major in json.loads(heading["qualifiers"])),
        )
        for heading in parts.get("headings", [])
    ]  # fmt: skip
    record.identifiers = [(part["scheme"], part["value"]) for part in parts.get("identifiers", [])]
    record.references = [
        Reference(part["relation"], part["cited_id"], part["citation"]) for part in parts.get("citations", [])
    ]
    record.notices = [
        Notice(
            part["kind"], part["affected_id"], part["notice_id"], part["citation"], part["date"], part["asserted_by"]
        )
        for part in parts.get("notices", [])
    ]  # fmt: skip
    for part in parts.get("publications", []):
        record.publication = _unflat(Publication, part)
    for part in parts.get("registrations", []):
        record.registration = _unflat(Registration, part)
    return record
