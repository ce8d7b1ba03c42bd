"""A year of daily crawls against the sample services, and what is left of it: `python -m benchmarks.year [DAYS]`.

The services change from day to day, all of it invented and drawn from a seed: new articles and registrations, MeSH and
publication types that come weeks late, records that enter a year after they were published, a retraction, a preprint
that becomes an article, enrolments, results, days that fill their pages exactly, and two days on which no service
answers; Europe PMC counts a hit more than it delivers, every other time. At the end the database must hold what one crawl
of the last day's services finds, each record once, with every change on record; and one more crawl must change nothing.
"""

from __future__ import annotations

import multiprocessing
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from crawler import assignments
from crawler.config import Config, load_config
from crawler.run import GOOD_OUTCOMES
from crawler.sample.catalogue_records import Article, Catalogue, Registration
from crawler.sample.exchange import Answer, Asked
from crawler.sample.faults import Fault, spoil
from crawler.sample.preprint_records import Preprint
from crawler.sample.server import SampleServer

START = date(2025, 1, 1)
PAGE = 10  # records of one page, where a source lets us choose: so small that a year meets the edges
DOWN = Fault("500")
#: the sources whose services change here; those that ask for known works in turn come to rest over several crawls
CHANGING = ("pubmed", "clinicaltrials", "europepmc")
TABLES = ("records", "publications", "registrations", "identifiers", "headings", "tags", "citations", "notices",
          "studies", "study_records", "rejects")  # fmt: skip
LEARNT = {"first_seen", "last_changed", "last_seen", "crawl_id", "id"}  # when and how it was learnt, not what
_TOPICS = (
    "depression",
    "posttraumatic stress disorder",
    "obsessive-compulsive disorder",
    "suicidal ideation",
)
_RCT = ("D016449", "Randomized Controlled Trial")
_RETRACTED, _RETRACTION = ("D016441", "Retracted Publication"), ("D016440", "Retraction of Publication")


