"""Which works a claim is held against at all: read once, sorted by kind of claim and by what their tags say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from crawler.bearing.absolute import may_be_countered
from crawler.bearing.claims import Claim
from crawler.bearing.evidence import Evidence, Library, Tags
from crawler.bearing.fits import fit
from crawler.bearing.weigh import REPORTS, designs_of, reports, weight_of

_REGULATORS = ("regulatory", "news")
Shelf = dict[Tags, list[Evidence]]


def is_near(claim: Claim, work: Evidence) -> bool:
    """Whether the claim is held against the work: a regulator's on regulation, else one on what the claim is on."""
    if claim.kind == "regulatory":
        return work.kind in _REGULATORS
    return bool(claim.values("indication") & work.values("indication"))


class Shelves:
    """The works that may bear on any of these claims; nothing is read before a claim asks. For one matching."""

    def __init__(self, library: Library, claims: Iterable[Claim]):
        self._library = library
        self._claims = [claim for claim in claims if claim.kind != "regulatory"]
        self._weighed: dict[str | None, Shelf] = {}

    def near(self, claim: Claim) -> Iterator[Evidence]:
        """The works that may bear on the claim, which is one of those given; and few more."""
        if claim.kind == "regulatory":
            yield from self._decisions
            return
        for works in self._of(None if may_be_countered(claim) else claim.kind).values():
            if is_near(claim, works[0]) and fit(claim, works[0]):
                yield from works

    @cached_property
    def _decisions(self) -> list[Evidence]:
        return self._library.of_kinds(_REGULATORS)

    @cached_property
    def _reports(self) -> list[Evidence]:
        tagged = {"indication": {one for claim in self._claims for one in claim.values("indication")}}
        designs = [None if may_be_countered(claim) else designs_of(claim.kind) for claim in self._claims]
        if None not in designs:
            tagged["design"] = {one for of_kind in designs for one in of_kind or ()}
        return [work for work in self._library.of_kinds(REPORTS, tagged) if reports(work)]

    def _of(self, kind: str | None) -> Shelf:
        """What says something to claims of the kind; None: all that reports findings."""
        if kind not in self._weighed:
            self._weighed[kind] = _shelf(
                work for work in self._reports if kind is None or weight_of(kind, work)
            )
        return self._weighed[kind]


def _shelf(works: Iterable[Evidence]) -> Shelf:
    shelf: Shelf = defaultdict(list)
    for work in works:
        shelf[work.tags].append(work)
    return shelf
