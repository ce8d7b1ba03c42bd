"""How fast the citation views answer: `python -m benchmarks.citations [RECORDS [EDGES]]`, 50,000 and 1,000,000 unless said.

The graph is made, not real: few works are cited often, most seldom; half of the cited works are no records.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from store import citations, watching, work_names
from store.citing import Edge
from store.database import open_database
from store.save import Stamp

NOW = "2026-11-23T06:00:00Z"
TRIALS = 0.05  # share of the records
BATCH = 500


def main(records: int = 50_000, edges: int = 1_000_000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        db = open_database(Path(folder) / "watch.db")
        _timed(f"{records:,} records and {edges:,} edges are written", lambda: _fill(db, records, edges))
        db.execute("ANALYZE")
        busiest = db.execute(
            "SELECT cited_id, count(*) FROM citation_statements GROUP BY cited_id ORDER BY 2 DESC LIMIT 1"
        ).fetchone()
        seldom = f"pubmed:{records - 1}"
        for work, times in (busiest, (seldom, "few")):
            _timed(
                f"who cites {work} ({times})", lambda w=work: _all(db, "citing_works WHERE cited_id = ?", w)
            )
            _timed(f"what {work} cites", lambda w=work: _all(db, "citation_edges WHERE citing_id = ?", w))
        _timed("works most cited beside the trials, ranked", lambda: watching.rank_cocited(db, NOW))
        _timed("the ranking, read", lambda: _all(db, "most_cocited LIMIT 50"))
        settings: dict[str, Any] = {"watch": "trials", "today": NOW[:10], "every_days": 14, "limit": 100}
        _timed("works due", lambda: watching.due_works(db, "openalex", ("pubmed",), **settings))
        _timed("PMIDs wanted", lambda: watching.wanted_pmids(db, 200))
        db.close()


def _all(db: Database, what: str, *arguments: str) -> int:
    return len(db.execute(f"SELECT * FROM {what}", arguments).fetchall())


def _timed(what: str, run: Callable[[], Any]) -> None:
    began = time.perf_counter()
    found = run()
    count = found if isinstance(found, int) else len(found or ())
    print(f"{what}: {time.perf_counter() - began:.3f} s" + (f", {count:,} rows" if count else ""))


def _fill(db: Database, records: int, edges: int) -> None:
    die = random.Random(1)
    works = 2 * records  # the second half are no records

    def popular() -> int:
        return int(works * die.random() ** 3)

    with db.atomic():
        db.table("watched").insert_all(
            [{"dimension": "drug", "value": "ketamine"}, {"dimension": "indication", "value": "ptsd"}]
        )
        db.conn.executemany(
            """INSERT INTO records (id, source, kind, title, authors, pmid, year, entered, nct_ids, pubtypes, mesh, keywords,
                indications, designs, drugs, routes, comparators, populations, first_seen, last_changed, content_hash)
            VALUES (?, 'pubmed', 'article', ?, '[]', ?, 2020, '2020-01-01', '[]', '[]', '[]', '[]',
                '["ptsd"]', ?, '["ketamine"]', '[]', '[]', '[]', ?, ?, '')""",
            ((f"pubmed:{one}", f"Work {one}", str(one), '["rct"]' if die.random() < TRIALS else '["observational"]', NOW, NOW)
             for one in range(records)),
        )  # fmt: skip
        db.conn.executemany(
            "INSERT INTO work_names VALUES (?1, ?1)", ((f"pubmed:{one}",) for one in range(works))
        )
        pairs = sorted({(popular(), int(records * die.random())) for _ in range(edges)})
        die.shuffle(pairs)
        half = len(pairs) // 2
        for start in range(0, half, BATCH):
            batch = pairs[start : min(start + BATCH, half)]
            said = [Edge(f"pubmed:{citing}", f"pubmed:{cited}", "openalex") for cited, citing in batch]
            citations.save_citations(db, said, Stamp(NOW, None, ""))
        db.conn.executemany(
            "INSERT INTO citations VALUES (?, ?, 'cites', ?, NULL, 'pubmed', ?)",
            (
                (f"pubmed:{citing}", at, f"pubmed:{cited}", NOW)
                for at, (cited, citing) in enumerate(pairs[half:])
            ),
        )
        for start in range(0, records, BATCH):
            work_names.name_records(
                db, [f"pubmed:{one}" for one in range(start, min(start + BATCH, records))]
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
