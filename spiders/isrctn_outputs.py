"""What ISRCTN lists as come out of a study: outputs (since 2020) and publication details (older, one a line).

Output types as public models of the registry list them; those not named here are the registry's files (participant
information, protocols, reports) and no works of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from lxml import etree

from spiders.identifiers import find_dois, normalise_pmid
from spiders.xml_text import clean
from store.records import Reference

Relation = Literal["result", "derived"]
_RESULTS = ("resultsarticle", "interimresults", "interimresiults", "abstract", "preprint", "thesis")
_OTHERS = ("protocolarticle", "protocolpreprint", "preprintother", "otherpublications")
_RESULT: Relation = "result"
_DERIVED: Relation = "derived"
_PAPERS = dict.fromkeys(_RESULTS, _RESULT) | dict.fromkeys(_OTHERS, _DERIVED)
_SPOKEN = {
    "resultsarticle": "Results article",
    "protocolarticle": "Protocol article",
    "abstract": "Abstract results",
    "preprint": "Preprint results",
    "otherpublications": "Other publication",
}
_REPORTS = (*_RESULTS, "basicresults", "plainenglishresults", "funderreport")
_ADDRESS = re.compile(r"https?://[^\s()<>\"]+[^\s()<>\".,;]")
_YEAR = re.compile(r"\s*((?:19|20)\d{2})\b")


def references(study: etree._Element) -> list[Reference]:
    """Each paper once, as the newer list says it, else the older."""
    found: dict[str | None, Reference] = {}
    for reference in (*_outputs(study), *_details(study)):
        found.setdefault(reference.work or reference.citation, reference)
    return list(found.values())


def has_results(study: etree._Element) -> bool | None:
    """Whether results are listed, as an article, an abstract or a report; None if nothing says what is listed."""
    if study.find("{*}results") is None and study.find("{*}outputs") is None:
        return None
    reported = _at(study, "results/basicReport") or any(kind in _REPORTS for kind, _ in _listed(study))
    return bool(reported) or any(reference.relation == "result" for reference in references(study))


def results_posted(study: etree._Element) -> str | None:
    """The day on which the first results were listed."""
    days = (output.get("dateUploaded", "")[:10] for kind, output in _listed(study) if kind in _REPORTS)
    return min((day for day in days if re.fullmatch(r"\d{4}-\d{2}-\d{2}", day)), default=None)


def _listed(study: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    for output in study.iterfind("{*}outputs/{*}output"):
        yield (output.get("outputType") or "").lower(), output


def _outputs(study: etree._Element) -> Iterator[Reference]:
    for kind, output in _listed(study):
        link = output.find("{*}externalLink")
        url = (link.get("url") or "").strip() if link is not None else ""
        if url and kind in _PAPERS:
            told, work = _at(output, "description") or _SPOKEN.get(kind, "Publication"), _work(url)
            year = _YEAR.match(output.get("dateCreated") or "")
            citation = f"{told} ({year.group(1)})" if year else told
            yield Reference(_PAPERS[kind], work, citation if work else f"{citation}: {url}")


def _details(study: etree._Element) -> Iterator[Reference]:
    """The lines of the older field: "2011 Results article in http://www.ncbi.nlm.nih.gov/pubmed/21334061 results"."""
    details = study.find("{*}results/{*}publicationDetails")
    for entry in "".join(map(str, details.itertext())).splitlines() if details is not None else ():
        if told := " ".join(entry.split()):
            is_result = (
                re.search(r"\b(?:results?|abstract)\b", told, re.IGNORECASE)
                and "protocol" not in told.lower()
            )
            yield Reference("result" if is_result else "derived", _work(told), told)


def _work(told: str) -> str | None:
    """The record id of the first work that an address or a DOI in the text names."""
    pmids = (normalise_pmid(address) for address in _ADDRESS.findall(told))
    dois = (f"doi:{doi}" for doi in find_dois(told))
    return next((f"pubmed:{pmid}" for pmid in pmids if pmid), None) or next(dois, None)


def _at(element: etree._Element, path: str) -> str:
    found = element.find("/".join("{*}" + name for name in path.split("/")))
    return clean(found) if found is not None else ""
