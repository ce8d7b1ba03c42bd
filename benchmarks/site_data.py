"""A database of any size for measuring the site: invented records with text like that of the field.

Words of the field stand in as many records as in the literature on ketamine, roughly; the others are drawn by Zipf's law
from an invented vocabulary, so that the full-text index has common, seldom and unique words. Abstracts have 1,200
characters. Rows are inserted directly and the index is built at the end: 200,000 records in a minute or two.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from benchmarks import synthetic
from store import save, summaries
from store.database import open_database

NOW = "2026-11-23T06:00:00Z"
_LAST_DAY = date.today()
_BATCH = 5_000
INDICATIONS = (
    "depression",
    "trd",
    "pain",
    "none",
    "suicidality",
    "bipolar",
    "ptsd",
    "anxiety",
    "substance-use",
    "ocd",
    "other",
)
DESIGNS = ("observational", "preclinical", "narrative-review", "rct", "case-report", "commentary", "protocol", "crossover",
            "non-randomised-trial", "systematic-review", "meta-analysis", "secondary-analysis", "case-series",
            "human-experimental", "guideline", "qualitative")  # fmt: skip
_DRUGS = ("ketamine", "esketamine", "arketamine")
_ROUTES = ("intravenous", "intranasal", "oral", "intramuscular", "subcutaneous", "sublingual", "other")
_COMPARATORS = (
    "placebo",
    "midazolam",
    "other-active",
    "none",
    "antidepressant",
    "ect",
    "dose",
    "psychotherapy",
    "tms",
)
_POPULATIONS = ("healthy", "adolescent", "older-adult", "veteran", "child", "perinatal")
_STATUSES = ("COMPLETED", "RECRUITING", "UNKNOWN", "TERMINATED", "NOT_YET_RECRUITING", "WITHDRAWN")
#: words of the field, and in which share of the abstracts they stand
FIELD = {
    "ketamine": 0.9,
    "depression": 0.4,
    "randomized": 0.2,
    "placebo": 0.15,
    "antidepressant": 0.15,
    "esketamine": 0.12,
    "anesthesia": 0.3,
    "receptor": 0.25,
    "mice": 0.15,
    "rats": 0.2,
    "suicidal ideation": 0.05,
    "midazolam": 0.06,
    "treatment-resistant": 0.08,
    "intranasal": 0.04,
    "electroconvulsive therapy": 0.04,
    "remission": 0.05,
    "posttraumatic stress disorder": 0.02,
    "veterans": 0.01,
    "bipolar": 0.03,
    "dissociation": 0.03,
    "obsessive-compulsive": 0.006,
    "adolescents": 0.02,
    "psychotherapy": 0.015,
    "MADRS": 0.03,
    "relapse": 0.02,
    "postpartum": 0.008,
    "anhedonia": 0.006,
    "transcranial magnetic stimulation": 0.006,
    "cognition": 0.04,
    "blood pressure": 0.05,
    "opioid": 0.1,
    "naltrexone": 0.003,
}
_SYLLABLES = (
    "ba",
    "co",
    "di",
    "fe",
    "ga",
    "lo",
    "mi",
    "ne",
    "po",
    "ra",
    "se",
    "ti",
    "vo",
    "xa",
    "zu",
    "cry",
    "dro",
    "pla",
)


def build(path: Path, records: int) -> None:
    """Make the database at `path`, the same for the same number of records on one day."""
    db = open_database(path)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("PRAGMA foreign_keys = OFF")
    with db.atomic():
        save.save_watched(
            db, _DRUGS[:2], [name for name in INDICATIONS if name not in ("none", "other", "pain")]
        )
        crawl = save.start_crawl(db, "pubmed", NOW, command="crawl")
        save.finish_crawl(db, crawl, save.Counts(new=records), outcome="ok", finished=NOW)
    triggers = list(db.query("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    for trigger in triggers:
        db.execute(f"DROP TRIGGER [{trigger['name']}]")
    for start in range(0, records, _BATCH):
        _insert(db, start, min(start + _BATCH, records))
    db.execute("INSERT INTO records_fts(records_fts) VALUES ('rebuild')")
    for trigger in triggers:
        db.execute(trigger["sql"])
    summaries.refresh(db)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def _insert(db: Database, start: int, end: int) -> None:
    made = [_record(number) for number in range(start, end)]
    with db.atomic():
        for table, rows in (
            ("records", [row for row, _, _ in made]),
            ("tags", [tag for _, tags, _ in made for tag in tags]),
            ("registrations", [part for _, _, part in made if part]),
        ):
            names = list(rows[0]) if rows else []
            values = ", ".join(f":{name}" for name in names)
            quoted = ", ".join(f"[{name}]" for name in names)
            db.conn.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({values})", rows)


def _vocabulary() -> tuple[list[str], list[float]]:
    draw = random.Random(1)
    words = list(
        dict.fromkeys("".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4))) for _ in range(30_000))
    )
    return words, list(accumulate(1 / rank for rank in range(1, len(words) + 1)))


WORDS, _WEIGHTS = _vocabulary()


def _some(draw: random.Random, values: tuple[str, ...], often: float) -> list[str]:
    """One or two of the values, the first ones more often; none in the share 1 - `often` of records."""
    if draw.random() > often:
        return []
    return sorted(
        {values[int(len(values) * draw.random() ** 2)] for _ in range(1 if draw.random() < 0.8 else 2)}
    )


def _record(number: int) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any] | None]:
    """A record's row, its tags' rows and, of every fifteenth, the row of its registration."""
    draw = random.Random(number)
    registered = number % 15 == 0
    drug, ill = draw.choice(synthetic._DRUGS), draw.choice(synthetic._ILLS)
    extra = draw.choices(WORDS, cum_weights=_WEIGHTS, k=150)
    extra += [
        word for word, share in FIELD.items() if draw.random() < share for _ in range(draw.randint(1, 3))
    ]
    draw.shuffle(extra)
    sentences = [f"{' '.join(extra[at : at + 18]).capitalize()}." for at in range(0, len(extra), 18)]
    day = _LAST_DAY - timedelta(days=int(9_000 * draw.random() ** 1.7))
    facets = {
        "indications": _some(draw, INDICATIONS, 1), "designs": ["protocol"] if registered else _some(draw, DESIGNS, 0.97),
        "drugs": _some(draw, _DRUGS, 0.98), "routes": _some(draw, _ROUTES, 0.5),
        "comparators": _some(draw, _COMPARATORS, 0.3), "populations": _some(draw, _POPULATIONS, 0.2),
    }  # fmt: skip
    own = f"NCT{10_000_000 + number}" if registered else str(50_000_000 + number)
    record_id = f"clinicaltrials:{own}" if registered else f"pubmed:{own}"
    row = {
        "id": record_id, "source": record_id.partition(":")[0], "kind": "registration" if registered else "article",
        "title": f"{drug.capitalize()} for {ill}: {draw.choice(synthetic._DESIGNS)} of {extra[0]} and {extra[1]}",
        "abstract": " ".join(sentences), "venue": "J Invented Trials", "published": day.isoformat(), "year": day.year,
        "authors": json.dumps([{"name": f"{draw.choice(synthetic._SURNAMES)} A{at}"} for at in range(6)]),
        "url": f"https://example.org/{own}", "doi": None if registered else f"10.9999/invented.{number}",
        "pmid": None if registered else own, "nct_ids": f'["{own}"]' if registered else "[]",
        "pubtypes": '["Journal Article"]', "mesh": '["Ketamine","Humans"]', "keywords": json.dumps(extra[:3]),
        "status": _STATUSES[int(6 * draw.random() ** 2)] if registered else None,
        **{name: json.dumps(values, separators=(",", ":")) for name, values in facets.items()},
        "sample_size": draw.randint(12, 400), "entered": day.isoformat(), "first_seen": NOW, "last_changed": NOW,
        "rules_version": "1", "content_hash": str(number),
    }  # fmt: skip
    return row, list(_tags(row, facets, draw)), _registration(record_id) if registered else None


def _tags(row: dict[str, Any], facets: dict[str, list[str]], draw: random.Random) -> Iterator[dict[str, Any]]:
    pairs = [(name[:-1], value) for name, values in facets.items() for value in values]
    if row["kind"] == "registration":
        pairs.append(("phase", draw.choice("1234")))
    for position, (dimension, value) in enumerate(pairs):
        yield {"record_id": row["id"], "position": position, "dimension": dimension, "value": value, "field": "title",
               "start": 0, "end": 8, "text": row["title"][:8], "rule": "invented", "rules_version": "1", "confidence": 0.9}  # fmt: skip


def _registration(record_id: str) -> dict[str, Any]:
    lists = (
        "phases",
        "who_masked",
        "collaborators",
        "conditions",
        "interventions",
        "arms",
        "outcomes",
        "age_groups",
        "countries",
    )
    return {"record_id": record_id, "registry": "clinicaltrials.gov", "enrollment": 40} | dict.fromkeys(
        lists, "[]"
    )
