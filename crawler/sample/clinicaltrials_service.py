"""The ClinicalTrials.gov of the sample: API v2 over the catalogue's registrations, JSON only.

By the service's OpenAPI description 2.0.3 and what was observed of it: errors are plain text; an unknown parameter is
one; a study's former number answers 301; `pageSize` is 10 unless said otherwise and never above 1,000; `totalCount`
comes with the first page only; a page that is full carries a token even if nothing follows; the other parameters must
not change from page to page; a `query.*` of NCT numbers alone switches the filters off.

Not here: CSV and FHIR, geographic and aggregated filters, relevance; `fields` is accepted and the whole study given.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from crawler.sample import essie
from crawler.sample.catalogue_records import Registration
from crawler.sample.clinicaltrials_wire import AREAS, DATE_AREAS, SearchedStudy
from crawler.sample.exchange import Answer, Asked, as_json, as_text, whole_number

API_VERSION = "2.0.5"
CONTENT_TYPE = "application/json"
DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE = 10, 1000
_QUERIES = {
    "query.cond": "ConditionSearch", "query.term": "BasicSearch", "query.locn": "LocationSearch",
    "query.titles": "TitleSearch", "query.intr": "InterventionSearch", "query.outc": "OutcomeSearch",
    "query.spons": "SponsorSearch", "query.lead": "LeadSponsorName", "query.id": "IdSearch",
    "query.patient": "PatientSearch",
}  # fmt: skip
_FILTERS = ("overallStatus", "ids", "advanced")
_KNOWN = {
    *_QUERIES, *(f"{kind}.{name}" for kind in ("filter", "postFilter") for name in _FILTERS),
    "format", "markupFormat", "fields", "sort", "countTotal", "pageSize", "pageToken",
}  # fmt: skip
_NOT_HERE = {
    "aggFilters", "geoDecay", *(f"{kind}.{name}" for kind in ("filter", "postFilter") for name in ("geo", "synonyms")),
}  # fmt: skip
_STATUSES = {
    "ACTIVE_NOT_RECRUITING", "COMPLETED", "ENROLLING_BY_INVITATION", "NOT_YET_RECRUITING", "RECRUITING", "SUSPENDED",
    "TERMINATED", "WITHDRAWN", "AVAILABLE", "NO_LONGER_AVAILABLE", "TEMPORARILY_NOT_AVAILABLE",
    "APPROVED_FOR_MARKETING", "WITHHELD", "UNKNOWN",
}  # fmt: skip
_NCT = re.compile(r"[Nn][Cc][Tt]0*([1-9]\d{0,7})", re.ASCII)
_VARY_BY_PAGE = ("countTotal", "pageSize", "pageToken")


class _Refusal(Exception):
    def __init__(self, message: str, status: int = 400):
        super().__init__(message)
        self.status = status


class ClinicalTrials:
    """The API over one set of registrations. `today`, an ISO date, hides what was first posted later."""

    def __init__(self, registrations: Iterable[Registration]):
        self._studies = [SearchedStudy(registration) for registration in registrations]

    def answer(self, path: str, asked: Asked, today: str | None) -> Answer | None:
        """The answer to a path below the base URL ("studies/NCT03113968"), None if there is nothing of that name."""
        try:
            if asked.method != "GET":
                raise _Refusal("Method not allowed", 405)
            if path == "version":
                return self._version(today)
            if path == "studies":
                return self._page(asked.params, today)
            name, _, number = path.partition("/")
            if name == "studies" and "/" not in number:
                return self._single(number, asked, today)
        except _Refusal as refusal:
            return as_text(str(refusal), refusal.status)
        return None

    def _version(self, today: str | None) -> Answer:
        posted = [study.date("LastUpdatePostDate") or "" for study in self._visible(today)]
        newest = today or max(posted, default="")
        return as_json(
            {"apiVersion": API_VERSION, "dataTimestamp": f"{newest}T09:00:05"}, content_type=CONTENT_TYPE
        )

    def _single(self, written: str, asked: Asked, today: str | None) -> Answer:
        number = _nct(written)
        if number is None:
            raise _Refusal("Parameter `nctId` has incorrect format")
        _check_format(asked.params)
        study = next((study for study in self._visible(today) if number in study.numbers), None)
        if study is None:
            raise _Refusal(f"NCT number {number} not found", 404)
        own = study.registration.nct
        if own != number:
            query = urlencode(asked.pairs)
            where = asked.path.rpartition("/")[0] + f"/{own}" + (f"?{query}" if query else "")
            return Answer(b"", CONTENT_TYPE, 301, {"Location": where})
        return as_json(study.json, content_type=CONTENT_TYPE)

    def _page(self, params: dict[str, str], today: str | None) -> Answer:
        for name in params:
            if name in _NOT_HERE:
                raise _Refusal(f"`{name}` is not in the sample")
            if name not in _KNOWN:
                raise _Refusal(f"`{name}` is unknown parameter")
        _check_format(params)
        tests = _tests(params)
        found = [study for study in self._visible(today) if all(test(study) for test in tests)]
        _sort(found, params.get("sort", ""))
        question = {name: value for name, value in params.items() if name not in _VARY_BY_PAGE}
        token = params.get("pageToken")
        start = _position(token, question) if token else 0
        size = _page_size(params.get("pageSize", ""))
        page = found[start : start + size]
        count = params.get("countTotal", "false")
        if count not in ("true", "false"):
            raise _Refusal("Parameter `countTotal` has incorrect format")
        total = f'"totalCount":{len(found)},' if count == "true" and not token else ""
        more = f',"nextPageToken":"{_token(start + size, question)}"' if len(page) == size else ""
        studies = ",\n".join(
            json.dumps(study.json, ensure_ascii=False, separators=(",", ":")) for study in page
        )
        return Answer(f'{{{total}"studies":[{studies}]{more}}}'.encode(), CONTENT_TYPE)

    def _visible(self, today: str | None) -> list[SearchedStudy]:
        if today is None:
            return self._studies
        return [study for study in self._studies if (study.date("StudyFirstPostDate") or "") <= today]


def _tests(params: dict[str, str]) -> list[Callable[[SearchedStudy], bool]]:
    """What a study must pass: every query, and every filter unless a query holds nothing but NCT numbers."""
    tests: list[Callable[[SearchedStudy], bool]] = []
    filters_hold = True
    for name in params.keys() & _QUERIES.keys():
        numbers = [_nct(part) for part in re.split(r"[\s,]+", params[name].strip(" ,"))]
        if all(numbers):
            filters_hold = False
            tests.append(_has_number({number for number in numbers if number}))
        elif params[name].strip():
            tests.append(_expression(name, params[name], _QUERIES[name]))
    for name in sorted(params.keys() - _QUERIES.keys()):
        test = _filter(name, params[name]) if "ilter." in name else None
        if test and filters_hold:
            tests.append(test)
    return tests


def _filter(name: str, value: str) -> Callable[[SearchedStudy], bool]:
    kind = name.partition(".")[2]
    if kind == "advanced":
        return _expression(name, value, "BasicSearch")
    wanted = {part.strip() for part in re.split(r"[,|]", value)}
    if kind == "ids":
        numbers = {number for part in wanted if (number := _nct(part))}
        if len(numbers) < len(wanted):
            raise _Refusal(f"Parameter `{name}` has incorrect format")
        return _has_number(numbers)
    if not wanted <= _STATUSES:
        raise _Refusal(f"Parameter `{name}` has incorrect format")
    return lambda study: study.registration.status in wanted


def _has_number(numbers: set[str]) -> Callable[[SearchedStudy], bool]:
    return lambda study: bool(study.numbers & numbers)


def _expression(name: str, value: str, area: str) -> Callable[[SearchedStudy], bool]:
    try:
        return essie.parse(value, area, AREAS)
    except essie.EssieError as error:
        raise _Refusal(f"`{name}` has incorrect format: {error}") from None


def _sort(studies: list[SearchedStudy], sort: str) -> None:
    """In place, by up to two fields; a study without the field comes last, whichever the direction."""
    keys = [part.strip() for part in re.split(r"[,|]", sort) if part.strip()]
    if len(keys) > 2:
        raise _Refusal("Parameter `sort` has too many items")
    for key in reversed(keys):
        name, _, direction = key.partition(":")
        if name not in DATE_AREAS and name not in ("EnrollmentCount", "@relevance"):
            raise _Refusal(f"Parameter `sort` has unknown field {name}")
        if direction not in ("", "asc", "desc"):
            raise _Refusal("Parameter `sort` has incorrect format")
        if name != "@relevance":
            _sort_by(
                studies, name, descending=direction != "asc" if name in DATE_AREAS else direction == "desc"
            )


def _sort_by(studies: list[SearchedStudy], name: str, *, descending: bool) -> None:
    def value(study: SearchedStudy) -> Any:
        return study.date(name) if name in DATE_AREAS else study.registration.enrollment

    known = [study for study in studies if value(study) is not None]
    unknown = [study for study in studies if value(study) is None]
    studies[:] = sorted(known, key=value, reverse=descending) + unknown


def _nct(written: str) -> str | None:
    """ "nct0841061" -> "NCT00841061"; None for what is no NCT number."""
    match = _NCT.fullmatch(written.strip())
    return f"NCT{int(match[1]):08}" if match else None


def _check_format(params: dict[str, str]) -> None:
    if params.get("format", "json") != "json":
        raise _Refusal("Parameter `format` must be json in the sample")


def _page_size(text: str) -> int:
    number = whole_number(text) if text else 0
    if number is None:
        raise _Refusal("Parameter `pageSize` has incorrect format")
    return min(number or DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE)


def _token(position: int, question: dict[str, str]) -> str:
    """An opaque token that holds for one question only."""
    return base64.urlsafe_b64encode(_fingerprint(question) + position.to_bytes(4, "big")).decode()


def _position(token: str, question: dict[str, str]) -> int:
    try:
        held = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        held = b""
    if held[:-4] != _fingerprint(question):
        raise _Refusal("Parameter `pageToken` does not belong to these parameters")
    return int.from_bytes(held[-4:], "big")


def _fingerprint(question: dict[str, str]) -> bytes:
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).digest()
