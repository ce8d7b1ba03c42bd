"""A person's word on a tag: it replaces what the rules say of that dimension, and says who and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from crawler.assignments import utc_now
from crawler.retag import retag_records
from crawler.tagging import Tagger
from crawler.tagging.jsonl import FURTHER
from crawler.tagging.tagger import FACETS
from store import corrections, read, summaries
from store.corrections import Correction
from store.database import crawl_lock, open_database
from store.errors import ConfigError

DIMENSIONS = (*(dimension for dimension, _ in FACETS.values()), "sample_size", *FURTHER)
_FACET_OF = {dimension: facet for facet, (dimension, _) in FACETS.items()} | {"sample_size": "sample_size"}


def parse_setting(setting: str, drugs: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """ "indication=ptsd,depression" -> ("indication", ("ptsd", "depression")); nothing after the sign means no value.

    `drugs`: those of the topic. Raises ConfigError for an unknown dimension, or a value that its vocabulary lacks.
    """
    dimension, sign, listed = setting.partition("=")
    if not sign or dimension not in DIMENSIONS:
        raise ConfigError(
            f"{setting!r}: expected DIMENSION=VALUE[,VALUE]; dimensions: {', '.join(DIMENSIONS)}"
        )
    values = tuple(dict.fromkeys(value.strip() for value in listed.split(",") if value.strip()))
    if dimension == "sample_size":
        if len(values) > 1 or not all(value.isascii() and value.isdigit() and int(value) for value in values):
            raise ConfigError(f"{setting!r}: sample_size is one whole number of participants")
        return dimension, values
    known = next((order for name, order in FACETS.values() if name == dimension), None)
    allowed = sorted(drugs) if dimension == "drug" else known
    for value in values:
        if allowed is not None and value not in allowed:
            raise ConfigError(f"{setting!r}: no such {dimension}: {value} (known: {', '.join(allowed)})")
    return dimension, values


def set_tags(
    db_path: Path,
    tagger: Tagger,
    settings: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]],
    name: str,
    why: str,
) -> None:
    """Correct dimensions of records (record id -> (dimension, values)…) and tag those again: all or nothing.

    Raises ConfigError if a record is not here.
    """
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            now = utc_now()
            for record_id, dimensions in settings.items():
                _require(db, record_id)
                for dimension, values in dimensions:
                    corrections.correct(db, Correction(record_id, dimension, values, name, why, now))
            retag_records(db, tagger, list(settings))
        summaries.refresh(db)
        db.close()


def withdraw(db_path: Path, tagger: Tagger, record_id: str, dimension: str, name: str) -> None:
    """Take a correction back: the rules speak again. Raises ConfigError if none is in force."""
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            _require(db, record_id)
            if not corrections.withdraw(db, record_id, dimension, name, utc_now()):
                raise ConfigError(f"{record_id}: no correction of {dimension} is in force")
            retag_records(db, tagger, [record_id])
        summaries.refresh(db)
        db.close()


def _require(db: Database, record_id: str) -> None:
    if not read.content_hashes(db, [record_id]):
        raise ConfigError(f"no record {record_id} in this database")


def as_gold(db: Database) -> Iterator[dict[str, Any]]:
    """The corrections in force as labelled lines that `evaluate` reads: only what a person set, a line a record."""
    said = corrections.in_force(db)
    for record in read.records(db, sorted(said)):
        labels: dict[str, Any] = {}
        for correction in said[record.id]:
            values: Any = list(correction.values)
            if correction.dimension == "sample_size":
                values = int(values[0]) if values else None
            labels[_FACET_OF.get(correction.dimension, correction.dimension)] = values
        yield {
            "id": record.id, "pmid": record.pmid, "title": record.title, "abstract": record.abstract,
            "corrected": sorted(labels), **labels,
            "said": [
                {"dimension": one.dimension, "by": one.decided_by, "why": one.why, "at": one.decided_at}
                for one in said[record.id]
            ],
        }  # fmt: skip
