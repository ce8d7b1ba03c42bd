"""What a feed's entry is known by: its address, DOI, PMID, PII, and a key that stays over rebuilds of the feed."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from w3lib.url import canonicalize_url, safe_url_string, url_query_cleaner

from spiders.feed_text import one_line
from spiders.identifiers import find_dois, normalise_doi, normalise_pii, normalise_pmid

#: who clicked where and when the feed was made: no part of an address
_TRACKING = (
    "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "utm_id", "rss", "af", "ai", "mi", "ui",
    "dgcid", "rid", "WT.mc_id",
)  # fmt: skip
_PUBMED = re.compile(r"https?://pubmed\.ncbi\.nlm\.nih\.gov/(\d+)/?")
_PUBMED_ID = re.compile(r"(?:pmid|pubmed):\s*(\d+)", re.IGNORECASE)
#: Elsevier's links: /pii/S0165032726001234 and /PIIS2215-0366(26)00012-3
_PII = re.compile(r"/(?:pii/|PII)(S[\dX()-]+)")
_UNIVERSAL = re.compile(r"(?:urn|tag|doi|pubmed):", re.IGNORECASE)


def field(part: Any, name: str) -> str:
    """A field as text, "" if there is none.

    feedparser makes a dictionary of an unknown element with attributes; and its own `get` gives the date of publication
    for a date of change that is not there.
    """
    value = dict.get(part, name)
    return value if isinstance(value, str) else ""


def address(written: object) -> str | None:
    """An absolute address of the web as a database may keep and a page may show it; None for anything else."""
    if not isinstance(written, str):
        return None
    try:
        url = str(safe_url_string(one_line(written)))
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return None
    return url if usable and not re.search(r"[\s\"<>]", url) else None


def link_of(entry: Any) -> str | None:
    """The entry's own address, without what changes from reader to reader and from day to day."""
    url = address(field(entry, "link"))
    return settled(url) if url else None


def settled(url: str) -> str:
    """An address without tracking parameters, its query in one order."""
    if pubmed := _PUBMED.match(url):
        return f"https://pubmed.ncbi.nlm.nih.gov/{pubmed.group(1)}/"
    if "?" not in url:
        return url
    try:
        cleaned = url_query_cleaner(url, _TRACKING, remove=True, keep_fragments=True)
        return str(canonicalize_url(cleaned, keep_fragments=True)) if "?" in cleaned else str(cleaned)
    except ValueError:
        return url


def keys(entries: Sequence[Any], home: str | None) -> Iterator[str]:
    """A key for each entry, the same whenever the feed is rebuilt: by guid, else link, else title and date.

    `home`: the address of the site whose feed it is. A guid that is no address is told apart by its host. A guid that
    one feed gives to entries with different links says nothing; their links tell them apart.
    """
    links: dict[str, set[str | None]] = defaultdict(set)
    for entry in entries:
        links[field(entry, "id")].add(link_of(entry))
    for entry in entries:
        guid = field(entry, "id").strip()
        known = _known_by(entry, "" if len(links[field(entry, "id")]) > 1 else guid, home)
        yield hashlib.sha256(known.encode("utf-8", "replace")).hexdigest()[:20]


def _known_by(entry: Any, guid: str, home: str | None) -> str:
    link = link_of(entry)
    if "://" in guid:
        return settled(guid)
    if _UNIVERSAL.match(guid):
        return guid
    host = urlsplit(link or home or "").netloc
    if guid:
        return f"{host} {guid}"
    return link or f"{host} {one_line(field(entry, 'title'))} {one_line(field(entry, 'published'))}"


def doi_of(entry: Any) -> str | None:
    """The DOI that a field states, else the one in the path of the guid or the link."""
    for name in ("prism_doi", "dc_identifier", "id"):
        if doi := normalise_doi(field(entry, name)):
            return doi
    addresses = (address(field(entry, name)) for name in ("id", "link"))
    paths = (unquote(urlsplit(found).path) for found in addresses if found)
    return next((doi for path in paths for doi in find_dois(path)), None)


def pmid_of(entry: Any) -> str | None:
    """The PMID that the link to PubMed, dc:identifier or the guid states."""
    if pubmed := _PUBMED.match(field(entry, "link").strip()):
        return normalise_pmid(pubmed.group(1))
    for name in ("dc_identifier", "id"):
        if match := _PUBMED_ID.fullmatch(field(entry, name).strip()):
            return normalise_pmid(match.group(1))
    return None


def pii_of(url: str | None) -> str | None:
    """The publisher item identifier in one of Elsevier's addresses, as PubMed spells it: S2215-0366(26)00012-3."""
    match = _PII.search(unquote(url or ""))
    return normalise_pii(match.group(1)) if match else None
