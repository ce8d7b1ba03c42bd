"""What is said of records: tags, citations, notices, studies."""

from __future__ import annotations

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "tags": (
        "Every tag with the words that say so. A value without evidence does not exist.",
        {
            "record_id": "The record.",
            "position": "Order in which the rules gave them.",
            "dimension": "indication, design, drug, route, comparator, population, sample_size, dose, phase …",
            "value": "The value, from the vocabulary.",
            "field": "Where the words stand: title, abstract, keywords, mesh, or a registry field's path.",
            "start": "First character of the words in that field.",
            "end": "One after their last character.",
            "text": "The words.",
            "rule": "The rule that gave the tag.",
            "rules_version": "The version of the rules.",
            "confidence": "0 to 1; lower where evidence conflicts.",
            "detail": "What a value alone cannot hold, such as a dose's number and unit (JSON object).",
        },
    ),
    "citations": (
        "Which record refers to which work, and who says so.",
        {
            "record_id": "The record that refers.",
            "position": "Order in its list.",
            "relation": "cites; from a registry result, derived or background.",
            "cited_id": "The work referred to, as a record id (it need not be in this database); empty if only text is given.",
            "citation": "The reference as text.",
            "source": "Who says so.",
            "first_seen": "When this was first seen here (UTC).",
        },
    ),
    "notices": (
        "Retractions, expressions of concern, corrections, new versions and comments, as each source states them.",
        {
            "record_id": "The record that states it.",
            "position": "Order in its list.",
            "kind": "retraction, partial-retraction, withdrawal, expression-of-concern, correction, republication, update or comment.",
            "affected_id": "The work it is about, as a record id.",
            "notice_id": "The notice or newer version, as a record id.",
            "citation": "The notice as text.",
            "date": "Date of the notice, where stated.",
            "source": "The source that was read.",
            "asserted_by": "Who says so, where that source passes it on: `publisher` or `retraction-watch`.",
            "first_seen": "When this was first seen here (UTC).",
        },
    ),
    "studies": (
        "One row for each registered study that a record here belongs to.",
        {
            "id": "The study's registry number.",
            "title": "Its title in the registry, if that is here.",
            "registration_id": "Its registration, if that is here.",
            "first_seen": "When it was first seen here (UTC).",
        },
    ),
    "study_records": (
        "Which record belongs to which study, why, and who decided.",
        {
            "study_id": "The study.",
            "record_id": "The record.",
            "role": "registration, protocol, primary, secondary, review-of …; empty if it cannot be told.",
            "method": "How the link was found.",
            "evidence": "The words or field that say so.",
            "confidence": "0 to 1.",
            "decided_by": "`rules`, or the person who decided.",
        },
    ),
}
