"""Five weeks of a watch, day by day: the bundled sample as its first crawl brings it, and what is invented here.

By hand, for looking at pages: `python -m tests.digest_weeks watch.db`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from unittest.mock import patch

from crawler.digest.audience import Audience
from crawler.digest.build import build
from crawler.sample.catalogue import load_catalogue
from crawler.sample.server import SampleServer
from spiders.clinicaltrials import ClinicalTrialsSpider
from spiders.pubmed_xml import parse
from store import save
from store.database import open_database
from store.digests import Issue
from store.records import Heading, Notice, Record, Registration
from tests.filled import save_as_crawled, watch
from tests.loopback import get

SITE = "https://watch.example.org"
ALL, OCD, PTSD = (
    Audience(),
    Audience(indications=("ocd",)),
    Audience(indications=("ptsd",), designs=("rct",), min_size=20),
)
PROBE = "<script>alert('probe')</script>\"'><img src=x onerror=alert(1)>\r\nBcc: all@example.org"


def article(number: int, entered: str, title: str, abstract: str = "", **more: object) -> Record:
    return Record(
        f"pubmed:96{number:06}", "pubmed", "article", f"[Invented for this test] {title}", abstract=abstract or None,
        venue="J Invented", published=entered, entered=entered, pmid=f"96{number:06}", **more,
    )  # type: ignore[arg-type] # fmt: skip


TRIAL = article(
    1, "2026-06-03", "Intravenous ketamine for posttraumatic stress disorder: a randomized controlled trial",
    "Forty-one adults with PTSD were randomized to a single infusion of ketamine or midazolam.", doi="10.5555/digest.1",
)  # fmt: skip
INDEXED = replace(TRIAL, headings=[Heading("mesh", "Stress Disorders, Post-Traumatic", "D013313", True)])
RETRACTED = replace(INDEXED, notices=[Notice("retraction", TRIAL.id, "pubmed:96000009", None, "2026-06-24")])
NOTICE = article(9, "2026-06-24", "Retraction notice to: Intravenous ketamine for posttraumatic stress disorder: a randomized controlled trial",
                 notices=[Notice("retraction", TRIAL.id, "pubmed:96000009", None, "2026-06-24")])  # fmt: skip
REGISTERED = Record(
    "clinicaltrials:NCT96000001", "clinicaltrials", "registration", "[Invented for this test] Esketamine nasal spray in PTSD",
    status="RECRUITING", venue="ClinicalTrials.gov", published="2026-06-02", entered="2026-06-02",
    identifiers=[("nct", "NCT96000001")], nct_ids=["NCT96000001"],
    registration=Registration(
        "clinicaltrials.gov", study_type="INTERVENTIONAL", allocation="RANDOMIZED", phases=["PHASE2"], enrollment=60,
        enrollment_type="ESTIMATED", sponsor="Invented University", first_posted="2026-06-02",
        conditions=["Posttraumatic Stress Disorder"], primary_completion_date="2026-06-20",
        interventions=[{"type": "DRUG", "name": "Esketamine nasal spray"}, {"type": "DRUG", "name": "Placebo"}],
    ),
)  # fmt: skip
assert REGISTERED.registration
COMPLETED = replace(
    REGISTERED, status="COMPLETED",
    registration=replace(
        REGISTERED.registration, enrollment=58, enrollment_type="ACTUAL", has_results=True, results_first_posted="2026-06-23"
    ),
)  # fmt: skip
REPORT = article(
    5, "2026-06-25", "Esketamine nasal spray in posttraumatic stress disorder: a randomised, placebo-controlled trial",
    "Fifty-eight patients with PTSD were randomised to intranasal esketamine or placebo. NCT96000001.",
    nct_ids=["NCT96000001"], identifiers=[("nct", "NCT96000001")],
)  # fmt: skip
FIRST_WEEK = [
    TRIAL,
    article(2, "2026-06-04", "Ketamine in PTSD: a systematic review and meta-analysis"),
    article(3, "2026-06-05", f"{PROBE} ketamine for depression", "Randomized trial of ketamine in depression."),
    Record("pubmed:1600", "pubmed", "article", "[Invented for this test] Ketamine in depression: an old trial that is new here",
           published="2009", entered="2009-03-01", pmid="1600"),
    *(
        article(100 + number, "2026-06-06", f"Ketamine for depression: a case report, number {number}")
        for number in range(12)
    ),
]  # fmt: skip
LATE = article(
    4, "2026-06-17", "Ketamine for obsessive-compulsive disorder: an open-label trial, late in the index"
)
FDA = Record("openfda:NDA960000-SUPPL-1", "openfda", "regulatory", "FDA approved: [Invented for this test] ESKETAMINE; supplement 1",
             published="2026-06-05", entered="2026-06-05", status="approved", url="https://example.org/fda")  # fmt: skip


@contextmanager
def on(day: str, hour: int = 6) -> Iterator[None]:
    """Whatever is saved now is saved on this day."""
    at = datetime.fromisoformat(f"{day}T{hour:02}:00:00").replace(tzinfo=timezone.utc)
    with patch("crawler.assignments.now", lambda: at):
        yield


def sample() -> tuple[list[object], list[object]]:
    """Some of the bundled sample's articles and registrations, over HTTP."""
    with SampleServer() as server:
        ids = ",".join(one.pmid for one in load_catalogue().articles[:24])
        articles = parse(get(f"{server.upstreams['pubmed']}/efetch.fcgi?db=pubmed&retmode=xml&id={ids}"))
        trials = ClinicalTrialsSpider.parse_answer(
            get(f"{server.upstreams['clinicaltrials']}/studies?pageSize=12")
        )
        return list(articles), list(trials)


