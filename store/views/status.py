"""Quiet or broken: what each source usually brings, learnt from its own visits, and whether it is stale.

Only visits that continue where the last one ended are compared (those with a `window`); with fewer than `ENOUGH` of them
what is usual is unknown.
"""

from __future__ import annotations

ENOUGH = 5
RECENT = 30  # visits that what is usual is learnt from
MISSED = 3  # so many times the usual days between two visits without one
UNKNOWN_DAYS = 8  # without history: a weekly visit that is a day late
QUIET = 4  # so many times the usual days without anything new
LEAST_QUIET_DAYS = 14  # nobody is called for less


def _median(value: str, rows: str) -> str:
    """SQL: source -> the median of `value` over `rows`, and how many there are."""
    return f"""SELECT source, avg(value) AS median, max(many) AS many FROM (
    SELECT source, {value} AS value, row_number() OVER (PARTITION BY source ORDER BY {value}) AS place,
        count(*) OVER (PARTITION BY source) AS many FROM {rows} WHERE {value} IS NOT NULL)
    WHERE place IN ((many + 1) / 2, (many + 2) / 2) GROUP BY source"""


VIEWS: dict[str, str] = {
    "source_status": f"""
WITH good AS (
    SELECT source, id, julianday(finished) AS day, fetched, new, window,
        julianday(finished) - lag(julianday(finished)) OVER (PARTITION BY source ORDER BY id) AS since_last,
        row_number() OVER (PARTITION BY source ORDER BY id DESC) AS back
    FROM crawls WHERE command = 'crawl' AND outcome IN ('ok', 'nothing_new')),
latest AS (
    SELECT source, max(day) AS day, max(CASE WHEN back = 1 THEN fetched END) AS fetched,
        max(CASE WHEN back = 1 THEN window END) AS window, max(CASE WHEN new > 0 THEN day END) AS new_day, min(day) AS first_day
    FROM good GROUP BY source),
brought AS (
    SELECT source, day - lag(day) OVER (PARTITION BY source ORDER BY id) AS quiet FROM good WHERE new > 0 AND back <= 1000),
usual_pace AS ({_median("since_last", f"(SELECT * FROM good WHERE back <= {RECENT})")}),
usual_volume AS ({_median("fetched", f"(SELECT * FROM good WHERE window IS NOT NULL AND back BETWEEN 2 AND {RECENT})")}),
usual_quiet AS ({_median("quiet", "brought")}),
known AS (
    SELECT health.*, (SELECT crawls.window FROM crawls WHERE crawls.source = health.source AND crawls.finished = health.last_run
            AND crawls.command = 'crawl' ORDER BY crawls.id DESC LIMIT 1) AS asked_window,
        julianday('now') - latest.day AS idle, julianday('now') - coalesce(latest.new_day, latest.first_day) AS quiet,
        latest.fetched AS good_fetched, latest.window AS good_window,
        CASE WHEN usual_pace.many >= {ENOUGH} THEN usual_pace.median END AS pace,
        CASE WHEN usual_volume.many >= {ENOUGH} THEN usual_volume.median END AS volume,
        CASE WHEN usual_quiet.many >= {ENOUGH} THEN usual_quiet.median END AS usually_quiet
    FROM source_health AS health
    LEFT JOIN latest USING (source) LEFT JOIN usual_pace USING (source)
    LEFT JOIN usual_volume USING (source) LEFT JOIN usual_quiet USING (source)),
judged AS (
    SELECT *, CAST(volume / 4 AS INTEGER) AS usual_least, CAST(volume * 4 + 10 AS INTEGER) AS usual_most,
        CASE
            WHEN last_success IS NULL THEN 'has never been read to the end; last: ' || outcome
            WHEN idle > max(coalesce({MISSED} * pace, {UNKNOWN_DAYS}), 1.5)
                THEN printf('not read to the end for %d days; usually every %s', idle,
                    CASE WHEN pace IS NULL THEN '? (too little history)' WHEN pace < 1.5 THEN 'day' ELSE printf('%.0f days', pace) END)
            WHEN good_window IS NOT NULL AND good_fetched < CAST(volume / 4 AS INTEGER)
                THEN printf('brought %d records; usually %.0f', good_fetched, volume)
            WHEN quiet > max({QUIET} * usually_quiet, {LEAST_QUIET_DAYS})
                THEN printf('nothing new for %d days; usually something every %.0f', quiet, max(usually_quiet, 1))
        END AS why
    FROM known)
SELECT source, why IS NOT NULL AS stale, why, outcome, error, last_run, last_success, searched_to, newest_record, records,
    coalesce(asked_window, 'everything') AS asked, reported, fetched, new, changed, unchanged, rejected,
    round(pace, 1) AS usual_days, usual_least, usual_most, CAST(quiet AS INTEGER) AS quiet_days,
    round(usually_quiet, 1) AS usual_quiet_days
FROM judged""",
}
