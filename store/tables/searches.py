"""The view of `store/views/searches.py`."""

from __future__ import annotations

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "search_log": (
        "Every finished search of every source, as it was sent: for a methods section. `ketamine-watch searchlog` writes it by PRISMA-S.",
        {
            "id": "The visit's number, as in `crawls`.",
            "source": "The source.",
            "searched": "When the search began (UTC).",
            "finished": "When it ended (UTC).",
            "window": "From when on records were asked for; `everything` without a limit.",
            "query": "The query as sent, and what the source said of it.",
            "reported": "How many records the source said it had; empty if it says nothing.",
            "fetched": "How many came.",
            "new": "Records not known before.",
            "changed": "Known records that changed.",
            "unchanged": "Known records as they were.",
            "rejected": "Records that could not be read.",
            "outcome": "ok, nothing_new, or the name of what failed.",
            "good": "1 if the source was read to the end.",
            "error": "What went wrong, in words.",
            "versions": "What searched: program, rules and libraries (JSON object).",
        },
    ),
}
