"""A database as a crawl leaves it: the bundled sample, and what it lacks, invented and hostile.

Built once per test module; by hand for looking at pages: `python -m tests.filled watch.db`.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from crawler.config import load_config
from crawler.digest.audience import Audience
from crawler.digest.build import build
from crawler.pipelines import Check, Save, TagRecords, tagger_for
from crawler.sample.catalogue import load_catalogue
from crawler.sample.server import SampleServer
from spiders.clinicaltrials import ClinicalTrialsSpider
from spiders.openfda import OpenFDASpider
from spiders.pubmed_xml import parse
from store import citations, save, summaries, watching
from store.citing import BareWork, Count, Edge
from store.database import open_database
from store.records import Author, Checkpoint, Notice, Record, Reference, Registration, Reject
from tests.loopback import get

PROBE = "<script>alert('probe')</script>\"'><img src=x onerror=alert(1)>"
HOSTILE = Record(
    "pubmed:98000001", "pubmed", "article", f"{PROBE} ketamine for depression", abstract=f"Randomized {PROBE} ketamine.",
    venue=PROBE, authors=[Author(PROBE)], published="2024", url="https://example.org/", keywords=[PROBE],
    references=[Reference("cites", None, PROBE)],
    notices=[Notice("retraction", "pubmed:98000001", None, PROBE), Notice("comment", None, "pubmed:98000001", PROBE)],
)  # fmt: skip
_REGISTRATION = Registration(
    PROBE, official_title=PROBE, phases=["PHASE2", PROBE], masking=PROBE, sponsor=PROBE, conditions=[PROBE],
    enrollment=40, enrollment_type="ESTIMATED", eligibility=PROBE, countries=[PROBE], healthy_volunteers=False,
    interventions=[{"type": "DRUG", "name": PROBE, "description": PROBE, "other_names": [PROBE], "arms": [PROBE]}],
    arms=[{"label": PROBE, "type": PROBE, "description": PROBE, "interventions": [PROBE]}],
    outcomes=[{"level": PROBE, "measure": PROBE, "time_frame": PROBE, "description": PROBE}],
)  # fmt: skip
HOSTILE_TRIAL = Record(
    "clinicaltrials:NCT98000002", "clinicaltrials", "registration", "[Invented] ketamine registry of probes",
    status=PROBE, venue=PROBE, published="2025-01-01", entered="2025-01-01", registration=_REGISTRATION,
)  # fmt: skip


def days_ago(days: int) -> str:
    """A day as SQLite's date('now') counts them (UTC)."""
    return (datetime.now(timezone.utc) - timedelta(days=days)).date().isoformat()


def new_trial(number: int, entered: str) -> Record:
    """An invented trial in PTSD that its source first had on `entered`."""
    return Record(
        f"pubmed:9700000{number}", "pubmed", "article",
        f"[Invented for this test] Intravenous ketamine for posttraumatic stress disorder: a randomized controlled trial {number}",
        abstract="Forty adults with PTSD were randomized to ketamine or midazolam.", venue="J Invented",
        published="2026", entered=entered, pmid=f"9700000{number}",
    )  # fmt: skip


def fill(path: Path) -> None:
    """Make the database at `path`: the sample fetched over HTTP and saved as a crawl saves it, and our additions."""
    with SampleServer() as server:
        ids = ",".join(article.pmid for article in load_catalogue().articles)
        articles = parse(get(f"{server.upstreams['pubmed']}/efetch.fcgi?db=pubmed&retmode=xml&id={ids}"))
        trials = ClinicalTrialsSpider.parse_answer(
            get(f"{server.upstreams['clinicaltrials']}/studies?pageSize=1000")
        )
        fda = [
            decision
            for endpoint in ("drugsfda", "label")
            for decision in OpenFDASpider.parse_answer(
                get(f"{server.upstreams['openfda']}/drug/{endpoint}.json?limit=100")
            )
        ]
    ours = [HOSTILE, new_trial(1, days_ago(2)), new_trial(2, days_ago(40))]
    save_as_crawled(path, "pubmed", [*articles, *ours, Reject("pubmed", "1", "title", PROBE, PROBE)])
    save_as_crawled(path, "clinicaltrials", [*trials, HOSTILE_TRIAL])
    save_as_crawled(path, "openfda", fda)
    watch(path)
    cite(path)
    spoil(path)
    digest(path)
    summarise(path)


