"""Building an issue: once for an audience and a window, in one transaction."""

from __future__ import annotations

from sqlite_utils import Database

from crawler.digest.audience import Audience
from crawler.digest.periods import period_before
from crawler.digest.reached import reached
from crawler.digest.render import DEFAULT_SITE, render
from crawler.digest.scope import scope_of
from crawler.digest.sections import CAPS, gather, shown
from store.digests import Issue, find_issue, store_issue
from store.errors import ConfigError

#: bytes of HTML; Gmail cuts a mail at 102 kB, and each reader's own addresses come on top
LARGEST = 95_000

_LAST = "SELECT max(until) AS until FROM digest_issues WHERE audience_key = ? AND until < ?"
_TAKEN = "SELECT 1 FROM digest_issues WHERE id = ?"


def build(
    db: Database, audience: Audience, since: str | None, until: str, now: str, *, site: str = DEFAULT_SITE
) -> Issue:
    """The issue of an audience and a window, stored; if it was built before, as it was built then.

    `since`: ISO day, included, None for that of `window_since`; `until`: ISO day, not included; `now`: ISO-8601 time,
    UTC; `site`: address of the site, without a slash at its end. Of a time instead of a day its day counts. All in one
    transaction, which waits for other writers.
    """
    begun, until = _days(db, audience, since, until)
    if stored := find_issue(db, audience.key, begun, until):
        return stored
    with db.atomic():
        # the write lock is taken before anything is read, so that two who build at once build one issue
        db.execute("UPDATE digest_issues SET id = id WHERE 0")
        return find_issue(db, audience.key, begun, until) or store_issue(
            db, draft(db, audience, begun, until, now, site=site)
        )


def draft(
    db: Database, audience: Audience, since: str | None, until: str, now: str, *, site: str = DEFAULT_SITE
) -> Issue:
    """The same issue without storing it: what `build` would make."""
    begun, until = _days(db, audience, since, until)
    scope = scope_of(db, audience, begun, until, now)
    missing, notes = reached(db, scope, now)
    issue = Issue(
        _free_id(db, audience, begun, until), audience.to_dict(), begun, until, now, "", "", "", "",
        gather(db, scope), notes, audience.key,
    )  # fmt: skip
    for cap in CAPS:
        issue.items = shown(issue.items, cap)
        told = render(issue, audience, site, missing)
        if len(told.html.encode()) < LARGEST:
            break
    return told


def _days(db: Database, audience: Audience, since: str | None, until: str) -> tuple[str, str]:
    last = until[:10]
    begun = (since or window_since(db, audience, last))[:10]
    if begun >= last:
        raise ConfigError(f"a window from {begun} to {last} has no day")
    return begun, last


def window_since(db: Database, audience: Audience, until: str) -> str:
    """Where the window up to `until` begins: where the former issue's ended, else a period earlier."""
    for row in db.query(_LAST, [audience.key, until]):
        if row["until"]:
            return str(row["until"])
    return period_before(audience.frequency, until)


def _free_id(db: Database, audience: Audience, since: str, until: str) -> str:
    plain = f"{until}.{audience.key}"
    # another window that ends on the same day has the plain one
    return f"{until}.since-{since}.{audience.key}" if db.execute(_TAKEN, [plain]).fetchone() else plain
