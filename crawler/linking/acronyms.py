"""Studies by their acronyms: TRANSFORM-2, KetECT, ELEKT-D, ASPIRE I."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from sqlite_utils import Database

from crawler.linking.links import AMONG, CONFIDENCE, Link, Row, rows_of
from crawler.linking.roles import role_of
from crawler.linking.studies import Studies

_TOKEN = re.compile(r"\b[A-Z][A-Za-z0-9]*(?:[-‐‑–][A-Za-z0-9]+)*")  # an acronym begins with a capital
_NEXT = re.compile(r"\s(?:[0-9]{1,2}|I{1,3}|IV|V|VI)\b")
_LEAST_CAPITALS = 6  # a plain word in capitals (KIND, CARE) says too little
_LEAST_KEY = 4
_MANY = 3  # works that name more studies than this speak of them, and are seldom theirs
_DOUBT = 0.5  # what is left of the confidence where drug or indication differ
_TITLE_BRACKETS = re.compile(r"\(([A-Za-z][A-Za-z0-9‐‑–-]{3,24}(?:\s(?:[0-9]{1,2}|I{1,3}))?)\)\s*\.?$")


def key_of(acronym: str) -> str:
    """The one spelling of an acronym: "TRANSFORM-2", "Transform 2" -> "transform2"."""
    return "".join(char for char in acronym.casefold() if char.isalnum())


def is_telling(acronym: str) -> bool:
    """Whether an acronym can name one study: a figure, an inner hyphen, mixed capitals, or many of them."""
    letters = [char for char in acronym if char.isalpha()]
    mixed = any(char.isupper() for char in letters[1:]) and any(char.islower() for char in letters)
    numbered = any(char.isdigit() for char in acronym) or bool(_NEXT.search(acronym))
    hyphened = bool(re.search(r"[A-Z][-‐‑–][A-Z0-9]", acronym))
    return len(key_of(acronym)) >= _LEAST_KEY and (
        mixed or numbered or hyphened or (acronym.isupper() and len(letters) >= _LEAST_CAPITALS)
    )


def write_acronyms(db: Database, registration_ids: Iterable[str]) -> list[str]:
    """Keep the acronyms of these registrations; returns those that tell."""
    ids = sorted(set(registration_ids))
    sql = f"""SELECT id, title, acronym FROM records JOIN registrations ON record_id = id WHERE id {AMONG} ORDER BY id"""
    new: list[tuple[str, str, str]] = []
    for row in rows_of(db, sql, ids):
        bracketed = _TITLE_BRACKETS.search(row["title"] or "")
        for acronym in dict.fromkeys(filter(None, [row["acronym"], bracketed and bracketed.group(1)])):
            if is_telling(acronym) and (row["id"], key_of(acronym)) not in {one[:2] for one in new}:
                new.append((row["id"], key_of(acronym), acronym))
    db.conn.executemany("DELETE FROM study_acronyms WHERE record_id = ?", [(one,) for one in ids])
    db.conn.executemany("INSERT INTO study_acronyms (record_id, key, acronym) VALUES (?, ?, ?)", new)
    return sorted({acronym for _, _, acronym in new})


def papers_with(db: Database, acronyms: Iterable[str]) -> list[str]:
    """Ids of the papers whose words hold one of these acronyms."""
    found: set[str] = set()
    for acronym in acronyms:
        words = " ".join(re.findall(r"[A-Za-z0-9]+", acronym))
        sql = """SELECT id FROM records JOIN records_fts ON records_fts.rowid = records.rowid
            WHERE records_fts MATCH ? AND kind IN ('article', 'preprint')"""
        found |= {row[0] for row in db.execute(sql, [f'"{words}"']).fetchall()}
    return sorted(found)


@lru_cache(maxsize=50_000)
def _telling_key(word: str) -> str | None:
    """The key of a word that tells by itself; most words recur, and tell nothing."""
    return key_of(word) if is_telling(word) else None


@lru_cache(maxsize=2_000)  # the texts of a batch are asked about three times
def _spelt(text: str) -> dict[str, str]:
    """Key -> spelling of everything in a text that may be an acronym."""
    found: dict[str, str] = {}
    for token in _TOKEN.finditer(text):
        word = token.group()
        following = _NEXT.match(text, token.end())
        if following:
            found.setdefault(key_of(word + following.group()), word + following.group())
        if key := _telling_key(word):
            found.setdefault(key, word)
    return found


def acronym_links(db: Database, records: dict[str, Row], studies: Studies) -> Iterator[Link]:
    """Papers that name a study by its acronym; surer in the title, doubted where drug or indication differ."""
    titles = {
        one["id"]: _spelt(one["title"] or "") for one in records.values() if one["kind"] != "registration"
    }
    texts = {record_id: _spelt(records[record_id]["abstract"] or "") for record_id in titles}
    keys = {key for spelt in (*titles.values(), *texts.values()) for key in spelt}
    sql = f"""SELECT key, record_id, drugs, indications FROM study_acronyms JOIN records ON id = record_id
        WHERE key {AMONG}"""
    named: dict[str, list[Row]] = {}
    for row in rows_of(db, sql, keys):
        named.setdefault(row["key"], []).append(row)
    for record_id, in_title in titles.items():
        spelt = texts[record_id] | in_title
        known = [key for key in spelt if key in named]
        for key in known:
            method = "acronym-title" if key in in_title else "acronym-text"
            for study in named[key]:
                confidence = CONFIDENCE[method]
                if len(known) > _MANY or len(named[key]) > 1 or not _alike(records[record_id], study):
                    confidence *= _DOUBT
                number = study["record_id"].partition(":")[2]
                role = role_of(records[record_id])
                yield Link(studies.of(number), record_id, role, method, spelt[key], round(confidence, 2))


def studies_named(db: Database, records: dict[str, Row]) -> set[str]:
    """The numbers of all studies whose acronyms these papers may hold."""
    keys = {
        key
        for one in records.values()
        if one["kind"] != "registration"
        for text in (one["title"], one["abstract"])
        for key in _spelt(text or "")
    }
    found = rows_of(db, f"SELECT record_id FROM study_acronyms WHERE key {AMONG}", keys)
    return {row["record_id"].partition(":")[2] for row in found}


def _alike(paper: Row, registration: Row) -> bool:
    return all(
        set(json.loads(paper[facet])) & set(json.loads(registration[facet]))
        for facet in ("drugs", "indications")
    )
