"""What a writer does to matches: a verdict, and taking it back. Each is kept; rules never overwrite it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from crawler.assignments import utc_now
from crawler.bearing.match import Matched, match_articles
from store import verdicts
from store.database import crawl_lock, open_database
from store.verdicts import Verdict


def decide(db_path: Path, verdict: Verdict) -> int:
    """Keep a verdict; returns its number. Raises ConfigError for a match that is not there."""
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            number = verdicts.decide(db, verdict)
        db.close()
    return number


def undo(db_path: Path, verdict_id: int, name: str) -> dict[str, Any]:
    """Take a verdict back. Raises ConfigError if none of that number is in force."""
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            taken = verdicts.withdraw(db, verdict_id, name, utc_now())
        db.close()
    return taken


def match(db_path: Path, article_id: str | None = None, *, everything: bool = False) -> Matched:
    """Match claims to what the database holds now, without a crawl."""
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            done = match_articles(db, utc_now(), article_id, everything=everything)
        db.close()
    return done
