"""The feeds of the sample: journals' feeds made of the catalogue's articles, the others of `feeds.toml`.

Each is served under its name in `[feeds]`, with an ETag and a Last-Modified of its own: a request that brings either
back is answered 304 while nothing changed. Journals' feeds are RSS 1.0 with Dublin Core and PRISM, as Nature's and
Atypon's are; the others RSS 2.0, their summaries HTML. At most LENGTH entries, the newest first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any

from lxml import etree

from crawler.sample.catalogue_records import Article
from crawler.sample.exchange import Answer, Asked, as_text
from crawler.sample.feed_records import FeedEntry
from crawler.sample.words import fit_for_xml

RSS = "application/rss+xml; charset=UTF-8"
LENGTH = 30
#: name of the feed -> the journal's title in the catalogue
JOURNALS = {
    "jama-psychiatry": "JAMA psychiatry",
    "ajp": "The American journal of psychiatry",
    "focus": "Focus (American Psychiatric Publishing)",
    "lancet-psychiatry": "The lancet. Psychiatry",
    "molecular-psychiatry": "Molecular psychiatry",
    "neuropsychopharmacology": "Neuropsychopharmacology : official publication of the American College of Neuropsychopharmacology",
    "jcp": "The Journal of clinical psychiatry",
    "jad": "Journal of affective disorders",
}
OTHERS = ("psychiatric-news", "kff-health-news", "fda-press", "medwatch")
_RDF, _RSS_1 = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://purl.org/rss/1.0/"
_DC, _PRISM = "http://purl.org/dc/elements/1.1/", "http://prismstandard.org/namespaces/basic/2.0/"


class Feeds:
    """All feeds. `today`, an ISO date, hides entries of later days."""

    def __init__(self, articles: Iterable[Article], entries: Iterable[FeedEntry]):
        self._articles = tuple(articles)
        self._entries = tuple(entries)

    def answer(self, name: str, asked: Asked, today: str | None) -> Answer | None:
        """The feed of that name, or that it has not changed; None if there is none."""
        if name in JOURNALS:
            newest, body = self._journal(name, today)
        elif name in OTHERS:
            newest, body = self._news(name, today)
        else:
            return None
        if asked.method != "GET":
            return as_text("Method not allowed", 405)
        changed = format_datetime(_midnight(newest or "2000-01-01"), usegmt=True)
        headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"', "Last-Modified": changed}
        if _unchanged(asked.headers, headers):
            return Answer(b"", RSS, 304, headers)
        return Answer(body, RSS, headers=headers)

    def _journal(self, name: str, today: str | None) -> tuple[str | None, bytes]:
        articles = [
            one
            for one in self._articles
            if one.journal == JOURNALS[name] and (today is None or one.entered <= today)
        ]
        articles = sorted(articles, key=lambda one: (one.entered, one.pmid), reverse=True)[:LENGTH]
        namespaces: Any = {"rdf": _RDF, None: _RSS_1, "dc": _DC, "prism": _PRISM}
        root = etree.Element(f"{{{_RDF}}}RDF", nsmap=namespaces)
        channel = etree.SubElement(
            root, f"{{{_RSS_1}}}channel", {f"{{{_RDF}}}about": f"https://sample.example/{name}"}
        )
        _put(channel, _RSS_1, title=JOURNALS[name], link=f"https://sample.example/{name}")
        for article in articles:
            _item(root, article)
        return articles[0].entered if articles else None, _bytes(root)

    def _news(self, name: str, today: str | None) -> tuple[str | None, bytes]:
        entries = [
            one for one in self._entries if one.feed == name and (today is None or one.published <= today)
        ]
        entries = sorted(entries, key=lambda one: one.published, reverse=True)[:LENGTH]
        root = etree.Element("rss", version="2.0", nsmap={"dc": _DC})
        channel = etree.SubElement(root, "channel")
        _put(
            channel,
            None,
            title=name,
            link=f"https://sample.example/{name}",
            description="A feed of the sample",
        )
        for entry in entries:
            item = etree.SubElement(channel, "item")
            _put(item, None, title=entry.title, link=entry.link, description=entry.summary,
                 pubDate=format_datetime(_midnight(entry.published)))  # fmt: skip
            etree.SubElement(item, "guid", isPermaLink="false").text = entry.guid
            for category in entry.categories:
                _put(item, None, category=category)
            _put(item, _DC, creator=entry.author)
        return entries[0].published if entries else None, _bytes(root)


def _item(root: etree._Element, article: Article) -> None:
    link = (
        f"https://doi.org/{article.doi}" if article.doi else f"https://sample.example/article/{article.pmid}"
    )
    item = etree.SubElement(root, f"{{{_RSS_1}}}item", {f"{{{_RDF}}}about": link})
    _put(item, _RSS_1, title=article.title, link=f"{link}?rss=1", description=article.abstract)
    for family, given, name in article.authors:
        _put(item, _DC, creator=f"{given} {family}".strip() or name)
    _put(item, _DC, date=article.entered, identifier=f"doi:{article.doi}" if article.doi else None)
    _put(item, _PRISM, publicationName=article.journal, doi=article.doi, issn=article.issn, volume=article.volume,
         number=article.issue)  # fmt: skip


def _unchanged(asked: dict[str, str], has: dict[str, str]) -> bool:
    """RFC 9110, 13.2.2: an entity tag decides where there is one, else the date."""
    sent = {name.lower(): value for name, value in asked.items()}
    if "if-none-match" in sent:
        return has["ETag"] in [tag.strip().removeprefix("W/") for tag in sent["if-none-match"].split(",")]
    return sent.get("if-modified-since") == has["Last-Modified"]


def _put(parent: etree._Element, namespace: str | None, **texts: str | None) -> None:
    for name, text in texts.items():
        if text:
            etree.SubElement(parent, f"{{{namespace}}}{name}" if namespace else name).text = fit_for_xml(text)


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=timezone.utc)


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
