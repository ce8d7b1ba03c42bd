"""The ISRCTN of the sample: its XML query service over the catalogue's studies.

As observed by others, for the service has no published description: `q` is words and "phrases" joined by OR, in
brackets if a date follows: `(ketamine OR "CI-581") AND lastEdited GE 2026-11-01T00:00:00.000Z`; a word is found in any
text of a record, its number too; `limit` cuts the list and `totalCount` does not heed it; there are no pages.

Not here: fields (`condition:"…"`), AND and NOT between words, other formats. A query in such words is refused in words,
HTTP 400, so that it is never taken for one without hits; the real service's refusals are not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

from crawler.sample.exchange import XML, Answer, Asked, as_text, whole_number
from crawler.sample.isrctn_records import IsrctnStudy
from crawler.sample.isrctn_wire import NAMESPACE, NAMESPACES, full_trial
from crawler.sample.words import normalise

DEFAULT_LIMIT = 10
_QUERY = re.compile(
    r"\s*(?:\((?P<in>[^()]*)\)|(?P<bare>[^()]*?))(?:\s+AND\s+lastEdited\s+GE\s+(?P<day>\d{4}-\d{2}-\d{2})T\S+)?\s*"
)
_TERM = re.compile(r'"[^"]+"|[^\s":()]+')


class Isrctn:
    """The service over one set of studies. `today`, an ISO date, hides what was assigned a number later."""

    def __init__(self, studies: Iterable[IsrctnStudy]):
        self._studies = sorted(studies, key=lambda study: study.edited, reverse=True)
        self._texts = {
            study.number: f" {normalise(' '.join(map(str, full_trial(study).itertext())))} {study.number.lower()} "
            for study in self._studies
        }

    def answer(self, path: str, asked: Asked, today: str | None) -> Answer | None:
        """The answer to a path below the base URL, None if there is nothing of that name."""
        if path != "query/format/default":
            return None
        query = _QUERY.fullmatch(asked.params.get("q", ""))
        terms = _terms(query["in"] or query["bare"] or "") if query else None
        if query is None or terms is None:
            return as_text("Bad Request: the query is not understood", 400)
        limit = whole_number(asked.params.get("limit", "")) or DEFAULT_LIMIT
        found = [
            study
            for study in self._studies
            if (today is None or study.assigned <= today)
            and study.edited >= (query["day"] or "")
            and any(f" {term} " in self._texts[study.number] for term in terms)
        ]
        root = etree.Element(f"{{{NAMESPACE}}}allTrials", nsmap=NAMESPACES, totalCount=str(len(found)))
        root.extend(full_trial(study) for study in found[:limit])
        return Answer(etree.tostring(root, encoding="UTF-8", xml_declaration=True), XML)


def _terms(text: str) -> list[str] | None:
    """The words and phrases of a disjunction, as the index knows them; None if it is none."""
    parts = _TERM.findall(text)
    if _TERM.sub("", text).strip() or not parts or len(parts) % 2 == 0:
        return None
    if any(part != "OR" for part in parts[1::2]) or "OR" in parts[::2]:
        return None
    return [normalise(part) for part in parts[::2]]
