"""The views of `store/views/reading.py` and `health.py`."""

from __future__ import annotations

from store.tables.documents import RECORD

_LIST = {
    **RECORD,
    "phase": "Trial phases, 1 to 4 (JSON array), from `tags`.",
    "rowid": "The record's place in the full-text index.",
}

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "works": ("Every record, for reading and searching: without abstracts, authors and hashes.", _LIST),
    "trials": (
        "Trials: reports of randomised and non-randomised trials, and registrations. No reviews, no comments.",
        {
            **_LIST,
            "phases": "Of a registration: phases (JSON array).",
            "enrollment": "Of a registration: participants, planned or reached.",
            "results_first_posted": "Of a registration: when results were posted.",
            "studies": "The studies that the record belongs to.",
        },
    ),
    "new_trials": (
        "Trials of a watched drug for a watched indication that their source first had within the last 31 days. A backfill is never new.",
        _LIST,
    ),
    "study_threads": (
        "Every record of every study, with its role and why it is there.",
        {
            "study_id": "The study's registry number.",
            "study": "Its title in the registry.",
            "role": "The record's role in the study.",
            "record_id": "The record.",
            "title": "The record's title.",
            "kind": "The record's kind.",
            "designs": "The record's designs (JSON array).",
            "sample_size": "The record's sample size.",
            "published": "When the record was published.",
            "status": "The record's status.",
            "standing": "What notices make of the record.",
            "venue": "Journal or registry.",
            "url": "The record at its source.",
            "method": "How the link was found.",
            "evidence": "The words or field that say so.",
            "confidence": "0 to 1.",
        },
    ),
    "evidence_matrix": (
        "How many records there are for each indication and design. A record with several counts in each.",
        {
            "indication": "The indication.",
            "design": "The design.",
            "records": "How many records.",
            "first_year": "Year of the earliest.",
            "last_year": "Year of the latest.",
        },
    ),
    "source_health": (
        "How each source's last visit ended and how far it has been read: quiet or broken is not the same.",
        {
            "source": "The source.",
            "outcome": "How the last finished visit ended.",
            "error": "What went wrong, in words.",
            "last_run": "When it ended (UTC).",
            "last_success": "When a visit last ended well (UTC).",
            "searched_to": "The evidence has been searched to this date: the day on which the last good visit began.",
            "reported": "How many records the source said it had.",
            "fetched": "How many came.",
            "new": "Records not known before.",
            "changed": "Known records that changed.",
            "unchanged": "Known records as they were.",
            "rejected": "Records that could not be read.",
            "records": "Records of this source here.",
            "newest_record": "Newest `entered` date among them.",
            "rejects_kept": "Rejected records kept, all visits together.",
        },
    ),
}
