"""JSON Feed 1.1 (www.jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from typing import Any

from store.exports import feeds
from store.exports.feeds import Feed
from store.exports.text import appeared, updated
from store.exports.works import Work

TAIL = "\n]}\n"


def head(feed: Feed) -> str:
    """The feed up to its first item."""
    known = {"home_page_url": feed.page, "feed_url": feed.address}
    told = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        **{name: value for name, value in known.items() if value},
    }
    return json.dumps(told, ensure_ascii=False).removesuffix("}") + ', "items": [\n'


def entry(work: Work, feed: Feed) -> str:
    """One item."""
    return json.dumps(item(work, feed), ensure_ascii=False)


def item(work: Work, feed: Feed) -> dict[str, Any]:
    """One item by the format's names; what is unknown is left out."""
    page, elsewhere = feed.link(work), feeds.elsewhere(work)
    known = {
        "url": page,
        "external_url": elsewhere if elsewhere != page else None,
        "title": feeds.title(work),
        "content_text": feeds.summary(work) or feeds.title(work),
        "date_published": appeared(work),
        "date_modified": updated(work),
        "authors": [{"name": name} for name in feeds.makers(work)],
        "tags": feeds.topics(work),
    }
    return {"id": feeds.entry_id(work)} | {name: value for name, value in known.items() if value}
