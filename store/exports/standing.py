"""What became of a work, in words that stand inside its entry, whatever the format."""

from __future__ import annotations

import re

from store.exports.text import clean
from store.exports.works import Work, WorkNotice

_STANDINGS = {
    "partly-retracted": "Partly retracted",
    "concern": "Expression of concern",
    "superseded": "Newer version exists",
}
#: what a notice does to the work it is about, and what a record is that gives it
_SAYS = {
    "retraction": ("Retracted", "Retraction notice for"),
    "partial-retraction": ("Partly retracted", "Notice of partial retraction of"),
    "withdrawal": ("Withdrawn", "Notice of withdrawal of"),
    "expression-of-concern": ("Expression of concern", "Expression of concern about"),
    "correction": ("Corrected", "Correction of"),
    "republication": ("Corrected and republished", "Corrected republication of"),
    "update": ("Newer version", "Newer version of"),
    "reinstatement": ("Reinstated", "Notice of reinstatement of"),
}
#: said before the title in feeds
_ALARMING = ("retracted", "withdrawn", "partly-retracted", "concern", "deleted")


def headline(work: Work) -> str | None:
    """ "Retracted", "Expression of concern" … of a work that must not be read without it; None of others."""
    for value in (work.status, work.standing):
        if value == "deleted" or (value in _ALARMING and work.kind != "registration"):
            return _words(value)
    return None


def statements(work: Work) -> list[str]:
    """What notices and registry say of the work, a sentence each, the gravest first."""
    notices = [_about(notice) for notice in work.notices if notice.kind in _SAYS]
    said = ["Deleted by its source."] if work.status == "deleted" else []
    if work.kind == "registration" and clean(work.status):
        said.append(f"Status in the registry: {clean(work.status).replace('_', ' ').lower()}.")
    elif work.kind != "registration" and work.standing:
        standing = _words(work.standing)
        # a notice of that kind says it with its source
        said += [] if any(re.match(rf"{re.escape(standing)}\b", one) for one in notices) else [f"{standing}."]
    said += notices
    said += [_given(notice) for notice in work.notice_of if notice.kind in _SAYS]
    return list(dict.fromkeys(said))


def _words(value: str) -> str:
    return _STANDINGS.get(value) or value.replace("-", " ").capitalize()


def _about(notice: WorkNotice) -> str:
    what = "Published as an article" if _became_article(notice) else _SAYS[notice.kind][0]
    where = ", ".join(filter(None, (clean(notice.citation or notice.title_by), clean(notice.by))))
    parts = [f"{what}: {where}" if where else what, clean(notice.date)]
    return f"{', '.join(filter(None, parts))} (stated by {', '.join(map(clean, notice.sources))})."


def _given(notice: WorkNotice) -> str:
    what = "Published version of the preprint" if _became_article(notice) else _SAYS[notice.kind][1]
    return f"{what}: {', '.join(filter(None, (clean(notice.title_on), clean(notice.on))))}."


def _became_article(notice: WorkNotice) -> bool:
    return notice.kind == "update" and notice.on_preprint
