"""The sample's files refused: each that cannot be, by file, record and cause."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from crawler.sample.catalogue import HERE, CatalogueError, load_catalogue
from crawler.sample.catalogue_records import Catalogue

ARTICLE = """
[[article]]
pmid = "99000001"
title = "[Invented for this sample] Ketamine."
published = "2024-02-29"
entered = "2024-03-01"
"""
STUDY = """
[[registration]]
nct = "NCT99000001"
brief_title = "[Invented for this sample] Ketamine"
status = "RECRUITING"
study_type = "INTERVENTIONAL"
last_update_posted = "2024-03-01"
"""


def load(folder: Path, articles: str = ARTICLE, registrations: str = STUDY) -> Catalogue:
    (folder / "articles.toml").write_text(articles, encoding="utf-8")
    (folder / "registrations.toml").write_text(registrations, encoding="utf-8")
    return load_catalogue(folder)


def test_the_least_that_can_be_said_is_enough(tmp_path: Path) -> None:
    catalogue = load(tmp_path)
    assert [one.pmid for one in catalogue.articles] == ["99000001"]
    assert [one.nct for one in catalogue.registrations] == ["NCT99000001"]


@pytest.mark.parametrize(
    ("added", "cause"),
    [
        ('yournal = "x"', "unknown key 'yournal'"),
        ("doi = 5", "doi: 5 is not a DOI"),
        ('doi = "doi:10.1/x"', "'doi:10.1/x' is not a DOI"),
        ('pmcid = "1234"', "'1234' is not a PMC id"),
        ('nct = ["NCT123"]', "nct: 'NCT123' is not an NCT number"),
        ('nct = "NCT99000001"', "nct: a list is wanted, not 'NCT99000001'"),
        ('nct = ["NCT99000002"]', "nct: the sample has no NCT99000002, nor is it in absent_registrations"),
        ('nct = ["NCT99000001", "NCT99000001"]', "nct: 'NCT99000001' is there twice"),
        ('medline_date = "2024 Spring"', "both or none of published and medline_date"),
        ('revised = "2024-02"', "revised: '2024-02' is no date of the form YYYY-MM-DD"),
        ('revised = "2024-02-30"', "revised: '2024-02-30' is no date"),
        ('revised = "2024-02-28"', "revised 2024-02-28 is before entered 2024-03-01"),
        ("revised = 2024-03-02", "revised: datetime.date(2024, 3, 2) is no date of the form"),
        ('mesh_date = "2024-04-01"', "has a mesh_date and no mesh"),
        ('issn = "1535-7229"', "'1535-7229' is not an ISSN: its check digit is wrong"),
        ('mesh = [["D7649", "Ketamine", true, []]]', "mesh: 'D7649' is not a MeSH descriptor UI"),
        ('mesh = [["D007649", "Ketamine", "yes", []]]', "mesh: true or false is wanted, not 'yes'"),
        ('mesh = [["D007649", "Ketamine"]]', "mesh: a list of 4 is wanted"),
        ('comments_corrections = [["Retracted", "", "x"]]', "'Retracted' is none of"),
        ('status = "medline"', "status: 'medline' is none of"),
        ('languages = ["English"]', "'English' is not a language"),
        ('abstract = "two  blanks"', "'two  blanks' is empty or has blanks too many"),
        ('abstract = ""', "'' is empty"),
        ('abstract = "<em>x</em>"', "markup that PubMed's titles never have"),
        ('abstract = "x"\nabstract_sections = [["AIM", "x"]]', "has both abstract and abstract_sections"),
        ('abstract_sections = [["Aim", "x"]]', "'Aim' is not a label in capitals"),
        ('unchecked = ["doi"]', "unchecked: doi is not there"),
        ('unchecked = ["journal"]', "unchecked: 'journal' is none of"),
    ],
)
def test_a_bad_article_is_refused_by_name_and_cause(tmp_path: Path, added: str, cause: str) -> None:
    with pytest.raises(CatalogueError) as raised:
        load(tmp_path, ARTICLE + added)
    assert str(raised.value).startswith("articles.toml: article 99000001: ")
    assert cause in str(raised.value)


@pytest.mark.parametrize(
    ("added", "cause"),
    [
        ('masking = "Double"', "masking: 'Double' is none of"),
        ('why_stopped = "Money"', "has a why_stopped and the status RECRUITING"),
        ("enrollment = -1", "enrollment: a number from 0 is wanted, not -1"),
        ("enrollment = true", "enrollment: a number from 0 is wanted, not True"),
        ('start = "2024-13"', "start: '2024-13' is no date of the form YYYY or YYYY-MM or YYYY-MM-DD"),
        ('first_posted = "2024-03-02"', "first_posted 2024-03-02 is after last_update_posted 2024-03-01"),
        (
            'interventions = [{ type = "DRUG", name = "Ketamine", dose = "1" }]',
            "interventions: unknown key 'dose'",
        ),
        ('interventions = [{ type = "DRUG" }]', "missing 1 required keyword-only argument: 'name'"),
        (
            'interventions = [{ type = "DRUG", name = "K", arms = ["A"] }]',
            "interventions: no arm is called 'A'",
        ),
        ('arms = [{ label = "A", interventions = ["Drug: K"] }]', "arms: no intervention is 'Drug: K'"),
        ('outcomes = ["MADRS"]', "outcomes: a table is wanted, not 'MADRS'"),
        ('aliases = ["NCT99000001"]', "NCT number NCT99000001 is there 2 times"),
    ],
)
def test_a_bad_registration_is_refused_by_name_and_cause(tmp_path: Path, added: str, cause: str) -> None:
    with pytest.raises(CatalogueError) as raised:
        load(tmp_path, registrations=STUDY + added)
    assert str(raised.value).startswith("registrations.toml: ")
    assert "NCT99000001" in str(raised.value)
    assert cause in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("99000001", "23982301", "number and title disagree on whether it is invented"),
        ("[Invented for this sample] ", "", "number and title disagree on whether it is invented"),
        ('pmid = "99000001"', "", "article number 1: missing 1 required keyword-only argument: 'pmid'"),
        ('pmid = "99000001"', 'pmid = "012"', "article 012: pmid: '012' is not a PMID"),
        ('published = "2024-02-29"', "", "both or none of published and medline_date"),
        ('published = "2024-02-29"', 'published = "2023-02-29"', "published: '2023-02-29' is no date"),
        ("[[article]]", "[[articles]]", "articles.toml: has no [[article]]"),
        ("[[article]]", "[[article]", "articles.toml: "),
        (
            "[[article]]",
            "absent_registrations = ['NCT1']\n[[article]]",
            "absent_registrations: 'NCT1' is not an NCT",
        ),
        ("[[article]]", "absent = []\n[[article]]", "articles.toml: unknown key 'absent'"),
        (
            "[[article]]",
            "absent_registrations = ['NCT99000001']\n[[article]]",
            "absent_registrations: NCT99000001 is in the sample, or no article names it",
        ),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, old: str, new: str, cause: str) -> None:
    with pytest.raises(CatalogueError, match=re.escape(cause)):
        load(tmp_path, ARTICLE.replace(old, new))


@pytest.mark.parametrize("key", ['doi = "10.1234/X"', 'pmcid = "PMC12"'])
def test_an_identifier_is_given_once(tmp_path: Path, key: str) -> None:
    other = ARTICLE.replace("99000001", "99000002") + key.replace("X", "x")
    with pytest.raises(CatalogueError, match="is there 2 times"):
        load(tmp_path, ARTICLE + key + other)
    with pytest.raises(CatalogueError, match="PMID 99000001 is there 2 times"):
        load(tmp_path, ARTICLE + ARTICLE)


def test_a_real_registration_has_no_alias_here(tmp_path: Path) -> None:
    one = STUDY.replace("NCT99000001", "NCT03113968").replace("[Invented for this sample] ", "")
    with pytest.raises(CatalogueError, match="only an invented registration has them here"):
        load(tmp_path, registrations=one + 'aliases = ["NCT00000001"]')


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        ('"DONE"', "status: 'DONE' is none of"),
        ('"WITHDRAWN"\nenrollment = 3', "is withdrawn, so its enrollment is 0"),
    ],
)
def test_a_status_that_cannot_be(tmp_path: Path, status: str, cause: str) -> None:
    with pytest.raises(CatalogueError, match=cause):
        load(tmp_path, registrations=STUDY.replace('"RECRUITING"', status))


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    shutil.copy(HERE / "registrations.toml", tmp_path)
    with pytest.raises(CatalogueError, match=r"articles\.toml: .*No such file"):
        load_catalogue(tmp_path)
    (tmp_path / "articles.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogueError, match=r"articles\.toml: .*decode"):
        load_catalogue(tmp_path)
