"""An issue as a mail: HTML with its styles inlined, and a text that can be read alone."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby

import css_inline
import jinja2

from crawler.digest.audience import Audience
from crawler.digest.periods import days_before
from datasette_config import labels
from store.digests import PREFERENCES_URL, UNSUBSCRIBE_URL, DigestItem, Issue

DEFAULT_SITE = "http://127.0.0.1:8001"
_WIDTH = 78  # RFC 5322, 2.1.1
_SUBJECT = 100  # characters


@dataclass(frozen=True)
class Group:
    """One section as it is shown: its lines, and how many more its list has."""

    section: str
    heading: str
    items: list[DigestItem]
    more: int
    path: str


def render(issue: Issue, audience: Audience, site: str, missing: list[str]) -> Issue:
    """The issue with subject, preheader, HTML and text. `site`: without a slash at its end; `missing`: sources that
    were not reached.
    """
    told = replace(issue, subject=_subject(issue, audience, missing), preheader=_preheader(issue))
    values = {
        "issue": told, "audience": audience, "site": site, "groups": groups(told), "unsubscribe": UNSUBSCRIBE_URL,
        "preferences": PREFERENCES_URL, "page": f"{site}/-/digest/{told.id}", "grave": _GRAVE, "last": days_before(told.until, 1),
    }  # fmt: skip
    html = _inliner().inline(_templates().get_template("mail.html").render(values))
    text = _templates().get_template("mail.txt").render(values)
    return replace(told, html=html, text=text)


def groups(issue: Issue) -> list[Group]:
    """The issue's lines by section, in order."""
    found = []
    for section, items in groupby(issue.items, key=lambda item: item.section):
        own = list(items)
        shown = [item for item in own if item.shown]
        path = f"/-/digest/{issue.id}/{section}"
        found.append(Group(section, own[0].heading, shown, len(own) - len(shown), path))
    return found


_GRAVE = {
    labels.NOTICES[kind]
    for kind in ("retraction", "withdrawal", "partial-retraction", "expression-of-concern")
}


def _subject(issue: Issue, audience: Audience, missing: list[str]) -> str:
    """ "PTSD: 1 retracted or doubted, 4 new works, 6 other items (to 2026-11-22)"."""
    followed = ", ".join(labels.INDICATIONS.get(one, one) for one in audience.indications) or "Ketamine"
    new = sum(1 for item in issue.items if item.section.startswith("new-"))
    grave = sum(1 for item in issue.items if item.section == "notices" and _GRAVE & {*item.badges})
    other = len(issue.items) - new - grave
    said = [
        f"{grave} retracted or doubted" if grave else "",
        f"{new} new work{'s' * (new != 1)}" if new else "",
        f"{other} other item{'s' * (other != 1)}" if other else "",
    ]
    counted = ", ".join(part for part in said if part) or "nothing new"
    subject = f"{followed}: {counted}{f'; {missing[0]} not reached' if len(missing) == 1 else ''}"
    if len(missing) > 1:
        subject += f"; {len(missing)} sources not reached"
    return f"{textwrap.shorten(subject, _SUBJECT, placeholder=' …')} (to {days_before(issue.until, 1)})"


def _preheader(issue: Issue) -> str:
    """The first line, else that nothing is new."""
    if not issue.items:
        return f"Nothing new from {issue.since} to {days_before(issue.until, 1)}. {issue.notes[0]}"
    return textwrap.shorten(f"{issue.items[0].heading}: {issue.items[0].title}", 140, placeholder=" …")


@cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("crawler.digest"), autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters["wrapped"] = _wrapped
    return made


def _wrapped(text: str, indent: str = "", first: str | None = None) -> str:
    """Text in lines of a mail's width; whatever controls or line ends it has become blanks."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return textwrap.fill(
        plain, _WIDTH, initial_indent=indent if first is None else first, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


@cache
def _inliner() -> css_inline.CSSInliner:
    # what a mail program cannot do inline (media queries) stays in <style>; nothing is ever fetched
    return css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
