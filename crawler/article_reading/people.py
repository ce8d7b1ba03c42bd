"""What a writer does to articles."""

from __future__ import annotations

from pathlib import Path

from crawler.article_reading.corrections import Correction, take_back
from crawler.article_reading.corrections import correct as keep_correction
from crawler.article_reading.corrections import restore as take_drop_back
from crawler.article_reading.document import read_document
from crawler.article_reading.keep import Added
from crawler.article_reading.keep import add as keep
from crawler.article_reading.keep import split as keep_split
from crawler.assignments import utc_now
from crawler.bearing.match import match_articles
from store.database import crawl_lock, open_database


def add(db_path: Path, content: bytes, name: str) -> Added:
    """Read an article and match its claims. Raises ConfigError for what cannot be read."""
    document = read_document(content, name)
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            added = keep(db, document, name, utc_now())
            match_articles(db, utc_now(), added.article_id)
        db.close()
    return added


def correct(db_path: Path, correction: Correction) -> None:
    """Keep a correction and match its article again. Raises ConfigError for what cannot be set."""
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            keep_correction(db, correction)
            row = db.execute("SELECT article_id FROM claims WHERE id = ?", [correction.claim_id]).fetchone()
            match_articles(db, utc_now(), row[0])
        db.close()


def split(db_path: Path, claim_id: int, words: str, name: str, why: str) -> list[int]:
    """Make two claims of one and match its article again; returns their numbers. Raises ConfigError if that cannot be."""
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            parts = keep_split(db, claim_id, words, name, why, utc_now())
            row = db.execute("SELECT article_id FROM claims WHERE id = ?", [claim_id]).fetchone()
            match_articles(db, utc_now(), row[0])
        db.close()
    return parts


def restore(db_path: Path, claim_id: int, name: str, what: str | None = None) -> None:
    """Take back that a claim was dropped or split, or what people said of `what` (kind, a dimension, a record's id), and
    match its article again. Raises ConfigError if nobody did.
    """
    with crawl_lock(db_path):
        db = open_database(db_path)
        with db.atomic():
            if what:
                take_back(db, claim_id, what, name, utc_now())
            else:
                take_drop_back(db, claim_id, name, utc_now())
            row = db.execute("SELECT article_id FROM claims WHERE id = ?", [claim_id]).fetchone()
            match_articles(db, utc_now(), row[0])
        db.close()
