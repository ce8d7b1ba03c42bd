"""From pairs to groups of records of one work, and which record of a group is shown.

Of all pairs the surest are joined first. A pair whose joining would bring two PMIDs, or two records of a service that
has one for a work, into one group is left apart and kept for review. What people decided comes before all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crawler.merging.pairs import ONE_RECORD_EACH, Verdict
from crawler.merging.works import Work

Pair = tuple[str, str]

#: the better source first; it leads. A registration's own registry leads, and there is one record of that
SOURCE_RANK = ("pubmed", "clinicaltrials", "isrctn", "europepmc", "crossref", "medrxiv", "openfda")
_STRENGTH = ("registry alias", "pmid", "registry number", "pmcid", "doi", "pii", "title")


def rank(work: Work) -> tuple[bool, int, bool, int, str]:
    """Sorts records of one work: the one to show first.

    What its source deleted never leads while another stands, nor does a number that its registry gave up for another.
    """
    place = SOURCE_RANK.index(work.source) if work.source in SOURCE_RANK else len(SOURCE_RANK)
    return (work.deleted, place, not work.aliases, -work.version, work.id)


class Groups:
    """The works of one neighbourhood, joined pair by pair."""

    def __init__(self, works: Mapping[str, Work], apart: Iterable[Pair] = ()):
        self.works = works
        self._apart = {frozenset(pair) for pair in apart}
        self._group: dict[str, set[str]] = {record_id: {record_id} for record_id in works}
        self.joined: dict[str, dict[str, Verdict]] = {record_id: {} for record_id in works}

    def join(self, pair: Pair, verdict: Verdict) -> None:
        """Make one group of the two that hold `pair`."""
        one, other = pair
        self.joined[one][other] = self.joined[other][one] = verdict
        mine, yours = self._group[one], self._group[other]
        if mine is not yours:
            mine |= yours
            for member in yours:
                self._group[member] = mine

    def objection(self, pair: Pair, verdict: Verdict) -> str | None:
        """Why the groups of `pair` must not become one; None if they may."""
        mine, yours = (self._group[one] for one in pair)
        if mine is yours:
            return None
        for one in mine:
            for other in yours:
                if frozenset((one, other)) in self._apart:
                    return f"a person keeps {one} and {other} apart"
        here, there = ({pmid for one in group for pmid in self._pmids(one)} for group in (mine, yours))
        if here and there and not here & there:
            return "different pmid, by way of another record"
        kinds = [{self.works[one].kind for one in group} & {"article", "preprint"} for group in (mine, yours)]
        if all(kinds) and kinds[0] != kinds[1] and verdict.method != "pmid":
            return "a preprint is not its article"
        alone = [{self.works[one].source for one in group} & ONE_RECORD_EACH for group in (mine, yours)]
        if both := alone[0] & alone[1]:
            return f"{min(both)} has both, by way of another record"
        return None

    def _pmids(self, record_id: str) -> frozenset[str]:
        return self.works[record_id].ids.get("pmid", frozenset())

    def are_one(self, pair: Pair) -> bool:
        """Whether both of `pair` are in one group."""
        return pair[1] in self._group.get(pair[0], ())

    def groups(self) -> list[list[Work]]:
        """The groups, in each the record to show first; records alone too."""
        distinct = {id(group): group for group in self._group.values()}.values()
        return [sorted((self.works[one] for one in group), key=rank) for group in distinct]

    def reason(self, record_id: str, leader: str) -> Verdict:
        """Why `record_id` stands in the group that `leader` leads: the surest of its verdicts, if equal that with it."""
        own = self.joined[record_id]
        nearest = min(own, key=lambda other: (strength(own[other]), other != leader, rank(self.works[other])))
        verdict = own[nearest]
        evidence = verdict.evidence if nearest == leader else f"{verdict.evidence}, by way of {nearest}"
        return Verdict(True, verdict.method, evidence, verdict.confidence)


def strength(verdict: Verdict) -> tuple[int, float, float]:
    """Sorts verdicts, the surest first; a person's comes before all."""
    place = _STRENGTH.index(verdict.method) if verdict.method in _STRENGTH else -1
    return (place, -verdict.confidence, -verdict.likeness)


def form(
    works: Mapping[str, Work],
    verdicts: Mapping[Pair, Verdict],
    together: Iterable[Pair],
    apart: Iterable[Pair],
) -> tuple[Groups, dict[Pair, Verdict]]:
    """Groups of the works, and the pairs left for review. `together` and `apart` are what people decided."""
    groups = Groups(works, apart)
    decided = {frozenset(pair) for pair in (*groups._apart, *together)}
    for pair in sorted(together):
        groups.join(pair, Verdict(True, "person", "a person's decision", 1.0))
    review: dict[Pair, Verdict] = {}

    def order(pair: Pair) -> tuple[object, ...]:
        return (strength(verdicts[pair]), sorted(rank(works[one]) for one in pair if one in works), pair)

    for pair in sorted(verdicts, key=order):
        verdict = verdicts[pair]
        if frozenset(pair) in decided:
            continue
        doubt = verdict.doubt or groups.objection(pair, verdict)
        if doubt is None:
            groups.join(pair, verdict)
        else:
            review[pair] = Verdict(
                False, verdict.method, verdict.evidence, verdict.confidence, doubt, verdict.likeness
            )
    return groups, {pair: verdict for pair, verdict in review.items() if not groups.are_one(pair)}
