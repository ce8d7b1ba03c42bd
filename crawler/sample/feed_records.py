"""What the sample's feeds of agencies and newsrooms hold: `feeds.toml`. Journals' feeds are made of its articles."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.sample import toml_values as v


@dataclass(slots=True, frozen=True, kw_only=True)
class FeedEntry:
    """One entry of the feed `feed` (a name of `[feeds]`). `summary` may hold HTML, as such feeds do."""

    feed: str
    guid: str
    link: str
    title: str
    published: str
    summary: str | None = None
    author: str | None = None
    categories: tuple[str, ...] = ()


FEED_ENTRY = v.table(
    FeedEntry,
    {
        "feed": v.shape(r"[a-z0-9-]+", "the name of a feed"),
        "guid": v.text,
        "link": v.text,
        "title": v.text,
        "published": v.day,
        "summary": v.shape(r"\S(?:[^\n]*\S)?", "one line"),
        "author": v.text,
        "categories": v.many(v.text),
    },
)
