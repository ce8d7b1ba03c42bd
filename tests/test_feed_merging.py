"""An entry of a feed and the record that PubMed has of the same work are one: by DOI, PMID or PII, else by title."""

from __future__ import annotations

import pytest

from spiders.feed_entries import Feed, read_feed
from spiders.identifiers import normalise_pii
from store.records import Author, Record
from tests.test_feed_entries import rss
from tests.test_merging import filled, shown

JAD = Feed("jad", "https://f.example/", "Journal of Affective Disorders", "journal")
TITLE = "Intravenous ketamine for treatment-resistant depression: a randomised trial"
PII = "S0165-0327(26)00123-4"
LINKS = {
    "doi": "https://doi.org/10.9999/JAD.1",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/99000201/?fc=2026",
    "pii": "https://www.sciencedirect.com/science/article/pii/S0165032726001234?dgcid=rss_sd_all",
}


def pubmed(**fields: str) -> Record:
    record = Record(
        "pubmed:99000201", "pubmed", "article", TITLE, published="2026", pmid="99000201", **fields
    )  # type: ignore[arg-type]
    record.authors = [Author("Roe J", "Roe")]
    record.identifiers = [("pii", PII), ("doi", "10.9999/jad.1")]
    return record


def entry(title: str, link: str, day: str = "Fri, 20 Nov 2026 10:00:00 GMT") -> Record:
    [found] = read_feed(rss(f"<title>{title}</title><link>{link}</link><pubDate>{day}</pubDate>"), JAD).items
    assert isinstance(found, Record)
    return found


@pytest.mark.parametrize("names", sorted(LINKS))
@pytest.mark.parametrize("pubmed_first", [True, False])
def test_an_entry_that_names_the_work_is_the_work(names: str, pubmed_first: bool) -> None:
    of_feed, of_pubmed = (
        entry("Ketamine &lt;i&gt;in press&lt;/i&gt;", LINKS[names]),
        pubmed(doi="10.9999/jad.1"),
    )
    db = filled([of_pubmed, of_feed] if pubmed_first else [of_feed, of_pubmed])
    assert shown(db) == {of_pubmed.id: None, of_feed.id: of_pubmed.id}
    assert [row["method"] for row in db.table("merges").rows] == [names]


def test_an_entry_that_names_nothing_is_known_by_its_title() -> None:
    of_feed = entry(TITLE, "https://f.example/1")
    assert shown(filled([pubmed(), of_feed]))[of_feed.id] == "pubmed:99000201"


def test_another_work_stays_another() -> None:
    others = [
        entry("Ketamine and sleep", LINKS["pii"].replace("1234", "1235")),
        entry("Ketamine", "https://f.example/2"),
    ]
    assert set(shown(filled([pubmed(), *others])).values()) == {None}


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        (PII, PII), ("S0165032726001234", PII), ("S2215-0366(26)00012-X", "S2215-0366(26)00012-X"),
        ("B978-0-12-800000-1.00001-1", None), ("12345", None), ("S01650327260012345", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_pii_has_one_spelling(written: str | None, spelled: str | None) -> None:
    assert normalise_pii(written) == spelled