def visit(path: Path, day: str, **brought: list[object]) -> None:
    """The crawl of a day: each source named brings its records; "unreachable" in a list stands for a visit that failed."""
    with on(day):
        for source, items in brought.items():
            if items != ["unreachable"]:
                save_as_crawled(path, source, items)
                continue
            db = open_database(path)
            failed = save.start_crawl(db, source, f"{day}T06:00:00Z", command="crawl")
            save.finish_crawl(db, failed, save.Counts(), outcome="unreachable", finished=f"{day}T06:00:09Z")
            db.close()


def issue(path: Path, audience: Audience, until: str) -> Issue:
    """The issue as it is built at seven on the day after its window."""
    db = open_database(path)
    built = build(db, audience, None, until, f"{until}T07:00:00Z", site=SITE)
    db.close()
    return built


def weeks(path: Path) -> dict[str, Issue]:
    """Crawl five weeks into `path`; the issues by the day on which they were built and their audience."""
    articles, trials = sample()
    visit(path, "2026-05-25", pubmed=articles, clinicaltrials=trials, openfda=[])
    watch(path)
    issues = {}

    def build_all(until: str) -> None:
        for audience in (ALL, OCD, PTSD):
            one = issue(path, audience, until)
            issues[one.id] = one

    build_all("2026-06-01")
    visit(path, "2026-06-07", pubmed=list(FIRST_WEEK), clinicaltrials=[REGISTERED], openfda=[FDA])
    build_all("2026-06-08")
    visit(path, "2026-06-14", pubmed=[INDEXED], clinicaltrials=[], openfda=[])
    build_all("2026-06-15")
    visit(path, "2026-06-21", pubmed=["unreachable"], clinicaltrials=[], openfda=[])
    build_all("2026-06-22")
    visit(
        path, "2026-06-28", pubmed=[LATE, RETRACTED, NOTICE, REPORT], clinicaltrials=[COMPLETED], openfda=[]
    )
    build_all("2026-06-29")
    return issues


if __name__ == "__main__":
    weeks(Path(sys.argv[1]))
