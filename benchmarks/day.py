"""What a usual day costs: `python -m benchmarks.day [RECORDS]`.

The sample services hold so many invented articles (20,000), registrations and preprints, and a database that has crawled
them all. Then a day brings 50 new articles, and a crawl as cron starts it: its CPU seconds, start-up included, and each
request that it made, beside how many the protocols of the services need. Exits 1 if it made more.
"""

from __future__ import annotations

import math
import random
import statistics
import sys
import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from sqlite_utils import Database

from benchmarks import synthetic
from benchmarks.ingest import measured
from benchmarks.year import CHANGING, Services
from crawler.sample.catalogue_records import Article
from crawler.sample.exchange import Asked
from crawler.sample.server import SampleServer
from spiders.entrez import BATCH

NEW = 50
YEARS = 20
_MESH = (
    ("D007649", "Ketamine"),
    ("D006801", "Humans"),
    ("D061218", "Depressive Disorder, Treatment-Resistant"),
)


def article(number: int, entered: date) -> Article:
    """An article of the topic with abstract, authors, headings and references, the same for the same number."""
    draw = random.Random(number)
    words = {
        "drug": draw.choice(synthetic._DRUGS),
        "ill": draw.choice(synthetic._ILLS[:5]),
        "n": draw.randint(12, 400),
    }
    sentences = [draw.choice(synthetic._SENTENCES).format(**words) for _ in range(12)]
    label = ("BACKGROUND", "METHODS", "RESULTS")
    return Article(
        pmid=str(50_000_000 + number), entered=entered.isoformat(), revised=entered.isoformat(), published=entered.isoformat(),
        title=f"{words['drug'].capitalize()} for {words['ill']}: {draw.choice(synthetic._DESIGNS)} no. {number}.",
        abstract_sections=tuple((label[at], " ".join(sentences[at * 4 : at * 4 + 4])) for at in range(3)),
        authors=tuple((draw.choice(synthetic._SURNAMES), f"A {initial}", f"A{initial}") for initial in draw.sample("BCDEFGHK", 6)),
        journal="Journal of Invented Trials", journal_abbreviation="J Invented Trials", doi=f"10.5555/invented.{number}",
        status="MEDLINE", languages=("eng",), publication_types=(("D016428", "Journal Article"),),
        mesh=tuple((ui, name, False, ()) for ui, name in _MESH), mesh_date=entered.isoformat(),
        references=tuple((str(draw.randint(10_000_000, 40_000_000)), f"J Invented. {at}") for at in range(20)),
    )  # fmt: skip


def services(records: int, today: date) -> Services:
    """So many articles over the last twenty years, a registration for each forty, and some preprints."""
    draw = random.Random(records)
    held = Services(draw)
    for number in range(1, records + 1):
        one = article(number, today - timedelta(days=draw.randrange(365 * YEARS)))
        held.articles[one.pmid] = one
    for _ in range(records // 40):
        held.register(today - timedelta(days=draw.randrange(365 * YEARS)))
    for number in range(records // 400):
        held.post(today - timedelta(days=30 * number % 7000))
    return held


def needed(fetched: int) -> dict[str, int]:
    """Requests by what is asked, as many as the services' protocols take for a day.

    PubMed: a search for each of the three dates that tell of change (crdt, lr, mhda), and the records in batches. The
    registry: a page of what was updated. Europe PMC: a page of what was created, and one of what was updated.
    """
    return {
        "pubmed esearch": 3, "pubmed efetch": math.ceil(fetched / BATCH), "clinicaltrials studies": 1, "europepmc search": 2,
    }  # fmt: skip


def named(asked: Asked) -> str:
    """Which service was asked, and for what."""
    service = next((name for name, part in (("pubmed", "/entrez/"), ("clinicaltrials", "/api/v2/"), ("europepmc", "/europepmc/"))
                    if part in asked.path), "other")  # fmt: skip
    return f"{service} {asked.path.rpartition('/')[2].removesuffix('.fcgi')}"


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    today = date.today()
    held = services(records, today)
    with (
        tempfile.TemporaryDirectory() as name,
        SampleServer(held.catalogue, today=today.isoformat()) as server,
    ):
        folder = Path(name)
        config = configured(folder, server)
        crawl = (
            sys.executable, "-m", "crawler.cli", "crawl", "--config", str(config), "--db", str(folder / "watch.db")
        )  # fmt: skip
        crawl += tuple(part for source in CHANGING for part in ("--source", source))
        program = (sys.executable, "-c", "import crawler.run, crawler.commands.crawl")
        start = statistics.median(measured(*program)[0] for _ in range(3))
        first, _ = measured(*crawl)
        for number in range(records + 1, records + 1 + NEW):
            held.articles[str(50_000_000 + number)] = article(number, today)
        server.catalogue = held.catalogue
        server.requests.clear()
        day, _ = measured(*crawl)
        asked = list(server.requests)
        rows = Database(folder / "watch.db").query("SELECT * FROM crawls ORDER BY id DESC LIMIT 3")
        outcome = {
            row["source"]: {key: row[key] for key in ("outcome", "new", "changed", "unchanged")}
            for row in rows
        }
    print(f"{records:,} articles and what belongs to them, crawled once: {first:.1f} s of CPU")
    print(
        f"a day with {NEW} new articles: {day:.2f} s of CPU, of which {start:.2f} s are the start of the program\n"
    )
    for source, row in sorted(outcome.items()):
        print(
            f"  {source}: {', '.join(f'{value} {key}' if key != 'outcome' else str(value) for key, value in row.items())}"
        )
    made = Counter(map(named, asked))
    fetched = sum(outcome["pubmed"][key] for key in ("new", "changed", "unchanged"))
    due = needed(fetched)
    print(f"\n{'requests':26}{'made':>6}{'needed':>8}")
    for what in sorted(made | due):
        print(f"{what:26}{made[what]:6}{due.get(what, 0):8}")
    sys.exit(any(made[what] > due.get(what, 0) for what in made) or outcome["pubmed"]["new"] != NEW)


def configured(folder: Path, server: SampleServer) -> Path:
    """A configuration that names these services and does not pace requests: waiting costs no CPU."""
    path = folder / "watch.toml"
    path.write_text("\n".join([
        "[contact]\nemail = \"benchmark@example.org\"", *(f"[sources.{source}]\ninterval = 0.0" for source in CHANGING), "[upstreams]",
        *(f'{name} = "{url}"' for name, url in server.upstreams.items()),
    ]))  # fmt: skip
    return path


if __name__ == "__main__":
    main()
