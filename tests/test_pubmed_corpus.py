"""Real PubMed answers: the parser gives what a plain XPath reading of the same file gives.

The reading below shares no code with the parser. It is slow, holds the whole tree, and says only what it says.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from spiders.pubmed_xml import parse
from store.errors import BadAnswer, ServiceError, SourceError
from store.records import Deletion, Record

#: Saved answers that hold no records, by root element (None: JSON or text), and why they are there.
NOT_RECORDS = {
    "eInfoResult": "the list of databases, or the fields of one",
    "eSearchResult": "PMIDs, not records",
    "ePostResult": "a history key",
    "eSummaryResult": "summaries; one is only an error",
    "eLinkResult": "links between records",
    "eSpellResult": "a spelling",
    "eFetchResult": "an error instead of records",
    "Result": "egquery, a service of before 2020",
    "ExchangeSet": "records of dbSNP",
    "pmc-articleset": "full text of PubMed Central",
    None: "JSON or plain text from a gateway",
}


def body(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def root_of(content: bytes) -> Any:
    try:
        return etree.fromstring(content, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        return None


def squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def text(node: Any, xpath: str) -> str:
    return squeezed(node.xpath(f"string({xpath})"))


def paragraphs(abstract: Any) -> str:
    lines = []
    for node in abstract.xpath("AbstractText[normalize-space()]"):
        label = node.get("Label", "")
        lines.append(
            (f"{label}: " if label not in ("", "UNLABELLED") else "") + squeezed(node.xpath("string()"))
        )
    return "\n".join(lines)


def abstract_of(article: Any) -> str:
    whole = article.xpath("MedlineCitation/Article/Abstract | BookDocument/Abstract")
    english = article.xpath("MedlineCitation/OtherAbstract[@Language='eng']")
    return next(
        (
            found
            for each in [*whole, *english, *article.xpath(".//OtherAbstract")]
            if (found := paragraphs(each))
        ),
        "",
    )


def title_of(article: Any) -> str:
    titles = [".//ArticleTitle", ".//VernacularTitle", "BookDocument/Book/BookTitle"]
    return next((found for xpath in titles if (found := text(article, xpath))), "")


def author_count(article: Any) -> int:
    count = article.xpath(
        "count((MedlineCitation/Article | BookDocument)/AuthorList/Author[not(@ValidYN='N')])"
    )
    return int(count or article.xpath("count(BookDocument/Book/AuthorList[@Type='authors']/Author)"))


def year_of(article: Any) -> str:
    if contributed := text(article, "BookDocument/ContributionDate/Year"):
        return contributed
    years = article.xpath(
        ".//PubDate/Year/text() | .//PubDate/MedlineDate/text() | MedlineCitation/Article/ArticleDate/Year/text()"
    )
    return min(year[:4] for year in years)


def nct_numbers(article: Any) -> list[str]:
    bank = article.xpath(".//DataBank[DataBankName='ClinicalTrials.gov']//AccessionNumber/text()")
    said = re.findall(r"NCT\d{8}", title_of(article) + " " + abstract_of(article))
    return list(dict.fromkeys([*bank, *said]))


def cited_pmids(article: Any) -> list[str]:
    listed = article.xpath(
        ".//Reference/ArticleIdList/ArticleId[@IdType='pubmed'][1]/text()[. != '0']"
    )  # 0: none
    old = article.xpath(".//CommentsCorrections[@RefType='Cites']/PMID/text()")
    return listed + [pmid for pmid in old if pmid not in listed]


def read_plainly(article: Any) -> dict[str, Any]:
    """What XPath finds in a PubmedArticle or PubmedBookArticle."""
    pmcid = text(article, "PubmedData/ArticleIdList/ArticleId[@IdType='pmc']").partition(".")[
        0
    ]  # one has a version
    doi = text(article, "*/ArticleIdList/ArticleId[@IdType='doi']") or text(
        article, ".//ELocationID[@EIdType='doi']"
    )
    people = "(MedlineCitation/Article | BookDocument)/AuthorList/Author[not(@ValidYN='N')]"
    keywords = {squeezed(node.xpath("string()")) for node in article.xpath(".//Keyword")} - {""}
    return {
        "pmid": text(article, "*/PMID"),
        "title": title_of(article),
        "abstract": abstract_of(article),
        "authors": author_count(article),
        "affiliations": len(article.xpath(f"{people}//Affiliation")),
        "orcids": len(article.xpath(f"{people}/Identifier[@Source='ORCID']")),
        "nct": nct_numbers(article),
        "journal": text(article, ".//Journal/Title"),
        "issn": text(article, ".//ISSN"),
        "pages": text(article, ".//MedlinePgn"),
        "year": year_of(article),
        "mesh": article.xpath(".//DescriptorName/@UI"),
        "qualifiers": len(article.xpath(".//QualifierName")),
        "pubtypes": article.xpath(".//PublicationType/@UI"),
        "substances": set(article.xpath(".//NameOfSubstance/@UI | .//SupplMeshName/@UI")),
        "keywords": len(keywords),
        "cited": cited_pmids(article),
        "doi": doi.lower(),
        "pmcid": pmcid,
        "entered": [
            int(part) for part in article.xpath(".//PubMedPubDate[@PubStatus='entrez']/*/text()")[:3]
        ],
        "grants": len(article.xpath(".//Grant")),
        "medline status": text(article, "MedlineCitation/@Status"),
        "retracted": bool(article.xpath(".//PublicationType[@UI='D016441'] | .//*[@RefType='RetractionIn']")),
    }


def as_parsed(record: Record) -> dict[str, Any]:
    """The same of a record."""
    publication = record.publication
    assert publication is not None

    def uis(scheme: str) -> list[str | None]:
        return [heading.ui for heading in record.headings if heading.scheme == scheme]

    return {
        "pmid": record.pmid,
        "title": record.title,
        "abstract": record.abstract or "",
        "authors": len(record.authors),
        "affiliations": sum(len(author.affiliations) for author in record.authors),
        "orcids": sum(author.orcid is not None for author in record.authors),
        "nct": record.nct_ids,
        "journal": publication.journal or "",
        "issn": publication.issn or "",
        "pages": publication.pages or "",
        "year": (record.published or "")[:4],
        "mesh": uis("mesh"),
        "qualifiers": sum(len(heading.qualifiers) for heading in record.headings),
        "pubtypes": uis("pubtype"),
        "substances": set(uis("substance")),
        "keywords": len(record.keywords),
        "cited": [ref.work[7:] for ref in record.references if ref.work and ref.work.startswith("pubmed:")],
        "doi": record.doi or "",
        "pmcid": record.pmcid or "",
        "entered": [int(part) for part in (record.entered or "").split("-") if part],
        "grants": len(publication.grants),
        "medline status": publication.medline_status or "",
        "retracted": record.status == "retracted",
    }


def without_layout(reading: dict[str, Any]) -> dict[str, Any]:
    """Formulas: XPath keeps the line breaks between their symbols, which the parser drops."""
    return reading | {name: re.sub(r"\s", "", reading[name]) for name in ("title", "abstract")}


def saved(shared: Path) -> list[Path]:
    return [
        path
        for folder in ("pubmed_xml", "wire/eutils", "wire/errors")
        for path in sorted((shared / "corpus" / folder).iterdir())
    ]


def test_every_real_record_reads_as_plain_xpath_reads_it(shared: Path) -> None:
    different, count, formulas = [], 0, 0
    for path in saved(shared):
        root = root_of(body(path))
        if root is None or root.tag not in ("PubmedArticleSet", "PubmedArticle"):
            continue  # see the test below
        articles = [root] if root.tag == "PubmedArticle" else root.xpath("PubmedArticle | PubmedBookArticle")
        items = list(parse(body(path)))
        records = [item for item in items if isinstance(item, Record)]
        assert len(records) == len(articles), path.name
        assert [item.id[7:] for item in items if isinstance(item, Deletion)] == root.xpath(
            "DeleteCitation/PMID/text()"
        )
        for article, record in zip(articles, records, strict=True):
            plain, found = read_plainly(article), as_parsed(record)
            if article.xpath(".//*[local-name()='math']"):
                plain, found, formulas = without_layout(plain), without_layout(found), formulas + 1
            different += [
                (path.name, record.id, name, plain[name], found[name])
                for name in plain
                if plain[name] != found[name]
            ]
            count += 1
    assert different == []
    assert count > 600  # the corpus was there, and read
    assert formulas < 20


def test_what_holds_no_records_is_an_error_that_names_it(shared: Path) -> None:
    """Each saved answer is a set of records or one of the kinds in NOT_RECORDS: nothing is passed over in silence."""
    seen = set()
    for path in saved(shared):
        root = root_of(body(path))
        tag = None if root is None else etree.QName(root).localname
        if tag in ("PubmedArticleSet", "PubmedArticle"):
            continue
        assert tag in NOT_RECORDS, path.name
        seen.add(tag)
        with pytest.raises(SourceError) as caught:
            list(parse(body(path)))
        assert type(caught.value) in (BadAnswer, ServiceError)
        assert caught.value.source == "pubmed"
        assert tag is None or type(caught.value) is ServiceError or tag in str(caught.value)
    assert seen == set(NOT_RECORDS)