@dataclass
class Services:
    """What the services hold, as the days go by.

    `seen`: the records that a crawl has met; `changes`: (record id, column) of what has changed in those.
    """

    die: random.Random
    articles: dict[str, Article] = field(default_factory=dict)
    registrations: dict[str, Registration] = field(default_factory=dict)
    preprints: dict[str, Preprint] = field(default_factory=dict)
    due: dict[date, list[str]] = field(default_factory=dict)  # day -> PMIDs that get their MeSH
    seen: set[str] = field(default_factory=set)
    changes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def catalogue(self) -> Catalogue:
        articles, registrations = tuple(self.articles.values()), tuple(self.registrations.values())
        return Catalogue(articles, registrations, preprints=tuple(self.preprints.values()))

    def changed(self, record_id: str, *columns: str) -> None:
        if record_id in self.seen:
            self.changes += [(record_id, column) for column in columns]

    def crawled(self) -> None:
        """All that there is has been met by a crawl."""
        self.seen = {f"pubmed:{pmid}" for pmid in self.articles}
        self.seen |= {f"clinicaltrials:{nct}" for nct in self.registrations}
        self.seen |= {f"europepmc:{ppr}" for ppr in self.preprints}

    def live(self, day: date) -> None:
        """One day passes."""
        number = (day - START).days
        if number == 23:
            self.full_pages(day)
            return
        for _ in range(self.die.choice((0, 0, 1, 1, 2))):
            self.publish(day)
        if number % 5 == 0:
            self.register(day)
        for pmid in [pmid for due in sorted(self.due) if due <= day for pmid in self.due.pop(due)]:
            self.index(pmid, day)
        if number and number % 7 == 0:
            self.update_a_registration(day)
        if number % 30 == 11:
            self.retract(day)
        if number % 30 == 17:
            self.publish_a_preprint(day)
        if number % 11 == 3:
            self.post(day)

    def publish(self, day: date, **more: Any) -> str:
        """A new article; every fifth was published a year before PubMed had it."""
        pmid = str(90_000_001 + len(self.articles))
        condition = self.die.choice(_TOPICS)
        size = self.die.randrange(12, 400)
        published = day - timedelta(days=self.die.choice((0, 0, 0, 3, 400)))
        registered = [nct for nct in self.registrations if self.die.random() < 1 / len(self.registrations)][
            :1
        ]
        article = Article(
            pmid=pmid,
            title=f"[Invented for this sample] Intravenous ketamine for {condition}: a randomized controlled trial, no. {pmid}",
            abstract=f"{size} adults with {condition} were randomized to ketamine 0.5 mg/kg or midazolam.",
            entered=day.isoformat(), revised=day.isoformat(), published=published.isoformat(), journal="Journal of Invented Trials",
            journal_abbreviation="J Invented Trials", doi=f"10.5555/invented.{pmid}", status="Publisher", languages=("eng",),
            publication_types=(("D016428", "Journal Article"),), nct=tuple(registered),
        )  # fmt: skip
        self.articles[pmid] = replace(article, **more)
        self.due.setdefault(day + timedelta(days=self.die.randrange(10, 40)), []).append(pmid)
        return pmid

    def index(self, pmid: str, day: date) -> None:
        """MeSH and publication types come, weeks late."""
        old = self.articles[pmid]
        self.articles[pmid] = replace(
            old, status="MEDLINE", mesh_date=day.isoformat(), revised=day.isoformat(),
            mesh=(("D007649", "Ketamine", True, ()), ("D006801", "Humans", False, ())),
            publication_types=(*old.publication_types, _RCT),
        )  # fmt: skip
        self.changed(f"pubmed:{pmid}", "mesh", "pubtypes")

    def register(self, day: date) -> None:
        nct = f"NCT{98_000_001 + len(self.registrations)}"
        self.registrations[nct] = Registration(
            nct=nct, brief_title=f"[Invented for this sample] Ketamine for {self.die.choice(_TOPICS)}, study {nct}",
            status="RECRUITING", study_type="INTERVENTIONAL", allocation="RANDOMIZED", intervention_model="PARALLEL",
            first_posted=day.isoformat(), last_update_posted=day.isoformat(), enrollment=self.die.randrange(20, 200),
            enrollment_type="ESTIMATED", intervention_mesh=(("D007649", "Ketamine"),), conditions=("Depression",),
        )  # fmt: skip

    def update_a_registration(self, day: date) -> None:
        nct = self.die.choice(list(self.registrations))
        old = self.registrations[nct]
        self.registrations[nct] = replace(
            old, status="COMPLETED", enrollment=(old.enrollment or 0) + 1, enrollment_type="ACTUAL",
            last_update_posted=day.isoformat(), results_first_posted=day.isoformat(),
        )  # fmt: skip
        self.changed(f"clinicaltrials:{nct}", "enrollment")

    def retract(self, day: date) -> None:
        pmid = self.die.choice([pmid for pmid, one in self.articles.items() if not one.comments_corrections])
        notice = self.publish(
            day, title="[Invented for this sample] Retraction: ketamine for depression", abstract=None,
            publication_types=(_RETRACTION,), comments_corrections=(("RetractionOf", pmid, "J Invented Trials"),),
        )  # fmt: skip
        old = self.articles[pmid]
        self.articles[pmid] = replace(
            old, revised=day.isoformat(), publication_types=(*old.publication_types, _RETRACTED),
            comments_corrections=(("RetractionIn", notice, "J Invented Trials"),),
        )  # fmt: skip
        self.changed(f"pubmed:{pmid}", "status")

    def publish_a_preprint(self, day: date) -> None:
        preprint = self.publish(day, journal="medRxiv", publication_types=(("D000076942", "Preprint"),))
        article = self.publish(day, comments_corrections=(("UpdateOf", preprint, "medRxiv"),))
        old = self.articles[preprint]
        self.articles[preprint] = replace(
            old, comments_corrections=(("UpdateIn", article, "J Invented Trials"),)
        )

    def post(self, day: date) -> None:
        """A preprint that PubMed does not have; the one before it becomes an article."""
        earlier = list(self.preprints.values())[-1:]
        ppr = f"PPR{97_000_001 + len(self.preprints)}"
        self.preprints[ppr] = Preprint(
            ppr=ppr, server="medRxiv", doi=f"10.1101/2025.01.01.{97_000_001 + len(self.preprints)}",
            title=f"[Invented for this sample] Ketamine infusions for {self.die.choice(_TOPICS)}: preprint {ppr}",
            abstract="Thirty adults were randomized to ketamine or saline.", versions=(day.isoformat(),),
            indexed=day.isoformat(), revised=day.isoformat(), category="psychiatry and clinical psychology",
        )  # fmt: skip
        for one in earlier:
            versions = (*one.versions, day.isoformat())
            article = self.publish(day)
            self.preprints[one.ppr] = replace(
                one, article=article, versions=versions, revised=day.isoformat()
            )
            self.changed(f"europepmc:{one.ppr}", "version")

    def full_pages(self, day: date) -> None:
        """A day that brings exactly one page of articles and two pages of registrations, and nothing else."""
        for _ in range(PAGE):
            self.publish(day)
        for _ in range(2 * PAGE):
            self.register(day)


@dataclass
class Left:
    """What the simulation left: counts for the report, and what is wrong (nothing)."""

    days: int
    crawls: Counter[str]
    records: int
    changes: int
    requests: int
    wrong: list[str]


