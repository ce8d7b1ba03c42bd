"""The sample's records: those that everyone expects, true to lists of real ones, read whole by our parsers."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from crawler.sample.catalogue import HERE, INVENTED_TITLE, SUMMARY_NOTE, load_catalogue
from crawler.sample.catalogue_records import Article, Catalogue
from crawler.sample.clinicaltrials_wire import study_json
from crawler.sample.pubmed_record import article_set, article_xml
from spiders.clinicaltrials_json import parse_study
from spiders.pubmed_xml import parse
from store.records import Record

#: issue "Works the sample must hold": name -> PMID, NCT number of its registration
WORKS = {
    "Berman 2000": ("10686270", None),
    "Zarate 2006": ("16894061", "NCT00088699"),
    "Murrough 2013": ("23982301", "NCT00768430"),
    "Feder 2014": ("24740528", "NCT00749203"),
    "Feder 2021": ("33397139", "NCT02397889"),
    "Abdallah 2022": ("35046508", "NCT02655692"),
    "Rodriguez 2013": ("23783065", None),
    "Taylor 2018": ("28849779", "NCT02083926"),
    "Diazgranados 2010": ("20679587", "NCT00088699"),
    "Zarate 2012": ("22297150", "NCT00088699"),
    "Grunebaum 2018": ("29202655", "NCT01700829"),
    "TRANSFORM-1": ("31290965", "NCT02417064"),
    "TRANSFORM-2": ("31109201", "NCT02418585"),
    "TRANSFORM-3": ("31734084", "NCT02422186"),
    "SUSTAIN-1": ("31166571", "NCT02493868"),
    "ASPIRE I": ("32412700", "NCT03039192"),
    "ASPIRE II": ("32861217", "NCT03097133"),
    "ESCAPE-TRD": ("37792613", "NCT04338321"),
    "ELEKT-D": ("37224232", "NCT03113968"),
    "KetECT": ("35020871", "NCT02522377"),
    "Phillips 2019": ("30922101", "NCT01945047"),
    "Wilkinson 2018": ("28969441", None),
    "Cochrane, unipolar": ("34510411", None),
    "Cochrane, bipolar": ("34623633", None),
}
#: publication types of which the tagger is to tell the kinds apart, by UI
KINDS = {
    "D016441": "Retracted Publication", "D016440": "Retraction of Publication", "D016425": "Published Erratum",
    "D000076942": "Preprint", "D002363": "Case Reports", "D016422": "Letter", "D016454": "Review",
    "D000078182": "Systematic Review", "D017418": "Meta-Analysis", "D016449": "Randomized Controlled Trial",
}  # fmt: skip


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def real(catalogue: Catalogue) -> list[Article]:
    return [article for article in catalogue.articles if not article.pmid.startswith("99")]


# -- what is there


@pytest.mark.parametrize("name", WORKS)
def test_a_work_that_everyone_expects_is_there_and_leads_to_its_registration(
    catalogue: Catalogue, name: str
) -> None:
    pmid, number = WORKS[name]
    article = next(one for one in catalogue.articles if one.pmid == pmid)
    studies = {study.nct: study for study in catalogue.registrations}
    if number is None:
        assert not article.nct
    else:
        named_there = [reference.pmid for reference in studies[number].references]
        assert number in article.nct or pmid in named_there


def test_it_is_as_large_as_its_readme_says(catalogue: Catalogue) -> None:
    table = re.findall(r"^\| (?:articles|registrations|entries) .*?\| (\d+) \| (\d+)", _readme(), re.M)
    studies = Counter(study.nct.startswith("NCT9900") for study in catalogue.registrations)
    invented = len(catalogue.articles) - len(real(catalogue))
    assert [tuple(map(int, row)) for row in table] == [
        (len(real(catalogue)), invented),
        (studies[False], studies[True]),
        *(_sizes(one.title for one in part) for part in (catalogue.isrctn, catalogue.feed_entries)),
    ]


def _sizes(titles: Iterable[str]) -> tuple[int, int]:
    invented = Counter(title.startswith(INVENTED_TITLE) for title in titles)
    return invented[False], invented[True]


def test_the_readme_names_every_invented_record_and_every_pmid_from_memory(catalogue: Catalogue) -> None:
    invented = [one.pmid for one in catalogue.articles if one.pmid.startswith("99")]
    invented += [one.nct for one in catalogue.registrations if one.nct.startswith("NCT9900")]
    from_memory = [one.pmid for one in catalogue.articles if "pmid" in one.unchecked]
    assert [number for number in invented + from_memory if number not in _readme()] == []


def test_all_kinds_of_records_are_there(catalogue: Catalogue) -> None:
    types = {pair for article in catalogue.articles for pair in article.publication_types}
    assert set(KINDS.items()) <= types
    mesh = [{heading[1] for heading in article.mesh} for article in catalogue.articles]
    assert any("Animals" in headings and "Humans" not in headings for headings in mesh)
    kinds = {kind for article in catalogue.articles for kind, _, _ in article.comments_corrections}
    assert kinds >= {
        "RetractionIn",
        "RetractionOf",
        "UpdateIn",
        "UpdateOf",
        "ErratumIn",
        "ErratumFor",
        "CommentOn",
    }
    statuses = {study.status for study in catalogue.registrations}
    assert statuses >= {"COMPLETED", "RECRUITING", "TERMINATED", "WITHDRAWN"}


def test_notices_within_the_sample_are_answered_by_the_other_side(catalogue: Catalogue) -> None:
    """Retraction, erratum and update stand in both records, as in PubMed."""
    said = {
        (one.pmid, kind, pmid) for one in catalogue.articles for kind, pmid, _ in one.comments_corrections
    }
    back = {"RetractionIn": "RetractionOf", "UpdateIn": "UpdateOf", "ErratumIn": "ErratumFor"}
    back |= {value: key for key, value in back.items()}
    pairs = [(pmid, back[kind], one) for one, kind, pmid in said if kind in back and pmid]
    assert len(pairs) == 8
    assert set(pairs) <= said


def test_an_abstract_ends_with_the_note_that_it_is_ours(catalogue: Catalogue) -> None:
    texts = [
        one.abstract or one.abstract_sections[-1][1]
        for one in catalogue.articles
        if one.abstract or one.abstract_sections
    ]
    assert len(texts) > 70
    assert [text for text in texts if not text.endswith(f" {SUMMARY_NOTE}")] == []
    assert SUMMARY_NOTE not in (HERE / "articles.toml").read_text(encoding="utf-8")


# -- our parsers read it whole


def test_our_parser_reads_every_article(catalogue: Catalogue) -> None:
    answer = article_set([article_xml(article) for article in catalogue.articles])
    records = {record.pmid: record for record in parse(answer) if isinstance(record, Record)}
    for article in catalogue.articles:
        record = records[article.pmid]
        assert record.title is not None
        assert record.title.strip("[]") == _plain(article.title).strip("[]")
        assert record.publication is not None
        assert record.publication.vernacular_title == article.vernacular_title
        assert len(record.authors) == len(article.authors)
        assert set(article.nct) <= set(record.nct_ids)
        assert {heading.ui for heading in record.headings} >= {heading[0] for heading in article.mesh}
        assert (record.entered or "")[:10] == article.entered


def test_our_parser_reads_every_registration(catalogue: Catalogue) -> None:
    for study in catalogue.registrations:
        record = parse_study(json.loads(json.dumps(study_json(study))))
        assert isinstance(record, Record)
        assert (record.id, record.title) == (f"clinicaltrials:{study.nct}", study.brief_title)
        assert record.registration is not None
        assert record.registration.enrollment == study.enrollment
        assert len(record.registration.interventions) == len(study.interventions)
        assert len(record.references) == len(study.references)


# -- what is said was compared with real records, where they are at hand


class Known:
    """What lists of real records say: PMID -> titles, DOIs, NCT numbers; and all NCT numbers and words of registries."""

    def __init__(self, shared: Path):
        self.titles: dict[str, set[str]] = defaultdict(set)
        self.cited: dict[str, str] = {}
        self.dois: dict[str, set[str]] = defaultdict(set)
        self.ncts: dict[str, set[str]] = defaultdict(set)
        self.checked_titles: dict[str, str] = {}
        with (shared / "reference/known_works.tsv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                if not row["title"].startswith("("):
                    self.checked_titles[row["pmid"]] = row["title"]
                    self._add(row["pmid"], row["title"], row["doi"], (row["nct"] or "").split(";"))
        for path in [
            shared / "corpus/ketamine_pubmed.jsonl",
            *sorted((shared / "gold").glob("ketamine*.jsonl")),
        ]:
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                text = f"{row.get('nct')} {row.get('abstract')}"
                self._add(row["pmid"], row["title"], row.get("doi"), re.findall(r"NCT\d{8}", text))
        for path in (shared / "corpus/pubmed_xml").glob("*38011560.xml"):
            self._add_xml(etree.parse(path))
        registries = [
            *(shared / "corpus/clinicaltrials_gov").glob("derived*"),
            shared / "gold/psynamic.jsonl",
        ]
        self.registries = " ".join(path.read_text(encoding="utf-8") for path in registries)
        self.numbers = set(re.findall(r"NCT\d{8}", self.registries)).union(*self.ncts.values())

    def _add(self, pmid: str, title: str, doi: str | None, numbers: list[str]) -> None:
        self.titles[pmid].add(_normal(title))
        self.dois[pmid].update(filter(None, [(doi or "").lower()]))
        self.ncts[pmid].update(filter(None, numbers))

    def _add_xml(self, tree: etree._ElementTree) -> None:
        for reference in tree.iterfind(".//Reference"):
            pmid = reference.findtext("ArticleIdList/ArticleId[@IdType='pubmed']")
            if pmid:
                self.cited[pmid] = _normal(reference.findtext("Citation") or "")


@pytest.fixture(scope="module")
def known(shared: Path) -> Known:
    return Known(shared)


def test_titles_are_those_of_the_known_works(catalogue: Catalogue, known: Known) -> None:
    ours = {one.pmid: one.title for one in catalogue.articles if one.pmid in known.checked_titles}
    assert len(ours) > 60
    for pmid, title in ours.items():
        assert _normal(title) == _normal(known.checked_titles[pmid]), pmid


def test_what_is_not_called_unchecked_stands_in_a_list_of_real_records(
    catalogue: Catalogue, known: Known
) -> None:
    assert list(_unproven(catalogue, known)) == []


def test_what_is_called_unchecked_stands_in_none(catalogue: Catalogue, known: Known) -> None:
    """So that the marks do not outlive the doubt."""
    for article in real(catalogue):
        proven = {"doi": (article.doi or "").lower() in known.dois[article.pmid]}
        proven["nct"] = bool(article.nct) and set(article.nct) <= known.ncts[article.pmid]
        proven["pmid"] = article.pmid in known.titles or article.pmid in known.cited
        assert [key for key in article.unchecked if proven.get(key)] == [], article.pmid
    for study in catalogue.registrations:
        assert not ("nct" in study.unchecked and study.nct in known.numbers), study.nct


def _unproven(catalogue: Catalogue, known: Known) -> Iterator[tuple[str, str]]:
    for article in real(catalogue):
        title = _normal(article.title)
        if "title" not in article.unchecked and title not in known.titles.get(article.pmid, ()):
            cited = known.cited.get(article.pmid, "")
            if title not in cited:
                yield article.pmid, title
        if (
            article.doi
            and "doi" not in article.unchecked
            and article.doi.lower() not in known.dois[article.pmid]
        ):
            yield article.pmid, article.doi
        if "nct" not in article.unchecked:
            yield from (
                (article.pmid, number) for number in article.nct if number not in known.ncts[article.pmid]
            )
    for study in catalogue.registrations:
        if study.nct.startswith("NCT9900"):
            continue
        if "nct" not in study.unchecked and study.nct not in known.numbers:
            yield study.nct, "number"
        if "brief_title" not in study.unchecked and study.brief_title not in known.registries:
            yield study.nct, study.brief_title


def _readme() -> str:
    return (HERE / "README.md").read_text(encoding="utf-8")


def _plain(title: str) -> str:
    return re.sub(r"</?(?:i|b|sup|sub|u)>", "", title)


def _normal(title: str) -> str:
    """Letters and digits alone, in lower case: markup, dashes and full stops aside."""
    return re.sub(r"[^a-z0-9]+", "", _plain(title).lower())
