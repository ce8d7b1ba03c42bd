"""The digest: `store/digests.py`."""

from __future__ import annotations

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "digest_issues": (
        "Issues of the digest, one for an audience and a window of days. An issue is never changed. No reader's address is here.",
        {
            "id": "The day on which its window ended, and its audience: `2026-11-23.weekly-ptsd-rct`.",
            "audience_key": "The audience in short.",
            "audience": "The audience (JSON object): indications, drugs, designs, min_size, frequency; an empty list is all that is watched.",
            "since": "The first day of its window.",
            "until": "The day after the last of its window.",
            "built_at": "When it was built (UTC).",
            "subject": "The subject of the mail.",
            "preheader": "What a mail program shows beside the subject.",
            "notes": "How far the sources had been read, and which had not been reached (JSON array of sentences).",
            "html": "The mail as HTML; addresses ending in `.invalid` stand for each reader's own.",
            "text": "The mail as text.",
        },
    ),
    "digest_items": (
        "What each issue of the digest told, in order.",
        {
            "issue_id": "The issue.",
            "position": "Order in the issue, from 0.",
            "section": "Which section: notices, article-watch, new-ptsd, registered, completed, results, overdue, news …",
            "heading": "The section's heading.",
            "state": "new, or updated: its study, or the work itself, was told to this audience before.",
            "shown": "1 if it stands in the mail, 0 if it is among the `N more` that the section's list has.",
            "record_id": "The record told of, if it is here.",
            "study_id": "The study that it belongs to.",
            "notice_id": "Row number in `work_notices`, of a notice.",
            "match_id": "Of a watched article: what it matches there.",
            "title": "The title, as it was.",
            "line": "What, in whom, how many, against what: in words made of tags alone.",
            "badges": "Short marks (JSON array): RCT, preprint, retracted …",
            "ids": "Identifiers with their addresses (JSON array of [words, address]).",
            "link": "Path on the site.",
            "reason": "Why the reader got it.",
        },
    ),
}
