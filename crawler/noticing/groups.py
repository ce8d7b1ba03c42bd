"""Statements on one work, brought together: one row a kind and notice, with its sources and where they disagree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from crawler.noticing.statements import Statement

#: what a reader must know first; of several the first gives the work's standing
STANDING = {
    "retraction": "retracted",
    "withdrawal": "withdrawn",
    "partial-retraction": "partly-retracted",
    "expression-of-concern": "concern",
    "update": "superseded",
    "republication": "corrected",
    "correction": "corrected",
}
#: kinds that every service that has the work should state: silence is worth a word
GRAVE = ("retraction", "withdrawal", "partial-retraction", "expression-of-concern")
_DAYS_APART = 60


@dataclass(slots=True)
class Group:
    """A notice on a work, as all its sources tell it. `notice` is "" where none names it."""

    kind: str
    notice: str
    statements: list[Statement] = field(default_factory=list)
    disagreement: str | None = None

    @property
    def sources(self) -> list[str]:
        return sorted({one.source for one in self.statements})

    @property
    def date(self) -> str | None:
        """The earliest date stated."""
        return min((one.date for one in self.statements if one.date), default=None)

    @property
    def first_seen(self) -> str:
        return min(one.first_seen for one in self.statements)

    def first(self, name: str) -> str | None:
        """The first filled `citation` or `reason`, in order of source."""
        ordered = sorted(self.statements, key=lambda one: (one.source, one.record_id or ""))
        return next((value for one in ordered if (value := getattr(one, name))), None)


def bring_together(statements: Iterable[Statement], sources_here: Iterable[str]) -> list[Group]:
    """The groups of one work's statements. `sources_here`: the services that have a record of the work.

    A statement without a named notice joins the earliest named notice of its kind, if there is one. Kinds are never
    mixed: who says correction of what another calls a retraction is shown as disagreeing.
    """
    found: dict[tuple[str, str], Group] = {}
    for one in sorted(
        statements, key=lambda one: (one.kind, one.notice is None, one.notice or "", one.source)
    ):
        key = (one.kind, one.notice or "")
        found.setdefault(key, Group(*key)).statements.append(one)
    for kind in {kind for kind, notice in found if not notice}:
        named = [group for key, group in found.items() if key[0] == kind and key[1]]
        if named:
            first = min(named, key=lambda group: (group.date or "9999", group.notice))
            first.statements += found.pop((kind, "")).statements
    groups = list(found.values())
    for group in groups:
        said = [*_other_kinds(group, groups), *_dates(group), *_silence(group, sources_here)]
        group.disagreement = "; ".join(said) or None
    return sorted(groups, key=lambda group: (group.kind, group.notice))


def _other_kinds(group: Group, groups: Sequence[Group]) -> list[str]:
    """Sources that call the same notice something else; a retraction with republication is both."""
    return [
        f"{', '.join(other.sources)} calls it {other.kind}"
        for other in groups
        if other.notice and other.notice == group.notice and other.kind != group.kind
        and not set(other.sources) & set(group.sources)
    ]  # fmt: skip


def _dates(group: Group) -> list[str]:
    dates = {one.source: one.date for one in group.statements if one.date}
    apart = [
        f"dates differ: {dates[one]} ({one}), {dates[other]} ({other})"
        for one, other in combinations(sorted(dates), 2)
        if _months_apart(dates[one], dates[other]) > _DAYS_APART // 30
    ]
    return apart[:1]


def _months_apart(one: str | None, other: str | None) -> int:
    """Months between two ISO dates; 0 where one gives no month of the same year."""
    first, second = (one or "").split("-"), (other or "").split("-")
    years = abs(int(first[0]) - int(second[0]))
    if len(first) < 2 or len(second) < 2:
        return 12 * years if years > 1 else 0
    return abs(12 * (int(first[0]) - int(second[0])) + int(first[1]) - int(second[1]))


def _silence(group: Group, sources_here: Iterable[str]) -> list[str]:
    silent = sorted(set(sources_here) - set(group.sources)) if group.kind in GRAVE else []
    return [f"{', '.join(silent)} does not say so"] if silent else []


def standing_of(work: str, groups: Iterable[Group]) -> str | None:
    """What the notices make of a work: the gravest, where no later reinstatement takes a retraction back.

    `groups`: those that no person disputes. A work that was retracted and republished under its own number is
    corrected: what is there now is the new text.
    """
    groups = list(groups)
    kinds = {group.kind for group in groups}
    reinstated = max((group.date or "" for group in groups if group.kind == "reinstatement"), default=None)
    replaced = any(group.kind == "republication" and group.notice == work for group in groups)
    for kind, standing in STANDING.items():
        if kind not in kinds:
            continue
        if kind == "retraction" and (replaced or _taken_back(groups, reinstated)):
            continue
        return standing
    return None


def _taken_back(groups: Iterable[Group], reinstated: str | None) -> bool:
    """Whether a reinstatement follows the last retraction, as far as dates are stated."""
    if reinstated is None:
        return False
    last = max((group.date or "" for group in groups if group.kind == "retraction"), default="")
    return not reinstated or reinstated >= last
