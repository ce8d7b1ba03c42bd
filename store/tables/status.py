"""The view of `store/views/status.py`."""

from __future__ import annotations

from store.tables.views import TABLES as _VIEWS

_HEALTH = _VIEWS["source_health"][1]

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "source_status": (
        "Quiet or broken: each source beside what its own history lets expect. Stale ones say why.",
        {
            **{name: _HEALTH[name] for name in (
                "source", "outcome", "error", "last_run", "last_success", "searched_to", "newest_record", "records", "reported",
                "fetched", "new", "changed", "unchanged", "rejected")},
            "stale": "1 if a person should look: see `why`.",
            "why": "Why it is stale, in words; empty if it is not.",
            "asked": "From when on changes were asked for at the last visit.",
            "usual_days": "Days between two visits that read it to the end, usually (median); empty with too little history.",
            "usual_least": "Fewer records than this are unusual for a visit; empty with too little history.",
            "usual_most": "More records than this are unusual for a visit.",
            "quiet_days": "Days since a visit that brought something new.",
            "usual_quiet_days": "Days from one such visit to the next, usually (median).",
        },
    ),
}  # fmt: skip
