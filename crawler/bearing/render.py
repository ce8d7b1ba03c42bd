"""The report of an article as text, Markdown or a page of HTML that stands alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader

from store.exports.text import clean
from store.verdicts import VERDICTS

Row = dict[str, Any]

#: matches that a report tells of one sentence; all of them are on the claim's own report and in JSON
SHOWN = 5
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|&~])")


def as_text(report: Row, *, everything: bool = False) -> str:
    """For a terminal; no control character of the article or a record gets through."""
    lines = [*map(clean, _head(report)), ""]
    for section, claims in _sections(report):
        lines += [clean(section).upper(), ""]
        for claim in claims:
            lines += [
                clean(f"[{claim['priority']}] claim {claim['id']}, {claim['kind']}: {claim['sentence']}")
            ]
            lines += [f"    {clean(line)}" for line in _claim_lines(claim, everything)]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def as_markdown(report: Row, *, everything: bool = False) -> str:
    """For a document; what article and records say is escaped, so that none of it becomes markup."""
    title, *facts = _head(report)
    lines = [f"# {_plain(title)}", "", *(f"{_plain(fact)}  " for fact in facts), ""]
    for section, claims in _sections(report):
        lines += [f"## {_plain(section)}", ""]
        for claim in claims:
            lines += [
                f"**{claim['priority']}**, claim {claim['id']}, {claim['kind']}: {_plain(claim['sentence'])}",
                "",
            ]
            lines += [f"- {_plain(line)}" for line in _claim_lines(claim, everything)]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def as_html(report: Row) -> str:
    """One page with its own style and no script; everything is escaped."""
    sections = [(section, list(claims)) for section, claims in _sections(report)]
    head = [clean(line) for line in _head(report)]
    return (
        _environment()
        .get_template("report.html")
        .render(report=report, sections=sections, head=head, shown=SHOWN, verdict_words=VERDICTS)
    )


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader("crawler.bearing", "templates"), autoescape=True)


def _head(report: Row) -> list[str]:
    counts = ", ".join(f"{count} {priority}" for priority, count in report["counts"].items())
    total = sum(report["counts"].values())
    return [
        report["title"] or report["name"] or report["id"],
        f"Version {report['version']} of {(report['version_added_at'] or '')[:10]}; {total} claims: {counts}",
        f"{report['uncited']} claims cite nothing; {report['unresolved']} cited works are not resolved",
        f"Evidence searched to {report['searched_to'] or 'no day: not every source has been read to its end'}",
    ]


def _sections(report: Row) -> Iterator[tuple[str, Iterable[Row]]]:
    for (_, section), claims in groupby(
        report["claims"], key=lambda claim: (claim["section_position"], claim["section"])
    ):
        yield section or "Before the first heading", claims


def _claim_lines(claim: Row, everything: bool) -> Iterator[str]:
    if claim["rule"]:
        yield f"{claim['priority']} by the rule {claim['rule']}"
    for work in claim["works"]:
        resolved = (
            f"{work['record_id']}: {work['title']}" if work["record_id"] else f"unresolved: {work['reason']}"
        )
        yield f"cites {work['text']}: {resolved}"
    if claim["uncited"]:
        yield "cites nothing (uncited)"
    bearing = [one for one in claim["bearing"] if not one["ended_at"] or one["verdict"]]
    shown = bearing if everything else bearing[:SHOWN]
    for one in shown:
        yield match_line(one)
    if rest := len(bearing) - len(shown) + claim["more"]:
        yield f"{rest} more"


def match_line(one: Row) -> str:
    """A match in one line: number, priority, kind, reason, record, and the verdict if there is one."""
    verdict = ""
    if one["verdict"]:
        note = f": {one['note']}" if one["note"] else ""
        verdict = f"; verdict {one['verdict_id']} by {one['decided_by']}, {one['decided_at'][:10]}: {one['verdict']}{note}"
        verdict += "; OPEN AGAIN, the record has changed since" if one["reopened"] else ""
        verdict += "; no longer found by the rules" if one["ended_at"] else ""
    return f"match {one['id']}, {one['priority']}, {one['kind']}: {one['reason']}; “{one['title']}” ({one['record_id']}){verdict}"


def _plain(text: str) -> str:
    """Text as Markdown that shows just it, in one line."""
    return _MARKUP.sub(r"\\\1", clean(text))
