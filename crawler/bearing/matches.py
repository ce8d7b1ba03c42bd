"""A match: what bears on a claim, why, and how urgently a person should look."""

from __future__ import annotations

from dataclasses import dataclass, field

URGENT = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Match:
    """`kind`, `rule`, `priority`: see `store/tables/article_watch.py`. `rank` orders what bears on one claim.

    `state`: a hash of what of the record is material.
    """

    claim_id: int
    record_id: str
    kind: str
    rule: str
    reason: str
    priority: str
    state: str
    rank: float = 0
    facets: dict[str, list[str]] = field(default_factory=dict)
    study: str | None = None
    notice: str = ""

    @property
    def key(self) -> tuple[int, str, str, str]:
        return (self.claim_id, self.kind, self.record_id, self.notice)

    @property
    def order(self) -> tuple[int, float, str]:
        """Sorts the most urgent first."""
        return (-URGENT.index(self.priority), -self.rank, self.record_id)
