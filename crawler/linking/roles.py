"""What a record is to its study."""

from __future__ import annotations

import json
import re

from crawler.linking.links import Row

_BY_DESIGN = (
    ("protocol", "protocol"),
    ("secondary-analysis", "secondary"),
    ("meta-analysis", "review-of"),
    ("systematic-review", "review-of"),
    ("narrative-review", "review-of"),
    ("guideline", "review-of"),
)
_TRIAL = {"rct", "crossover", "non-randomised-trial"}
_NOTICES = {
    "Published Erratum", "Retraction of Publication", "Retraction Notice", "Expression of Concern",
}  # fmt: skip
_EXTENSION = re.compile(
    r"\b(?:open[- ]label|long[- ]term|safety|continuation)\b.{0,40}\bextension\b|\bextension (?:study|trial|phase)\b",
    re.IGNORECASE,
)


def role_of(record: Row) -> str | None:
    """registration, notice, preprint, protocol, secondary, review-of, extension or primary; None if it cannot be told.

    `record`: kind, title, designs, pubtypes (JSON arrays) of a row of `records`.
    """
    if record["kind"] == "registration":
        return "registration"
    if _NOTICES & set(json.loads(record["pubtypes"])):
        return "notice"
    designs = json.loads(record["designs"])
    told = next((role for design, role in _BY_DESIGN if design in designs), None)
    if told is None and record["kind"] == "preprint":
        return "preprint"
    if told is None and _TRIAL & set(designs):
        return "extension" if _EXTENSION.search(record["title"] or "") else "primary"
    return told


def reports_a_trial(record: Row) -> bool:
    """Whether the record is a trial's own report, in a journal or as a preprint."""
    return (record["kind"] in ("article", "preprint") and role_of(record) in ("primary", "extension")) or (
        record["kind"] == "preprint" and bool(_TRIAL & set(json.loads(record["designs"])))
    )
