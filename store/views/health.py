"""How the sources are."""

from __future__ import annotations

VIEWS: dict[str, str] = {
    "source_health": """
WITH latest AS (SELECT source, max(id) AS id FROM crawls WHERE outcome IS NOT NULL AND command = 'crawl' GROUP BY source),
     good AS (SELECT source, max(finished) AS finished, max(started) AS started
              FROM crawls WHERE outcome IN ('ok', 'nothing_new') AND command = 'crawl' GROUP BY source),
     newest AS (SELECT source, count(*) AS records, max(entered) AS entered FROM records GROUP BY source),
     refused AS (SELECT source, count(*) AS rejects FROM rejects GROUP BY source)
SELECT crawls.source, crawls.outcome, crawls.error, crawls.finished AS last_run, good.finished AS last_success,
    substr(good.started, 1, 10) AS searched_to,
    crawls.reported, crawls.fetched, crawls.new, crawls.changed, crawls.unchanged, crawls.rejected,
    newest.records, newest.entered AS newest_record, coalesce(refused.rejects, 0) AS rejects_kept
FROM latest JOIN crawls ON crawls.id = latest.id
LEFT JOIN good ON good.source = crawls.source
LEFT JOIN newest ON newest.source = crawls.source
LEFT JOIN refused ON refused.source = crawls.source""",
}
