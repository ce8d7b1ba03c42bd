"""PubMed XML -> records: what efetch answers, baseline and update files, saved exports. Pure: no clock, no network.

Safe: external DTDs and entities are never fetched, entities are never expanded, and an answer that declares any of
its own is refused, for PubMed's never does. libxml2's limits stay on (huge_tree off: 10 MB a text, 256 levels,
entity amplification): no field of a record comes near them. Flat: each record is dropped once read, so a file of
any size needs some 20 MB.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeAlias

from lxml import etree

from spiders.identifiers import normalise_pmid
from spiders.pubmed_book import read_book
from spiders.pubmed_draft import SOURCE
from spiders.pubmed_pieces import pieces, reading_of
from spiders.pubmed_record import read_article
from spiders.xml_text import clean
from store.errors import BadAnswer, ServiceError, SourceError
from store.records import Deletion, Record, Reject, Unchanged

_SETS = ("PubmedArticleSet", "PubmedBookArticleSet")
_READERS = {"PubmedArticle": read_article, "PubmedBookArticle": read_book}
_DELETIONS = ("DeleteCitation", "DeleteDocument")
_PARSER: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    # collect_ids stays on: lxml turns it off by a flag that makes libxml2 read the external DTD after all
}
_CHUNK = 64 * 1024
_PAYLOAD = 2_000  # characters of a rejected record that are kept


@dataclass(slots=True, frozen=True)
class Passed:
    """A record that was not read, since nothing in its text may belong."""

    pmid: str
    version: int = 1


Item: TypeAlias = Record | Reject | Deletion | Passed | Unchanged
#: `reading` -> the id of the record that the database holds just so, or None
Known: TypeAlias = Callable[[str], str | None]


def parse(source: bytes | BinaryIO) -> Iterator[Record | Reject | Deletion]:
    """All of a PubmedArticleSet (or of a single PubmedArticle), as `parse_some` reads it."""
    yield from parse_some(source)  # type: ignore[misc]


def parse_new(source: bytes | BinaryIO, known: Known) -> Iterator[Record | Reject | Deletion | Unchanged]:
    """All of it but what is `known`, as `parse_some` reads it."""
    yield from parse_some(source, known=known)  # type: ignore[misc]


def parse_some(
    source: bytes | BinaryIO, may_belong: Callable[[str], bool] | None = None, known: Known | None = None
) -> Iterator[Item]:
    """Read a PubmedArticleSet (or a single PubmedArticle), record by record, in the order of the answer.

    `source`: the bytes, or a binary file object of them (a .gz is opened by the caller: `gzip.open(path)`).
    `may_belong`, given all text of a record, tells whether it is worth reading; one that is not is Passed.
    `known`, given the `reading` of an article's bytes, tells which record is held just so: it is Unchanged, and its bytes
    are not parsed. With it, each Record says of which bytes it was read.
    Yields a Record for each article and book, a Reject for one without a PMID or any title, a Deletion for each
    PMID of a DeleteCitation. A set that holds nothing yields nothing.

    Raises, after everything good that stood before the damage was yielded: BadAnswer for an empty answer, HTML,
    another root, XML that is cut or broken, entities of its own; ServiceError for an `<ERROR>` or a JSON error.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    count = 0
    last: Item | None = None
    try:
        for element, reading in _elements(stream, known):
            for item in _read(element, may_belong) if isinstance(element, etree._Element) else (element,):
                if reading and isinstance(item, Record):
                    item.reading = reading
                yield item
                count, last = count + 1, item
            _forget(element)
    except (etree.XMLSyntaxError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        named = f" (the last: {_name(last)})" if last else ""
        raise BadAnswer(SOURCE, f"XML is cut or broken after {count} records{named}: {error}") from error


def _name(item: Item) -> str | None:
    if isinstance(item, Passed):
        return item.pmid
    return item.native_id if isinstance(item, Reject) else item.id


def _read(element: etree._Element, may_belong: Callable[[str], bool] | None) -> Iterator[Item]:
    if element.tag in _DELETIONS:
        for node in element.iterchildren("PMID"):
            if pmid := normalise_pmid(node.text):
                yield Deletion(SOURCE, f"{SOURCE}:{pmid}")
    elif element.tag in _READERS:
        if (
            may_belong
            and (passed := _passed(element))
            and not may_belong(" ".join(map(str, element.itertext())))
        ):
            yield passed
            return
        yield _checked(_READERS[str(element.tag)](element), element)


def _passed(element: etree._Element) -> Passed | None:
    node = element.find("*/PMID")  # of MedlineCitation or BookDocument
    pmid = normalise_pmid(node.text) if node is not None else None
    version = node.get("Version", "1") if node is not None else ""
    return Passed(pmid, int(version) if version.isdigit() else 1) if pmid else None


def _checked(record: Record, element: etree._Element) -> Record | Reject:
    """The record, or why it cannot be one: without a PMID it has no key, without a title nothing to show."""
    if record.pmid and record.title:
        return record
    reason = "no title" if record.pmid else "no PMID"
    payload = etree.tostring(element, encoding="unicode", with_tail=False)[:_PAYLOAD]
    return Reject(SOURCE, record.pmid, reason, payload=payload)


def _elements(
    stream: BinaryIO, known: Known | None
) -> Iterator[tuple[etree._Element | Unchanged, str | None]]:
    """The records and deletions of the stream, each when it is complete, with the `reading` of an article's bytes.

    A reading counts where the bytes alone say what the record is: in UTF-8, without comments or declarations around.
    """
    parser = etree.XMLPullParser(("start", "end"), tag=(*_SETS, *_READERS, *_DELETIONS, "ERROR"), **_PARSER)
    head, between, started, alone = b"", b"", False, False
    for chunk, is_article in pieces(stream) if known else _chunks(stream):
        reading = reading_of(chunk) if is_article and alone else None
        if known and reading and (record_id := known(reading)):
            yield Unchanged(record_id), None
            parser.feed(b"\n" * chunk.count(b"\n"))  # lines are counted in what is said of damage
            continue
        if not is_article:
            between = between[-1:] + chunk
            alone = alone and b"<!" not in between
        head = head if started else head + chunk
        damage = _feed(parser, chunk)
        events: Any = parser.read_events()
        for event, element in events:  # what came before the damage is good
            if element.tag == "ERROR":
                _raise_if_said(element, event)
                continue
            if not started:
                _check_root(element, head)
                started = True
                alone = _is_plain(head)
            if event == "end":
                yield element, reading
        if not started and (damage or len(head) >= _CHUNK):
            raise _misfit(head)
        if damage:
            raise damage
    if not started:
        raise _misfit(head)
    parser.close()


def _chunks(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    while chunk := stream.read(_CHUNK):
        yield chunk, False


def _feed(parser: etree.XMLPullParser, chunk: bytes) -> etree.XMLSyntaxError | None:
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError as error:
        return error
    return None


def _raise_if_said(error: etree._Element, event: str) -> None:
    """Some answers hold an empty `<ERROR/>`, which says that there is none."""
    if event == "end" and (message := clean(error)):
        raise ServiceError(SOURCE, _one_line(message))


def _check_root(first: etree._Element, head: bytes) -> None:
    """The first set or record that we meet must be the root, and the document may declare no entities."""
    dtd: Any = first.getroottree().docinfo.internalDTD
    if dtd is not None and dtd.entities():
        raise BadAnswer(SOURCE, "the XML declares entities of its own; PubMed's does not, so it was not read")
    if first.getparent() is not None:
        raise _misfit(head)


def _is_plain(head: bytes) -> bool:
    """Whether nothing before the first record, a document type by name apart, changes what its bytes mean."""
    declared = re.search(rb"<\?xml\b[^>]*\bencoding\s*=\s*[\"']([^\"']*)", head)
    in_utf8 = declared is None or declared[1].upper() == b"UTF-8"
    return in_utf8 and b"<!" not in head.replace(b"<!DOCTYPE", b"", 1)


def _misfit(head: bytes) -> SourceError:
    """The error that an answer is which is no set of PubMed records; `head` is its beginning."""
    text = head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if not text:
        return BadAnswer(SOURCE, "the answer is empty")
    if text.startswith("{"):
        return _json_misfit(text)
    if re.match(r"(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", text, re.IGNORECASE | re.DOTALL):
        return BadAnswer(SOURCE, f"an HTML page instead of XML: {_one_line(text)}")
    if root := re.search(r"<([A-Za-z_][\w:.-]*)", re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)):
        if root.group(1) in _SETS or root.group(1) in _READERS:
            return BadAnswer(SOURCE, "XML is cut or broken before its first record")
        return BadAnswer(SOURCE, f"the XML's root is {root.group(1)}, not PubmedArticleSet")
    return BadAnswer(SOURCE, f"not XML: {_one_line(text)}")


def _json_misfit(text: str) -> SourceError:
    """Of a JSON answer only what it names an error is quoted: the gateway echoes the API key beside it."""
    try:
        error = json.loads(text).get("error")
    except (ValueError, RecursionError):
        error = None
    return ServiceError(SOURCE, _one_line(str(error))) if error else BadAnswer(SOURCE, "JSON instead of XML")


def _one_line(text: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= 200 else line[:199] + "…"


def _forget(element: etree._Element | Unchanged) -> None:
    """Drop an element that was read, and the siblings before it: else the tree grows with the file."""
    if isinstance(element, Unchanged):
        return
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]
