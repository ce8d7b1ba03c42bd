"""The sample's ClinicalTrials.gov: studies by the service's own description, Essie queries, pages, plain-text errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import load_config
from crawler.sample import essie
from crawler.sample.catalogue import load_catalogue
from crawler.sample.clinicaltrials_service import ClinicalTrials
from crawler.sample.clinicaltrials_wire import AREAS, DATE_AREAS, TEXT_AREAS, SearchedStudy, study_json
from crawler.sample.exchange import Answer, Asked
from spiders.clinicaltrials import ClinicalTrialsSpider
from spiders.clinicaltrials_answers import read_page
from spiders.clinicaltrials_json import parse_study
from store.records import Record
from tests.sample_records import REGISTRATIONS, STUDY, registration

SERVICE = ClinicalTrials(REGISTRATIONS)
TRIAL, SPRAY, TALK = (study.nct for study in REGISTRATIONS)


def ask(
    path: str = "studies",
    service: ClinicalTrials = SERVICE,
    today: str | None = None,
    method: str = "GET",
    **params: Any,
) -> Answer:
    """An answer; `query_intr` stands for query.intr, `filter_advanced` for filter.advanced."""
    pairs = tuple((name.replace("_", ".", 1), str(value)) for name, value in params.items())
    answer = service.answer(path, Asked(0.0, method, f"/api/v2/{path}", pairs), today)
    assert answer is not None
    return answer


def numbers(answer: Answer) -> list[str]:
    assert (answer.status, answer.content_type) == (200, "application/json")
    studies = json.loads(answer.body)["studies"]
    return [study["protocolSection"]["identificationModule"]["nctId"] for study in studies]


def refused(answer: Answer) -> str:
    assert answer.content_type.startswith("text/plain")
    return f"{answer.status} {answer.body.decode()}"


# -- studies


def test_a_study_is_what_our_parser_makes_of_it() -> None:
    record = parse_study(study_json(STUDY))
    assert isinstance(record, Record)
    assert record.registration is not None
    found = record.registration
    assert (record.title, record.abstract, record.status) == (STUDY.brief_title, STUDY.summary, "COMPLETED")
    assert (record.entered, record.revised) == ("2008-10-08", "2019-11-20")
    assert (found.official_title, found.acronym, found.why_stopped) == (
        "A trial of ketamine",
        "KETTRD",
        "It ended",
    )
    assert (found.phases, found.allocation, found.masking) == (["PHASE2", "PHASE3"], "RANDOMIZED", "TRIPLE")
    assert (found.start_date, found.primary_completion_date, found.completion_date) == (
        "2010-11",
        "2012-08-15",
        "2012-09",
    )
    assert (found.enrollment, found.enrollment_type, found.sponsor_class) == (73, "ACTUAL", "OTHER")
    assert (found.results_first_posted, found.has_results) == ("2014-05-01", True)
    assert [(one["name"], one["other_names"], one["arms"]) for one in found.interventions] == [
        ("Ketamine", ["Ketalar"], ["Ketamine arm"]), ("Midazolam", [], ["Midazolam arm"])
    ]  # fmt: skip
    assert [(one["level"], one["measure"]) for one in found.outcomes] == [
        ("primary", "MADRS"),
        ("secondary", "QIDS"),
    ]
    assert found.countries == ["United States"]
    assert ("nct-alias", "NCT00000009") in record.identifiers
    assert ("eudract", "2016-003990-17") in record.identifiers
    assert [(one.relation, one.work) for one in record.references] == [
        ("result", "pubmed:23982301"),
        ("background", None),
    ]
    assert {(heading.scheme, heading.ui) for heading in record.headings} >= {
        ("mesh-intervention", "D007649"), ("mesh-condition", "D003865")
    }  # fmt: skip


def test_what_is_not_known_is_not_there() -> None:
    assert study_json(registration("NCT01000000"))["protocolSection"].keys() == {
        "identificationModule", "statusModule", "sponsorCollaboratorsModule", "designModule"
    }  # fmt: skip
    empty = study_json(registration("NCT01000000", enrollment=0))
    assert empty["protocolSection"]["designModule"]["enrollmentInfo"] == {"count": 0}


def test_every_bundled_study_is_as_the_service_describes_it(shared: Path) -> None:
    schemas = yaml.safe_load((shared / "corpus/clinicaltrials_gov/ctg-oas-v2.yaml").read_text("utf-8"))[
        "components"
    ]["schemas"]
    for study in (*REGISTRATIONS, *load_catalogue().registrations):
        _check(json.loads(json.dumps(study_json(study))), schemas["Study"], schemas, study.nct)


def _check(value: Any, schema: dict[str, Any], schemas: dict[str, Any], where: str) -> None:
    """The part of OpenAPI that the description uses: references, objects, arrays, enumerations, plain types."""
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        assert value in schema["enum"], where
    if schema["type"] == "object":
        assert set(schema.get("required", ())) <= value.keys() <= schema["properties"].keys(), where
        for key, each in value.items():
            _check(each, schema["properties"][key], schemas, f"{where}.{key}")
    elif schema["type"] == "array":
        for each in value:
            _check(each, schema["items"], schemas, f"{where}[]")
    else:
        types = {"string": str, "integer": int, "boolean": bool, "number": (int, float)}
        assert isinstance(value, types[schema["type"]]), where


# -- one study


def test_a_study_by_its_number_and_by_a_former_one() -> None:
    answer = ask(f"studies/{TRIAL}", format="json")
    assert json.loads(answer.body) == json.loads(json.dumps(study_json(STUDY)))
    moved = ask("studies/nct9", format="json", fields="protocolSection")
    assert (moved.status, moved.headers["Location"]) == (
        301,
        f"/api/v2/studies/{TRIAL}?format=json&fields=protocolSection",
    )


@pytest.mark.parametrize(
    ("path", "said"),
    [("studies/NCT99999999", "404 NCT number NCT99999999 not found"),
     ("studies/ketamine", "400 Parameter `nctId` has incorrect format"),
     ("studies/NCT00000000", "400 Parameter `nctId` has incorrect format"),
     ("studies/NCT123456789", "400 Parameter `nctId` has incorrect format")],
)  # fmt: skip
def test_a_study_that_there_is_none_of(path: str, said: str) -> None:
    assert refused(ask(path)) == said


def test_errors_are_those_of_the_real_service(shared: Path) -> None:
    real = shared / "corpus/clinicaltrials_gov"
    assert ask("studies/x").body.decode() == (real / "errors__400_bad_nct_format.txt").read_text().strip()
    assert (
        ask(query_recrs="open").body.decode() == (real / "errors__400_unknown_param.txt").read_text().strip()
    )


def test_the_version() -> None:
    assert json.loads(ask("version").body) == {"apiVersion": "2.0.5", "dataTimestamp": "2020-05-01T09:00:05"}
    assert json.loads(ask("version", today="2016-12-01").body)["dataTimestamp"] == "2016-12-01T09:00:05"


def test_paths_that_there_are_none_of() -> None:
    for path in ("", "study", "studies/NCT00768430/x", "stats/size"):
        assert SERVICE.answer(path, Asked(0.0, "GET", path, ()), None) is None
    assert refused(ask("studies", method="POST")) == "405 Method not allowed"


# -- queries


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, [TRIAL, SPRAY, TALK]),
        ({"query_intr": "ketamine"}, [TRIAL]),  # esketamine is a word of its own
        ({"query_intr": "Ketalar"}, [TRIAL]),
        ({"query_intr": "ketamine OR esketamine"}, [TRIAL, SPRAY]),
        ({"query_intr": 'ketamine OR "CI-581" OR esketamine'}, [TRIAL, SPRAY]),
        ({"query_intr": "psilocybin"}, []),
        ({"query_intr": "ketamine midazolam"}, [TRIAL]),
        ({"query_intr": "ketamine AND NOT midazolam"}, []),
        ({"query_intr": "NOT ketamine"}, [SPRAY, TALK]),
        ({"query_intr": "esketamine OR ketamine AND psilocybin"}, [SPRAY]),  # AND binds closer
        ({"query_intr": "(esketamine OR ketamine) AND midazolam"}, [TRIAL]),
        ({"query_cond": "depression"}, [TRIAL, SPRAY]),
        ({"query_cond": '"Depressive Disorder, Major"'}, [TRIAL]),
        ({"query_cond": "major disorder depressive"}, [TRIAL]),
        ({"query_cond": '"disorder major depressive"'}, []),
        ({"query_cond": "OCD", "query_intr": "ketamine"}, []),
        ({"query_titles": "talking"}, [TALK]),
        ({"query_spons": "sinai"}, [TRIAL]),
        ({"query_locn": '"united states"'}, [TRIAL]),
        ({"query_outc": "madrs"}, [TRIAL]),
        ({"query_id": "2016-003990-17"}, [TRIAL]),
        ({"query_patient": "infusion"}, [TRIAL]),
        ({"query_lead": "hospital"}, [SPRAY, TALK]),
        ({"query_term": "AREA[InterventionName]ketamine"}, [TRIAL]),
        ({"query_term": "AREA[InterventionName](ketamine OR esketamine) AND AREA[OverallStatus]RECRUITING"}, [SPRAY]),
        ({"query_term": "AREA[Keyword]MISSING"}, [SPRAY, TALK]),
        ({"query_term": "ALL"}, [TRIAL, SPRAY, TALK]),
        ({"filter_overallStatus": "COMPLETED,RECRUITING"}, [TRIAL, SPRAY]),
        ({"postFilter_overallStatus": "COMPLETED|RECRUITING"}, [TRIAL, SPRAY]),
        ({"filter_ids": "NCT02417064|NCT00000009"}, [TRIAL, SPRAY]),  # a former number finds its study
        ({"filter_ids": "nct2417064", "query_intr": "ketamine"}, []),
    ],
)  # fmt: skip
def test_what_a_question_finds(params: dict[str, str], found: list[str]) -> None:
    assert numbers(ask(**params)) == found


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("AREA[LastUpdatePostDate]RANGE[2019-11-20,MAX]", [TRIAL, SPRAY]),
        ("AREA[LastUpdatePostDate]RANGE[2019-11-21,MAX]", [SPRAY]),
        ("AREA[LastUpdatePostDate]RANGE[MIN,2019-11-20]", [TRIAL, TALK]),
        ("AREA[LastUpdatePostDate]RANGE[2019-11-20, 2019-11-20]", [TRIAL]),
        ("AREA[LastUpdatePostDate]RANGE[11/20/2019,MAX]", [TRIAL, SPRAY]),
        ("AREA[LastUpdatePostDate]RANGE[2019,2019-12]", [TRIAL]),
        ("AREA[LastUpdatePostDate]RANGE[MAX,MIN]", None),
        ("AREA[StudyFirstPostDate]RANGE[2015-01-01,MAX]", [SPRAY, TALK]),
        ("AREA[ResultsFirstPostDate]RANGE[MIN,MAX]", [TRIAL]),
        ("AREA[ResultsFirstPostDate]MISSING", [SPRAY, TALK]),
        ("AREA[StartDate]2010", [TRIAL]),
        ("AREA[StudyFirstPostDate]RANGE[2015-01-01,MAX] AND NOT AREA[InterventionSearch]esketamine", [TALK]),
    ],
)
def test_windows(expression: str, found: list[str] | None) -> None:
    answer = ask(filter_advanced=expression)
    if found is None:
        assert refused(answer) == "400 `filter.advanced` has incorrect format: no date: MAX"
    else:
        assert numbers(answer) == found


def test_nct_numbers_alone_switch_the_filters_off() -> None:
    window = {
        "filter_advanced": "AREA[LastUpdatePostDate]RANGE[2030-01-01,MAX]",
        "filter_overallStatus": "WITHHELD",
    }
    assert numbers(ask(query_term=f"{TRIAL}, {TALK}", **window)) == [TRIAL, TALK]
    assert numbers(ask(query_term=f"{TRIAL} OR {TALK}", **window)) == []


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"query_recrs": "x"}, "`query.recrs` is unknown parameter"),
        ({"filter_geo": "distance(1,1,1mi)"}, "`filter.geo` is not in the sample"),
        ({"filter_ids": "ketamine"}, "Parameter `filter.ids` has incorrect format"),
        ({"filter_overallStatus": "DONE"}, "Parameter `filter.overallStatus` has incorrect format"),
        ({"query_intr": "(ketamine"}, "`query.intr` has incorrect format: a parenthesis that is not closed"),
        ({"query_term": "AREA[Colour]blue"}, "`query.term` has incorrect format: unknown area Colour"),
        (
            {"query_term": "AREA[Keyword]RANGE[1,2]"},
            "`query.term` has incorrect format: Keyword has no range",
        ),
        ({"pageSize": "ten"}, "Parameter `pageSize` has incorrect format"),
        ({"countTotal": "yes"}, "Parameter `countTotal` has incorrect format"),
        ({"format": "csv"}, "Parameter `format` must be json in the sample"),
        ({"sort": "Colour"}, "Parameter `sort` has unknown field Colour"),
        ({"sort": "StartDate:up"}, "Parameter `sort` has incorrect format"),
        ({"pageToken": "abracadabra"}, "Parameter `pageToken` does not belong to these parameters"),
    ],
)
def test_what_is_refused(params: dict[str, str], said: str) -> None:
    assert refused(ask(**params)) == f"400 {said}"


@pytest.mark.parametrize(
    ("sort", "found"),
    [("", [TRIAL, SPRAY, TALK]), ("LastUpdatePostDate:desc", [SPRAY, TRIAL, TALK]), ("LastUpdatePostDate", [SPRAY, TRIAL, TALK]),
     ("LastUpdatePostDate:asc", [TALK, TRIAL, SPRAY]), ("StartDate:asc", [TRIAL, SPRAY, TALK]),
     ("EnrollmentCount", [SPRAY, TRIAL, TALK]), ("EnrollmentCount:desc|@relevance", [TRIAL, SPRAY, TALK])],
)  # fmt: skip
def test_sorting_puts_what_lacks_the_field_last(sort: str, found: list[str]) -> None:
    assert numbers(ask(sort=sort)) == found


def test_what_was_posted_later_than_today_is_not_there_yet() -> None:
    assert numbers(ask(today="2015-04-14")) == [TRIAL]
    assert numbers(ask(today="2015-04-15")) == [TRIAL, SPRAY]
    assert ask(f"studies/{SPRAY}", today="2015-04-14").status == 404


_PIECES = st.sampled_from(
    [*'()[]",-', " ", " AND ", " OR ", " NOT ", "ketamine", "AREA[StartDate]", "AREA[Keyword]", "RANGE[2010,MAX]", "MISSING", "2010"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=40).map("".join)))
def test_no_text_at_all_raises_anything_but_a_syntax_error(expression: str) -> None:
    try:
        test = essie.parse(expression, "BasicSearch", AREAS)
    except essie.EssieError:
        return
    assert test(SearchedStudy(STUDY)) in (True, False)


def test_nesting_has_an_end() -> None:
    for expression in ("(" * 5000 + "a" + ")" * 5000, "NOT " * 5000 + "a", "AREA[Keyword]" * 5000 + "a"):
        with pytest.raises(essie.EssieError, match="deep"):
            essie.parse(expression, "BasicSearch", AREAS)


def test_every_area_can_be_searched() -> None:
    study = SearchedStudy(STUDY)
    assert all(study.text(area).strip() for area in TEXT_AREAS)
    assert all(study.date(area) for area in DATE_AREAS)


# -- pages


def many(count: int) -> ClinicalTrials:
    return ClinicalTrials(registration(f"NCT{at + 1:08}", "Ketamine") for at in range(count))


def pages(service: ClinicalTrials, size: int, **params: Any) -> list[Answer]:
    """All pages of a question, to the one without a token."""
    answers = [ask(service=service, pageSize=size, countTotal="true", **params)]
    while token := read_page(answers[-1].body).next_token:
        answers.append(ask(service=service, pageSize=size, pageToken=token, **params))
    return answers


@given(st.integers(0, 30), st.integers(1, 12))
def test_pages_together_are_the_whole_and_a_full_one_has_a_token(count: int, size: int) -> None:
    answers = pages(many(count), size, query_intr="ketamine")
    assert [number for answer in answers for number in numbers(answer)] == [
        f"NCT{at + 1:08}" for at in range(count)
    ]
    assert len(answers) == count // size + 1  # so that an exactly full last page leads to an empty one
    assert [read_page(answer.body).total for answer in answers] == [count, *[None] * (len(answers) - 1)]


def test_a_token_holds_for_its_own_question_only() -> None:
    service = many(5)
    token = read_page(ask(service=service, pageSize=2, query_intr="ketamine").body).next_token
    assert numbers(ask(service=service, pageSize=3, countTotal="true", pageToken=token, query_intr="ketamine")) == [
        "NCT00000003", "NCT00000004", "NCT00000005"
    ]  # fmt: skip
    answer = ask(service=service, pageSize=2, pageToken=token, query_intr="midazolam")
    assert refused(answer) == "400 Parameter `pageToken` does not belong to these parameters"


@pytest.mark.parametrize(("size", "found"), [(None, 10), ("0", 10), ("1000", 1000), ("5000", 1000), ("3", 3)])
def test_page_sizes(size: str | None, found: int) -> None:
    assert len(numbers(ask(service=many(1001), **({"pageSize": size} if size else {})))) == found


def test_the_total_comes_only_if_asked_for() -> None:
    assert "totalCount" not in json.loads(ask().body)
    assert json.loads(ask(query_intr="psilocybin", countTotal="true").body) == {
        "totalCount": 0,
        "studies": [],
    }


# -- the bundled catalogue


def test_the_topic_is_found_and_another_is_not() -> None:
    service = ClinicalTrials(load_catalogue().registrations)
    query = ClinicalTrialsSpider.query_for(load_config(environ={}).topic)
    assert numbers(ask(service=service, query_intr=query, pageSize=1000))
    assert numbers(ask(service=service, query_intr="psilocybin")) == []
