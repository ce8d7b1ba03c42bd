"""RSS, RDF and Atom -> records, by feedparser over bytes that were fetched elsewhere. Pure: no clock, no network.

What is an answer. feedparser never fails: it reads an HTML page, an error in words or nothing at all as a feed without
entries, and says so nowhere but in an empty `version`. So `version` and entries decide here; `bozo` only says that the
XML is not well-formed, as that of many feeds is not. Where it is not and the closing tag is missing, the answer was
cut: its last entry is left out, for it may be cut too, and the reader is told.

What an entry becomes. A record of kind "article" in a journal's feed, "news" in another's; its id is a hash of its key
(`feed_links.keys`). Titles and summaries are text (`feed_text`); links are absolute http(s), or there is none; a DOI, a
PMID or a PII is kept where a field or an address states it.

What is refused. A feed that declares entities which hold entities, or long ones: it would grow without limit. And a
large one that is not well-formed, or nested as no feed is: feedparser mends it in quadratic time.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from xml.sax import SAXException

import feedparser
from lxml import etree

from spiders import feed_links as links
from spiders.feed_text import date_of, text_of
from spiders.json_node import excerpt
from store.errors import BadAnswer
from store.records import Author, Publication, Record, Reject

SOURCE = "feed"
TITLE_CHARACTERS, SUMMARY_CHARACTERS = 2_000, 20_000
_PAYLOAD_CHARACTERS = 2_000
_LONGEST_ENTITY = 100
#: bytes; of so much broken markup feedparser makes something in seconds, of ten times as much in minutes
LARGEST_MENDED = 256 * 1024
_PARSER: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
}
_ENTITY = re.compile(rb"<!ENTITY\s+[^%\s]\S*\s+(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_END = re.compile(
    rb"</\s*(?:\w+:)?(?:rss|feed|rdf|channel)\s*>?\s*(?:<!--.*?-->\s*)*$", re.IGNORECASE | re.DOTALL
)
_ROOT = re.compile(
    rb"(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>)*<(?:rss|feed|rdf:RDF)\b",
    re.IGNORECASE | re.DOTALL,
)
_HTML = re.compile(r"(?:<!--.*?-->|[^<\w])*<?!?\s*(?:doctype\s+html|html|head|body)\b", re.IGNORECASE)
_DATES = ("published", "updated", "prism_publicationdate", "prism_coverdate")

FeedKind = Literal["journal", "news", "agency"]


@dataclass(frozen=True)
class Feed:
    """One feed of `watch.toml`. `everything`: it is a search of its own, so all its entries are of the topic."""

    name: str
    url: str
    title: str
    kind: FeedKind
    everything: bool = False


@dataclass
class Reading:
    """What a feed's answer holds. `newest`: the latest certain date; `damage`: why what followed is missing."""

    items: list[Record | Reject] = field(default_factory=list)
    newest: str | None = None
    damage: BadAnswer | None = None


def looks_like_feed(head: bytes) -> bool:
    """Whether bytes that begin with `head` are RSS, RDF or Atom."""
    return bool(_ROOT.match(_narrow(head).removeprefix(b"\xef\xbb\xbf")))


def read_feed(
    body: bytes, feed: Feed | None = None, *, url: str = "", content_type: str = "", today: str | None = None
) -> Reading:
    """The entries of one answer, each a Record, or a Reject if it has no title.

    `url`: where it came from, for relative links; `content_type`: as the server gave it, for the charset; `today`: an
    ISO date; an entry dated later has no known date. Without `feed` (a saved file) an entry with a DOI, a PMID or a
    journal's name is an article, any other news. Raises BadAnswer if the answer is no feed at all.
    """
    if not body.strip():
        raise BadAnswer(SOURCE, "an empty answer")
    _refuse_growing_entities(body)
    _refuse_large_and_broken(body)
    headers = {"content-location": url, "content-type": content_type}
    try:
        parsed = feedparser.parse(
            io.BytesIO(
                body
            ),  # never the bytes themselves: feedparser would take some for an address or a path
            response_headers={name: value for name, value in headers.items() if value},
            sanitize_html=False,  # no HTML is kept
            resolve_relative_uris=False,  # those inside HTML; links of entries are resolved all the same
        )
    except (
        Exception
    ) as error:  # feedparser promises to raise nothing; what it does raise, the answer made it raise
        raise BadAnswer(SOURCE, f"a feed that cannot be read: {error!r}") from error
    if not parsed.get("version") and not parsed.entries:
        raise BadAnswer(SOURCE, _misfit(body))
    entries, damage = list(parsed.entries), None
    fault = parsed.get("bozo_exception")
    if isinstance(fault, SAXException) and not _END.search(_narrow(body[-2_000:]).rstrip()):
        entries = entries[:-1]
        damage = BadAnswer(SOURCE, f"the feed is cut after {len(entries)} entries: {fault}")
    if str(parsed.get("version")).startswith("atom"):
        for entry in entries:
            _escape_plain_title(entry)
    return _read(entries, parsed.feed, feed, today, damage)


def _narrow(part: bytes) -> bytes:
    """UTF-16 as the single bytes of its markup."""
    return part.replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff")


