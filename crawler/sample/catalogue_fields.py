"""The keys of the sample's TOML files, and what each may hold.

Enumerations: of PubMed, its 2025 DTD (MedlineCitation/@Status and @IndexingMethod, CommentsCorrections/@RefType); of
ClinicalTrials.gov, the description of its API, version 2.0.3.
"""

from __future__ import annotations

from crawler.sample import toml_values as v
from crawler.sample.catalogue_records import (
    Arm,
    Article,
    Book,
    Intervention,
    Outcome,
    Publication,
    Registration,
)

_UNCHECKED_OF_ARTICLES = ("pmid", "title", "doi", "pmcid", "nct")
_UNCHECKED_OF_STUDIES = ("nct", "brief_title", "status", "enrollment", "secondary_ids")
_REF_TYPES = (
    "AssociatedDataset", "AssociatedPublication", "CommentIn", "CommentOn", "CorrectedandRepublishedIn",
    "CorrectedandRepublishedFrom", "ErratumIn", "ErratumFor", "ExpressionOfConcernIn", "ExpressionOfConcernFor",
    "RepublishedIn", "RepublishedFrom", "RetractedandRepublishedIn", "RetractedandRepublishedFrom", "RetractionIn",
    "RetractionOf", "UpdateIn", "UpdateOf", "SummaryForPatientsIn", "OriginalReportIn", "ReprintIn", "ReprintOf",
    "Cites",
)  # fmt: skip
_STATUSES = (
    "ACTIVE_NOT_RECRUITING", "COMPLETED", "ENROLLING_BY_INVITATION", "NOT_YET_RECRUITING", "RECRUITING", "SUSPENDED",
    "TERMINATED", "WITHDRAWN", "AVAILABLE", "NO_LONGER_AVAILABLE", "TEMPORARILY_NOT_AVAILABLE",
    "APPROVED_FOR_MARKETING", "WITHHELD", "UNKNOWN",
)  # fmt: skip
_INTERVENTIONS = (
    "BEHAVIORAL", "BIOLOGICAL", "COMBINATION_PRODUCT", "DEVICE", "DIAGNOSTIC_TEST", "DIETARY_SUPPLEMENT", "DRUG",
    "GENETIC", "PROCEDURE", "RADIATION", "OTHER",
)  # fmt: skip
_PURPOSES = (
    "TREATMENT", "PREVENTION", "DIAGNOSTIC", "ECT", "SUPPORTIVE_CARE", "SCREENING", "HEALTH_SERVICES_RESEARCH",
    "BASIC_SCIENCE", "DEVICE_FEASIBILITY", "OTHER",
)  # fmt: skip
_ARMS = (
    "EXPERIMENTAL", "ACTIVE_COMPARATOR", "PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION", "OTHER"
)  # fmt: skip
_SPONSORS = ("NIH", "FED", "OTHER_GOV", "INDIV", "INDUSTRY", "NETWORK", "AMBIG", "OTHER", "UNKNOWN")

_texts = v.many(v.text)
_date_type = v.one_of("ACTUAL", "ESTIMATED")
_headings = v.many(v.row(v.substance, v.text))

_BOOK = v.table(
    Book,
    {
        "accession": v.shape(r"NBK\d+", "an accession of Bookshelf"),
        "publisher": v.text,
        "title": v.text,
        "place": v.text,
        "isbn": v.shape(r"97[89]\d{10}", "an ISBN"),
        "contributed": v.day,
    },
)

