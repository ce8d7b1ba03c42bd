"""What happened: crawls, rejects, revisions, watermarks."""

from __future__ import annotations

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "crawls": (
        "Every visit to a source: what was asked, what it said it had, what came, and how it ended.",
        {
            "id": "Row number.",
            "source": "The source.",
            "command": "crawl (the service was asked), load (saved answers were read) or backfill (a file of all of PubMed was).",
            "query": "The queries as sent, one a line; of a load the file's name; of a backfill also its MD5 and the topic.",
            "window": "From when on changes were asked for; empty for everything.",
            "started": "Start (UTC).",
            "finished": "End (UTC); empty if the run was killed.",
            "reported": "How many records the source said it had for these queries.",
            "fetched": "How many came, rejects included.",
            "new": "Records not known before.",
            "changed": "Known records whose content changed.",
            "unchanged": "Known records as they were.",
            "rejected": "Records that could not be read; they are kept in `rejects`.",
            "outcome": "ok, nothing_new, paused, or: unreachable, rate_limited, service_error, bad_answer, shortfall, store_error, crashed, interrupted.",
            "error": "What went wrong, in words.",
            "versions": "Versions of the software and rules that ran (JSON object).",
        },
    ),
    "readings": (
        "From which bytes each record was read: bytes that come again are not read again. Of PubMed's XML only.",
        {
            "record_id": "The record.",
            "reading": "The bytes' BLAKE2b digest.",
            "software": "The version of the software that read them: another reads them anew.",
            "content_hash": "The digest of what it read; the record's own while that is what the database holds.",
        },
    ),
    "rejects": (
        "Records that could not be read, kept so that nothing is dropped silently.",
        {
            "id": "Row number.",
            "source": "The source.",
            "native_id": "The source's own id, where it could be read.",
            "reason": "Why, in one short phrase.",
            "detail": "More about it.",
            "payload": "How the record begins (2,000 characters at most).",
            "crawl_id": "The crawl that last met it.",
            "first_seen": "When it was first met (UTC).",
            "last_seen": "When it was last met (UTC).",
        },
    ),
    "revisions": (
        "What changed in a record, field by field.",
        {
            "id": "Row number.",
            "record_id": "The record.",
            "changed": "When the change was seen (UTC).",
            "crawl_id": "The crawl that brought it.",
            "field": "The column that changed.",
            "old": "What it was.",
            "new": "What it became.",
        },
    ),
    "watched": (
        "What this database's topic watches; views filter by it.",
        {"dimension": "drug or indication.", "value": "The value."},
    ),
    "watermarks": (
        "How far each source has been read. It moves only with the records that it covers.",
        {
            "source": "The source.",
            "stream": "The source's own cursor, such as `new` or `changed`.",
            "value": "Everything up to here has been read.",
            "crawl_id": "The crawl that moved it.",
        },
    ),
}
