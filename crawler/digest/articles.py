"""Sentences of watched articles that something new bears on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlite_utils import Database

from crawler.digest.scope import Scope
from crawler.digest.works import item, read_works
from store.article_news import news
from store.digests import DigestItem
from store.exports.text import clean

_QUOTED = 160  # characters of a sentence


def sentences(db: Database, scope: Scope) -> Iterator[DigestItem]:
    """What was found in this time for the sentences of watched articles, of high or medium priority and not settled."""
    for found in news(db, scope.seen_from, scope.seen_to):
        sentence = clean(found["sentence"])
        quoted = sentence if len(sentence) <= _QUOTED else f"{sentence[:_QUOTED].rsplit(' ', 1)[0]} …"
        again = "; the record changed since you judged it" if found["reopened"] else ""
        reason = f"it may bear on “{quoted}” in {found['article'] or found['article_id']}{again}"
        more = {"line": clean(found["reason"]), "reason": reason, "match_id": str(found["match_id"])}
        for work in read_works(db, [found["record_id"]]):  # none if its source withdrew it since
            told = item(work, scope, "article-watch", "Articles you watch", **more)
            yield replace(told, badges=tuple(dict.fromkeys((f"{found['priority']} priority", *told.badges))))
