"""The medRxiv of the sample: `details` of api.biorxiv.org over the catalogue's preprints of that server.

By the API's own page and what was observed of it: each version is a row; `cursor` is a place in the list, pages hold
100; `total` is text; past the end the only message is "no posts found"; `published` is a DOI (from the
preprint's last revision on) or "NA".
Not here: `pubs`, `publisher`, categories, XML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from crawler.sample.exchange import Answer, Asked, as_json, as_text, whole_number
from crawler.sample.preprint_records import Preprint

PAGE_SIZE = 100
_WINDOW = re.compile(r"details/medrxiv/(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)/(\d+)(?:/json)?")
_SINGLE = re.compile(r"details/medrxiv/(10\.\d{4,9}/[^/]+)/na(?:/json)?")
_NOTHING = {"messages": [{"status": "no posts found"}], "collection": []}


class Medrxiv:
    """The API over one set of preprints. `today`, an ISO date, hides what came later. `page_size`: rows in a page."""

    def __init__(self, preprints: Iterable[Preprint], page_size: int = PAGE_SIZE):
        self._preprints = [one for one in preprints if one.server == "medRxiv"]
        self._page_size = page_size

    def answer(self, path: str, asked: Asked, today: str | None) -> Answer | None:
        """The answer to a path below the base URL, None if there is nothing of that name."""
        if not path.startswith("details/medrxiv/"):
            return None
        rows = sorted(
            (row for one in self._preprints for row in _rows(one, today)), key=lambda row: str(row["date"])
        )
        if window := _WINDOW.fullmatch(path):
            first, last = window[1], window[2]
            found = [row for row in rows if first <= row["date"] <= last]
            start = whole_number(window[3]) or 0
            message = {"interval": f"{first}:{last}", "cursor": start, "total": str(len(found))}
            return _page(found[start : start + self._page_size], message)
        if single := _SINGLE.fullmatch(path):
            return _page([row for row in rows if row["doi"] == single[1]], {})
        return as_text("Bad Request", 400)


def _page(rows: list[dict[str, Any]], message: dict[str, Any]) -> Answer:
    if not rows:
        return as_json(_NOTHING)
    return as_json({"messages": [{"status": "ok", **message, "count": len(rows)}], "collection": rows})


def _rows(preprint: Preprint, today: str | None) -> Iterable[dict[str, Any]]:
    known = preprint.article_doi and (today is None or preprint.revised <= today)
    for number, day in enumerate(preprint.versions, 1):
        if today is not None and day > today:
            return
        withdrawn = preprint.withdrawn and number == len(preprint.versions)
        yield {
            "doi": preprint.doi,
            "title": preprint.title,
            "authors": "; ".join(f"{family}, {given[:1]}." for family, given in preprint.authors),
            "author_corresponding": " ".join(reversed(preprint.authors[0])) if preprint.authors else "",
            "date": day,
            "version": str(number),
            "type": "WITHDRAWN" if withdrawn else "PUBLISHAHEADOFPRINT",
            "license": (preprint.licence or "").replace(" ", "_").replace("-", "_"),
            "category": preprint.category or "",
            "jatsxml": "",
            "abstract": preprint.abstract,
            "published": preprint.article_doi if known else "NA",
            "server": "medRxiv",
        }
