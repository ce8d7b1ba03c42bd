"""Records that are one work: `crawler/merging/`."""

from __future__ import annotations

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "merges": (
        "Which record is the same work as which, why, and who says so. Withdrawn rows stay.",
        {
            "id": "Row number.",
            "record_id": "The record that is not shown by itself.",
            "into_id": "The record that is shown for both.",
            "method": "pmid, registry number, registry alias, pmcid, doi, pii, title, or person.",
            "evidence": "The shared identifier, or how alike the titles are.",
            "confidence": "0 to 1.",
            "decided_by": "`rules`, or the person who decided.",
            "decided_at": "When (UTC).",
            "why": "A person's reason, or why the rules withdrew it.",
            "withdrawn_at": "When it was withdrawn (UTC); empty while it holds.",
            "withdrawn_by": "`rules`, or the person: what a person withdrew, rules never merge again.",
        },
    ),
    "merge_suggestions": (
        "Pairs of records that may be one work, with what speaks for it and what against: for a person to decide.",
        {
            "record_id": "One record.",
            "into_id": "The other.",
            "method": "What they share: pmid, pmcid, doi, pii or title.",
            "evidence": "The shared identifier, or how alike the titles are.",
            "confidence": "How sure one work would be without the doubt, 0 to 1.",
            "doubt": "What speaks against it.",
            "first_seen": "When the pair was first seen here (UTC).",
        },
    ),
    "record_fields": (
        "Fields that a shown record's own source leaves empty, and which merged record filled them.",
        {
            "record_id": "The shown record.",
            "field": "The column; `publications.volume` for one of that table, `publications` if its whole row is lent.",
            "from_id": "The merged record that gives it.",
        },
    ),
    "work_keys": (
        "By what records of one work find each other; for merging only.",
        {
            "key": "An identifier (`doi:`, `pmid:`, `pmcid:`, `pii:`, `reg:`), or a title's first (`a:`) or last (`z:`) letters and year.",
            "record_id": "The record.",
        },
    ),
    "work_sources": (
        "The records of each work that several sources have: the one that is shown, and those merged into it.",
        {
            "record_id": "The record that is shown.",
            "source_record_id": "The record: the shown one itself, or one merged into it.",
            "source": "Where this record was read.",
            "kind": "Its kind.",
            "title": "Its title there.",
            "doi": "Its DOI there.",
            "pmid": "Its PubMed id there.",
            "pmcid": "Its PubMed Central id there.",
            "url": "The record at that source.",
            "shown": "1 for the record that is shown.",
            "method": "How it was found to be the same work.",
            "evidence": "The shared identifier, or how alike the titles are.",
            "confidence": "0 to 1.",
            "decided_by": "`rules`, or the person who decided.",
            "gives": "Fields of the shown record that this one fills (JSON array).",
        },
    ),
}
