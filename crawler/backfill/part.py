"""One file of NLM's, read on whatever machine, into Parquet parts: what each topic keeps, and what else was met.

Parts of one file, in the folder `parts`:

- `NAME.KEY.met.parquet`: every PMID that the file speaks of, in its order, with version and whether it deletes it: a later
  file may change an article so that it belongs no more.
- `NAME.KEY.TOPIC.parquet`: of what belongs to a topic: PMID, version, and the tagged record as JSON.

KEY is made of the file's MD5 and of the software and rules that read it; TOPIC of what the topic watches. A part that is
there is whole, for it gets its name last, and need not be made again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from crawler.backfill.files import checked_sum, named
from crawler.checks import checked
from crawler.tagged import tagged
from crawler.tagging import RULES_VERSION, Tagger
from spiders.pubmed_draft import SOURCE
from spiders.pubmed_xml import Passed, parse_some
from spiders.relevance import gate, relevance
from spiders.topic import Topic
from store.errors import BadAnswer, SourceError
from store.hashing import content_hash
from store.plain import as_plain
from store.records import Deletion, Record, Reject

FORMAT = 1  # of the parts
MET = pa.schema([("pmid", pa.int64()), ("version", pa.int32()), ("deleted", pa.bool_())])
KEPT = pa.schema([("pmid", pa.int64()), ("version", pa.int32()), ("record", pa.string())])


@dataclass(frozen=True)
class Read:
    """What a file held. `kept`: how many records belong to each topic, in the order of the topics."""

    name: str
    md5: str
    records: int
    deletions: int
    rejects: tuple[dict[str, Any], ...]
    kept: tuple[int, ...]
    made: bool  # whether it was read now; its parts were there otherwise


@dataclass(frozen=True)
class Failed:
    """A file that no part was made of. `outcome` and `error` as in `crawls`."""

    name: str
    outcome: str
    error: str


def topic_key(topic: Topic) -> str:
    """Eight hexadecimal digits of what a topic watches."""
    watched = json.dumps([asdict(topic)["drugs"], asdict(topic)["indications"]], sort_keys=True)
    return hashlib.blake2b(watched.encode(), digest_size=4).hexdigest()


def part_names(name: str, md5: str, topics: Sequence[Topic]) -> tuple[str, list[str]]:
    """The names of a file's parts: what was met, and what each topic keeps."""
    software = f"{FORMAT} {version('ketamine-watch')} {RULES_VERSION}"
    key = hashlib.blake2b(f"{md5} {software}".encode(), digest_size=6).hexdigest()
    return f"{name}.{key}.met.parquet", [f"{name}.{key}.{topic_key(topic)}.parquet" for topic in topics]


def attempt(path: Path, parts: Path, topics: Sequence[Topic]) -> Read | Failed:
    """`read_file`, with what is wrong with the file as a value: it comes from another process."""
    try:
        return read_file(path, parts, topics)
    except SourceError as error:
        return Failed(named(path).name, error.outcome, str(error))
    except OSError as error:
        return Failed(named(path).name, BadAnswer.outcome, f"{SOURCE}: {path.name}: {error}")


def read_file(path: Path, parts: Path, topics: Sequence[Topic]) -> Read:
    """Read the file at `path` into parts, unless they are there.

    Raises BadAnswer where its MD5 is not the stated one, or it is cut or broken: then no part is made of it; OSError where
    it cannot be read, or a part cannot be written.
    """
    file, md5 = named(path), checked_sum(path)
    met_name, kept_names = part_names(file.name, md5, topics)
    if all((parts / one).exists() for one in (met_name, *kept_names)):
        return _read_before(parts / met_name, [parts / one for one in kept_names])
    met: list[tuple[int, int, bool]] = []
    kept: list[list[tuple[int, int, str]]] = [[] for _ in topics]
    rejects: list[dict[str, Any]] = []
    for item in _items(path, topics):
        if isinstance(item, Reject):
            rejects.append(as_plain(item))
        elif isinstance(item, Deletion):
            met.append((int(item.id.partition(":")[2]), 0, True))
        elif isinstance(item, Passed):
            met.append((int(item.pmid), item.version, False))
        else:
            at = (int(item.pmid or 0), (item.publication and item.publication.version) or 1)
            met.append((*at, False))
            for rows, topic in zip(kept, topics, strict=True):
                if _relevance(topic)(item):
                    rows.append((*at, _written(topic, item)))
    told: dict[str, Any] = {
        "name": file.name, "md5": md5, "records": sum(not deleted for _, _, deleted in met) + len(rejects),
        "deletions": sum(deleted for _, _, deleted in met), "rejects": rejects,
    }  # fmt: skip
    for one, rows in zip(kept_names, kept, strict=True):
        _write(parts / one, KEPT, rows)
    _write(parts / met_name, MET, met, {"told": json.dumps(told)})
    return Read(**told | {"rejects": tuple(rejects)}, kept=tuple(map(len, kept)), made=True)


def _read_before(met: Path, kept: Sequence[Path]) -> Read:
    told = json.loads(pq.read_schema(met).metadata[b"told"])
    counts = tuple(pq.read_metadata(one).num_rows for one in kept)
    return Read(**told | {"rejects": tuple(told["rejects"])}, kept=counts, made=False)


def _written(topic: Topic, record: Record) -> str:
    return json.dumps(as_plain(tagged(_tagger(topic), record, content_hash(record))), ensure_ascii=False)


def _items(path: Path, topics: Sequence[Topic]) -> Iterator[Record | Reject | Deletion | Passed]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        for item in parse_some(cast(BinaryIO, stream), gate(topics)):
            yield checked(item)


@cache
def _tagger(topic: Topic) -> Tagger:
    return Tagger(topic.drug_terms())


@cache
def _relevance(topic: Topic) -> Callable[[Record], bool]:
    return relevance(topic)


def _write(
    path: Path, schema: pa.Schema, rows: Sequence[tuple[Any, ...]], more: dict[str, str] | None = None
) -> None:
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [[] for _ in schema]
    table = pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    pq.write_table(table.replace_schema_metadata(more), unfinished, compression="zstd")
    unfinished.replace(path)
