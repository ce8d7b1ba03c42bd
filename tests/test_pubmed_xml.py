"""PubMed XML: every field of every oddity, what damage does, and that nothing outside the answer is ever read."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from spiders.pubmed_xml import parse
from store.records import Deletion, Notice, Record, Reject

FIXTURES = Path(__file__).parent / "fixtures" / "pubmed_xml"
GOLDEN = Path(__file__).parent / "golden" / "pubmed_xml"
SAVED = sorted(FIXTURES.glob("*.xml"))
NOTICES = (FIXTURES / "notices.xml").read_bytes()

Item = Record | Reject | Deletion


def record(name: str, place: int = 0) -> Record:
    found = list(parse((FIXTURES / name).read_bytes()))[place]
    assert isinstance(found, Record)
    return found


# --- what is read


def as_json(items: list[Item]) -> str:
    def filled(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return {name: value for name, value in pairs if value not in (None, [], (), {}, False)}

    shown = [{type(item).__name__: dataclasses.asdict(item, dict_factory=filled)} for item in items]
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.name)
def test_golden(path: Path) -> None:
    """Each fixture gives just this. A missing golden file is written, to be read and then committed."""
    golden = GOLDEN / f"{path.stem}.json"
    found = as_json(list(parse(path.read_bytes())))
    if not golden.exists():
        golden.write_text(found, encoding="utf-8")
        pytest.fail(f"wrote {golden.name}: read it, then commit it")
    assert found == golden.read_text(encoding="utf-8")


def test_every_golden_file_has_a_fixture() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {path.stem for path in SAVED}


def test_every_fixture_says_that_it_is_invented() -> None:
    assert all("Invented for tests" in path.read_text(encoding="utf-8") for path in SAVED)


def test_title_and_abstract_are_clean_text() -> None:
    trial = record("trial.xml")
    assert trial.title == "Repeated S-ketamine for CO2-sensitive panic with depression: a randomised trial."
    assert trial.abstract is not None
    assert trial.abstract.splitlines() == [
        "BACKGROUND: We invented a trial (ClinicalTrials.gov: nct 09000002).",
        "METHODS & MATERIALS: Forty people got 0.5 mg kg-1 or midazolam (EudraCT 2019-001234-56).",
        "A paragraph without a label.",
        "RESULTS: Better: P<0.05, see NCT09000001.",
        "It was all invented.",
    ]


def test_a_formula_reads_as_its_symbols_without_layout_or_annotation() -> None:
    assert record("oddities.xml").abstract == "V\u0307O2 is V2=1/2 kg in all.\nx<3"


def test_registrations_of_the_data_bank_come_before_those_of_the_text() -> None:
    trial = record("trial.xml")
    assert trial.nct_ids == ["NCT09000001", "NCT09000002"]
    assert {"ISRCTN90000001", "UMIN000090001", "2019-001234-56"} <= {value for _, value in trial.identifiers}


def test_identifiers_are_this_articles_own_and_valid() -> None:
    trial = record("trial.xml")
    assert trial.doi == "10.9999/jip.2024.0001"
    assert trial.pmcid == "PMC99000001"
    assert "10.9999/jip.wrong.1" not in {value for _, value in trial.identifiers}
    assert "10.9999/other.1" not in {value for _, value in trial.identifiers}


def test_esketamine_is_a_substance_by_its_ui() -> None:
    substances = {heading.ui for heading in record("trial.xml").headings if heading.scheme == "substance"}
    assert substances == {"C000629870", "D007649", "C000000001"}


def test_published_is_the_earlier_date_and_both_are_kept() -> None:
    trial, old = record("trial.xml"), record("old.xml", 1)
    assert trial.publication is not None
    assert trial.published == "2024-08-31"
    assert trial.publication.history["issue"] == "2025-01-01"
    assert old.published == "1976"


@pytest.mark.parametrize(
    ("place", "status"),
    list(
        enumerate(
            [
                *("retracted", None, "retracted", "retracted", None, "withdrawn", None),
                *("expression-of-concern", None, None, None, "retracted", None, None),
            ]
        )
    ),
)
def test_status_and_what_it_rests_on(place: int, status: str | None) -> None:
    found = record("notices.xml", place)
    assert found.status == status
    kinds = {notice.kind for notice in found.notices if notice.affected == found.id}
    reasons = {"retracted": "retraction", "withdrawn": "withdrawal", None: None}
    assert reasons.get(status, status) in kinds | {None}


def test_a_notice_says_the_same_from_both_sides() -> None:
    affected, notice = record("notices.xml", 0), record("notices.xml", 1)
    for told in (affected.notices[0], notice.notices[0]):
        assert (told.kind, told.affected, told.notice) == ("retraction", affected.id, notice.id)
    assert affected.notices[0].date == "2021-08-30"  # from the citation
    assert notice.notices == [
        Notice("retraction", affected.id, notice.id, "Nemo A. J Invent. 2020 Jan;3(1):1-9", notice.published)
    ]


def test_a_record_without_pmid_or_title_is_rejected_and_the_others_are_kept() -> None:
    items = list(parse((FIXTURES / "oddities.xml").read_bytes()))
    rejects = [(item.native_id, item.reason) for item in items if isinstance(item, Reject)]
    assert rejects == [(None, "no PMID")] * 2 + [
        ("99000054", "no title"),
        ("99000055", "no title"),
        (None, "no PMID"),
    ]
    assert [item.id for item in items if isinstance(item, Deletion)] == ["pubmed:99000061", "pubmed:99000062"]
    assert "[After the bad ones]." in [item.title for item in items if isinstance(item, Record)]


def test_versions_of_one_pmid_come_as_records_of_their_own() -> None:
    versions = [record("oddities.xml", place) for place in (1, 2)]
    assert {version.id for version in versions} == {"pubmed:99000052"}
    assert [version.publication.version for version in versions if version.publication] == [1, 2]


def test_a_set_that_holds_nothing_yields_nothing() -> None:
    assert list(parse(b"<PubmedArticleSet></PubmedArticleSet>")) == []


def test_a_single_article_needs_no_set_around_it() -> None:
    article = (
        NOTICES[NOTICES.index(b"<PubmedArticle>") : NOTICES.index(b"</PubmedArticle>")] + b"</PubmedArticle>"
    )
    assert list(parse(article)) == [record("notices.xml")]
