"""The sections of an issue, in the order in which readers get them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from sqlite_utils import Database

from crawler.digest import articles, news, notices, trials, works
from crawler.digest.scope import Scope
from store.digests import DigestItem

Section = Callable[[Database, Scope], Iterator[DigestItem]]

SECTIONS: tuple[Section, ...] = (
    notices.notices,
    notices.retracted_elsewhere,
    works.new_works,
    trials.registered,
    trials.completed,
    trials.results,
    trials.overdue,
    news.news,
    articles.sentences,
)
#: lines of one section that stand in the mail, the fewer the larger it gets; its list on the site has all
CAPS = (10, 7, 5, 3, 2, 1)


def gather(db: Database, scope: Scope) -> list[DigestItem]:
    """All lines of an issue."""
    return [item for section in SECTIONS for item in section(db, scope)]


def shown(items: Iterable[DigestItem], cap: int) -> list[DigestItem]:
    """The lines, of each section the first `cap` as those that the mail has."""
    return [
        replace(item, shown=place < cap)
        for _, section in groupby(items, key=lambda item: item.section)
        for place, item in enumerate(section)
    ]
