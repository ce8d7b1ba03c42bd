"""The sample's E-utilities: answers as the real service gives them, read by others' parsers and by the real DTDs."""

from __future__ import annotations

import datetime
import json
import math
from io import BytesIO
from pathlib import Path
from typing import Any

import Bio.Entrez
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from crawler.config import load_config
from crawler.sample.catalogue import load_catalogue
from crawler.sample.exchange import Answer, Asked
from crawler.sample.pubmed_service import Eutilities
from crawler.sample.server import BAD_ID_RECORD
from spiders.entrez_answers import Trouble, read_found
from spiders.pubmed import PubmedSpider
from spiders.pubmed_xml import parse
from store.records import Record
from tests.sample_records import ARTICLES, TRIAL, article

DTDS = Path(Bio.Entrez.__file__).parent / "DTDs"
SERVICE = Eutilities(ARTICLES, BAD_ID_RECORD)


def ask(utility: str, service: Eutilities = SERVICE, today: str | None = None, **params: Any) -> Answer:
    asked = Asked(
        0.0,
        "GET",
        f"/entrez/eutils/{utility}.fcgi",
        tuple((name, str(value)) for name, value in params.items()),
    )
    answer = service.answer(utility, asked, today)
    assert answer is not None
    return answer


def valid(answer: Answer, dtd: str) -> etree._Element:
    """The root of an answer that the real service's DTD (as Biopython ships it) accepts."""
    root = etree.fromstring(answer.body)
    checked = etree.DTD(file=str(DTDS / dtd))
    assert checked.validate(root), checked.error_log.filter_from_errors()
    return root


def valid_links(answer: Answer) -> etree._Element:
    """The same for elink, whose DTD libxml2 refuses as ambiguous: Biopython checks every element against it."""
    Bio.Entrez.read(BytesIO(answer.body), validate=True)
    return etree.fromstring(answer.body)


def listed(answer: Answer) -> list[str]:
    return [str(each.text) for each in valid(answer, "esearch.dtd").iterfind("IdList/Id")]