ARTICLE = v.table(
    Article,
    {
        "pmid": v.pmid,
        "title": v.text,
        "abstract": v.text,
        "abstract_sections": v.many(v.row(v.shape(r"[A-Z][A-Z ,/&-]*", "a label in capitals"), v.text)),
        "journal": v.text,
        "journal_abbreviation": v.text,
        "issn": v.issn,
        "volume": v.text,
        "issue": v.text,
        "pages": v.text,
        "published": v.some_date,
        "medline_date": v.text,
        "authors": v.many(v.row(v.optional(v.text), v.optional(v.text), v.text)),
        "authors_complete": v.flag,
        "doi": v.doi,
        "pmcid": v.pmcid,
        "nct": v.many(v.nct),
        "languages": v.many(v.language),
        "vernacular_title": v.text,
        "publication_types": v.many(v.row(v.descriptor, v.text)),
        "mesh": v.many(v.row(v.descriptor, v.text, v.flag, v.many(v.row(v.qualifier, v.text, v.flag)))),
        "substances": _headings,
        "keywords": _texts,
        "comments_corrections": v.many(v.row(v.one_of(*_REF_TYPES), v.optional(v.pmid), v.text)),
        "references": v.many(v.row(v.optional(v.pmid), v.text)),
        "entered": v.day,
        "revised": v.day,
        "mesh_date": v.day,
        "status": v.one_of(
            "Completed",
            "In-Process",
            "PubMed-not-MEDLINE",
            "In-Data-Review",
            "Publisher",
            "MEDLINE",
            "OLDMEDLINE",
        ),
        "indexing_method": v.one_of("Automated", "Curated", "Manual"),
        "book": _BOOK,
        "unchecked": v.many(v.one_of(*_UNCHECKED_OF_ARTICLES)),
    },
)

_INTERVENTION = v.table(
    Intervention, {"type": v.one_of(*_INTERVENTIONS), "name": v.text, "other_names": _texts, "arms": _texts}
)
_ARM = v.table(Arm, {"label": v.text, "type": v.one_of(*_ARMS), "interventions": _texts})
_OUTCOME = v.table(
    Outcome, {"level": v.one_of("primary", "secondary", "other"), "measure": v.text, "time_frame": v.text}
)
_PUBLICATION = v.table(
    Publication, {"pmid": v.pmid, "type": v.one_of("BACKGROUND", "RESULT", "DERIVED"), "citation": v.text}
)

REGISTRATION = v.table(
    Registration,
    {
        "nct": v.nct,
        "aliases": v.many(v.nct),
        "brief_title": v.text,
        "official_title": v.text,
        "acronym": v.text,
        "org_study_id": v.text,
        "secondary_ids": v.many(v.row(v.text, v.text)),
        "status": v.one_of(*_STATUSES),
        "why_stopped": v.text,
        "study_type": v.one_of("EXPANDED_ACCESS", "INTERVENTIONAL", "OBSERVATIONAL"),
        "phases": v.many(v.one_of("NA", "EARLY_PHASE1", "PHASE1", "PHASE2", "PHASE3", "PHASE4")),
        "allocation": v.one_of("RANDOMIZED", "NON_RANDOMIZED", "NA"),
        "intervention_model": v.one_of("SINGLE_GROUP", "PARALLEL", "CROSSOVER", "FACTORIAL", "SEQUENTIAL"),
        "primary_purpose": v.one_of(*_PURPOSES),
        "masking": v.one_of("NONE", "SINGLE", "DOUBLE", "TRIPLE", "QUADRUPLE"),
        "who_masked": v.many(v.one_of("PARTICIPANT", "CARE_PROVIDER", "INVESTIGATOR", "OUTCOMES_ASSESSOR")),
        "conditions": _texts,
        "keywords": _texts,
        "interventions": v.many(_INTERVENTION),
        "arms": v.many(_ARM),
        "enrollment": v.count,
        "enrollment_type": _date_type,
        "sponsor": v.text,
        "sponsor_class": v.one_of(*_SPONSORS),
        "start": v.some_date,
        "start_type": _date_type,
        "primary_completion": v.some_date,
        "primary_completion_type": _date_type,
        "completion": v.some_date,
        "completion_type": _date_type,
        "first_posted": v.day,
        "results_first_posted": v.day,
        "last_update_posted": v.day,
        "summary": v.text,
        "outcomes": v.many(_OUTCOME),
        "countries": _texts,
        "references": v.many(_PUBLICATION),
        "intervention_mesh": _headings,
        "condition_mesh": _headings,
        "unchecked": v.many(v.one_of(*_UNCHECKED_OF_STUDIES)),
    },
)

#: what stands in articles.toml before the first record
EXTRAS = {"absent_registrations": v.many(v.nct)}
