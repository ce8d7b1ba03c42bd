"""Sanity before saving: a record that breaks one of these rules is rejected, with the reason."""

from __future__ import annotations

import re
from typing import Any, get_args

from crawler.noticing.titles import with_title_notices
from store.records import Kind, Record, Reject

_ID = re.compile(r"[a-z0-9_]+:\S+")
_DATE = re.compile(r"[12]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_NCT = re.compile(r"NCT\d{8}")
_DOI = re.compile(r"10\.\d{4,9}/\S+")  # crossref.org/blog/dois-and-matching-regular-expressions
_URL = re.compile(r"https?://[^\s\"<>]+")


def problem_with(record: Record) -> str | None:
    """Why a record cannot be saved, in a few words that begin with the field; None if it can."""
    if not _ID.fullmatch(record.id) or not record.id.startswith(f"{record.source}:"):
        return f"id: {record.id!r} is not of the form {record.source}:<native id>"
    if record.kind not in get_args(Kind):
        return f"kind: {record.kind!r} is unknown"
    if not record.title or not record.title.strip():
        return "title: missing"
    for name in ("published", "entered", "revised"):
        date = getattr(record, name)
        if date is not None and not _DATE.fullmatch(date):
            return f"{name}: {date!r} is no ISO date"
    for name, pattern in (("pmid", r"[1-9]\d{0,8}"), ("pmcid", r"PMC\d+"), ("doi", _DOI), ("url", _URL)):
        value = getattr(record, name)
        if value is not None and not re.fullmatch(pattern, value):
            return f"{name}: {value!r} is malformed"
    for number in record.nct_ids:
        if not _NCT.fullmatch(number):
            return f"nct_ids: {number!r} is malformed"
    return None


def checked(item: Any) -> Any:
    """A Record with what its title says of itself, or a Reject that says why it cannot be saved; other items as they are."""
    if not isinstance(item, Record):
        return item
    if problem := problem_with(item):
        reason, _, detail = problem.partition(": ")
        return Reject(item.source, item.id.partition(":")[2] or item.id, reason, detail, item.title)
    return with_title_notices(item)
