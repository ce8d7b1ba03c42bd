"""What an answer of the E-utilities means, whatever its HTTP status says: bytes in, a finding or a Trouble out.

The services answer errors inside HTTP 200: `<ERROR>` in any of their XML dialects, `{"error": …}` or
`{"esearchresult": {"ERROR": …}}` from a gateway that thinks in JSON, a line of plain text from the load
balancer ("Unable to route request!"), a page of HTML, nothing at all. None of these is an empty result.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from store.errors import BadAnswer, RateLimited, ServiceError, SourceError

#: What PubMed's efetch answers with: articles and books come in the first, the second is older.
RECORD_SETS = ("PubmedArticleSet", "PubmedBookArticleSet")

_PASSES = re.compile(r"backend|unable to route|temporar|try again|time[d -]?out|unavailable|overload", re.I)
_FAULT = re.compile(r"error|fail|unable|cannot|can't|exceed|invalid|empty|missing|unavailable", re.I)


class Trouble(Exception):
    """An answer that is none. `kind` is the error it becomes when trying again does not help.

    `passing`: another try may succeed. `after`: seconds that the service asks us to wait first.
    """

    def __init__(self, kind: type[SourceError], cause: str, *, passing: bool, after: float | None = None):
        super().__init__(cause)
        self.kind = kind
        self.cause = cause
        self.passing = passing
        self.after = after


@dataclass(frozen=True, slots=True)
class Found:
    """What esearch found. `count` is what it reports; `pmids` what it lists, each once.

    `warnings`: what PubMed did not understand or changed in the query ("phrase not found: …").
    """

    count: int
    pmids: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def read_found(body: bytes) -> Found:
    """An esearch answer (retmode=xml). Raises Trouble.

    XML rather than JSON: its DTD (eSearch_020511.dtd) names every error and warning, it is what Bio.Entrez asks
    for by default, and backend messages with raw line breaks have made the JSON form ill-formed.
    A field that PubMed does not know is Trouble: a window on an ignored date field is no window.
    """
    root = _parse(body, ("eSearchResult",))
    count = (root.findtext("Count") or "").strip()
    pmids = tuple(dict.fromkeys((each.text or "").strip() for each in root.iterfind("IdList/Id")))
    if not count.isascii() or not count.isdigit() or not all(p.isascii() and p.isdigit() for p in pmids):
        raise Trouble(BadAnswer, f"esearch gives no count or a bad id: {excerpt(body)}", passing=False)
    if fields := [excerpt(each.text or "") for each in root.iterfind("ErrorList/FieldNotFound")]:
        raise Trouble(ServiceError, f"does not know the search field {', '.join(fields)}", passing=False)
    return Found(int(count), pmids, tuple(_warnings(root)))


@dataclass(frozen=True, slots=True)
class LinkSet:
    """What elink links to one id. `links`: kind of link -> PMIDs, each once; a kind without links is missing.

    `error`: what elink says instead, for this id alone.
    """

    pmid: str
    links: dict[str, tuple[str, ...]]
    error: str | None = None


def read_links(body: bytes) -> list[LinkSet]:
    """An elink answer (cmd=neighbor, one link set for each id asked for). Raises Trouble.

    An id without links, and one that does not exist, has a link set without LinkSetDb. A set of several ids, as elink
    gives where they are sent as one parameter, says not which is linked to which: Trouble.
    """
    root = _parse(body, ("eLinkResult",))
    found = []
    for each in root.iterfind("LinkSet"):
        ids = [(one.text or "").strip() for one in each.iterfind("IdList/Id")]
        if len(ids) != 1 or not _is_pmid(ids[0]):
            raise Trouble(
                BadAnswer, f"elink: a link set of {len(ids)} ids: {excerpt(' '.join(ids))}", passing=False
            )
        links = {}
        for kind in each.iterfind("LinkSetDb"):
            linked = [(one.text or "").strip() for one in kind.iterfind("Link/Id")]
            if not all(map(_is_pmid, linked)):
                raise Trouble(BadAnswer, f"elink: a bad id is linked to {ids[0]}", passing=False)
            links[(kind.findtext("LinkName") or "").strip()] = tuple(dict.fromkeys(linked))
        errors = [text for one in each.iter("ERROR") if (text := excerpt("".join(map(str, one.itertext()))))]
        found.append(LinkSet(ids[0], links, "; ".join(errors) or None))
    return found


def _is_pmid(text: str) -> bool:
    return text.isascii() and text.isdigit() and text[0] != "0" and len(text) <= 9


def check_records(body: bytes) -> bytes:
    """An efetch answer (retmode=xml): the body itself if it begins a set of records, else raises Trouble.

    Whether it is whole is not looked at here: the records before a cut are good, and the parser says where it is.
    """
    found = _root_name(body)
    if found not in RECORD_SETS:
        _parse(body, RECORD_SETS)
    return body


def http_trouble(status: int, body: bytes, after: float | None, longest_wait: float) -> Trouble:
    """The Trouble in an answer whose HTTP status is no success. `body` may be its beginning only."""
    said = f"HTTP {status}" + (f": {text}" if (text := _message(body)) else "")
    if after is not None and after > longest_wait:
        cause = f"{said}; asks us to come back in {after:.0f} s, which is longer than a run waits"
        return Trouble(RateLimited, cause, passing=False)
    if status == 429:
        return Trouble(RateLimited, said, passing=True, after=after)
    passing = status >= 500 or status in (408, 425) or bool(_PASSES.search(said))
    return Trouble(ServiceError, said, passing=passing, after=after)


def excerpt(text: str | bytes, length: int = 200) -> str:
    """The beginning of a foreign text, fit for one line of a log: no line breaks, no terminal codes."""
    if isinstance(text, bytes):
        text = text[: 4 * length].decode("utf-8", "replace")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= length else text[: length - 1] + "…"


def _parse(body: bytes, wanted: tuple[str, ...]) -> etree._Element:
    """The root of a whole XML answer, if it is one of those wanted; raises the Trouble that it is otherwise."""
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        raise Trouble(BadAnswer, "an empty answer", passing=True)
    if not text.startswith(b"<"):
        raise _text_trouble(text)
    if _is_html(text):
        raise Trouble(BadAnswer, f"an HTML page instead of XML: {_message(text)}", passing=True)
    try:
        root = etree.fromstring(
            text, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        )
    except etree.XMLSyntaxError as error:
        raise Trouble(
            BadAnswer, f"XML that is cut or ill-formed: {excerpt(str(error))}", passing=True
        ) from None
    fault = root if root.tag == "ERROR" else root.find("ERROR")
    if fault is not None:
        message = excerpt("".join(map(str, fault.itertext())))
        raise Trouble(ServiceError, message, passing=bool(_PASSES.search(message)))
    if root.tag not in wanted:
        raise Trouble(BadAnswer, f"<{root.tag}> instead of <{wanted[0]}>", passing=False)
    return root


def _text_trouble(text: bytes) -> Trouble:
    message = _message(text)
    if re.search(r"rate limit|too many requests", message, re.I):
        return Trouble(RateLimited, message, passing=True)
    said = _json(text)
    if _json_error(said) or (said is None and _FAULT.search(message)):
        return Trouble(ServiceError, message, passing=bool(_PASSES.search(message)))
    return Trouble(BadAnswer, f"no XML: {message}", passing=False)


def _message(body: bytes) -> str:
    """What an error body says to a person: its `<ERROR>`, its JSON "error", its HTML title, else its beginning."""
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    for pattern in (rb"<ERROR>(.*?)</ERROR>", rb"<title[^>]*>(.*?)</title>"):
        if match := re.search(pattern, text, re.I | re.S):
            return excerpt(match[1])
    return excerpt(_json_error(_json(text)) or text)


def _json(text: bytes) -> Any:
    """The JSON value in `text`, None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _json_error(said: Any) -> str | None:
    """{"error": …}, {"esearchresult": {"ERROR": …}}: the message, None if there is none."""
    if isinstance(said, dict):
        said = said.get("esearchresult", said)
    message = (said.get("ERROR") or said.get("error")) if isinstance(said, dict) else None
    return message if isinstance(message, str) else None


def _is_html(text: bytes) -> bool:
    return bool(
        re.match(rb"(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", text, re.I | re.S)
    )


def _root_name(body: bytes) -> str | None:
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, load_dtd=False)
    try:
        for at in range(0, len(body), 4096):
            parser.feed(body[at : at + 4096])
            for _, element in parser.read_events():
                return str(element.tag)  # type: ignore[union-attr]  # only "start" events come
    except etree.XMLSyntaxError:
        pass
    return None


def _warnings(root: etree._Element) -> list[str]:
    """ErrorList and WarningList in words; "No items found." is no warning, the count says it."""
    spoken = {
        "ErrorList/PhraseNotFound": "phrase not found",
        "WarningList/PhraseIgnored": "phrase ignored",
        "WarningList/QuotedPhraseNotFound": "quoted phrase not found, its words are searched one by one",
        "WarningList/OutputMessage": "says",
    }
    return [
        f"{words}: {text}"
        for path, words in spoken.items()
        for each in root.iterfind(path)
        if (text := excerpt(each.text or "")) and text != "No items found."
    ]
