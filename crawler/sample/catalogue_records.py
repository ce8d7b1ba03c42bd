"""What the sample's catalogue is made of. Field names are the keys of its TOML files."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.sample.feed_records import FeedEntry
from crawler.sample.isrctn_records import IsrctnStudy
from crawler.sample.preprint_records import Preprint
from crawler.sample.regulatory_records import Application, DrugLabel

Pair = tuple[str, str]
Triple = tuple[str, str, str]
Mesh = tuple[str, str, bool, tuple[tuple[str, str, bool], ...]]


@dataclass(slots=True, frozen=True, kw_only=True)
class Book:
    """The book of NCBI Bookshelf that a record is a chapter of, or, without `title`, that it is. `accession`: NBK…;
    `contributed`: when the chapter came.
    """

    accession: str
    publisher: str
    title: str | None = None
    place: str | None = None
    isbn: str | None = None
    contributed: str | None = None


@dataclass(slots=True, frozen=True, kw_only=True)
class Article:
    """One record of PubMed, as its services are to give it. What is None or empty was left out.

    `authors`: family name, given names, initials; a group is ("", "", its name). `mesh`: UI, name, major, and the
    qualifiers as UI, name, major. `comments_corrections`: RefType, PMID or "", RefSource. `references`: PMID or "",
    citation. `nct`: the registrations of its study, served as its DataBankList.
    `entered`, `revised`, `mesh_date` (PubMed's CRDT, LR, MHDA) are the sample's own.
    `unchecked`: the keys whose value rests on general knowledge alone, with no list of real records behind it.
    """

    pmid: str
    title: str
    entered: str
    abstract: str | None = None
    abstract_sections: tuple[Pair, ...] = ()
    journal: str | None = None
    journal_abbreviation: str | None = None
    issn: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    published: str | None = None
    medline_date: str | None = None
    authors: tuple[Triple, ...] = ()
    authors_complete: bool = True
    doi: str | None = None
    pmcid: str | None = None
    nct: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    vernacular_title: str | None = None
    publication_types: tuple[Pair, ...] = ()
    mesh: tuple[Mesh, ...] = ()
    substances: tuple[Pair, ...] = ()
    keywords: tuple[str, ...] = ()
    comments_corrections: tuple[Triple, ...] = ()
    references: tuple[Pair, ...] = ()
    revised: str | None = None
    mesh_date: str | None = None
    status: str | None = None
    indexing_method: str | None = None
    book: Book | None = None
    unchecked: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True, kw_only=True)
class Intervention:
    """`arms`: the labels of the arms that get it."""

    type: str
    name: str
    other_names: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True, kw_only=True)
class Arm:
    """`interventions`: as the registry writes them, "Drug: Ketamine"."""

    label: str
    type: str | None = None
    interventions: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True, kw_only=True)
class Outcome:
    """`level`: primary, secondary or other."""

    level: str
    measure: str
    time_frame: str | None = None


@dataclass(slots=True, frozen=True, kw_only=True)
class Publication:
    """A work that a registration names; `type`: BACKGROUND, RESULT or DERIVED."""

    type: str
    citation: str
    pmid: str | None = None


@dataclass(slots=True, frozen=True, kw_only=True)
class Registration:
    """One study of ClinicalTrials.gov, as its API is to give it. What is None or empty was left out.

    Enumerations are spelled as in the API's description. The three posting dates are the sample's own.
    `unchecked` as in `Article`.
    """

    nct: str
    brief_title: str
    status: str
    study_type: str
    last_update_posted: str
    aliases: tuple[str, ...] = ()
    official_title: str | None = None
    acronym: str | None = None
    org_study_id: str | None = None
    secondary_ids: tuple[Pair, ...] = ()
    why_stopped: str | None = None
    phases: tuple[str, ...] = ()
    allocation: str | None = None
    intervention_model: str | None = None
    primary_purpose: str | None = None
    masking: str | None = None
    who_masked: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    sponsor: str | None = None
    sponsor_class: str | None = None
    interventions: tuple[Intervention, ...] = ()
    arms: tuple[Arm, ...] = ()
    enrollment: int | None = None
    enrollment_type: str | None = None
    start: str | None = None
    start_type: str | None = None
    primary_completion: str | None = None
    primary_completion_type: str | None = None
    completion: str | None = None
    completion_type: str | None = None
    first_posted: str | None = None
    results_first_posted: str | None = None
    summary: str | None = None
    outcomes: tuple[Outcome, ...] = ()
    countries: tuple[str, ...] = ()
    references: tuple[Publication, ...] = ()
    intervention_mesh: tuple[Pair, ...] = ()
    condition_mesh: tuple[Pair, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True)
class Catalogue:
    """All that the sample services hold. `absent`: numbers that articles name and the registry of the sample lacks."""

    articles: tuple[Article, ...]
    registrations: tuple[Registration, ...] = ()
    absent: tuple[str, ...] = ()
    isrctn: tuple[IsrctnStudy, ...] = ()
    feed_entries: tuple[FeedEntry, ...] = ()
    preprints: tuple[Preprint, ...] = ()
    applications: tuple[Application, ...] = ()
    labels: tuple[DrugLabel, ...] = ()