def _refuse_growing_entities(body: bytes) -> None:
    for match in _ENTITY.finditer(_narrow(body) if b"\0" in body[:4] else body):
        value = match.group(1) or match.group(2) or b""
        if len(value) > _LONGEST_ENTITY or re.search(rb"&[^#]", value):
            raise BadAnswer(SOURCE, "the feed declares entities that grow, so it was not read")


def _refuse_large_and_broken(body: bytes) -> None:
    if len(body) <= LARGEST_MENDED:
        return
    try:
        etree.fromstring(body, etree.XMLParser(**_PARSER))
    except (etree.XMLSyntaxError, ValueError) as error:
        if not looks_like_feed(body[:4096]):
            raise BadAnswer(SOURCE, _misfit(body)) from error
        raise BadAnswer(
            SOURCE, f"a feed of {len(body)} bytes, not well-formed and too large to mend: {error}"
        ) from error


def _misfit(body: bytes) -> str:
    start = excerpt(body, 100)
    return f"an HTML page instead of a feed: {start}" if _HTML.match(start) else f"no feed: {start}"


def _escape_plain_title(entry: Any) -> None:
    """Atom tells plain titles from HTML, RSS does not: `a <b> c` is what it is there and may be markup here."""
    if (entry.get("title_detail") or {}).get("type") == "text/plain":
        entry["title"] = html.escape(links.field(entry, "title"))


def _read(
    entries: list[Any], about: Any, feed: Feed | None, today: str | None, damage: BadAnswer | None
) -> Reading:
    horizon = today or date_of(links.field(about, "updated")) or date_of(links.field(about, "published"))
    reading = Reading(damage=damage)
    seen: set[str] = set()
    for key, entry in zip(links.keys(entries, links.address(about.get("link"))), entries, strict=True):
        if key in seen:  # the newest comes first
            continue
        seen.add(key)
        item = _item(key, entry, about, feed, horizon)
        reading.items.append(item)
        if isinstance(item, Record) and item.published:
            reading.newest = max(reading.newest or "", item.published)
    return reading


def _item(key: str, entry: Any, about: Any, feed: Feed | None, horizon: str | None) -> Record | Reject:
    title = _text(entry, "title")
    if not title:
        payload = str({name: value for name, value in entry.items() if isinstance(value, str)})[
            :_PAYLOAD_CHARACTERS
        ]
        return Reject(SOURCE, key, "no title", f"an entry of {feed.name}" if feed else None, payload)
    url, doi, pmid = links.link_of(entry), links.doi_of(entry), links.pmid_of(entry)
    published = _date(entry, _DATES, horizon)
    updated = _date(entry, ("updated",), horizon)
    summary = _text(entry, "summary", SUMMARY_CHARACTERS)
    publication = _publication(entry)
    if pmid and not publication.journal:
        publication.journal = _text(entry, "dc_source")  # so PubMed's own feeds name the journal
    pii = links.pii_of(url)
    article = feed.kind == "journal" if feed else bool(doi or pmid or pii or publication.journal)
    return Record(
        id=f"{SOURCE}:{key}",
        source=SOURCE,
        kind="article" if article else "news",
        title=title,
        abstract=summary if summary != title else None,
        venue=publication.journal or (feed.title if feed else _text(about, "title")),
        authors=list(_authors(entry)),
        published=published,
        revised=updated if updated != published else None,
        url=url,
        doi=doi,
        pmid=pmid,
        keywords=list(_keywords(entry)),
        identifiers=[(name, value) for name, value in (("doi", doi), ("pmid", pmid), ("pii", pii)) if value],
        publication=publication if article else None,
    )


def _text(part: Any, name: str, longest: int = TITLE_CHARACTERS) -> str | None:
    return text_of(links.field(part, name), longest) or None


def _date(entry: Any, names: Sequence[str], horizon: str | None) -> str | None:
    dates = (date_of(links.field(entry, name)) for name in names)
    return next((date for date in dates if date and not (horizon and date > horizon[: len(date)])), None)


def _authors(entry: Any) -> Iterator[Author]:
    """The names given, in the feed's words: some feeds put all authors into one. An address for mail is no name, and
    feedparser leaves half of some of them behind.
    """
    names = (_text(author, "name") for author in entry.get("authors", []))
    return (Author(name) for name in dict.fromkeys(names) if name and name.count("(") == name.count(")"))


def _keywords(entry: Any) -> Iterator[str]:
    terms = (_text(tag, "term", 200) for tag in entry.get("tags", []))
    return (term for term in dict.fromkeys(terms) if term)


def _publication(entry: Any) -> Publication:
    first, last = (_text(entry, f"prism_{name}page") for name in ("starting", "ending"))
    issns = (
        re.fullmatch(r"\d{4}-\d{3}[\dX]", links.field(entry, f"prism_{name}").strip())
        for name in ("issn", "eissn")
    )
    return Publication(
        journal=_text(entry, "prism_publicationname"),
        issn=next((match.group() for match in issns if match), None),
        volume=_text(entry, "prism_volume"),
        issue=_text(entry, "prism_number"),
        pages=f"{first}-{last}" if first and last and first != last else first,
    )
