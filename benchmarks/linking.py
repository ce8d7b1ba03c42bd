"""How well and how fast records come together into studies: `python -m benchmarks.linking [RECORDS]`.

Well: the bundled sample's own knowledge of which paper belongs to which registration is the measure. Once the records
keep their numbers (links by identifier), once every number and reference is taken away (links by acronym and likeness).
Fast: invented records, a tenth of them registrations; then one more paper.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from dataclasses import replace
from typing import Any

from sqlite_utils import Database

from crawler.linking import link_records
from crawler.sample.catalogue import load_catalogue
from crawler.sample.clinicaltrials_wire import study_json
from crawler.sample.pubmed_record import article_set, article_xml
from crawler.tagging import Tagger, derive
from spiders.clinicaltrials_json import parse_study
from spiders.pubmed_xml import parse
from store import save
from store.database import open_database
from store.hashing import content_hash
from store.records import Record, Reference, Registration

NOW = "2026-01-01T00:00:00Z"
_NUMBER = re.compile(r"NCT[0-9]{8}")
Pairs = set[tuple[str, str]]
#: one trial printed twice, by the sample's own README; the second states no number
PRINTED_AGAIN = ("NCT02397889", "pubmed:37404970")


def sample() -> tuple[list[Record], Pairs]:
    """The sample's records, and its true pairs of study and paper, as far as the registration is in the sample."""
    catalogue = load_catalogue()
    papers = [one for one in parse(article_set([article_xml(article) for article in catalogue.articles]))
              if isinstance(one, Record)]  # fmt: skip
    trials = [
        one
        for one in (parse_study(json.loads(json.dumps(study_json(one)))) for one in catalogue.registrations)
        if isinstance(one, Record)
    ]
    told = {(number, f"pubmed:{article.pmid}") for article in catalogue.articles
            for number in _NUMBER.findall(article.abstract or "")} | {PRINTED_AGAIN}  # fmt: skip
    registered = {registration.nct for registration in catalogue.registrations}
    told |= {(nct, f"pubmed:{article.pmid}") for article in catalogue.articles for nct in article.nct}
    for registration in catalogue.registrations:
        told |= {(registration.nct, f"pubmed:{one.pmid}") for one in registration.references
                 if one.pmid and one.type != "BACKGROUND"}  # fmt: skip
    here = {record.id for record in papers}
    return [*papers, *trials], {(nct, paper) for nct, paper in told if nct in registered and paper in here}


def without_numbers(record: Record) -> Record:
    """The record as if nobody had given it a registry number."""
    if record.kind == "registration":
        references: list[Reference] = []
        return replace(record, references=references, abstract=_NUMBER.sub("", record.abstract or ""))
    bare = {"nct_ids": [], "identifiers": [pair for pair in record.identifiers if pair[0] != "nct"]}
    return replace(record, **bare, abstract=_NUMBER.sub("", record.abstract or ""))  # type: ignore[arg-type]


def linked(records: list[Record]) -> tuple[Database, Pairs, Pairs]:
    """A database of these records; its links and its suggestions between registered studies and papers."""
    db, tagger = open_database(":memory:"), Tagger()
    batch = [
        save.TaggedRecord(one, content_hash(one), tags := tagger.tags(one), derive(tags)) for one in records
    ]
    _store(db, batch)
    found, suggested = (
        {(row["study_id"], row["record_id"]) for row in db.query(
            f"SELECT study_id, record_id FROM {table} WHERE study_id LIKE 'NCT%' AND record_id LIKE 'pubmed:%'")}
        for table in ("study_records", "study_suggestions")
    )  # fmt: skip
    return db, found, suggested


def _store(db: Database, batch: list[save.TaggedRecord]) -> None:
    with db.atomic():
        save.save_records(db, batch, save.Stamp(NOW, None, "1"))
        link_records(db, [one.record.id for one in batch], NOW)


def figures(found: Pairs, true: Pairs, known: set[str]) -> tuple[float, float]:
    """Precision and recall of pairs; pairs with studies that the sample knows nothing of are left out."""
    judged = {pair for pair in found if pair[0] in known}
    right = len(judged & true)
    return right / len(judged) if judged else 1.0, right / len(true)


def measured() -> dict[str, tuple[float, float, int]]:
    """Precision, recall and number of pairs found: by identifier; by acronym and likeness; with suggestions."""
    records, true = sample()
    known = {record.id.partition(":")[2] for record in records if record.kind == "registration"}
    _, by_id, _ = linked(records)
    _, bare, suggested = linked([without_numbers(record) for record in records])
    return {
        name: (*figures(found, true, known), len(found))
        for name, found in (
            ("by identifier", by_id), ("without any number: links", bare), ("without any number: links and suggestions", bare | suggested),
        )
    }  # fmt: skip


def invented(number: int, draw: random.Random) -> tuple[Record, dict[str, Any]]:
    facets = {"drugs": ["ketamine"], "indications": [draw.choice(["depression", "ptsd", "ocd"])]}
    nct = f"NCT{90_000_000 + number % 5_000:08d}"
    if number % 10 == 0:
        nct = f"NCT{90_000_000 + number // 10:08d}"
        registration = Registration("clinicaltrials.gov", enrollment=draw.randrange(8, 400), start_date="2019",
                                    acronym=f"KET-{number}" if number % 50 == 0 else None)  # fmt: skip
        return Record(f"clinicaltrials:{nct}", "clinicaltrials", "registration", f"Ketamine study {number}",
                      identifiers=[("nct", nct)], nct_ids=[nct], registration=registration), facets  # fmt: skip
    design = draw.choice([["rct"], ["observational"], ["narrative-review"], ["secondary-analysis"]])
    abstract = f"We studied ketamine in {number} ways. " * 20 + (
        f"Registered: {nct}." if number % 4 == 0 else ""
    )
    return Record(f"pubmed:{number}", "pubmed", "article", f"Ketamine paper {number}", abstract, published="2021",
                  pmid=str(number)), {**facets, "designs": design, "sample_size": draw.randrange(8, 400)}  # fmt: skip


def speed(count: int) -> None:
    """Link `count` invented records in batches of 500, then one more; prints CPU seconds of linking alone."""
    db, draw, spent = open_database(":memory:"), random.Random(1), 0.0
    for start in range(1, count, 500):
        made = [invented(number, draw) for number in range(start, min(start + 500, count + 1))]
        batch = [save.TaggedRecord(record, content_hash(record), facets=facets) for record, facets in made]
        with db.atomic():
            save.save_records(db, batch, save.Stamp(NOW, None, "1"))
            began = time.process_time()
            link_records(db, [one.record.id for one in batch], NOW)
            spent += time.process_time() - began
    print(f"linking {count:,} records: {spent:.1f} s CPU, {count / spent:,.0f} a second")
    record, facets = invented(count + 1, draw)
    before = db.conn.total_changes
    began = time.process_time()
    _store(db, [save.TaggedRecord(record, content_hash(record), facets=facets)])
    written = db.conn.total_changes - before
    print(f"one more record: {(time.process_time() - began) * 1000:.0f} ms CPU, {written} rows written")


def main() -> None:
    for name, (precision, recall, pairs) in measured().items():
        print(f"{name}: precision {precision:.3f}, recall {recall:.3f} ({pairs} pairs)")
    speed(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)


if __name__ == "__main__":
    main()
