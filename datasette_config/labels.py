"""What the vocabulary's values and the columns are called on a page, in the order in which a reader expects them."""

from __future__ import annotations

from typing import Any

INDICATIONS = {
    "depression": "Depression",
    "trd": "Treatment-resistant depression",
    "bipolar": "Bipolar disorder",
    "suicidality": "Suicidality",
    "ptsd": "PTSD",
    "ocd": "OCD",
    "anxiety": "Anxiety",
    "substance-use": "Substance use",
    "pain": "Pain",
    "other": "Other",
    "none": "None (anaesthesia, pharmacology …)",
}

DESIGNS = {
    "rct": "RCT",
    "crossover": "Crossover",
    "non-randomised-trial": "Non-randomised trial",
    "secondary-analysis": "Secondary analysis",
    "protocol": "Protocol",
    "meta-analysis": "Meta-analysis",
    "systematic-review": "Systematic review",
    "narrative-review": "Narrative review",
    "guideline": "Guideline",
    "observational": "Observational",
    "case-series": "Case series",
    "case-report": "Case report",
    "qualitative": "Qualitative",
    "human-experimental": "Human experiment",
    "preclinical": "Preclinical",
    "commentary": "Commentary",
}

#: tag dimension -> the column of the lists that holds its values
FACET_OF = {
    "indication": "indications",
    "design": "designs",
    "drug": "drugs",
    "route": "routes",
    "comparator": "comparators",
    "population": "populations",
}

#: the order in which a record's tags are told
DIMENSIONS = (
    "indication", "indication_detail", "design", "parent_design", "phase", "drug", "route", "dose", "regimen",
    "combination", "comparator", "population", "sample_size", "scale", "topic",
)  # fmt: skip

#: `comparison` of the view `head_to_head`
COMPARISONS = {
    "ect": "ECT",
    "tms": "TMS",
    "midazolam": "Midazolam",
    "antidepressant": "Antidepressants (SSRIs and others)",
    "psychotherapy": "Psychotherapy",
    "other-active": "Other active comparators",
    "esketamine-ketamine": "Esketamine and ketamine, both studied",
    "esketamine-iv-ketamine": "… of these, with an intravenous route",
}

#: `topic` of the view `topics`
TOPICS = {
    "safety": "Safety",
    "long-term": "Long-term outcomes",
    "dosing": "Dosing",
    "regulatory": "Regulation",
    "policy": "Policy",
    "cost-access": "Cost and access",
}

#: statuses of a registration that still seeks participants
RECRUITING = ("RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION")

SOURCES = {
    "pubmed": "PubMed",
    "clinicaltrials": "ClinicalTrials.gov",
    "isrctn": "ISRCTN registry",
    "retractionwatch": "Retraction Watch",
    "europepmc": "Europe PMC",
    "medrxiv": "medRxiv",
    "feed": "Journal and agency feeds",
    "pubmed_links": "PubMed (citations)",
    "europepmc_citations": "Europe PMC (citations)",
    "openalex": "OpenAlex (citations)",
    "semantic_scholar": "Semantic Scholar (citations)",
    "icite": "iCite (counts)",
    "crossref": "Crossref",
    "openfda": "FDA (openFDA)",
}

NOTICES = {
    "retraction": "Retracted",
    "partial-retraction": "Partly retracted",
    "withdrawal": "Withdrawn",
    "expression-of-concern": "Expression of concern",
    "correction": "Corrected",
    "republication": "Corrected and republished",
    "update": "Newer version",
    "comment": "Comment",
    "reinstatement": "Reinstated",
}

#: how citations of preprints begin, in small letters
PREPRINT_SERVERS = (
    "medrxiv",
    "biorxiv",
    "research square",
    "res sq",
    "psyarxiv",
    "arxiv",
    "ssrn",
    "preprints",
    "osf preprints",
)

#: what notices make of a work
STANDINGS = {
    "retracted": "Retracted",
    "withdrawn": "Withdrawn",
    "partly-retracted": "Partly retracted",
    "concern": "Expression of concern",
    "superseded": "Newer version",
    "corrected": "Corrected",
}

#: lists for reading: their rows are shown as records, with what belongs together in one cell
READING_LISTS = ("works", "trials", "new_trials", "records")

FACET_ORDER = (*FACET_OF.values(), "phase", "kind", "status", "standing", "year", "source")

#: facets of the reading lists that open when they are asked for
FOLDED_FACETS = ("routes", "comparators", "populations", "phase", "status", "source")

