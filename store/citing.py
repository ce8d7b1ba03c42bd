"""What citation sources say, on its way from an answer to a row.

A work is named by a record id, whether or not that record is here: "pubmed:23982301", "doi:10.1176/appi.ajp.2013.13030392",
"pmcid:PMC3992936", or, where a source gives no common identifier, by its own: "openalex:W2107328434", "s2:649def34…".
Names of one work are brought together by `store.work_names`.
"""

from __future__ import annotations

from dataclasses import dataclass

from store.records import Record


@dataclass(slots=True, frozen=True)
class Work:
    """A work that a citation source is asked about. `names`: every name that we know of it, as above.

    `asked_before`: whether this source has answered about it; what comes with a first answer is no news.
    """

    id: str
    names: tuple[str, ...] = ()
    asked_before: bool = False

    def get(self, scheme: str) -> str | None:
        """The work's first identifier of a scheme ("pubmed", "doi", "openalex"), without the scheme; None if unknown."""
        found = (name.partition(":") for name in (self.id, *self.names))
        return next((value for prefix, _, value in found if prefix == scheme), None)


@dataclass(slots=True, frozen=True)
class Edge:
    """`citing` cites `cited`, says `source`. Both are names of works.

    `backfill`: it came with the first answer about a watched work, or from a file: it may be years old.
    """

    citing: str
    cited: str
    source: str
    backfill: bool = True


@dataclass(slots=True, frozen=True)
class Count:
    """How often a work is cited by a source's own count; `detail`: what else it counts (name -> number or text)."""

    work: str
    source: str
    cited_by: int
    detail: tuple[tuple[str, object], ...] = ()


@dataclass(slots=True, frozen=True)
class BareWork:
    """A work that is no record here, as a source describes it. `names`: its names, `id` among them.

    `examined`: PubMed was asked for it, and it has none of the topic's drugs, or PubMed has no such record.
    """

    id: str
    source: str
    names: tuple[str, ...] = ()
    title: str | None = None
    authors: tuple[str, ...] = ()
    year: int | None = None
    venue: str | None = None
    examined: bool = False


@dataclass(slots=True, frozen=True)
class Answered:
    """Yielded after all that a source said of one watched work: it need not be asked again for a while.

    `citing` and `cites` (its references) are how many of each it gave, None if it was not asked for them.
    """

    work: str
    source: str
    citing: int | None = None
    cites: int | None = None


@dataclass(slots=True)
class Candidate:
    """A record that was fetched because a watched work is cited by it, or named by a person: its tags decide
    whether it belongs to the topic and is kept as a record, or stays a bare work.
    """

    record: Record

    @property
    def id(self) -> str:
        return self.record.id
