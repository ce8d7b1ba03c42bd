"""ClinicalTrials.gov: what is read from studies, real, odd and broken. The spider's walk has a file of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spiders.clinicaltrials import ClinicalTrialsSpider
from spiders.clinicaltrials_json import parse_study
from spiders.topic import Topic, Watched
from store.errors import BadAnswer
from store.records import Author, Heading, Record, Reject
from tests.clinicaltrials_services import study
from tests.golden_form import content

FIXTURES = Path(__file__).parent / "fixtures" / "clinicaltrials"
GOLDEN = Path(__file__).parent / "golden" / "clinicaltrials"
SAVED = sorted(path for path in FIXTURES.iterdir() if path.suffix in (".json", ".jsonl"))
PAGE = json.loads((FIXTURES / "page.json").read_bytes())
RICH = PAGE["studies"][1]


def parsed(body: bytes) -> list[Record | Reject]:
    return list(ClinicalTrialsSpider.parse_answer(body))


def as_json(items: list[Any]) -> str:
    shown = [{type(item).__name__: content(item)} for item in items]
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"


# -- what is read


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.name)
def test_golden(path: Path) -> None:
    """Each fixture gives just this. A missing golden file is written, to be read and then committed."""
    golden = GOLDEN / f"{path.name}.golden.json"
    found = as_json(parsed(path.read_bytes()))
    if not golden.exists():
        golden.write_text(found, encoding="utf-8")
        pytest.fail(f"wrote {golden.name}: read it, then commit it")
    assert found == golden.read_text(encoding="utf-8")


def test_golden_files_have_a_fixture() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{path.name}.golden.json" for path in SAVED}


def test_a_file_is_read_like_bytes() -> None:
    with (FIXTURES / "page.json").open("rb") as file:
        assert list(ClinicalTrialsSpider.parse_answer(file)) == parsed((FIXTURES / "page.json").read_bytes())


def test_conditions_and_interventions_are_told_apart() -> None:
    record = parse_study(RICH)
    assert isinstance(record, Record)
    assert record.names("mesh-intervention") == ["Esketamine", "Midazolam"]
    assert record.names("mesh-condition") == ["Suicidal Ideation", "Depressive Disorder, Major"]
    # NLM: a UI that begins with C is a supplementary concept
    assert Heading("substance", "Esketamine", "C000629870") in record.headings
    assert "Esketamine" not in record.names("mesh")


def test_the_number_asked_for_is_kept_as_alias() -> None:
    record = parse_study(RICH, asked="NCT99970001")
    assert isinstance(record, Record)
    assert record.id == "clinicaltrials:NCT99990001"
    aliases = [value for scheme, value in record.identifiers if scheme == "nct-alias"]
    assert aliases == ["NCT99980001", "NCT99970001"]


def test_without_officials_the_responsible_investigator_is_the_author() -> None:
    record = parse_study(PAGE["studies"][2])
    assert isinstance(record, Record)
    assert record.authors == [Author("Richard Doe", affiliations=("Invented Clinic",))]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("\\[12 to 17\\] \\>= 5 \\* a\\_b", "[12 to 17] >= 5 * a_b"),
        ("C:\\new \\\\ end", "C:\\new \\ end"),
        ("  two\n\n  paragraphs ", "two\n\n  paragraphs"),
        ("half \ud83d a pair, \x00 nothing", "half \ufffd a pair, \ufffd nothing"),
    ],
)
def test_markup(written: str, read: str) -> None:
    record = parse_study(study("NCT99990001", summary=written))
    assert isinstance(record, Record)
    assert record.abstract == read


# -- real answers

NOT_V2 = {
    "aact__ctg_api_all.json": "the classic API, 1.01",
    "biomcp__capture-receipts.json": "a list of recordings, no study",
    "derived_ketamine__ELEKT-D_derivedSection_EXCERPT.json": "one section of a study",
    "derived_ketamine__NCT02418585_outcomeMeasure0_EXCERPT.json": "one result of a study",
    "derived_ketamine__findings__ESKETAMINE_TRD_REVIEW.json": "somebody's review",
    "derived_ketamine__outputs__extraction_audit__data__DEPRESSION_NEW_RAPID_REVIEW.json": "somebody's review",
    "derived_ketamine__outputs__new_topics__KETAMINE_DEPRESSION_AUTO.json": "somebody's review",
    "history__NCT05254002.history.json": "the undocumented history service: markup is HTML there",
    "history__NCT05901831.history.json": "the undocumented history service: markup is HTML there",
}


def at(study: dict[str, Any], path: str) -> Any:
    """The independent reading: plain look-ups."""
    value: Any = study
    for key in path.split("."):
        value = (value or {}).get(key)
    return value


def test_real_answers_are_read_as_plain_lookups_give_them(shared: Path) -> None:
    counted = 0
    for path in sorted((shared / "corpus" / "clinicaltrials_gov").glob("*.json")):
        if path.name in NOT_V2:
            with pytest.raises(BadAnswer):
                parsed(path.read_bytes())
            continue
        assert ClinicalTrialsSpider.recognises(path.read_bytes()[:4096]), path.name
        document = json.loads(path.read_bytes())
        records = parsed(path.read_bytes())
        studies = document.get("studies", [document])
        assert len(records) == len(studies), path.name
        for record, real in zip(records, studies, strict=True):
            assert_same(record, real)
            counted += 1
    assert counted == 25


def assert_same(record: Record | Reject, study: dict[str, Any]) -> None:
    assert isinstance(record, Record), record
    registration = record.registration
    assert registration is not None
    protocol = study["protocolSection"]
    identification = protocol["identificationModule"]
    assert record.id == "clinicaltrials:" + identification["nctId"]
    assert record.nct_ids[0] == identification["nctId"]
    assert record.title == " ".join(identification["briefTitle"].split())
    assert record.status == at(protocol, "statusModule.overallStatus")
    assert record.entered == record.published == at(protocol, "statusModule.studyFirstPostDateStruct.date")
    assert record.revised == at(protocol, "statusModule.lastUpdatePostDateStruct.date")
    assert registration.enrollment == at(protocol, "designModule.enrollmentInfo.count")
    assert registration.enrollment_type == at(protocol, "designModule.enrollmentInfo.type")
    for ours, theirs in (
        ("start", "startDateStruct"), ("primary_completion", "primaryCompletionDateStruct"),
        ("completion", "completionDateStruct"),
    ):  # fmt: skip
        assert getattr(registration, f"{ours}_date") == at(protocol, f"statusModule.{theirs}.date")
        assert getattr(registration, f"{ours}_date_type") == at(protocol, f"statusModule.{theirs}.type")
    assert registration.phases == (at(protocol, "designModule.phases") or [])
    assert registration.allocation == at(protocol, "designModule.designInfo.allocation")
    assert registration.masking == at(protocol, "designModule.designInfo.maskingInfo.masking")
    assert registration.has_results == study.get("hasResults")
    assert (
        registration.conditions == at(protocol, "conditionsModule.conditions") or not registration.conditions
    )
    arms = protocol.get("armsInterventionsModule", {})
    assert [arm["label"] for arm in registration.arms] == [arm["label"] for arm in arms.get("armGroups", [])]
    assert len(registration.interventions) == len(arms.get("interventions", []))
    outcomes = protocol.get("outcomesModule", {})
    for level in ("primary", "secondary", "other"):
        found = [outcome for outcome in registration.outcomes if outcome["level"] == level]
        assert len(found) == len(outcomes.get(f"{level}Outcomes", []))
    locations = at(protocol, "contactsLocationsModule.locations") or []
    assert set(registration.countries) == {one["country"] for one in locations if one.get("country")}
    assert len(record.references) == len(at(protocol, "referencesModule.references") or [])
    pmids = [one.get("pmid") for one in at(protocol, "referencesModule.references") or []]
    assert [reference.work for reference in record.references] == [
        f"pubmed:{pmid}" if pmid else None for pmid in pmids
    ]
    meshes = [
        mesh["id"]
        for side in ("conditionBrowseModule", "interventionBrowseModule")
        for mesh in at(study, f"derivedSection.{side}.meshes") or []
    ]
    plain = [heading.ui for heading in record.headings if heading.scheme in ("mesh", "substance")]
    assert plain == list(dict.fromkeys(meshes))


# -- the query


def test_the_topic_as_an_essie_expression() -> None:
    drugs = (
        Watched("ketamine", ("ketamine", "CI-581", "(R,S)-ketamine", "ketalar*"), ("Ketamine",)),
        Watched(
            "mdma", ("MDMA", "3,4-methylenedioxymethamphetamine"), ("N-Methyl-3,4-methylenedioxyamphetamine",)
        ),
    )
    query = ClinicalTrialsSpider.query_for(Topic("t", "d", drugs, ()))
    assert query.split(" OR ")[:4] == ["ketamine", '"CI-581"', "ketalar", '"MDMA"']
    assert query.endswith(' OR "N-Methyl-3,4-methylenedioxyamphetamine"')
