"""Issues of the digest as the site shows them: read from what was stored, whatever became of the records since."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from lxml import etree

from datasette_config import labels
from store.digests import DigestItem, Issue, issue_of
from store.exports.feeds import tag
from store.exports.text import clean

_LIST = """
SELECT id, audience_key, audience, since, until, date(until, '-1 day') AS last, built_at, subject, preheader,
    (SELECT count(*) FROM digest_items WHERE issue_id = digest_issues.id) AS items
FROM digest_issues {where} ORDER BY until DESC, built_at DESC, id LIMIT {limit}"""
_ISSUE = "SELECT * FROM digest_issues WHERE id = ?"
_ITEMS = "SELECT * FROM digest_items WHERE issue_id = ? ORDER BY position"
_ATOM = "http://www.w3.org/2005/Atom"
LISTED = 500
IN_A_FEED = 30
GRAVE = {
    labels.NOTICES[kind]
    for kind in ("retraction", "withdrawal", "partial-retraction", "expression-of-concern")
}


@dataclass(frozen=True)
class Group:
    """One section: its lines on this page, and how many more its own page has."""

    section: str
    heading: str
    items: list[DigestItem]
    more: int


async def databases(datasette: Any) -> AsyncIterator[Any]:
    """Those that have issues."""
    for db in datasette.databases.values():
        if await db.table_exists("digest_issues"):
            yield db


async def listed(datasette: Any, audience: str | None, limit: int = LISTED) -> list[dict[str, Any]]:
    """Issues, the latest first; of one audience if its key is given."""
    where = "WHERE audience_key = :audience" if audience else ""
    found: list[dict[str, Any]] = []
    async for db in databases(datasette):
        answer = await db.execute(_LIST.format(where=where, limit=limit), {"audience": audience})
        found += [dict(row) for row in answer.rows]
    return found


async def read(datasette: Any, issue_id: str) -> Issue | None:
    """An issue by its id."""
    async for db in databases(datasette):
        if row := (await db.execute(_ISSUE, [issue_id])).first():
            return issue_of(row, iter((await db.execute(_ITEMS, [issue_id])).rows))
    return None


def groups(issue: Issue, section: str | None = None) -> list[Group]:
    """The lines by section, as the mail has them; of one section all."""
    found = []
    for name, items in groupby(issue.items, key=lambda item: item.section):
        own = list(items)
        shown = [item for item in own if item.shown or section]
        if section in (None, name):
            found.append(Group(name, own[0].heading, shown, len(own) - len(shown)))
    return found


def last_day(issue: Issue) -> str:
    """The last day of its window."""
    return (date.fromisoformat(issue.until) - timedelta(days=1)).isoformat()


def as_json(issue: Issue) -> dict[str, Any]:
    """The issue without the mail's own HTML and text."""
    told = asdict(issue)
    return {name: told[name] for name in told if name not in ("html", "text")}


def atom(issues: list[dict[str, Any]], contents: dict[str, str], self_url: str, page_of: Any) -> bytes:
    """A feed of issues (RFC 4287). `contents`: HTML by issue id; `page_of`: path -> absolute address."""
    root = etree.Element("feed", nsmap={None: _ATOM})  # type: ignore[dict-item]

    def add(parent: Any, name: str, text: str = "", **attributes: str) -> None:
        etree.SubElement(parent, name, attributes).text = clean(text) or None

    add(root, "id", tag("digest"))
    add(root, "title", "Ketamine Watch: the digest")
    add(root, "updated", max((issue["built_at"] for issue in issues), default="1970-01-01T00:00:00Z"))
    add(etree.SubElement(root, "author"), "name", "Ketamine Watch")
    add(root, "link", rel="self", href=self_url, type="application/atom+xml")
    add(root, "link", rel="alternate", href=page_of("/-/digest"), type="text/html")
    for issue in issues:
        entry = etree.SubElement(root, "entry")
        add(entry, "id", tag(f"digest/{issue['id']}"))
        add(entry, "title", issue["subject"])
        add(entry, "updated", issue["built_at"])
        add(entry, "category", term=issue["audience_key"])
        add(entry, "link", rel="alternate", href=page_of(f"/-/digest/{issue['id']}"), type="text/html")
        add(entry, "summary", issue["preheader"])
        add(entry, "content", contents[issue["id"]], type="html")
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")