def simulate(
    days: int, folder: Path, every: int = 1, seed: int = 2025, sources: Sequence[str] | None = None
) -> Left:
    """Crawl on each day, or each `every`th; then compare with one crawl of the last day; then crawl once more.

    `sources`: these alone; None for all that the sample serves.
    """
    services = Services(random.Random(seed))
    db_path, afresh = folder / "year.db", folder / "afresh.db"
    last = START + timedelta(days=days - 1)
    outage = {(START + timedelta(days=days // 2 // every * every + more)).isoformat() for more in (0, every)}
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.warm"])
    ended: Counter[str] = Counter()
    with SampleServer(Catalogue(())) as server:
        server.faults = lambda asked, answer: (
            spoil(DOWN, asked, answer)
            if server.today in outage
            else _counted_wrongly(asked, answer, len(server.requests))
        )
        config = _config(server, sources)
        for number in range(days):
            day = START + timedelta(days=number)
            services.live(day)
            if number % every and day != last:
                continue
            server.catalogue, server.today = services.catalogue, day.isoformat()
            outcomes = _crawl(context, config, db_path, day)
            ended.update(outcomes)
            if all(outcome in GOOD_OUTCOMES for _, outcome in outcomes):
                services.crawled()
        requests = len(server.requests)
        before = content(db_path)
        _crawl(context, config, afresh, last)
        wrong = _differences(before, content(afresh))
        revisions = _revisions(db_path)
        wrong += [f"no revision of {what}" for what in services.changes if what not in revisions]
        again = _crawl(context, config, db_path, last)
        wrong += [
            f"crawled again, {source} ended as {outcome}"
            for source, outcome in again
            if outcome != "nothing_new"
        ]
        if content(db_path) != before or _revisions(db_path) != revisions:
            wrong.append("crawling once more changed something")
    return Left(days, ended, len(before["records"]), len(services.changes), requests, wrong)


def _counted_wrongly(asked: Asked, answer: Answer, number: int) -> Answer | None:
    """Europe PMC's hitCount, one too high, in every second request."""
    if "/europepmc/" not in asked.path or number % 2:
        return None
    found = re.sub(
        rb'"hitCount":(\d+)',
        lambda match: b'"hitCount":%d' % (int(match[1]) + bool(int(match[1]))),
        answer.body,
        count=1,
    )
    return replace(answer, body=found)


def _config(server: SampleServer, sources: Sequence[str] | None) -> Config:
    config = load_config(environ={}).at(server.upstreams)
    trials = config.sources["clinicaltrials"]
    small = replace(trials, options=trials.options | {"page_size": PAGE})
    patience = replace(config.patience, tries=2, first_wait=0.0)
    chosen = {
        name: source
        for name, source in (config.sources | {"clinicaltrials": small}).items()
        if not sources or name in sources
    }
    return replace(config, sources=chosen, patience=patience)


def _crawl(context: BaseContext, config: Config, db_path: Path, day: date) -> list[tuple[str, str]]:
    """Crawl in a process of its own, as on `day`; returns (source, outcome) of each source."""
    answer: Any = context.SimpleQueue()
    process = context.Process(target=_crawl_on, args=(config, db_path, day, answer))  # type: ignore[attr-defined]
    process.start()
    outcomes: list[tuple[str, str]] = answer.get()
    process.join()
    return outcomes


def _crawl_on(config: Config, db_path: Path, day: date, answer: Any) -> None:
    from crawler.run import crawl  # noqa: PLC0415 - in the child only: Scrapy takes the process over

    assignments.now = lambda: datetime(day.year, day.month, day.day, 6, tzinfo=timezone.utc)
    names = [
        name for name, source in config.sources.items() if source.base_url.startswith("http://127.0.0.1")
    ]
    try:
        rows = crawl(config, db_path, names, settings={"LOG_LEVEL": "CRITICAL"})
        answer.put([(row["source"], row["outcome"]) for row in rows])
    except BaseException as error:
        answer.put([("all", repr(error))])
        raise


def content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row that says what is known, free of when it was learnt, in an order of its own."""
    db = Database(path)
    found = {
        table: sorted(
            (tuple(row[name] for name in sorted(row) if name not in LEARNT or (name == "id" and table in ("records", "studies")))
             for row in db.table(table).rows),
            key=repr,
        )
        for table in TABLES
    }  # fmt: skip
    db.close()
    return found


def _revisions(path: Path) -> Counter[tuple[str, str]]:
    db = Database(path)
    found = Counter((row["record_id"], row["field"]) for row in db.table("revisions").rows)
    db.close()
    return found


def _differences(ours: dict[str, list[Any]], afresh: dict[str, list[Any]]) -> list[str]:
    wrong = []
    for table in TABLES:
        lost, more = (
            Counter(afresh[table]) - Counter(ours[table]),
            Counter(ours[table]) - Counter(afresh[table]),
        )
        wrong += [f"{table} lacks {row}" for row in lost] + [f"{table} has {row} too much" for row in more]
    return wrong


def main() -> None:
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 365
    with tempfile.TemporaryDirectory() as folder:
        left = simulate(days, Path(folder), sources=CHANGING)
    print(f"{left.days} days, {left.requests:,} requests; crawls ended: {dict(left.crawls)}")
    print(f"{left.records} records, {left.changes} scripted changes; wrong: {len(left.wrong)}")
    for line in left.wrong[:40]:
        print(f"  {line[:300]}")
    sys.exit(bool(left.wrong))


if __name__ == "__main__":
    main()
