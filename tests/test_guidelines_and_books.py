"""PubMed's guidelines and Bookshelf records: kind, design, venue and page are right, from efetch to the tags."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from crawler.pipelines import tagger_for
from crawler.sample.catalogue import load_catalogue
from crawler.sample.pubmed_record import article_set, article_xml
from crawler.tagging import derive
from spiders.pubmed_xml import parse
from store.records import Heading, Record

CHAPTER, REPORT, GUIDELINE = "99000007", "99000008", "99000009"


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    articles = [one for one in load_catalogue().articles if one.pmid in (CHAPTER, REPORT, GUIDELINE)]
    found = parse(article_set([article_xml(article) for article in articles]))
    return {record.pmid or "": record for record in found if isinstance(record, Record)}


def designs(record: Record) -> list[str]:
    found: list[str] = derive(tagger_for(()).tags(record))["designs"]
    return found


def test_a_chapter_stands_in_its_book(records: dict[str, Record]) -> None:
    chapter = records[CHAPTER]
    assert (chapter.kind, chapter.venue, chapter.published) == ("article", "Sample Reviews", "2025-01-07")
    assert chapter.url == f"https://pubmed.ncbi.nlm.nih.gov/{CHAPTER}/"
    assert chapter.title == "[Invented for this sample] Ketamine for Depression"
    assert ("bookaccession", "NBK99000007") in chapter.identifiers
    assert chapter.publication
    assert chapter.publication.book
    assert chapter.publication.book["publisher"] == "Sample Publishing"
    assert [author.name for author in chapter.authors] == ["Sample J"]
    assert designs(chapter) == ["narrative-review"]
    assert (chapter.entered, chapter.revised) == ("2025-01-08", "2025-03-11")  # so that windows find it


def test_a_book_stands_for_itself(records: dict[str, Record]) -> None:
    report = records[REPORT]
    assert (report.kind, report.venue, report.published) == (
        "article",
        "Sample Agency for Health Technology",
        "2021-05",
    )
    assert (report.title or "").endswith("A Health Technology Assessment")
    assert report.authors[0].collective
    assert ("isbn", "9780000000002") in report.identifiers
    assert designs(report) == ["systematic-review"]


def test_a_guideline_is_one_whatever_its_title_sounds_like(records: dict[str, Record]) -> None:
    guideline = records[GUIDELINE]
    assert (guideline.kind, guideline.venue) == ("article", "J Affect Disord")
    assert designs(guideline) == ["guideline"]
    tags = tagger_for(()).tags(guideline)
    assert [(tag.field, tag.text) for tag in tags if tag.dimension == "design"] == [
        ("pubtype", "Practice Guideline")
    ]
    assert not [tag for tag in tags if tag.dimension in ("indexed_otherwise", "parent_design")]
    guideline.headings = [heading for heading in guideline.headings if heading.ui != "D017065"]
    assert designs(guideline) == ["protocol"]  # what the words alone would say


@pytest.mark.parametrize(
    ("heading", "design"),
    [
        (Heading("pubtype", "Guideline", "D016431"), "guideline"),
        (Heading("pubtype", "Practice Guideline"), "guideline"),
        (Heading("pubtype", "Consensus Development Conference", "D016446"), "guideline"),
        (Heading("pubtype", "Study Guide", "D000000000"), "narrative-review"),
        (Heading("pubtype", "Study Guide"), "narrative-review"),
    ],
)
def test_publication_types_by_identifier_and_by_name(heading: Heading, design: str) -> None:
    record = Record("pubmed:1", "pubmed", "article", "Ketamine", headings=[heading])
    assert designs(record) == [design]


def test_real_guidelines_and_books(shared: Path) -> None:
    corpus = shared / "corpus" / "pubmed_xml"
    with gzip.open(corpus / "fatcat__python__tests__files__pubmedsample_2019.xml.gz") as sample:
        found = [record for record in parse(sample) if isinstance(record, Record)]  # type: ignore[arg-type]
    guidelines = [
        record for record in found if {"Guideline", "Practice Guideline"} & set(record.names("pubtype"))
    ]
    assert len(guidelines) >= 4
    assert all(designs(record) == ["guideline"] for record in guidelines)
    books = [record for record in parse((corpus / "zotero__unpacked__PubMed_XML_1.xml").read_bytes()) if isinstance(record, Record)]  # fmt: skip
    assert [(one.kind, one.venue) for one in books if one.publication and one.publication.book] == [
        ("article", "BIOS Scientific Publishers")
    ]
