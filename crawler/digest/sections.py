"""The sections of an issue, in the order in which readers get them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby

from sqlite_utils import Database

from crawler.digest import news, notices, trials, works
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
)
#: lines of one section that stand in the mail; its list on the site has all
CAP = 10


def gather(db: Database, scope: Scope) -> list[DigestItem]:
    """All lines of an issue. Of each section the first `CAP` are shown."""
    return [
        replace(item, shown=place < CAP, position=0)
        for section in SECTIONS
        for _, items in groupby(section(db, scope), key=lambda item: item.section)
        for place, item in enumerate(items)
    ]