def many(count: int) -> Eutilities:
    """Records "1" to `count`, the last of them entered last."""
    first = datetime.date(2020, 1, 1)
    days = (first + datetime.timedelta(days=at // 3) for at in range(count))
    return Eutilities(
        (article(str(at + 1), "Ketamine", entered=f"{day}") for at, day in enumerate(days)),
        BAD_ID_RECORD,
        cap=20,
    )


# -- esearch


@pytest.mark.parametrize(
    ("term", "pmids"),
    [("ketamine", ["11", "333"]), ("ketamine OR esketamine", ["22", "11", "333"]), ("psilocybin", []),
     ("ketamine[tiab] AND 2013/01/01:2013/12/31[crdt]", ["11"]), ('"not here at all"[ti] OR rat[xyz]', ["333"])],
)  # fmt: skip
def test_a_search_is_valid_and_read_by_biopython_and_by_us(term: str, pmids: list[str]) -> None:
    answer = ask("esearch", term=term)
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=UTF-8")
    assert listed(answer) == pmids  # entered last, first
    read = Bio.Entrez.read(BytesIO(answer.body), validate=False)
    assert (read["Count"], read["RetMax"], list(read["IdList"])) == (str(len(pmids)), str(len(pmids)), pmids)
    if "FieldNotFound" not in read.get("ErrorList", {}) or not read["ErrorList"]["FieldNotFound"]:
        assert read_found(answer.body).pmids == tuple(pmids)


def test_nothing_found_says_so_in_the_service_s_words() -> None:
    root = valid(ask("esearch", term="abcXYZ"), "esearch.dtd")
    assert root.findtext("Count") == "0"
    assert root.findtext("ErrorList/PhraseNotFound") == "abcXYZ"
    assert root.findtext("WarningList/OutputMessage") == "No items found."


def test_the_json_form_has_the_service_s_keys() -> None:
    assert json.loads(ask("esearch", term="abcXYZ", retmode="json").body) == {
        "header": {"type": "esearch", "version": "0.3"},
        "esearchresult": {
            "count": "0",
            "retmax": "0",
            "retstart": "0",
            "idlist": [],
            "translationset": [],
            "querytranslation": '"abcxyz"[All Fields]',
            "errorlist": {"phrasesnotfound": ["abcXYZ"], "fieldsnotfound": []},
            "warninglist": {
                "phrasesignored": [],
                "quotedphrasesnotfound": [],
                "outputmessages": ["No items found."],
            },
        },
    }
    found = json.loads(ask("esearch", term="ketamine", retmode="json").body)["esearchresult"]
    assert found["idlist"] == ["11", "333"]
    assert not {"errorlist", "warninglist"} & found.keys()


def test_json_error_lists_are_those_of_a_real_answer(shared: Path) -> None:
    real = json.loads((shared / "corpus/wire/errors/http200_esearch_notfound.json").read_text())
    ours = json.loads(ask("esearch", term="TB03JUN2009E__Contig_2000", retmode="json").body)
    assert _shape(ours) == _shape(real)


def test_an_unknown_field_is_trouble_for_our_reader() -> None:
    with pytest.raises(Trouble, match="search field xyz"):
        read_found(ask("esearch", term="rat[xyz]").body)


def test_twenty_unless_told_otherwise() -> None:
    service = many(30)
    assert listed(ask("esearch", service, term="ketamine")) == [str(n) for n in range(30, 10, -1)]
    assert listed(ask("esearch", service, term="ketamine", retmax=0)) == []


@given(st.integers(0, 19), st.integers(1, 19))
def test_pages_together_are_the_whole(count: int, size: int) -> None:
    service = many(count)
    whole = listed(ask("esearch", service, term="ketamine", retmax=20))
    pages = [
        listed(ask("esearch", service, term="ketamine", retstart=at, retmax=size))
        for at in range(0, count, size)
    ]
    assert [pmid for page in pages for pmid in page] == whole
    assert len(whole) == count
    assert len(pages) == math.ceil(count / size)


def test_no_more_than_the_cap_is_listed() -> None:
    answer = ask("esearch", many(25), term="ketamine", retmax=9999)
    assert (read_found(answer.body).count, len(listed(answer))) == (25, 20)
    assert "Restrictions achieved. start and count adjusted to 0, 20" in answer.body.decode()
    assert listed(ask("esearch", many(25), term="ketamine", retstart=19, retmax=9)) == ["6"]


def test_a_position_past_the_cap_is_an_error_inside_http_200() -> None:
    answer = ask("esearch", many(25), term="ketamine", retstart=20)
    assert answer.status == 200
    message = valid(answer, "esearch.dtd").findtext("ERROR")
    assert message == "Search Backend failed: Exception:\nPosition 20 is out of acceptable range [20,19]"
    with pytest.raises(Trouble, match="out of acceptable range"):
        read_found(answer.body)


def test_past_the_end_is_an_empty_page() -> None:
    answer = ask("esearch", term="ketamine", retstart=5)
    assert (read_found(answer.body).count, listed(answer)) == (2, [])


@pytest.mark.parametrize(
    ("sort", "pmids"),
    [("", ["22", "11", "333"]), ("relevance", ["22", "11", "333"]), ("pub_date", ["11", "333", "22"]),
     ("pub date", ["11", "333", "22"]), ("title", ["11", "22", "333"]), ("Author", ["22", "333", "11"])],
)  # fmt: skip
def test_sorting(sort: str, pmids: list[str]) -> None:
    assert listed(ask("esearch", term="ketamine OR esketamine", sort=sort)) == pmids


def test_an_unknown_sort_is_said_and_passed_over() -> None:
    answer = ask("esearch", term="ketamine", sort="colour")
    assert listed(answer) == ["11", "333"]
    assert "Unknown sort schema 'colour' ignored" in read_found(answer.body).warnings[0]


def test_only_the_count() -> None:
    root = valid(ask("esearch", term="ketamine", rettype="count"), "esearch.dtd")
    assert [(child.tag, child.text) for child in root] == [("Count", "2")]
    assert json.loads(ask("esearch", term="ketamine", rettype="count", retmode="json").body)[
        "esearchresult"
    ] == {"count": "2"}


@pytest.mark.parametrize(
    ("dates", "pmids"),
    [({"datetype": "crdt", "mindate": "2013/01/01", "maxdate": "2013"}, ["11"]),
     ({"datetype": "pdat", "mindate": "2000", "maxdate": "2000/02"}, ["333"]),
     ({"mindate": "2018", "maxdate": "2018"}, ["22"]),
     ({"datetype": "crdt", "reldate": "0"}, ["22"]),
     ({"datetype": "crdt", "reldate": "2000"}, ["22", "11"])],
)  # fmt: skip
def test_date_parameters(dates: dict[str, str], pmids: list[str]) -> None:
    assert listed(ask("esearch", today="2018-04-17", term="ketamine OR esketamine", **dates)) == pmids


@pytest.mark.parametrize(
    ("params", "status", "message"),
    [({}, 200, "Empty term and query_key - nothing todo"),
     ({"term": "a", "db": "pub"}, 200, "Invalid db name specified: pub"),
     ({"term": "(a"}, 200, "Can't run executor: a parenthesis that is not closed"),
     ({"term": "a", "retmax": "many"}, 400, "retmax must be a whole number: many"),
     ({"term": "a", "retstart": "-1"}, 400, "retstart must be a whole number: -1"),
     ({"term": "a", "mindate": "2013"}, 400, "mindate and maxdate are needed both, as YYYY/MM/DD, YYYY/MM or YYYY"),
     ({"term": "a", "reldate": "3", "datetype": "tiab"}, 400, "Unknown datetype: tiab")],
)  # fmt: skip
def test_what_esearch_refuses(params: dict[str, str], status: int, message: str) -> None:
    answer = ask("esearch", **params)
    assert answer.status == status
    assert valid(answer, "esearch.dtd").findtext("ERROR") == message
    as_json = json.loads(ask("esearch", retmode="json", **params).body)
    assert as_json["esearchresult"] == {"ERROR": message}


def test_what_came_later_than_today_is_not_there_yet() -> None:
    assert listed(ask("esearch", today="2013-08-27", term="ketamine")) == ["333"]
    assert listed(ask("esearch", today="2013-08-28", term="ketamine")) == ["11", "333"]
    assert b"No items found." in ask("esearch", today="1999-12-31", term="ketamine").body
    assert _pmids(ask("efetch", today="2013-08-27", id="11,333", retmode="xml")) == ["333"]
    assert "cannot get document summary" in ask("esummary", today="2013-08-27", id="11").body.decode()
    assert b"<LinkSetDb>" not in ask("elink", today="2013-08-27", dbfrom="pubmed", id="333").body


def test_control_characters_of_a_query_do_not_break_the_xml() -> None:
    assert valid(ask("esearch", term="\x07\x00<&>"), "esearch.dtd").findtext("Count") == "0"


# -- efetch


def _pmids(answer: Answer) -> list[str]:
    root = (
        valid(answer, "pubmed_250101.dtd")
        if b"<PubmedArticle>" in answer.body
        else etree.fromstring(answer.body)
    )
    numbers: Any = root.xpath("PubmedArticle/MedlineCitation/PMID | PubmedBookArticle/BookDocument/PMID")
    return [str(each.text) for each in numbers]


def test_records_come_in_the_order_asked_for_each_once_and_unknown_ones_are_left_out() -> None:
    answer = ask("efetch", id="333,77777777, 11,333", retmode="xml", rettype="abstract")
    assert answer.content_type == "text/xml; charset=UTF-8"
    assert _pmids(answer) == ["333", "11"]
    assert _pmids(ask("efetch", id="77777777", retmode="xml")) == []


def test_the_record_is_whole_by_biopython() -> None:
    (read,) = Bio.Entrez.read(BytesIO(ask("efetch", id="11", retmode="xml").body), validate=False)[
        "PubmedArticle"
    ]
    citation, data = read["MedlineCitation"], read["PubmedData"]
    assert str(citation["PMID"]) == "11"
    assert citation.attributes == {"Status": "MEDLINE", "IndexingMethod": "Curated", "Owner": "NLM"}
    assert citation["Article"]["Pagination"] == {
        "StartPage": "1134",
        "EndPage": "1142",
        "MedlinePgn": "1134-42",
    }
    assert citation["DateRevised"] == {"Year": "2020", "Month": "02", "Day": "28"}
    assert [(str(name["DescriptorName"]), [str(q) for q in name["QualifierName"]]) for name in citation["MeshHeadingList"]] == [
        ("Ketamine", ["therapeutic use"]), ("Humans", [])
    ]  # fmt: skip
    assert [note.attributes["RefType"] for note in citation["CommentsCorrectionsList"]] == [
        "CommentIn",
        "ErratumIn",
    ]
    history = {
        date.attributes["PubStatus"]: (date["Year"], date["Month"], date["Day"]) for date in data["History"]
    }
    assert history == {
        "pubmed": ("2013", "8", "28"),
        "medline": ("2013", "12", "3"),
        "entrez": ("2013", "8", "28"),
    }
    assert [reference["Citation"] for reference in data["ReferenceList"][0]["Reference"]] == [
        "Berman RM, 2000", "Zarate CA, 2006", "A book"
    ]  # fmt: skip


def test_our_parser_finds_in_the_record_what_the_catalogue_has() -> None:
    (record,) = parse(ask("efetch", id="11", retmode="xml").body)
    assert isinstance(record, Record)
    assert record.title == "Efficacy of (R,S)-ketamine & midazolam: a randomised trial at p<0.05."
    assert record.abstract is not None
    assert "Sixty adults; é, 中, 𝛼" in record.abstract
    assert "< >" in record.abstract
    assert [author.family or author.name for author in record.authors] == [
        "Murrough",
        "Müller",
        "Trial Group",
    ]
    assert (record.pmid, record.doi, record.pmcid, record.nct_ids) == (
        TRIAL.pmid,
        TRIAL.doi,
        TRIAL.pmcid,
        ["NCT00768430", "NCT01627782"],
    )
    assert (record.published, record.entered, record.revised) == ("2013-10-05", "2013-08-28", "2020-02-28")
    assert record.publication is not None
    assert (record.publication.pages, record.publication.vernacular_title) == ("1134-42", "Une étude")
    assert [reference.work for reference in record.references] == ["pubmed:333", "pubmed:4444", None]


def test_markup_is_kept_where_it_is_whole_and_text_where_it_is_not() -> None:
    root = etree.fromstring(ask("efetch", id="22", retmode="xml").body)
    assert root.findtext(".//AbstractText") == "One <unknown>tag</unknown>."
    service = Eutilities(
        [article("5", "The <i>S</i>-form of C<sub>13</sub>"), article("6", "<i>S</i>, p <b> q")],
        BAD_ID_RECORD,
    )
    whole, half = etree.fromstring(ask("efetch", service, id="5,6", retmode="xml").body).iterfind(
        ".//ArticleTitle"
    )
    assert [(child.tag, child.text) for child in whole] == [("i", "S"), ("sub", "13")]
    assert ([*half], half.text) == ([], "<i>S</i>, p <b> q")


def test_an_id_that_is_no_number_is_answered_with_pmid_1_and_that_record_says_what_it_is() -> None:
    answer = ask("efetch", id="abc,11", retmode="xml")
    assert _pmids(answer) == ["1", "11"]
    assert (
        etree.fromstring(answer.body)
        .findtext(".//ArticleTitle", "")
        .startswith("[Invented for this sample] ")
    )
    assert listed(ask("esearch", term="1:99[uid]")) == ["22", "11"]
    assert listed(ask("esearch", term="1[uid]")) == ["1"]


def test_without_retmode_it_is_text() -> None:
    answer = ask("efetch", id="333")
    assert (answer.content_type, answer.body) == (
        "text/plain; charset=UTF-8",
        b"PMID- 333\nTI  - Ketamine in the rat\n",
    )


def test_no_ids_at_all_are_http_400() -> None:
    answer = ask("efetch", retmode="xml")
    assert answer.status == 400
    assert (
        etree.fromstring(answer.body).findtext("ERROR") == "ID list is empty! Possibly it has no correct IDs."
    )


def test_records_are_written_in_ascii_as_pubmed_does() -> None:
    body = ask("efetch", id="11", retmode="xml").body
    assert body.isascii()
    assert b"M&#xfc;ller" in body


def test_elements_are_those_of_real_records(shared: Path) -> None:
    real: set[str] = set()
    for path in (shared / "corpus/pubmed_xml").glob("*.xml"):
        real |= {
            str(element.tag)
            for element in etree.parse(str(path), etree.XMLParser(load_dtd=False, no_network=True)).iter(
                etree.Element
            )
        }
    ours = {
        str(element.tag) for element in etree.fromstring(ask("efetch", id="11,22", retmode="xml").body).iter()
    }
    assert ours <= real


# -- elink and esummary


def test_who_is_cited_and_who_cites() -> None:
    cited = valid_links(ask("elink", dbfrom="pubmed", id="333", linkname="pubmed_pubmed_citedin"))
    assert [each.text for each in cited.iterfind("LinkSet/LinkSetDb/Link/Id")] == ["11", "22"]
    read = Bio.Entrez.read(
        BytesIO(ask("elink", dbfrom="pubmed", id="11", linkname="pubmed_pubmed_refs").body), validate=False
    )
    assert [link["Id"] for link in read[0]["LinkSetDb"][0]["Link"]] == ["333"]  # 4444 is not in the catalogue


def test_each_id_parameter_has_its_own_link_set() -> None:
    pairs = (("dbfrom", "pubmed"), ("id", "11"), ("id", "333"))
    answer = SERVICE.answer("elink", Asked(0.0, "GET", "/entrez/eutils/elink.fcgi", pairs), None)
    assert answer is not None
    sets = valid_links(answer).findall("LinkSet")
    assert [one.findtext("IdList/Id") for one in sets] == ["11", "333"]
    together = valid_links(ask("elink", dbfrom="pubmed", id="11,333")).findall("LinkSet")
    assert [[each.text for each in one.iterfind("IdList/Id")] for one in together] == [["11", "333"]]


def test_links_as_json_and_none_at_all() -> None:
    answer = ask("elink", dbfrom="pubmed", id="22", linkname="pubmed_pubmed_refs", retmode="json")
    assert json.loads(answer.body)["linksets"] == [
        {"dbfrom": "pubmed", "ids": ["22"], "linksetdbs": [{"dbto": "pubmed", "linkname": "pubmed_pubmed_refs", "links": ["11", "333"]}]}
    ]  # fmt: skip
    nothing = valid_links(ask("elink", dbfrom="pubmed", id="77"))
    assert nothing.find("LinkSet/LinkSetDb") is None
    assert ask("elink", dbfrom="pubmed", id="11", cmd="acheck").body.count(b"<ERROR>") == 1
    assert ask("elink", dbfrom="pubmed").status == 400


def test_document_summaries_of_version_1() -> None:
    answer = ask("esummary", id="11,333")
    valid(answer, "esummary-v1.dtd")
    first, second = Bio.Entrez.read(BytesIO(answer.body), validate=False)
    assert (first["Id"], first["PubDate"], first["SO"]) == ("11", "2013 Oct 5", "2013 Oct 5;170(10):1134-42")
    assert (list(first["AuthorList"]), first["LastAuthor"]) == (
        ["Murrough JW", "Müller", "Trial Group"],
        "Trial Group",
    )
    assert (first["Title"], first["HasAbstract"]) == (
        "Efficacy of (R,S)-ketamine & midazolam: a randomised trial at p<0.05.",
        1,
    )
    assert (second["Id"], second["Source"], second["SO"]) == ("333", "", "2000 Feb;")


def test_document_summaries_of_version_2_and_json_agree() -> None:
    root = etree.fromstring(ask("esummary", id="11,77", version="2.0").body)
    documents = json.loads(ask("esummary", id="11,77", retmode="json").body)["result"]
    assert documents["uids"] == ["11", "77"]
    assert documents["77"] == {"uid": "77", "error": "cannot get document summary"}
    document = root.find("DocumentSummarySet/DocumentSummary[@uid='11']")
    assert document is not None
    assert [child.tag.lower() for child in document] == [key for key in documents["11"] if key != "uid"]
    assert [each.text for each in document.iterfind("ArticleIds/ArticleId/Value")] == [
        one["value"] for one in documents["11"]["articleids"]
    ]
    assert (
        root.findtext("DocumentSummarySet/DocumentSummary[@uid='77']/error") == "cannot get document summary"
    )


def test_a_summary_has_the_items_of_a_real_one(shared: Path) -> None:
    real = etree.parse(str(shared / "corpus/wire/eutils/biopython__esummary1.xml"))
    names = [each.get("Name") for each in real.find("DocSum").iterfind("Item")]  # type: ignore[union-attr]
    ours = [
        each.get("Name") for each in etree.fromstring(ask("esummary", id="333").body).iterfind("DocSum/Item")
    ]
    assert ours == names


def test_a_summary_of_nothing_is_refused() -> None:
    answer = ask("esummary")
    assert valid(answer, "esummary-v1.dtd").findtext("ERROR") == "Neither query_key nor id specified"


def test_a_utility_that_there_is_none_of() -> None:
    assert SERVICE.answer("egquery", Asked(0.0, "GET", "/", ()), None) is None


# -- the bundled catalogue


@pytest.fixture(scope="module")
def bundled() -> Eutilities:
    return Eutilities(load_catalogue().articles, BAD_ID_RECORD)


def test_every_bundled_record_is_valid_and_read(bundled: Eutilities) -> None:
    catalogue = {one.pmid: one for one in load_catalogue().articles}
    answer = ask("efetch", bundled, id=",".join(catalogue), retmode="xml")
    assert _pmids(answer) == list(catalogue)
    for record in parse(answer.body):
        assert isinstance(record, Record)
        assert record.pmid is not None
        article = catalogue[record.pmid]
        assert (record.doi, record.pmcid) == (article.doi and article.doi.lower(), article.pmcid)
        assert set(article.nct or ()) <= set(record.nct_ids)
        assert len(record.authors) == len(article.authors or ())
        assert record.entered == article.entered
    read = Bio.Entrez.read(BytesIO(answer.body), validate=False)
    assert len(read["PubmedArticle"]) + len(read["PubmedBookArticle"]) == len(catalogue)


def test_the_topic_is_found_and_another_is_not(bundled: Eutilities) -> None:
    catalogue = load_catalogue()
    topic = PubmedSpider.query_for(load_config(environ={}).topic)
    found = read_found(ask("esearch", bundled, term=topic, retmax=9999).body)
    assert 0 < found.count <= len(catalogue.articles)
    assert read_found(ask("esearch", bundled, term="psilocybin[tiab] AND depressi*[tiab]").body).count == 0


def _shape(value: Any) -> Any:
    """A JSON value's keys and types, its texts left out and lists cut to their first entry."""
    if isinstance(value, dict):
        return {key: _shape(each) for key, each in value.items()}
    return [_shape(each) for each in value[:1]] if isinstance(value, list) else type(value).__name__
