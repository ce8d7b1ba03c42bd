"""Citation tracking: `store/citations.py`, `store/work_names.py`, `store/watching.py`."""

from __future__ import annotations

_WORK = "The work: a record's id where it is a record here, else the best of its names."

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "work_names": (
        "Every name of a work that a citation mentions, and the work that it means: PMIDs, DOIs and other sources' ids of one work lead to one.",
        {
            "name": "A name: `pubmed:`, `doi:`, `pmcid:`, `openalex:`, `s2:`, or a record's id.",
            "work_id": _WORK,
        },
    ),
    "citation_statements": (
        "Who cites whom, as each citation source says it: one row for an edge and a source. References inside records are in `citations`.",
        {
            "cited_id": "The cited work, as the source names it.",
            "citing_id": "The citing work, as the source names it.",
            "source": "Who says so.",
            "first_seen": "When this source first said so here (UTC).",
            "last_seen": "When it last did (UTC).",
            "backfill": "1 if it came with the source's first answer about the watched work: it may be years old.",
            "crawl_id": "The crawl that brought it.",
        },
    ),
    "citation_claims": (
        "Every statement that one work cites another: citation sources and records' own reference lists together, names brought to works.",
        {
            "citing_id": _WORK,
            "cited_id": _WORK,
            "source": "Who says so; `pubmed references` is the reference list of a PubMed record.",
            "first_seen": "When it was first said here (UTC).",
            "backfill": "1 if it came with a first answer or with the record itself.",
        },
    ),
    "citation_edges": (
        "Who cites whom, one row for a pair of works, with every source that says so. Made from `citation_claims`.",
        {
            "cited_id": _WORK,
            "citing_id": _WORK,
            "sources": "Who says so (JSON array, by name).",
            "first_seen": "When any of them first said so here (UTC).",
            "backfill": "1 if that was a first answer, or the citing record's own list.",
        },
    ),
    "citing_works": (
        "Works that cite another, with what is known of them and since when they are known to.",
        {
            "cited_id": _WORK,
            "cited_title": "The cited record's title.",
            "citing_id": _WORK,
            "title": "The citing work's title.",
            "year": "Its year.",
            "venue": "Its journal.",
            "is_record": "1 if the citing work is a record here.",
            "indications": "Of a record: its indications (JSON array).",
            "designs": "Of a record: its designs (JSON array).",
            "status": "Of a record: retracted, withdrawn …",
            "sources": "Who says that it cites (JSON array).",
            "first_seen": "When this was first said here (UTC).",
            "appeared": "When its source first had the citing record; else when it was first said here, if not in a first answer; else its year.",
        },
    ),
    "citation_counts": (
        "How often a work is cited by each source's own count, with the day. A row where the count changed, or in a new month.",
        {
            "work_id": "The work, as the source was asked for it.",
            "source": "Who counts.",
            "counted_on": "The day.",
            "cited_by": "The count.",
            "detail": "What else the source counts, such as the relative citation ratio (JSON object).",
        },
    ),
    "citation_counts_latest": (
        "Each source's latest count for each work. Sources count differently; none is the truth.",
        {
            "work_id": _WORK,
            "source": "Who counts.",
            "counted_on": "The day.",
            "cited_by": "The count.",
            "detail": "What else the source counts (JSON object).",
        },
    ),
    "bare_works": (
        "Works that citations mention and that are no records here: known by name only.",
        {
            "id": "The best of its names.",
            "names": "All of its names (JSON array).",
            "title": "Its title, from the first source that gave one.",
            "authors": "Its authors' names (JSON array).",
            "year": "Its year.",
            "venue": "Its journal.",
            "source": "The source that first described it.",
            "first_seen": "When it was first described here (UTC).",
            "examined": "When PubMed was asked for it, and it had none of the topic's drugs, or PubMed had no such record (UTC).",
        },
    ),
    "watched_works": (
        "Works that people follow by name, both ways. Withdrawn rows stay.",
        {
            "id": "Row number.",
            "work_id": "The work, as it was named.",
            "why": "Why, in that person's words.",
            "decided_by": "Who follows it.",
            "decided_at": "Since when (UTC).",
            "withdrawn_at": "When it was given up (UTC); empty while it is followed.",
            "withdrawn_by": "Who gave it up.",
        },
    ),
    "followed_works": (
        "Works that people follow by name now.",
        {
            "work_id": _WORK,
            "why": "Why, in that person's words.",
            "decided_by": "Who follows it.",
            "decided_at": "Since when (UTC).",
        },
    ),
    "citation_polls": (
        "When each citation source answered about each followed work.",
        {
            "work_id": "The work, as it was asked for.",
            "source": "The source.",
            "first_answered": "When it first answered in full (UTC).",
            "last_answered": "When it last did (UTC).",
            "citing": "How many citing works it gave; empty if it gives none.",
            "cites": "How many references it gave; empty if it gives none.",
        },
    ),
    "cocited_works": (
        "The ranking behind `most_cocited`, made anew by every crawl.",
        {
            "work_id": _WORK,
            "together": "How many works cite it together with a trial of the topic.",
            "pairs": "How many pairs of such a work and such a trial there are.",
            "ranked_at": "When it was ranked (UTC).",
        },
    ),
    "most_cocited": (
        "Works most often cited beside the topic's trials that are no records here: missing trials are found among them.",
        {
            "work_id": "The best of its names.",
            "title": "Its title, or a reference to it as a citing record writes it.",
            "year": "Its year.",
            "venue": "Its journal.",
            "together": "How many works cite it together with a trial of the topic.",
            "pairs": "How many pairs of such a work and such a trial there are.",
            "examined": "When PubMed was asked for it, and it did not belong to the topic (UTC).",
            "ranked_at": "When it was ranked (UTC).",
        },
    ),
    "topic_trials": (
        "Trials of the watched drugs and indications that report results: no registrations, protocols or secondary analyses.",
        {"id": "The record."},
    ),
}
