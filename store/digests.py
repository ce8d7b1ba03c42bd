"""Issues of the digest: stored once, with their items, and read back as they were."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sqlite_utils import Database

from store.errors import ConfigError

#: what stands in mails for addresses that are each reader's own (RFC 2606: `.invalid` never resolves)
UNSUBSCRIBE_URL = "https://reader.invalid/unsubscribe"
PREFERENCES_URL = "https://reader.invalid/preferences"

_READERS_OWN = re.compile(r'<a [^>]*href="https://reader\.invalid/[^"]*"[^>]*>(.*?)</a>', re.DOTALL)
_ISSUE = ("id", "since", "until", "built_at", "subject", "html", "text", "preheader")


@dataclass(frozen=True)
class DigestItem:
    """One line of an issue. `state` is "new" or "updated"; `shown` is False of what only the section's list has.

    `ids` are (words, address) of the work elsewhere; `link` is a path on the site.
    """

    section: str
    heading: str
    title: str
    line: str
    link: str
    reason: str
    state: str = "new"
    record_id: str | None = None
    study_id: str | None = None
    notice_id: int | None = None
    match_id: str | None = None
    badges: tuple[str, ...] = ()
    ids: tuple[tuple[str, str], ...] = ()
    shown: bool = True
    position: int = 0


@dataclass
class Issue:
    """One issue for one audience. Of its window the day `since` is the first, and `until` the day after the last.

    `id`: "2026-11-23.weekly-ptsd-rct"; `audience`: as `Audience.to_dict`; `notes`: sentences about the sources;
    `html`, `text`: the mail, with UNSUBSCRIBE_URL and PREFERENCES_URL where each reader's own addresses belong.
    """

    id: str
    audience: dict[str, Any]
    since: str
    until: str
    built_at: str
    subject: str
    html: str
    text: str
    preheader: str
    items: list[DigestItem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    audience_key: str = ""


def read_issue(db: Database, issue_id: str) -> Issue:
    """The issue as it was built. Raises ConfigError if there is none of this id."""
    for row in db.query("SELECT * FROM digest_issues WHERE id = ?", [issue_id]):
        return issue_of(
            row, db.query("SELECT * FROM digest_items WHERE issue_id = ? ORDER BY position", [issue_id])
        )
    raise ConfigError(f"no issue {issue_id!r}; `ketamine-watch digest list` names them")


def issues_for(db: Database, audience_key: str) -> list[Issue]:
    """All issues of one audience, the latest first."""
    found = db.query(
        "SELECT id FROM digest_issues WHERE audience_key = ? ORDER BY until DESC, since DESC", [audience_key]
    )
    return [read_issue(db, row["id"]) for row in list(found)]


def find_issue(db: Database, audience_key: str, since: str, until: str) -> Issue | None:
    """The issue of this audience and window, if it was built."""
    wanted = "SELECT id FROM digest_issues WHERE audience_key = ? AND since = ? AND until = ?"
    for row in db.query(wanted, [audience_key, since, until]):
        return read_issue(db, row["id"])
    return None


def list_issues(db: Database) -> list[dict[str, Any]]:
    """Every issue without its text, the latest first: id, audience_key, since, until, built_at, subject, items."""
    return list(
        db.query("""SELECT id, audience_key, since, until, built_at, subject,
            (SELECT count(*) FROM digest_items WHERE issue_id = digest_issues.id) AS items
            FROM digest_issues ORDER BY until DESC, built_at DESC, id""")
    )


def store_issue(db: Database, issue: Issue) -> Issue:
    """Store an issue with its items, in the caller's transaction. Returns it with the items' positions."""
    stored = replace(issue, items=[replace(item, position=at) for at, item in enumerate(issue.items)])
    row = {name: getattr(stored, name) for name in _ISSUE}
    row |= {
        "audience_key": stored.audience_key,
        "audience": _json(stored.audience),
        "notes": _json(stored.notes),
    }
    db.table("digest_issues").insert(row)
    db.table("digest_items").insert_all([item_row(stored.id, item) for item in stored.items])
    return stored


def item_row(issue_id: str, item: DigestItem) -> dict[str, Any]:
    """The row of `digest_items` that holds an item."""
    lists = {"badges": _json(item.badges), "ids": _json(item.ids), "shown": int(item.shown)}
    return {"issue_id": issue_id} | asdict(item) | lists


def issue_of(row: Any, items: Iterator[Any]) -> Issue:
    """The issue that a row of `digest_issues` and its rows of `digest_items` hold."""
    told = {name: row[name] for name in _ISSUE}
    audience, notes = json.loads(row["audience"]), json.loads(row["notes"])
    own = [item_of(item) for item in items]
    return Issue(**told, audience=audience, audience_key=row["audience_key"], notes=notes, items=own)


def item_of(row: Any) -> DigestItem:
    """The item that a row of `digest_items` holds."""
    plain = {
        name: row[name]
        for name in (
            "section", "heading", "title", "line", "link", "reason", "state", "record_id", "study_id", "notice_id",
            "match_id", "position",
        )
    }  # fmt: skip
    ids = tuple((words, address) for words, address in json.loads(row["ids"]))
    return DigestItem(**plain, badges=tuple(json.loads(row["badges"])), ids=ids, shown=bool(row["shown"]))


def for_everyone(issue: Issue) -> tuple[str, str]:
    """The mail's HTML and text without what is each reader's own, as pages show them."""
    own = "in each reader's own mail"
    text = issue.text.replace(PREFERENCES_URL, own).replace(UNSUBSCRIBE_URL, own)
    return _READERS_OWN.sub(rf"\1: {own}", issue.html), text


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
