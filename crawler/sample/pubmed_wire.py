"""The answers of the E-utilities as bytes: what esearch found, what elink links, what either refuses to do.

Each is valid by the DTD that its first lines name. Records and document summaries are written elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from crawler.sample.exchange import XML, Answer, as_json
from crawler.sample.pubmed_query import Finding
from crawler.sample.words import fit_for_xml

_DTDS = {  # utility -> root element, public identifier, address
    "esearch": ("eSearchResult", "esearch 20060628", "20060628/esearch.dtd"),
    "efetch": ("eFetchResult", "efetch 20131226", "20131226/efetch.dtd"),
    "elink": ("eLinkResult", "elink 20101123", "20101123/elink.dtd"),
    "esummary": ("eSummaryResult", "esummary v1 20041029", "20041029/esummary-v1.dtd"),
}
_JSON_VERSION = "0.3"


def found(
    retmode: str | None, count: int, page: tuple[int, list[str]] | None, finding: Finding, said: list[str]
) -> Answer:
    """What esearch found: how many, and a page (position of its first hit, PMIDs); None if only the count was asked.

    `said` are PubMed's remarks, its OutputMessages.
    """
    errors = {"PhraseNotFound": finding.phrases_not_found, "FieldNotFound": finding.fields_not_found}
    warnings = {
        "PhraseIgnored": finding.phrases_ignored,
        "QuotedPhraseNotFound": finding.quoted_phrases_not_found,
        "OutputMessage": said,
    }
    if retmode == "json":
        result: dict[str, Any] = {"count": str(count)}
        if page is not None:
            start, listed = page
            result |= {"retmax": str(len(listed)), "retstart": str(start), "idlist": listed}
            result |= {"translationset": [], "querytranslation": finding.translation}
            result |= _messages_json("errorlist", errors) | _messages_json("warninglist", warnings)
        return as_json({"header": _header("esearch"), "esearchresult": result})
    if page is None:
        return _xml("esearch", f"\n\t<Count>{count}</Count>\n")
    start, listed = page
    ids = "".join(f"<Id>{pmid}</Id>\n" for pmid in listed)
    return _xml(
        "esearch",
        f"<Count>{count}</Count><RetMax>{len(listed)}</RetMax><RetStart>{start}</RetStart>"
        + (f"<IdList>\n{ids}</IdList>" if listed else "<IdList/>")
        + f"<TranslationSet/><QueryTranslation>{_text(finding.translation)}</QueryTranslation>"
        + _messages("ErrorList", errors)
        + _messages("WarningList", warnings),
    )


def links(retmode: str | None, sets: Sequence[tuple[list[str], dict[str, list[str]]]]) -> Answer:
    """What elink links: for each set of ids asked for, the name of each kind of link -> PMIDs."""
    if retmode == "json":
        found = [
            {
                "dbfrom": "pubmed",
                "ids": ids,
                "linksetdbs": [
                    {"dbto": "pubmed", "linkname": name, "links": to} for name, to in named.items()
                ],
            }
            for ids, named in sets
        ]
        return as_json({"header": _header("elink"), "linksets": found})
    return _xml("elink", "\n" + "".join(_link_set(ids, named) for ids, named in sets))


def error(utility: str, message: str, status: int, retmode: str | None) -> Answer:
    """A refusal in the utility's own format."""
    if retmode == "json":
        said = {"header": _header(utility), f"{utility}result": {"ERROR": message}}
        return as_json(said, status)
    return _xml(utility, f"\n\t<ERROR>{_text(message)}</ERROR>\n", status)


def _link_set(ids: list[str], named: dict[str, list[str]]) -> str:
    asked = "".join(f"\t\t<Id>{_text(each)}</Id>\n" for each in ids)
    found = "".join(
        f"\t<LinkSetDb>\n\t\t<DbTo>pubmed</DbTo>\n\t\t<LinkName>{name}</LinkName>\n"
        + "".join(f"\t\t<Link>\n\t\t\t<Id>{pmid}</Id>\n\t\t</Link>\n" for pmid in to)
        + "\t</LinkSetDb>\n"
        for name, to in named.items()
    )
    return f"<LinkSet>\n\t<DbFrom>pubmed</DbFrom>\n\t<IdList>\n{asked}\t</IdList>\n{found}</LinkSet>\n"


def _messages(name: str, messages: dict[str, list[str]]) -> str:
    inner = "".join(f"<{kind}>{_text(each)}</{kind}>" for kind, said in messages.items() for each in said)
    return f"<{name}>{inner}</{name}>" if inner else ""


def _messages_json(name: str, messages: dict[str, list[str]]) -> dict[str, Any]:
    """JSON has the names of the elements in lower case and in the plural: phrasesnotfound, outputmessages."""
    if not any(messages.values()):
        return {}
    return {
        name: {
            re.sub("(phrase|field|message)", r"\1s", kind.lower()): said for kind, said in messages.items()
        }
    }


def _xml(utility: str, inner: str, status: int = 200) -> Answer:
    root, identifier, address = _DTDS[utility]
    head = (
        '<?xml version="1.0" encoding="UTF-8" ?>\n'
        f'<!DOCTYPE {root} PUBLIC "-//NLM//DTD {identifier}//EN" "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/{address}">\n'
    )
    return Answer(f"{head}<{root}>{inner}</{root}>\n".encode(), XML, status)


def _header(utility: str) -> dict[str, str]:
    return {"type": utility, "version": _JSON_VERSION}


def _text(text: str) -> str:
    return escape(fit_for_xml(text))
