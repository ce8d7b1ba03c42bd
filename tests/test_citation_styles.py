"""References in AMA, Vancouver and APA 7: names, missing parts, kinds of works, and what became of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.exports.citation import plain, references
from store.exports.citation_parts import journal_name, long_date, nlm_date
from store.exports.works import Work, WorkNotice
from store.records import Author
from tests.site_client import Fetch, text

FEDER = Author("Feder A", "Feder", "Adriana", "A")
CHARNEY = Author("Charney DS", "Charney", "Dennis S", "DS")
GROUP = Author("STAR*D Group", collective=True)
BASE: dict[str, Any] = {
    "id": "pubmed:1", "source": "pubmed", "kind": "article", "title": "Ketamine for PTSD.", "authors": (FEDER, CHARNEY),
    "venue": "JAMA Psychiatry", "journal": "JAMA psychiatry", "volume": "71", "issue": "6", "pages": "681-8",
    "published": "2014-06-01", "doi": "10.1001/x.2014.62", "pmid": "1",
}  # fmt: skip
NOTICE = Work(**BASE | {"id": "pubmed:2", "volume": "72", "issue": "1", "pages": "9", "published": "2015-01"})


def cited(stated: dict[str, Work] | None = None, **more: Any) -> dict[str, str]:
    found = references(Work(**BASE | more), stated or {}, "2026-11-23")
    return {style: plain(runs) for style, runs in found.items()}


def people(count: int) -> tuple[Author, ...]:
    return tuple(Author(f"Name{number} A", f"Name{number}", None, "A") for number in range(1, count + 1))


def test_an_article_in_each_style() -> None:
    assert cited() == {
        "AMA": "Feder A, Charney DS. Ketamine for PTSD. JAMA Psychiatry. 2014;71(6):681-688. doi:10.1001/x.2014.62",
        "Vancouver": "Feder A, Charney DS. Ketamine for PTSD. JAMA Psychiatry. 2014 Jun 1;71(6):681-8. doi: 10.1001/x.2014.62. PubMed PMID: 1.",
        "APA": "Feder, A., & Charney, D. S. (2014). Ketamine for PTSD. JAMA Psychiatry, 71(6), 681–688. https://doi.org/10.1001/x.2014.62",
    }  # fmt: skip
    italics = [run.text for run in references(Work(**BASE), {}, "2026-11-23")["APA"] if run.italic]
    assert italics == ["JAMA Psychiatry", "71"]


@pytest.mark.parametrize(
    ("count", "ama", "vancouver", "apa"),
    [
        (1, "Name1 A. K", "Name1 A. K", "Name1, A. (2014)"),
        (6, "Name5 A, Name6 A. K", "Name5 A, Name6 A. K", "Name5, A., & Name6, A. (2014)"),
        (7, "Name1 A, Name2 A, Name3 A, et al. K", "Name6 A, et al. K", "Name6, A., & Name7, A. (2014)"),
        (20, "Name3 A, et al. K", "Name6 A, et al. K", "Name19, A., & Name20, A. (2014)"),
        (21, "Name3 A, et al. K", "Name6 A, et al. K", "Name18, A., Name19, A., . . . Name21, A. (2014)"),
    ],
)
def test_how_many_names_stand(count: int, ama: str, vancouver: str, apa: str) -> None:
    told = cited(authors=people(count))
    assert ama in told["AMA"]
    assert vancouver in told["Vancouver"]
    assert apa in told["APA"]


def test_groups_suffixes_and_compound_names() -> None:
    told = cited(authors=(*people(7), GROUP))
    assert told["AMA"].startswith("Name1 A, Name2 A, Name3 A, et al; STAR*D Group. Ketamine")
    assert "Name7, A., & STAR*D Group. (2014)" in told["APA"]
    junior = Author("Smith J-P Jr", "Smith", "Jean-Paul", "JP")
    assert cited(authors=(junior,))["APA"].startswith("Smith, J.-P., Jr. (2014)")
    assert cited(authors=(Author("Jane Roe"),))["APA"].startswith("Jane Roe. (2014)")
    assert cited(authors=())["APA"].startswith("Ketamine for PTSD. (2014). JAMA Psychiatry")
    assert cited(authors=())["AMA"].startswith("Ketamine for PTSD. JAMA Psychiatry")


@pytest.mark.parametrize(
    ("missing", "ama", "vancouver", "apa"),
    [
        ({"volume": None}, ". 2014;(6):681-688.", ". 2014 Jun 1;(6):681-8.", "JAMA Psychiatry, (6), 681–688."),
        ({"issue": None}, ". 2014;71:681-688.", ". 2014 Jun 1;71:681-8.", "JAMA Psychiatry, 71, 681–688."),
        ({"pages": None}, ". 2014;71(6).", ". 2014 Jun 1;71(6).", "JAMA Psychiatry, 71(6)."),
        ({"pages": "e0209899"}, ":e0209899.", ":e0209899.", ", Article e0209899."),
        ({"published": None}, "Psychiatry. 71(6):681-688.", "Psychiatry. 71(6):681-8.", "(n.d.). Ketamine"),
        ({"volume": None, "issue": None, "pages": None}, "Psychiatry. 2014. doi", "Psychiatry. 2014 Jun 1. doi", "Psychiatry. https"),
        ({"volume": None, "issue": None, "pages": None, "medline_status": "Publisher"}, "Published online June 1, 2014.", "2014 Jun 1.", "(2014)"),
        ({"title": "Does ketamine work?"}, "work? JAMA", "work? JAMA", "work? JAMA"),
        ({"doi": None, "url": "https://example.org/1"}, "Accessed November 23, 2026. https://example.org/1", "PMID: 1.", ". https://example.org/1"),
        ({"doi": "no doi", "pmid": None}, ":681-688.", ":681-8.", "681–688."),
    ],
)  # fmt: skip
def test_what_is_unknown_is_left_out(missing: dict[str, Any], ama: str, vancouver: str, apa: str) -> None:
    told = cited(**missing)
    assert ama in told["AMA"]
    assert vancouver in told["Vancouver"]
    assert apa in told["APA"]
    for one in told.values():
        assert "None" not in one
        assert "  " not in one
        assert ".." not in one.replace(". . .", "")


def test_preprints_registrations_books_and_news() -> None:
    preprint = cited(
        kind="preprint",
        venue="medRxiv",
        journal="medRxiv : the preprint server",
        volume=None,
        issue=None,
        pages=None,
    )
    assert "medRxiv. Preprint posted online June 1, 2014. doi" in preprint["AMA"]
    assert "medRxiv [Preprint]. 2014 Jun 1." in preprint["Vancouver"]
    assert "Ketamine for PTSD [Preprint]. medRxiv. https://doi.org/" in preprint["APA"]
    trial = cited(
        id="clinicaltrials:NCT00088699", kind="registration", authors=(), venue="ClinicalTrials.gov", journal=None, doi=None,
        pmid=None, sponsor="NIMH", published="2004-08-03", url="https://clinicaltrials.gov/study/NCT00088699",
        standing=None, status="COMPLETED",
    )  # fmt: skip
    assert trial["AMA"].startswith(
        "Ketamine for PTSD. ClinicalTrials.gov identifier: NCT00088699. Posted August 3, 2004. Accessed"
    )
    assert trial["Vancouver"].startswith(
        "NIMH. Ketamine for PTSD. ClinicalTrials.gov [Internet]. Identifier NCT00088699. 2004 Aug 3."
    )
    assert trial["APA"].startswith(
        "NIMH. (2004). Ketamine for PTSD (Identifier NCT00088699) [Clinical trial registration]."
    )
    book = {"title": "StatPearls", "publisher": "StatPearls Publishing", "place": "Treasure Island (FL)"}
    chapter = cited(book=book, journal=None, venue="StatPearls", doi=None)
    assert "Ketamine for PTSD. In: StatPearls. StatPearls Publishing; 2014." in chapter["AMA"]
    assert "In: StatPearls. Treasure Island (FL): StatPearls Publishing; 2014 Jun 1." in chapter["Vancouver"]
    assert "(2014). Ketamine for PTSD. In StatPearls. StatPearls Publishing." in chapter["APA"]
    whole = cited(book=book | {"title": "Ketamine for PTSD"}, doi=None)
    assert "Ketamine for PTSD. StatPearls Publishing; 2014." in whole["AMA"]
    news = cited(kind="news", authors=(), venue="Psychiatric News", volume=None, issue=None, pages=None)
    assert news["APA"].startswith("Ketamine for PTSD. (2014, June 1). Psychiatric News. https")


def test_a_retraction_is_stated_as_each_style_states_it() -> None:
    by = WorkNotice("retraction", "pubmed:1", "pubmed:2", "2015-01", ("pubmed",), "Retraction")
    told = cited({"pubmed:2": NOTICE}, standing="retracted", status="retracted", notices=(by,))
    assert "681-688. Retraction in: JAMA Psychiatry. 2015 Jan;72(1):9. doi:" in told["AMA"]
    assert "681-8. Retraction in: JAMA Psychiatry. 2015 Jan;72(1):9. doi:" in told["Vancouver"]
    assert told["APA"].endswith("2014.62 (Retraction published 2015, JAMA Psychiatry, 72[1], 9)")
    away = cited(standing="retracted", notices=(by,))
    assert "681-688. Retracted 2015 Jan. doi" in away["AMA"]
    assert away["APA"].endswith("(Retraction published 2015)")
    as_text = WorkNotice("retraction", "pubmed:1", None, "2015-01", ("pubmed",), "JAMA. 2015 Jan;72(1):9.")
    assert "Retraction in: JAMA. 2015 Jan;72(1):9." in cited(standing="retracted", notices=(as_text,))["AMA"]
    bare = cited(standing="retracted")
    assert "681-688. Retracted. doi" in bare["AMA"]
    assert bare["APA"].endswith("(Retracted)")
    for kind, standing, words in (
        ("withdrawal", "withdrawn", "Withdrawal"), ("partial-retraction", "partly-retracted", "Partial retraction"),
        ("expression-of-concern", "concern", "Expression of concern"),
    ):  # fmt: skip
        one = WorkNotice(kind, "pubmed:1", "pubmed:2", "2015-01", ("pubmed",), None)
        told = cited({"pubmed:2": NOTICE}, standing=standing, notices=(one,))
        assert f" {words} in: JAMA Psychiatry. 2015 Jan" in told["AMA"]
        assert f"({words} published 2015, JAMA" in told["APA"]


def test_what_no_longer_holds_is_not_said_and_corrections_are() -> None:
    by = WorkNotice("retraction", "pubmed:1", "pubmed:2", "2015-01", ("pubmed",), None)
    told = cited({"pubmed:2": NOTICE}, standing=None, notices=(by,))  # reinstated
    assert all("etract" not in one for one in told.values())
    erratum = WorkNotice("correction", "pubmed:1", "pubmed:2", "2015", ("pubmed",), "Erratum")
    corrected = cited({"pubmed:2": NOTICE}, standing="corrected", notices=(erratum,))
    assert "681-688. Erratum in: JAMA Psychiatry. 2015 Jan;72(1):9." in corrected["AMA"]
    assert corrected["APA"] == cited()["APA"]


def test_names_of_journals_and_dates() -> None:
    assert (
        journal_name("The Cochrane database of systematic reviews")
        == "The Cochrane Database of Systematic Reviews"
    )
    assert (
        journal_name("Revista brasileira de psiquiatria (Sao Paulo, Brazil : 1999)")
        == "Revista Brasileira de Psiquiatria"
    )
    assert (long_date("2014-06"), nlm_date("2014-06-30"), long_date("soon"), nlm_date(None)) == (
        "June 2014",
        "2014 Jun 30",
        "",
        "",
    )


WORDS = st.text(max_size=12)


@given(
    st.builds(
        Work, id=WORDS, source=WORDS,
        kind=st.sampled_from(["article", "preprint", "registration", "news", "regulatory", "work"]),
        title=st.none() | WORDS, authors=st.lists(st.builds(Author, WORDS, st.none() | WORDS, st.none() | WORDS)).map(tuple),
        venue=st.none() | WORDS, journal=st.none() | WORDS, volume=st.none() | WORDS, pages=st.none() | WORDS,
        published=st.none() | WORDS, standing=st.none() | st.sampled_from(["retracted", "corrected"]),
        book=st.dictionaries(st.sampled_from(["title", "publisher"]), st.none() | WORDS),
    )
)  # fmt: skip
def test_any_work_has_one_line_in_each_style(work: Work) -> None:
    for runs in references(work, {}, "2026-11-23").values():
        assert plain(runs).strip()
        assert "\n" not in plain(runs)


def test_the_record_page_says_how_to_cite_it_who_cites_and_whom(fetch: Fetch) -> None:
    page = fetch("/watch/records/pubmed~3A99000001").text
    assert "Retraction in: J Psychiatr Res. 2024 Feb;902:55." in text(page)
    assert "<i>Journal of Psychiatric Research</i>, <i>900</i>(4), 1–9." in page.replace("</i>", "</i>")
    assert '<button type="button" data-copies="cite-ama" aria-label="Copy as AMA" hidden>' in page
    assert '<script src="/kw-static/copy.js" defer></script>' in page
    cited = fetch("/watch/records/pubmed~3A24740528").text
    assert "known here cite" in text(cited)
    assert "OpenAlex counts 1" in text(cited)
    answer = fetch("/watch/citing_works.json", cited_id="pubmed:24740528", _size=0).json()
    assert f"Cited by: all {answer['filtered_table_rows_count']}" in text(cited)
    assert "/watch/citing_works?cited_id=pubmed%3A24740528" in cited
    citing = text(fetch("/watch/records/pubmed~3A98000001").text)
    own = fetch("/watch/citations.json", record_id="pubmed:98000001", _size=0).json()
    assert own["filtered_table_rows_count"] == 1
    assert "Cites: all 1" in citing
