"""The search log: every finished search of every source, as it was sent."""

from __future__ import annotations

VIEWS: dict[str, str] = {
    "search_log": """
SELECT id, source, started AS searched, finished, coalesce(window, 'everything') AS window, query, reported, fetched, new,
    changed, unchanged, rejected, outcome, outcome IN ('ok', 'nothing_new') AS good, error, versions
FROM crawls WHERE command = 'crawl' AND finished IS NOT NULL""",
}
