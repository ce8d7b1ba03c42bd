"""Notices by work: `crawler/noticing/`."""

from __future__ import annotations

_KIND = "retraction, partial-retraction, withdrawal, expression-of-concern, correction, republication, update, comment or reinstatement."

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "found_notices": (
        "What all sources together say became of a work: one row a work, kind and notice. `work_notices` is this, for reading.",
        {
            "id": "Row number; commands name a notice by it.",
            "work_id": "The work: the record that is shown for it, or the id that a source stated.",
            "kind": _KIND,
            "notice_id": "The notice or newer version, named likewise; empty where no source names it.",
            "date": "The earliest date stated.",
            "sources": "Who says so (JSON array).",
            "citation": "The notice as text.",
            "reason": "Reasons, where a source gives them.",
            "disagreement": "Where sources disagree, in words.",
            "first_seen": "When the first of these statements was first seen here (UTC).",
        },
    ),
    "notice_decisions": (
        "What people said of notices. A disputed notice no longer marks its work.",
        {
            "id": "Row number.",
            "work_id": "The work.",
            "kind": "The kind of notice.",
            "notice_id": "The notice.",
            "decision": "acknowledged or disputed.",
            "decided_by": "Who says so.",
            "why": "Why, in that person's words.",
            "decided_at": "When (UTC).",
            "withdrawn_at": "When it was taken back or replaced (UTC); empty while it is in force.",
            "withdrawn_by": "Who took it back.",
        },
    ),
    "reported_notices": (
        "Rows of lists such as Retraction Watch's that concern a work that is here, or is cited by one that is.",
        {
            "source": "The list.",
            "native_id": "The list's own number of the row.",
            "kind": _KIND,
            "affected_pmid": "PMID of the work.",
            "affected_doi": "DOI of the work.",
            "notice_pmid": "PMID of the notice.",
            "notice_doi": "DOI of the notice.",
            "date": "Date of the notice.",
            "title": "The work's title there.",
            "reason": "Reasons, as the list states them.",
            "first_seen": "When the row was first seen here (UTC).",
            "last_seen": "When it was last seen (UTC).",
            "gone_at": "When the list no longer had it (UTC).",
        },
    ),
    "notice_aliases": (
        "By which ids a work with notices may be cited.",
        {"alias": "An id as sources state it.", "work_id": "The work."},
    ),
    "notice_sayers": (
        "Which records state a notice on which work, so that it is noticed when one no longer does.",
        {"record_id": "The record.", "work_id": "The work."},
    ),
    "work_notices": (
        "What became of works: each retraction, correction, newer version and comment once, with its sources and a person's decision.",
        {
            "id": "Row number; `ketamine-watch notices` names a notice by it.",
            "work_id": "The work: the record that is shown for it, or the id that a source stated.",
            "title": "The work's title, if it is here.",
            "kind": _KIND,
            "work_kind": "The work's kind, if it is here.",
            "standing": "What the work's notices together make of it.",
            "indications": "What the work studies the drug for (JSON array), if it is here.",
            "notice_id": "The notice or newer version; empty where no source names it.",
            "notice_title": "Its title, if it is here.",
            "date": "The earliest date stated, else the notice's own.",
            "sources": "Who says so (JSON array).",
            "citation": "The notice as text.",
            "reason": "Reasons, where a source gives them.",
            "disagreement": "Where sources disagree, in words.",
            "first_seen": "When it was first seen here (UTC).",
            "decision": "acknowledged or disputed, if a person decided.",
            "decided_by": "Who.",
            "why": "Why, in that person's words.",
            "decided_at": "When (UTC).",
        },
    ),
    "cites_retracted": (
        "Records that cite a work that was retracted, withdrawn or partly retracted, with which.",
        {
            "record_id": "The record that cites.",
            "title": "Its title.",
            "published": "When it was published.",
            "cited_id": "The work that was retracted.",
            "cited_title": "Its title, if it is here.",
            "kind": "retraction, withdrawal or partial-retraction.",
            "date": "When it was retracted.",
            "cited_after": "1 if the citing record is dated after the retraction, 0 if before; empty if dates are missing.",
            "notice": "Row number in `work_notices`.",
        },
    ),
}
