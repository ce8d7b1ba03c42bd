"""The openFDA of the sample: `drug/drugsfda.json` and `drug/label.json` over the catalogue's decisions and labels.

By openFDA's documentation: `search` is `field:"words"`, several of them joined by "+" (a blank) or OR, any of which may
hold; words are found within a field whatever their case; `limit` is 1 unless said otherwise and 1,000 at most, `skip`
25,000 at most; `sort` orders by one date; nothing found is HTTP 404 with the code NOT_FOUND. `meta.last_updated` is the
day asked about, else the newest date of the data.

Not here: AND, ranges, `count`, unquoted words. Each is refused in words, HTTP 400.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from crawler.sample.exchange import Answer, Asked, as_json, whole_number
from crawler.sample.regulatory_records import Application, DrugLabel, Submission
from crawler.sample.words import normalise

MOST_LIMIT, FARTHEST_SKIP = 1000, 25_000
_TERM = re.compile(r'\s*([a-z_]+(?:\.[a-z_]+)*):"([^"]+)"\s*(?:OR\s+)?')
_SORTS = {"submissions.submission_status_date": "drugsfda", "effective_time": "label"}


class OpenFDA:
    """Both endpoints. `today`, an ISO date, hides what was decided, or came into effect, later."""

    def __init__(self, applications: Iterable[Application], labels: Iterable[DrugLabel]):
        self._applications = tuple(applications)
        self._labels = tuple(labels)

    def answer(self, path: str, asked: Asked, today: str | None) -> Answer | None:
        """The answer to a path below the base URL, None if there is nothing of that name."""
        endpoint = path.removeprefix("drug/").removesuffix(".json")
        if path != f"drug/{endpoint}.json" or endpoint not in ("drugsfda", "label"):
            return None
        known = self._decisions(today) if endpoint == "drugsfda" else self._current(today)
        params = asked.params
        terms = _terms(params.get("search", ""))
        limit, skip = whole_number(params.get("limit", "1")), whole_number(params.get("skip", "0"))
        field, _, direction = params.get("sort", "").partition(":")
        if terms is None or params.keys() - {"search", "limit", "skip", "sort", "api_key"}:
            return _error("BAD_REQUEST", "The sample does not understand this search", 400)
        if limit is None or skip is None or limit > MOST_LIMIT or skip > FARTHEST_SKIP:
            return _error("BAD_REQUEST", f"Limit up to {MOST_LIMIT}, skip up to {FARTHEST_SKIP}", 400)
        if field and (_SORTS.get(field) != endpoint or direction not in ("", "asc", "desc")):
            return _error("BAD_REQUEST", f"No sorting by {field} in the sample", 400)
        found = [(day, one) for day, one in known if _matches(one, terms)]
        found.sort(key=lambda pair: pair[0], reverse=direction == "desc")
        results = [one for _, one in found[skip : skip + limit]]
        if not results:
            return _error("NOT_FOUND", "No matches found!", 404)
        numbers = {"skip": skip, "limit": limit, "total": len(found)}
        updated = today or max(day for day, _ in known)
        return as_json({"meta": {"last_updated": updated, "results": numbers}, "results": results})

    def _decisions(self, today: str | None) -> list[tuple[str, dict[str, Any]]]:
        """(day of the newest decision, application) of those that had one by then."""
        found = []
        for application in self._applications:
            decided = [one for one in application.submissions if today is None or one.decided <= today]
            if decided:
                found.append((max(one.decided for one in decided), _application(application, decided)))
        return found

    def _current(self, today: str | None) -> list[tuple[str, dict[str, Any]]]:
        return [
            (one.effective, _label(one)) for one in self._labels if today is None or one.effective <= today
        ]


def _application(application: Application, decided: Sequence[Submission]) -> dict[str, Any]:
    names = {"brand_name": [application.brand_name], "generic_name": [application.ingredient]}
    ingredient = {"name": application.ingredient, "strength": application.strength}
    product = {
        "product_number": "001", "brand_name": application.brand_name, "active_ingredients": [ingredient],
        "dosage_form": application.dosage_form, "route": application.route, "marketing_status": "Prescription",
    }  # fmt: skip
    return {
        "submissions": [_submission(one) for one in decided],
        "application_number": application.number,
        "sponsor_name": application.sponsor,
        "openfda": names | {"application_number": [application.number]} if application.harmonised else {},
        "products": [product],
    }


def _submission(one: Submission) -> dict[str, str]:
    found = {
        "submission_type": one.type, "submission_number": one.number, "submission_status": one.status,
        "submission_status_date": one.decided.replace("-", ""), "review_priority": one.review_priority,
        "submission_class_code_description": one.class_description, "submission_public_notes": one.notes,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def _label(one: DrugLabel) -> dict[str, Any]:
    names = {
        "brand_name": one.brand_name, "generic_name": one.generic_name, "manufacturer_name": one.manufacturer,
        "application_number": one.application,
    }  # fmt: skip
    sections = {
        "spl_product_data_elements": one.contents, "boxed_warning": one.boxed_warning,
        "indications_and_usage": one.indications, "recent_major_changes": one.recent_changes,
    }  # fmt: skip
    return {
        "set_id": one.set_id,
        "id": one.set_id[:-1] + "f",
        "version": one.version,
        "effective_time": one.effective.replace("-", ""),
        "openfda": {name: [value] for name, value in names.items() if value},
    } | {name: [value] for name, value in sections.items() if value}


def _terms(search: str) -> list[tuple[list[str], str]] | None:
    """(path of a field, normalised words) of each part; None for what is not understood."""
    terms, position = [], 0
    while position < len(search):
        match = _TERM.match(search, position)
        if not match:
            return None
        terms.append((match[1].split("."), normalise(match[2])))
        position = match.end()
    return terms


def _matches(result: Any, terms: list[tuple[list[str], str]]) -> bool:
    return not terms or any(
        f" {words} " in f" {normalise(text)} " for path, words in terms for text in _texts(result, path)
    )


def _texts(value: Any, path: Sequence[str]) -> Iterable[str]:
    """Every text at a path; lists on the way are gone through."""
    if isinstance(value, list):
        for one in value:
            yield from _texts(one, path)
    elif not path:
        yield str(value)
    elif isinstance(value, dict) and path[0] in value:
        yield from _texts(value[path[0]], path[1:])


def _error(code: str, message: str, status: int) -> Answer:
    return as_json({"error": {"code": code, "message": message}}, status)
