"""The plain things that travel from a source's answer to a row.

A parser turns bytes into `Record`s (or `Reject`s); pipelines pass them on; `store.save` writes them.
Every field holds what the source said. Unknown is None or an empty list, never a guess.

Dates are ISO-8601 text of the precision known: "2021-01-05", "2021-01" or "2021".

Authors, headings, references and tags come by the million and are not declared frozen, which would triple the cost of making
one; nothing changes one once it is made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["article", "preprint", "registration", "regulatory", "news"]
HeadingScheme = Literal["pubtype", "mesh", "substance", "mesh-condition", "mesh-intervention"]


@dataclass(slots=True, unsafe_hash=True)
class Author:
    """A person, or a group if `collective`. `name` is how it is shown: "Feder A" or "STAR*D Group"."""

    name: str
    family: str | None = None
    given: str | None = None
    initials: str | None = None
    orcid: str | None = None  # 0000-0002-1825-0097, no address before it
    affiliations: tuple[str, ...] = ()
    collective: bool = False


@dataclass(slots=True, unsafe_hash=True)
class Heading:
    """One controlled term of a record. Match on `ui` first: headings are renamed, UIs stay.

    `scheme`: "pubtype", "mesh", "substance" (chemical or supplementary concept: esketamine is here). A registry
    that says what a term stands for gives it a second time, as "mesh-condition" or "mesh-intervention".
    `qualifiers` (MeSH only): (ui, name, major) of each subheading.
    """

    scheme: HeadingScheme
    name: str
    ui: str | None = None
    major: bool = False
    qualifiers: tuple[tuple[str | None, str, bool], ...] = ()


@dataclass(slots=True, unsafe_hash=True)
class Reference:
    """A work that this record cites, with what the source gives to find it by.

    `relation`: "cites"; from a registry "result", "derived" or "background".
    `work`: the record id of the cited work ("pubmed:123", "doi:10.1/x"), None if the source gives only text.
    """

    relation: Literal["cites", "result", "derived", "background"]
    work: str | None
    citation: str | None = None


@dataclass(slots=True, frozen=True)
class Notice:
    """What one record says of another: retraction, correction, comment, newer version.

    `kind`: retraction, partial-retraction, withdrawal, expression-of-concern, correction, republication,
    update, comment, reinstatement. `affected` and `notice` are record ids ("pubmed:123"); the one that is not this
    record is None where the source names no identifier. `asserted_by`: who says so, where the source passes on what
    others say: "publisher", "retraction-watch".
    """

    kind: str
    affected: str | None
    notice: str | None
    citation: str | None = None
    date: str | None = None
    asserted_by: str | None = None


@dataclass(slots=True, frozen=True)
class ReportedNotice:
    """A row of a list of notices, such as Retraction Watch's: it belongs to no record of ours.

    `kind` as in `Notice`; PMIDs and DOIs of the work affected and of the notice, normalised, None where unknown.
    """

    source: str
    native_id: str
    kind: str
    affected_pmid: str | None
    affected_doi: str | None
    notice_pmid: str | None = None
    notice_doi: str | None = None
    date: str | None = None
    title: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class Publication:
    """What only articles, preprints and books have."""

    journal: str | None = None  # full title; the record's `venue` holds the short one
    issn: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    languages: list[str] = field(default_factory=list)  # ISO 639-2 as PubMed gives them: "eng"
    vernacular_title: str | None = None
    medline_status: str | None = None  # MEDLINE, In-Process, PubMed-not-MEDLINE, Publisher ...
    indexing_method: str | None = None  # Automated, Curated; None = before that attribute existed
    version: int | None = None
    history: dict[str, str] = field(default_factory=dict)  # PubStatus -> date
    grants: list[dict[str, str | None]] = field(default_factory=list)
    book: dict[str, str | None] | None = None
    open_access: bool | None = None
    licence: str | None = None  # as the source spells it: "cc by"
    versions: list[dict[str, str | None]] = field(default_factory=list)  # of a preprint: id, version, date


@dataclass(slots=True)
class Registration:
    """What only registered trials have. Enumerations are kept as the registry spells them."""

    registry: str  # "clinicaltrials.gov", "isrctn"
    official_title: str | None = None
    acronym: str | None = None
    study_type: str | None = None  # INTERVENTIONAL, OBSERVATIONAL, EXPANDED_ACCESS
    phases: list[str] = field(default_factory=list)  # PHASE2, PHASE3; NA is kept
    allocation: str | None = None  # RANDOMIZED, NON_RANDOMIZED, NA
    intervention_model: str | None = None  # PARALLEL, CROSSOVER, SINGLE_GROUP ...
    primary_purpose: str | None = None
    masking: str | None = None  # NONE, SINGLE, DOUBLE, TRIPLE, QUADRUPLE
    who_masked: list[str] = field(default_factory=list)
    observational_model: str | None = None
    time_perspective: str | None = None
    enrollment: int | None = None  # persons
    enrollment_type: str | None = None  # ACTUAL, ESTIMATED
    why_stopped: str | None = None
    sponsor: str | None = None
    sponsor_class: str | None = None
    collaborators: list[str] = field(default_factory=list)
    start_date: str | None = None
    start_date_type: str | None = None
    primary_completion_date: str | None = None
    primary_completion_date_type: str | None = None
    completion_date: str | None = None
    completion_date_type: str | None = None
    first_posted: str | None = None
    results_first_posted: str | None = None
    last_update_posted: str | None = None
    has_results: bool | None = None
    conditions: list[str] = field(default_factory=list)
    interventions: list[dict[str, object]] = field(
        default_factory=list
    )  # type, name, description, other_names, arms
    arms: list[dict[str, object]] = field(default_factory=list)  # label, type, description, interventions
    outcomes: list[dict[str, str | None]] = field(
        default_factory=list
    )  # level (primary ...), measure, time_frame, description
    eligibility: str | None = None
    sex: str | None = None
    minimum_age: str | None = None
    maximum_age: str | None = None
    age_groups: list[str] = field(default_factory=list)  # CHILD, ADULT, OLDER_ADULT
    healthy_volunteers: bool | None = None
    countries: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Record:
    """One document of one source.

    `id` is "<source>:<native id>": "pubmed:28249076", "clinicaltrials:NCT03097133".
    `identifiers` holds every id of this very document beside its own, as (scheme, value): ("doi", "10.1/x"),
    ("pmcid", "PMC1"), ("nct", "NCT0…"), ("eudract", "2015-…"), ("nct-alias", "NCT0…"), ("pii", …).
    `nct_ids` are those the source states in a field or its text, those of a field first; a field's are in `identifiers`
    too, as ("nct", …). Which study they make it part of is decided by linking, not here.
    """

    id: str
    source: str
    kind: Kind
    title: str | None
    abstract: str | None = None
    venue: str | None = None
    authors: list[Author] = field(default_factory=list)
    published: str | None = None
    entered: str | None = None  # when the source first had it (PubMed CRDT, registry first posted)
    revised: str | None = None  # when the source last changed it
    url: str | None = None
    doi: str | None = None  # lower case
    pmid: str | None = None
    pmcid: str | None = None
    nct_ids: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    status: str | None = (
        None  # registry status; "retracted", "withdrawn" … for publications; None = nothing said
    )
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    publication: Publication | None = None
    registration: Registration | None = None
    reading: str | None = field(
        default=None, compare=False, repr=False
    )  # of the bytes it was read from; no content

    def names(self, scheme: str) -> list[str]:
        """The names of this record's headings of one scheme, in the source's order."""
        return [heading.name for heading in self.headings if heading.scheme == scheme]


@dataclass(slots=True, unsafe_hash=True)
class Tag:
    """One value of one dimension, with the words that say so.

    `field` is "title", "abstract", "keywords", "pubtype", "mesh", "substance" or a registry field path such as
    "registration.allocation"; `start`/`end` are character offsets into that field's text (for list fields,
    into the matched entry); `text` are the matched words, exactly. `detail` holds what a value alone
    cannot (a dose's number, unit, drug).
    """

    dimension: str
    value: str
    field: str
    start: int | None
    end: int | None
    text: str
    rule: str
    confidence: float  # 0 to 1
    detail: dict[str, object] | None = None


@dataclass(slots=True, frozen=True)
class Reject:
    """A record that could not be read, kept so that a person can see why. `payload` is its start."""

    source: str
    native_id: str | None
    reason: str
    detail: str | None = None
    payload: str | None = None


@dataclass(slots=True, frozen=True)
class Deletion:
    """The source says that a record it once had is gone (PubMed's DeleteCitation)."""

    source: str
    id: str


@dataclass(slots=True, frozen=True)
class Unchanged:
    """A record that the database holds just so; `reading` and `content_hash` where it had to be read to know that."""

    id: str
    reading: str | None = None
    content_hash: str = ""


@dataclass(slots=True, frozen=True)
class Checkpoint:
    """Yielded by a spider after everything it covers: the watermark moves with those records' commit.

    `stream` names the spider's own cursor ("new", "changed"); `value` is what the next run starts from.
    `reported` is how many the source said there are, `fetched` how many came.
    """

    stream: str
    value: str
    reported: int
    fetched: int
