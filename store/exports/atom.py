"""Atom (RFC 4287)."""

from __future__ import annotations

from typing import Any

from lxml import etree

from store.exports import feeds
from store.exports.feeds import Feed
from store.exports.text import appeared, clean, updated
from store.exports.works import Work

_NAMESPACE = "http://www.w3.org/2005/Atom"
_NAMES: dict[Any, str] = {None: _NAMESPACE}
_HERE = f' xmlns="{_NAMESPACE}"'
TAIL = "</feed>\n"


def head(feed: Feed) -> str:
    """The feed up to its first entry."""
    root = etree.Element("feed", nsmap=_NAMES)
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "updated", feed.updated)
    _add(etree.SubElement(root, "author"), "name", "Ketamine Watch")
    _add(root, "generator", "Ketamine Watch")
    _link(root, "self", feed.address, "application/atom+xml")
    _link(root, "alternate", feed.page, "text/html")
    text = etree.tostring(root, encoding="unicode").removesuffix("</feed>")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def entry(work: Work, feed: Feed) -> str:
    """One entry; its `updated` is by the work's own dates, so the same work is the same entry everywhere."""
    root = etree.Element("entry", nsmap=_NAMES)
    _add(root, "id", feeds.entry_id(work))
    _add(root, "title", feeds.title(work))
    _add(root, "updated", updated(work))
    _add(root, "published", appeared(work))
    for name in feeds.makers(work):
        _add(etree.SubElement(root, "author"), "name", name)
    page, elsewhere = feed.link(work), feeds.elsewhere(work)
    _link(root, "alternate", page, "text/html")
    if elsewhere != page:
        _link(root, "related", elsewhere)
    for topic in feeds.topics(work):
        etree.SubElement(root, "category", term=topic)
    _add(root, "summary", feeds.summary(work) or feeds.title(work))
    return etree.tostring(root, encoding="unicode").replace(_HERE, "", 1) + "\n"


def _add(parent: etree._Element, name: str, text: str | None) -> None:
    if text:
        etree.SubElement(parent, name).text = clean(text)


def _link(parent: etree._Element, relation: str, address: str | None, kind: str | None = None) -> None:
    if address:
        etree.SubElement(
            parent, "link", {"rel": relation, "href": address} | ({"type": kind} if kind else {})
        )
