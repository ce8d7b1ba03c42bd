"""What regulators decided, guidelines, and news."""

from __future__ import annotations

from collections.abc import Iterator

from sqlite_utils import Database

from crawler.digest.scope import Scope
from crawler.digest.words import line
from crawler.digest.works import Row, appeared_works, is_wanted, item
from datasette_config import labels
from store.digests import DigestItem

_ORDER = ("regulatory", "article", "preprint", "news")  # guidelines are articles


def news(db: Database, scope: Scope) -> Iterator[DigestItem]:
    """New decisions, labels, guidelines and news of the audience's drugs; of its indications where any is named."""
    found = [work for work in appeared_works(db, scope) if _is_news(work) and _concerns(work, scope)]
    for work in sorted(found, key=lambda one: (_ORDER.index(one["kind"]), one["appeared"], one["id"])):
        yield item(work, scope, "news", "Regulators, guidelines and news", line=_line(work))


def _is_news(work: Row) -> bool:
    return work["kind"] in ("regulatory", "news") or "guideline" in work["designs"]


def _concerns(work: Row, scope: Scope) -> bool:
    if "guideline" in work["designs"]:
        return is_wanted(work, scope, any_design=True)
    named = {*work["indications"]} - {"none", "other"}
    return bool(scope.drugs & {*work["drugs"]}) and (not named or not named.isdisjoint(scope.indications))


def _line(work: Row) -> str:
    if work["kind"] not in ("regulatory", "news"):
        return line(work)
    source = labels.source(work["source"]) if work["kind"] == "regulatory" else work["venue"] or "News"
    return "; ".join(part for part in (source, ", ".join(work["drugs"]), work["appeared"]) if part)
