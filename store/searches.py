"""The search log's words and SQL, for the command and for the page, so that both say the same."""

from __future__ import annotations

#: source -> what was searched, and through what; other sources are named as they are
PLATFORMS = {
    "pubmed": ("PubMed", "NCBI E-utilities (Bio.Entrez)"),
    "clinicaltrials": ("ClinicalTrials.gov", "API v2"),
    "europepmc": ("Europe PMC", "Articles RESTful API"),
    "medrxiv": ("medRxiv", "api.biorxiv.org"),
    "crossref": ("Crossref", "REST API"),
    "openfda": ("openFDA", "drugsfda and label endpoints"),
    "isrctn": ("ISRCTN registry", "API"),
    "feed": ("Journal and agency feeds", "RSS and Atom"),
    "retractionwatch": ("Retraction Watch", "its data set at Crossref"),
    "pubmed_links": ("PubMed citations", "NCBI E-utilities (ELink)"),
    "europepmc_citations": ("Europe PMC citations", "Articles RESTful API"),
    "openalex": ("OpenAlex", "REST API"),
    "semantic_scholar": ("Semantic Scholar", "Graph API"),
    "icite": ("iCite", "API"),
}

#: every finished search of a time (:since, :until: ISO dates, both included), of one :source or of all (NULL), in order
SEARCHES = """
SELECT * FROM search_log
WHERE (:source IS NULL OR source = :source) AND substr(searched, 1, 10) BETWEEN :since AND :until ORDER BY id"""

#: the last :most searches of each source, the newest first, each with how many there are of the source and failed
LATEST = """
SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY source ORDER BY id DESC) AS back, count(*) OVER (PARTITION BY source) AS searches,
        sum(NOT good) OVER (PARTITION BY source) AS failures,
        min(searched) OVER (PARTITION BY source) AS since FROM search_log)
WHERE back <= :most ORDER BY source, back"""


def platform(source: str) -> tuple[str, str]:
    """(what was searched, through what) of a source.

    >>> platform("pubmed")
    ('PubMed', 'NCBI E-utilities (Bio.Entrez)')
    """
    return PLATFORMS.get(source, (source, "its own API"))
