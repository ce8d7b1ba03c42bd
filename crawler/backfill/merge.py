"""The parts of all files into one topic's database: the later file's word about a PMID is the one that counts.

Every file gets a row in `crawls` (command `backfill`), which names its MD5 and the topic; a file that has such a row of a
good ending is not saved again, but still counts against files before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlite_utils import Database

from crawler.backfill.part import Failed, Read, part_names, topic_key
from crawler.pipelines import Save, TagRecords, tagger_with
from spiders.pubmed_draft import SOURCE
from spiders.topic import Topic
from store import read as stored
from store import save, summaries
from store.database import crawl_lock, open_database
from store.errors import BadAnswer, ConfigError, Crashed
from store.plain import from_plain
from store.records import Deletion, Reject

COMMAND = "backfill"

Row = dict[str, Any]


@dataclass(frozen=True)
class _Word:
    """The last word about a PMID: of which file (its place in the order), and what it is."""

    file: int
    version: int
    deleted: bool


def merge(
    db_path: Path, topic: Topic, files: Sequence[Read], failed: Sequence[Failed], parts: Path
) -> list[Row]:
    """Save what `files`, in the order in which they count, hold of the topic; returns the rows of `crawls` of this run.

    Raises LockedError if a crawl writes to the database; ConfigError where a file comes before others that were merged
    earlier and whose parts are gone.
    """
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            names = ([one.name for one in side] for side in (topic.drugs, topic.indications))
            save.save_watched(db, *names)
        done = _merged_before(db, topic)
        ordered = _in_order(files, done, parts, topic)
        words = _last_words(ordered, parts, topic, _known(db))
        rows = [
            _save(db, topic, at, file, parts, words)
            for at, file in enumerate(ordered)
            if file.name not in done
        ]
        rows += [_note(db, topic, one) for one in failed]
        with db.atomic():
            summaries.refresh(db)
        db.close()
    return rows


def _query(name: str, md5: str | None, topic: Topic) -> str:
    return f"{name}.xml.gz md5 {md5 or 'unknown'} topic {topic_key(topic)}"


def _merged_before(db: Database, topic: Topic) -> dict[str, str]:
    """Name -> MD5 of the files that an earlier run brought in whole."""
    rows = db.table("crawls").rows_where(
        "command = ? AND outcome IN ('ok', 'nothing_new')", [COMMAND], order_by="id"
    )
    found = (row["query"].split() for row in rows)
    return {words[0].removesuffix(".xml.gz"): words[2] for words in found if words[-1] == topic_key(topic)}


def _in_order(files: Sequence[Read], done: dict[str, str], parts: Path, topic: Topic) -> list[Read]:
    """These files and those merged before them, in order. A file whose MD5 changed since is merged again."""
    given = {file.name: file for file in files}
    for name in [name for name, md5 in done.items() if name in given and given[name].md5 != md5]:
        del done[name]
    new = [name for name in given if name not in done]
    for name, md5 in done.items():
        if name in given:
            continue
        met, kept = part_names(name, md5, [topic])
        if all((parts / one).exists() for one in (met, *kept)):
            given[name] = Read(name, md5, 0, 0, (), (0,), made=False)
        elif new and name > min(new):
            raise ConfigError(
                f"{min(new)} comes before {name}, whose parts are gone: give both, for the later counts"
            )
    return [given[name] for name in sorted(given)]


def _known(db: Database) -> set[int]:
    return {
        int(row[0])
        for row in db.execute("SELECT pmid FROM records WHERE source = ? AND pmid IS NOT NULL", (SOURCE,))
    }


def _last_words(files: Sequence[Read], parts: Path, topic: Topic, known: set[int]) -> dict[int, _Word]:
    """PMID -> the last word about it, for what any file keeps or the database has. Within a file the highest version counts
    (NLM keeps several of one PMID), and a deletion against all.
    """
    for file in files:
        known.update(_kept(file, parts, topic, ["pmid"]).column("pmid").to_pylist())
    concerned = pa.array(sorted(known), pa.int64())
    words: dict[int, _Word] = {}
    for at, file in enumerate(files):
        met = pq.read_table(parts / part_names(file.name, file.md5, [])[0])
        chosen = met.filter(pc.is_in(met.column("pmid"), value_set=concerned))
        for pmid, version, deleted in zip(*(column.to_pylist() for column in chosen.columns), strict=True):
            word = words.get(pmid)
            if word is None or word.file < at or deleted or (version >= word.version and not word.deleted):
                words[pmid] = _Word(at, version, deleted)
    return words


def _kept(file: Read, parts: Path, topic: Topic, columns: list[str] | None = None) -> pa.Table:
    return pq.read_table(parts / part_names(file.name, file.md5, [topic])[1][0], columns=columns)


def _save(db: Database, topic: Topic, at: int, file: Read, parts: Path, words: dict[int, _Word]) -> Row:
    """The file's own words that no later file took back."""
    tagger = tagger_with(topic.drug_terms())
    tagging, saving = TagRecords(db, tagger), Save(db, SOURCE, tagger)
    saving.start(COMMAND)
    saving.reported = file.records
    for item in _items(at, file, parts, topic, words):
        saving.process_item(tagging.process_item(item))
    saving.flush()
    return stored.crawl(db, saving.finish(_query(file.name, file.md5, topic)))


def _items(
    at: int, file: Read, parts: Path, topic: Topic, words: dict[int, _Word]
) -> Iterator[save.TaggedRecord | Deletion | Reject]:
    for plain in file.rejects:
        yield from_plain(Reject, plain)
    for batch in _kept(file, parts, topic).to_batches(500):
        for pmid, version, text in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            if words[pmid] == _Word(at, version, False):
                yield from_plain(save.TaggedRecord, json.loads(text))
    for pmid, word in words.items():
        if word.file == at and word.deleted:
            yield Deletion(SOURCE, f"{SOURCE}:{pmid}")


def _note(db: Database, topic: Topic, failed: Failed) -> Row:
    """A row for a file that could not be read; it is asked for again when it is given again."""
    saving = Save(db, SOURCE)
    saving.start(COMMAND)
    kind = BadAnswer if failed.outcome == BadAnswer.outcome else Crashed
    saving.failures.append(kind(SOURCE, failed.error.removeprefix(f"{SOURCE}: ")))
    return stored.crawl(db, saving.finish(_query(failed.name, None, topic)))
