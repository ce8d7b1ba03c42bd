"""PubMed XML in any amount: invented text about invented trials, in the shape and size of real records."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

HEAD = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n<PubmedArticleSet>\n'
)
_DRUGS = ("ketamine", "esketamine nasal spray", "(S)-ketamine", "racemic ketamine", "intravenous ketamine")
_ILLS = ("treatment-resistant depression", "major depressive disorder", "PTSD", "obsessive-compulsive disorder",
         "bipolar depression", "suicidal ideation", "social anxiety disorder", "chronic pain", "healthy volunteers")  # fmt: skip
_DESIGNS = ("a randomized, double-blind, placebo-controlled trial", "an open-label study", "a systematic review",
            "a retrospective chart review", "a post hoc analysis", "study protocol", "a case report")  # fmt: skip
_SENTENCES = (
    "Participants (N = {n}) were randomly assigned to {drug} (0.5 mg/kg over 40 minutes) or midazolam.",
    "The primary outcome was the change in the Montgomery-Asberg Depression Rating Scale score at 24 hours.",
    "Patients with a history of psychosis or substance use disorder were excluded.",
    "Rapid-acting treatments for {ill} are needed, and {drug} has attracted wide interest.",
    "Response was defined as a reduction of at least 50 % from baseline; remission as a score of 10 or less.",
    "Dissociative symptoms and blood pressure rose transiently and returned to baseline within two hours.",
    "Secondary outcomes included anxiety, sleep, cognition and quality of life over the following {n} days.",
    "Further randomized controlled trials with longer follow-up are warranted before firm conclusions.",
    "Mixed-effects models were adjusted for age, sex, baseline severity and concomitant antidepressants.",
    "These findings add to the evidence on {drug} in {ill}, though the sample was small.",
)
_WORDS = (
    "cortical",
    "plasma",
    "adverse",
    "weekly",
    "remission",
    "glutamate",
    "baseline",
    "infusion",
    "imaging",
    "relapse",
)
_SURNAMES = ("Adler", "Bianchi", "Chen", "Diaz", "Eriksen", "Fujita", "Garcia", "Haddad", "Ivanova", "Jansen")


def article(number: int) -> str:
    """One PubmedArticle element, the same for the same number; PMIDs begin at 50,000,001."""
    draw = random.Random(number)
    words = {"drug": draw.choice(_DRUGS), "ill": draw.choice(_ILLS), "n": draw.randint(12, 400)}
    sentences = [draw.choice(_SENTENCES).format(**words) for _ in range(12)]
    sentences = [f"{sentence[:-1]} ({draw.choice(_WORDS)} {draw.randint(1, 999)})." for sentence in sentences]
    year, month = draw.randint(2000, 2025), draw.randint(1, 12)
    authors = "".join(
        f"<Author ValidYN=\"Y\"><LastName>{draw.choice(_SURNAMES)}</LastName><ForeName>A {initial}</ForeName>"
        f"<Initials>A{initial}</Initials><AffiliationInfo><Affiliation>Department of Psychiatry, University {initial}."
        "</Affiliation></AffiliationInfo></Author>"
        for initial in draw.sample("BCDEFGHKLMN", 6)
    )  # fmt: skip
    headings = "".join(
        f'<MeshHeading><DescriptorName UI="{ui}" MajorTopicYN="N">{name}</DescriptorName></MeshHeading>'
        for ui, name in (("D007649", "Ketamine"), ("D006801", "Humans"), ("D061218", "Depressive Disorder, Treatment-Resistant"),
                         ("D000328", "Adult"), ("D008297", "Male"), ("D005260", "Female"), ("D016896", "Treatment Outcome"))
    )  # fmt: skip
    references = "".join(
        f"<Reference><Citation>{draw.choice(_SURNAMES)} A. J Invented. {draw.randint(1990, 2024)}.</Citation><ArticleIdList>"
        f'<ArticleId IdType="pubmed">{draw.randint(10_000_000, 40_000_000)}</ArticleId></ArticleIdList></Reference>'
        for _ in range(20)
    )
    third = len(sentences) // 3
    abstract = "".join(
        f'<AbstractText Label="{label}">{" ".join(sentences[at * third : (at + 1) * third])}</AbstractText>'
        for at, label in enumerate(("BACKGROUND", "METHODS", "RESULTS"))
    )
    pmid = 50_000_000 + number
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID><DateRevised>'
        f'<Year>{year}</Year><Month>{month:02}</Month><Day>15</Day></DateRevised><Article PubModel="Print"><Journal>'
        f'<ISSN IssnType="Print">0000-0000</ISSN><JournalIssue CitedMedium="Print"><Volume>{year - 1990}</Volume><PubDate>'
        f"<Year>{year}</Year><Month>{month:02}</Month></PubDate></JournalIssue><Title>Journal of Invented Trials</Title>"
        "<ISOAbbreviation>J Invented Trials</ISOAbbreviation></Journal>"
        f"<ArticleTitle>{words['drug'].capitalize()} for {words['ill']}: {draw.choice(_DESIGNS)} no. {number}.</ArticleTitle>"
        f'<Abstract>{abstract}</Abstract><AuthorList CompleteYN="Y">{authors}</AuthorList><Language>eng</Language>'
        '<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList></Article>'
        "<MedlineJournalInfo><MedlineTA>J Invented Trials</MedlineTA></MedlineJournalInfo>"
        f"<MeshHeadingList>{headings}</MeshHeadingList></MedlineCitation><PubmedData><History>"
        f'<PubMedPubDate PubStatus="entrez"><Year>{year}</Year><Month>{month}</Month><Day>10</Day></PubMedPubDate></History>'
        f'<PublicationStatus>ppublish</PublicationStatus><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>'
        f'<ArticleId IdType="doi">10.9999/invented.{number}</ArticleId></ArticleIdList>'
        f"<ReferenceList>{references}</ReferenceList></PubmedData></PubmedArticle>\n"
    )


def chunks(records: int) -> Iterator[str]:
    yield HEAD
    for number in range(1, records + 1):
        yield article(number)
    yield "</PubmedArticleSet>\n"


def write(path: Path, records: int) -> None:
    """Write a PubmedArticleSet of so many records to `path`."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(chunks(records))
