"""How well works are recognised by title, year and first author, and how fast: `python -m benchmarks.merging [RECORDS]`.

Precision and recall over the labelled pairs of tests/merges/pairs.toml, identifiers left out where the file has none;
then the time that merging takes of many invented records of two sources, half of them with a twin by DOI.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.merging import merge_records
from crawler.merging.pairs import Verdict, judge
from crawler.merging.titles import normalise
from crawler.merging.works import Work, work_of
from store import save
from store.database import open_database
from store.hashing import content_hash
from store.records import Author, Record

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAIRS = Path(__file__).resolve().parents[1] / "tests" / "merges" / "pairs.toml"
NOW = "2026-01-01T00:00:00Z"
BATCH = 500


@dataclass(frozen=True)
class Judged:
    """A labelled pair and what the rules say of it."""

    same: bool
    what: str
    shared_key: bool
    verdict: Verdict | None

    @property
    def merged(self) -> bool:
        return self.verdict is not None and self.verdict.merge

    @property
    def suggested(self) -> bool:
        return self.verdict is not None and not self.verdict.merge


def work(record_id: str, source: str, facts: dict[str, Any]) -> Work:
    """A labelled side as merging sees it."""
    row = {"id": record_id, "source": source, "kind": facts.get("kind", "article"), "title": facts["title"],
           "authors": f'[{{"name": "{facts["author"]}"}}]' if "author" in facts else "[]", "venue": facts.get("journal"),
           "published": str(facts["year"]), "year": facts["year"], "doi": facts.get("doi"), "pmid": None, "pmcid": None,
           "status": None, "merged_into": None}  # fmt: skip
    publication = {
        "vernacular_title": facts.get("vernacular"),
        "volume": facts.get("volume"),
        "pages": facts.get("page"),
    }
    return work_of(row, publication, [])


def judged(path: Path = PAIRS) -> list[Judged]:
    """Every labelled pair with its verdict; pairs that share no key are never compared, so they have none."""
    found = []
    for pair in tomllib.loads(path.read_text("utf-8"))["pair"]:
        one, other = work("europepmc:1", "europepmc", pair["a"]), work("feeds:2", "feeds", pair["b"])
        meet = bool(set(one.keys) & set(other.keys))
        found.append(Judged(pair["same"], pair["what"], meet, judge(one, other) if meet else None))
    return found


def figures(pairs: list[Judged]) -> dict[str, float]:
    """Precision and recall of merges, and how many works merge or are suggested."""
    same = [pair for pair in pairs if pair.same]
    right = sum(pair.merged for pair in same)
    merged = sum(pair.merged for pair in pairs)
    return {
        "pairs": len(pairs), "same": len(same), "merged": merged,
        "precision": right / merged if merged else 1.0, "recall": right / len(same),
        "recall with review": sum(pair.merged or pair.suggested for pair in same) / len(same),
        "different, for review": sum(pair.suggested for pair in pairs if not pair.same),
    }  # fmt: skip


def invented(records: int) -> list[Record]:
    """Invented articles; every second has a twin of another source, with the same DOI."""
    made = []
    for number in range(records // 3 * 2):
        title = f"Ketamine study {normalise(hex(number * 2654435761))} of depression in district {number}"
        doi, author = f"10.1000/{number}", [Author(f"Author{number % 977} A")]
        made.append(
            Record(
                f"pubmed:{number + 1}",
                "pubmed",
                "article",
                title,
                authors=author,
                published="2020",
                pmid=str(number + 1),
                doi=doi,
            )
        )
        if number % 2:
            made.append(Record(f"crossref:{doi}", "crossref", "article", title, published="2020", doi=doi))
    return made


def seconds(records: list[Record]) -> tuple[float, int]:
    """How long merging takes of records that are saved batch by batch, and how many are merged."""
    db = open_database(":memory:")
    spent = 0.0
    for start in range(0, len(records), BATCH):
        batch = [save.TaggedRecord(record, content_hash(record)) for record in records[start : start + BATCH]]
        with db.atomic():
            save.save_records(db, batch, save.Stamp(NOW, None, "1"))
            begun = time.perf_counter()
            merge_records(db, [one.record.id for one in batch], NOW)
            spent += time.perf_counter() - begun
    return spent, db.table("records").count_where("merged_into IS NOT NULL")


def main() -> None:
    pairs = judged()
    for name, value in figures(pairs).items():
        print(f"{name:24}{value:8.3f}" if isinstance(value, float) else f"{name:24}{value:8}")
    for pair in pairs:
        if pair.merged != pair.same:
            said = (
                f"for review: {pair.verdict.doubt}"
                if pair.verdict and pair.suggested
                else "merged"
                if pair.merged
                else "not compared"
            )
            print(f"  {'one work' if pair.same else 'two works'}, {said}: {pair.what}")
    records = invented(int(sys.argv[1]) if len(sys.argv) > 1 else 12_000)
    spent, merged = seconds(records)
    print(
        f"\n{len(records):,} invented records, {merged:,} merged: {len(records) / spent:,.0f} records/s for merging alone"
    )


if __name__ == "__main__":
    main()