def save_as_crawled(path: Path, source: str, items: list[object]) -> None:
    """Send items through the pipelines as one visit to `source`."""
    db = open_database(path)
    checking, tagging, saving = Check(), TagRecords(db, tagger_for(())), Save(db, source)
    saving.start("crawl")
    for item in [*items, Checkpoint("new", "2026-01-01", len(items), len(items))]:
        saving.process_item(tagging.process_item(checking.process_item(item)))
    saving.finish("ketamine")
    db.close()


def digest(path: Path) -> None:
    """An issue of fourteen years: `/-/digest/2026-01-01.weekly-all`."""
    db = open_database(path)
    build(db, Audience(), "2012-01-01", "2026-01-01", "2026-01-01T07:00:00Z")
    db.close()


def watch(path: Path) -> None:
    """Say what the built-in topic watches, as a crawl does."""
    topic = load_config(environ={}).topic
    db = open_database(path)
    with db.atomic():
        save.save_watched(db, [drug.name for drug in topic.drugs], [one.name for one in topic.indications])
    db.close()


def cite(path: Path) -> None:
    """What sources of citations say: an invented review cites a trial of the sample, and a work that is not here."""
    works = [
        BareWork(f"pubmed:9800000{number}", "openalex", (), PROBE, (PROBE,), 2020, PROBE) for number in (3, 4)
    ]
    said = [Edge("pubmed:98000003", cited, "openalex") for cited in ("pubmed:24740528", "pubmed:98000004")]
    db = open_database(path)
    with db.atomic():
        counted = Count("pubmed:24740528", "openalex", 1, (("probe", PROBE),))
        citations.save_citations(db, [*works, *said, counted], save.Stamp("2026-01-01T00:00:00Z", None, ""))
        watching.watch(db, "pubmed:24740528", PROBE, PROBE, "2026-01-01T00:00:00Z")
        watching.rank_cocited(db, "2026-01-01T00:00:00Z")
    db.close()


def spoil(path: Path) -> None:
    """What no spider would save, as if a hand had done it: no page may trust the database either.

    Also a visit that failed, and a change seen later.
    """
    db = open_database(path)
    with db.atomic():
        db.execute(
            """UPDATE records SET url = 'javascript:alert(1)', pmid = :probe, doi = :probe, pmcid = :probe, status = :probe,
            indications = :list, nct_ids = :list, mesh = :list WHERE id = :id""",
            {"probe": PROBE, "list": json.dumps([PROBE]), "id": HOSTILE.id},
        )
        db.table("revisions").insert(
            {
                "record_id": HOSTILE.id,
                "changed": "2026-01-02T00:00:00Z",
                "field": "title",
                "old": PROBE,
                "new": PROBE,
            }
        )
        for table in ("identifiers", "studies"):
            key = (
                {"record_id": HOSTILE.id, "scheme": PROBE}
                if table == "identifiers"
                else {"first_seen": "2026"}
            )
            column = "value" if table == "identifiers" else "id"
            db.table(table).insert(key | {column: PROBE} | ({"title": PROBE} if table == "studies" else {}))
        db.table("study_records").insert(
            {"study_id": PROBE, "record_id": HOSTILE.id, "role": PROBE, "method": PROBE, "evidence": PROBE,
             "confidence": 0.5, "decided_by": PROBE}
        )  # fmt: skip
        crawl = save.start_crawl(db, "isrctn", "2026-01-01T00:00:00Z", command="crawl")
        save.finish_crawl(
            db, crawl, save.Counts(), outcome="unreachable", error=PROBE, finished="2026-01-01T00:00:01Z"
        )
    db.close()


def summarise(path: Path) -> None:
    """Count what lists count, as every command does that changes records."""
    db = open_database(path)
    summaries.refresh(db)
    db.close()


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