#: columns that lists leave to the record's own page, or that are there for joining
HIDDEN_COLUMNS = (
    "rowid", "abstract", "authors", "mesh", "pubtypes", "keywords", "content_hash", "crawl_id", "rules_version",
    "eligibility", "arms", "interventions", "outcomes", "grants", "history", "book", "payload",
)  # fmt: skip

#: columns that are sorted downwards first, and what that order is called
NEWEST_FIRST = {
    "entered": "newest first",
    "published": "latest publication first",
    "sample_size": "largest first",
    "results_first_posted": "latest results first",
}

#: standing or status of a publication that a reader must see before the title
ALARMING = ("retracted", "withdrawn", "deleted", "partly-retracted", "concern")

#: statuses of a publication that `standing` tells better, from all sources and people's decisions
TOLD_BY_STANDING = ("retracted", "withdrawn", "partial-retraction", "expression-of-concern")

#: what a question's blank form asks for, and what it can be answered with
PARAMETERS: dict[str, dict[str, Any]] = {
    "indication": {"label": "Indication", "placeholder": "every", "choices": tuple(INDICATIONS)},
    "since": {"label": "Since", "placeholder": "YYYY-MM-DD"},
    "drug": {"label": "Drug", "placeholder": "every", "choices": ("ketamine", "esketamine", "arketamine")},
    "route": {
        "label": "Route", "placeholder": "every",
        "choices": ("intravenous", "intranasal", "oral", "sublingual", "intramuscular", "subcutaneous", "other"),
    },
    "study": {"label": "Study", "placeholder": "NCT03113968"},
    "words": {"label": "Words", "placeholder": "midazolam suicidal", "type": "search"},
}  # fmt: skip

#: what a search box offers before anything is typed
SUGGESTED = (
    *(label for value, label in INDICATIONS.items() if value not in ("other", "none")),
    *PARAMETERS["drug"]["choices"], *(label for value, label in DESIGNS.items() if value not in ("protocol", "commentary")),
)  # fmt: skip

#: questions that have no answer to a blank form, and what they then say
NEED_INPUT = {
    "new_citers": "Type a work's PMID, DOI or record id.",
    "study_records_of": "Type a study's registry number.",
    "search": "Type one or more words; a phrase stands in quotation marks.",
}

#: PubMed's names for the dates of an article's life (PubStatus; "issue" is the printed issue's own date)
HISTORY = {
    "received": "Received",
    "revised": "Revised",
    "accepted": "Accepted",
    "epublish": "Online",
    "ppublish": "In print",
    "ecollection": "In its collection",
    "issue": "Issue",
    "pubmed": "In PubMed",
    "entrez": "In Entrez",
    "medline": "MeSH assigned",
    "pmc-release": "Free in PMC",
}

#: what "none" means in the column that says so
NONE_OF = {"indications": "no indication", "comparators": "no comparator"}

#: how a visit to a source may end well
GOOD_OUTCOMES = {"ok": "well", "nothing_new": "well, nothing new"}

#: rows of an answer that a page shows; CSV and JSON have them all
ANSWER_ROWS = 200

_COLUMNS = {
    "id": "Record",
    "sample_size": "n",
    "comparators": "Compared with",
    "drugs": "Drug",
    "indications": "Indication",
    "designs": "Design",
    "routes": "Route",
    "populations": "Population",
    "phases": "Phase",
    "results_first_posted": "Results posted",
    "enrollment": "Enrolled",
    "entered": "New on",
    "venue": "Where",
}


def column(name: str) -> str:
    """What a column is called above a list: its name in words, if nothing better is known."""
    return _COLUMNS.get(name) or words(name)


def words(name: str) -> str:
    """A name of ours or of a registry as words: `sample_size` -> "Sample size", `NON_RANDOMIZED` -> "Non randomized"."""
    text = name.replace("_", " ").replace("-", " ").strip()
    return text[:1].upper() + (text[1:].lower() if text.isupper() else text[1:])


def source(name: str) -> str:
    """The service's own name."""
    return SOURCES.get(name, name)


def standing(row: Any) -> str | None:
    """What a list or page says of a row's standing: that of its notices, else its status where that is another matter."""
    status, told = row["status"], row["standing"]
    if told and row["kind"] != "registration" and status != "deleted":
        return str(told)
    return None if status in TOLD_BY_STANDING or status is None else str(status)


def standing_words(value: str) -> str:
    """A standing or status in words."""
    return STANDINGS.get(value) or words(value)
