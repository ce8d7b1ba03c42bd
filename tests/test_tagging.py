"""The tagger as the pipelines and the command line use it: a pure function, exact evidence, no exception."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.tagging import RULES_VERSION, Tagger, derive
from crawler.tagging.jsonl import tag_lines
from store.records import Heading, Record, Registration, Tag

TITLE = "Ketamine infusion for treatment-resistant depression: a randomised, midazolam-controlled trial"
ABSTRACT = (
    "BACKGROUND: New treatments are needed. METHODS: Seventy-two adults with treatment-resistant depression were "
    "randomised to a single intravenous infusion of ketamine (0.5 mg/kg) or midazolam (0.045 mg/kg). "
    "RESULTS: MADRS scores were lower with ketamine at 24 h. CONCLUSIONS: Ketamine acted within a day."
)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger()


def article(title: str | None, abstract: str | None = None, **more: object) -> Record:
    return Record("pubmed:1", "pubmed", "article", title, abstract, **more)  # type: ignore[arg-type]


def values(tags: list[Tag], dimension: str) -> set[str]:
    return {tag.value for tag in tags if tag.dimension == dimension}


def test_a_plain_trial_gets_every_facet(tagger: Tagger) -> None:
    assert derive(tagger.tags(article(TITLE, ABSTRACT))) == {
        "indications": ["depression", "trd"],
        "designs": ["rct"],
        "drugs": ["ketamine"],
        "routes": ["intravenous"],
        "comparators": ["midazolam"],
        "populations": [],
        "sample_size": 72,
    }


def test_the_evidence_of_every_tag_stands_where_it_says(tagger: Tagger) -> None:
    record = article(TITLE, ABSTRACT)
    for tag in tagger.tags(record):
        text = {"title": TITLE, "abstract": ABSTRACT}[tag.field]
        assert tag.text
        assert text[tag.start : tag.end] == tag.text
        assert tag.rule
        assert 0 < tag.confidence <= 1


def test_the_same_text_gives_the_same_tags(tagger: Tagger) -> None:
    record = article(TITLE, ABSTRACT)
    assert tagger.tags(record) == tagger.tags(record) == Tagger().tags(record)


def test_the_version_of_the_rules_is_a_number_and_a_hash() -> None:
    number, _, digest = RULES_VERSION.partition("-")
    assert number.isdigit()
    assert len(digest) == 8


def test_another_drug_works_by_its_synonyms_alone() -> None:
    tagger = Tagger({"psilocybin": ["psilocybin", "COMP360"]})
    title = "Psilocybin for treatment-resistant depression"
    abstract = (
        "Thirty patients with treatment-resistant depression were randomised to oral COMP360 or placebo."
    )
    facets = derive(tagger.tags(article(title, abstract)))
    assert facets["drugs"] == ["psilocybin"]
    assert facets["indications"] == ["depression", "trd"]
    assert facets["routes"] == ["oral"]
    assert facets["comparators"] == ["placebo"]


def test_a_topic_without_ketamine_does_not_tag_it() -> None:
    assert (
        derive(Tagger({"psilocybin": ["psilocybin"]}).tags(article("Ketamine in depression")))["drugs"] == []
    )


def test_a_registration_is_tagged_from_its_fields(tagger: Tagger) -> None:
    registration = Registration(
        "clinicaltrials.gov", study_type="INTERVENTIONAL", phases=["PHASE2", "PHASE3"], allocation="RANDOMIZED",
        intervention_model="CROSSOVER", enrollment=43, conditions=["Obsessive-Compulsive Disorder"],
        interventions=[{"type": "DRUG", "name": "Ketamine", "other_names": ["Ketalar"]}, {"type": "DRUG", "name": "Midazolam"}],
    )  # fmt: skip
    record = Record("clinicaltrials:NCT00000000", "clinicaltrials", "registration", "Ketamine in OCD", "A trial.",
                    registration=registration)  # fmt: skip
    tags = tagger.tags(record)
    assert derive(tags) == {"indications": ["ocd"], "designs": ["protocol"], "drugs": ["ketamine"], "routes": [],
                            "comparators": ["midazolam"], "populations": [], "sample_size": 43}  # fmt: skip
    assert values(tags, "parent_design") == {"rct", "crossover"}
    assert values(tags, "phase") == {"2", "3"}
    assert {tag.field for tag in tags if tag.dimension == "parent_design"} == {
        "registration.allocation", "registration.intervention_model",
    }  # fmt: skip


def test_an_intervention_gives_route_and_dose_of_the_watched_drug_only(tagger: Tagger) -> None:
    registration = Registration(
        "clinicaltrials.gov", study_type="INTERVENTIONAL", allocation="RANDOMIZED", intervention_model="PARALLEL",
        minimum_age="12 Years", maximum_age="17 Years", age_groups=["CHILD"], conditions=["Major Depressive Disorder"],
        interventions=[
            {"name": "Ketamine", "description": "0.5 to 1.0 mg/kg as an intravenous infusion", "arms": ["A"]},
            {"name": "Midazolam", "description": "Midazolam 0.02 mg/kg as an oral solution", "arms": ["B"]},
            {"name": "Cognitive behavioral therapy", "description": None, "arms": ["A", "B"]},
        ],
        outcomes=[{"level": "primary", "measure": "Change in MADRS", "time_frame": None, "description": None},
                  {"level": "secondary", "measure": "BSS score", "time_frame": None, "description": None}],
    )  # fmt: skip
    record = Record("clinicaltrials:NCT00000001", "clinicaltrials", "registration", "Ketamine in youth", "A trial.",
                    registration=registration)  # fmt: skip
    tags = tagger.tags(record)
    where = {(tag.dimension, tag.value): tag.field for tag in tags}
    assert where["route", "intravenous"] == "registration.interventions[0].description"
    assert ("route", "oral") not in where
    assert where["dose", "0.5-1 mg/kg"] == "registration.interventions[0].description"
    (dose,) = [tag for tag in tags if tag.dimension == "dose"]
    assert dose.detail is not None
    assert (dose.detail["number"], dose.detail["to"], dose.detail["drug"]) == (0.5, 1.0, "ketamine")
    assert values(tags, "comparator") == {"midazolam"}
    assert where["combination", "psychotherapy"] == "registration.interventions[2].name"
    assert where["population", "adolescent"] == "registration.minimum_age"
    assert where["scale", "MADRS"] == "registration.outcomes[0].measure"
    assert not values(tags, "scale") - {"MADRS"}


def test_a_placebo_arm_counts_where_no_intervention_names_the_control(tagger: Tagger) -> None:
    registration = Registration(
        "clinicaltrials.gov", study_type="INTERVENTIONAL", allocation="RANDOMIZED", intervention_model="PARALLEL",
        interventions=[{"name": "Esketamine nasal spray", "arms": ["A"]}],
        arms=[{"label": "A", "type": "EXPERIMENTAL"}, {"label": "B", "type": "PLACEBO_COMPARATOR"}],
    )  # fmt: skip
    record = Record("clinicaltrials:NCT00000002", "clinicaltrials", "registration", "Esketamine", None,
                    registration=registration)  # fmt: skip
    controls = {tag.value: tag.field for tag in tagger.tags(record) if tag.dimension == "comparator"}
    assert controls == {"placebo": "registration.arms[1].type"}


def test_publication_types_speak_where_the_text_is_silent(tagger: Tagger) -> None:
    headings = [Heading("pubtype", "Randomized Controlled Trial", "D016449")]
    alone = tagger.tags(article("Ketamine in depression.", None, headings=headings))
    assert values(alone, "design") == {"rct"}
    pooled = tagger.tags(
        article("Pooled post hoc analysis of two esketamine trials", None, headings=headings)
    )
    assert values(pooled, "design") == {"secondary-analysis"}


def test_headings_that_say_otherwise_are_kept_and_lower_the_confidence(tagger: Tagger) -> None:
    title = "Ketamine for resistant depression: a chart review"
    alone = tagger.tags(article(title))
    (sure,) = [tag for tag in alone if tag.dimension == "design"]
    headings = [Heading("pubtype", "Randomized Controlled Trial", "D016449"),
                Heading("mesh", "Bipolar Disorder", "D001714", major=True)]  # fmt: skip
    tags = tagger.tags(article(title, headings=headings))
    (design,) = [tag for tag in tags if tag.dimension == "design"]
    assert design.value == sure.value == "observational"
    assert design.confidence < sure.confidence
    otherwise = {tag.value: (tag.field, tag.text) for tag in tags if tag.dimension == "indexed_otherwise"}
    assert otherwise == {
        "rct": ("pubtype", "Randomized Controlled Trial"),
        "bipolar": ("mesh", "Bipolar Disorder"),
    }
    assert "bipolar" not in derive(tags)["indications"]


def test_headings_that_agree_raise_the_confidence(tagger: Tagger) -> None:
    title = "Ketamine for resistant depression: a chart review"
    agreeing = [Heading("pubtype", "Observational Study", "D064888")]
    (before,) = [tag for tag in tagger.tags(article(title)) if tag.dimension == "design"]
    after = [tag for tag in tagger.tags(article(title, headings=agreeing)) if tag.dimension == "design"]
    assert after[0].confidence > before.confidence
    assert {tag.field for tag in after} == {"title", "pubtype"}


def test_a_pooled_analysis_indexed_as_a_trial_is_no_contradiction(tagger: Tagger) -> None:
    headings = [Heading("pubtype", "Randomized Controlled Trial", "D016449")]
    tags = tagger.tags(article("Pooled post hoc analysis of two esketamine trials", headings=headings))
    assert values(tags, "indexed_otherwise") == set()


@pytest.mark.parametrize(
    ("title", "drug"),
    [
        ("Wirkung von Ketamin bei Depression", "ketamine"),
        ("La kétamine dans la dépression résistante", "ketamine"),
        ("Ketamina en la depresión", "ketamine"),
        ("氯胺酮治疗抑郁症的研究进展", "ketamine"),
        ("艾司氯胺酮对产后抑郁的影响", "esketamine"),
        ("S‐ketamine nasal spray", "esketamine"),
        ("(S)-ketamine and sleep", "esketamine"),
        ("S(+)-ketamine and sleep", "esketamine"),
        ("(R)-(−)-ketamine and sleep", "arketamine"),
        ("( R ) -ketamine and sleep", "arketamine"),
        ("ESKETAMINE IN DEPRESSION", "esketamine"),
    ],
)
def test_the_drug_is_found_in_any_language_and_spelling(tagger: Tagger, title: str, drug: str) -> None:
    assert drug in derive(tagger.tags(article(title)))["drugs"]


@pytest.mark.parametrize("title", [None, "", " ", "\n", "<i></i>", "…", "\u0000"])
def test_an_empty_record_has_no_tags(tagger: Tagger, title: str | None) -> None:
    assert tagger.tags(article(title, title)) == []


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=300), st.text(max_size=600))
def test_no_text_raises(title: str, abstract: str) -> None:
    for tag in _SHARED.tags(article(title, abstract)):
        text = {"title": title, "abstract": abstract}[tag.field]
        assert text[tag.start : tag.end] == tag.text


_SHARED = Tagger()


def test_lines_come_back_with_their_id_facets_and_evidence(tagger: Tagger) -> None:
    line = json.dumps(
        {"pmid": "1", "title": TITLE, "abstract": ABSTRACT, "mesh": None, "keywords": [{"name": "x"}]}
    )
    (row,) = tag_lines([line], tagger)
    assert row["pmid"] == "1"
    assert row["designs"] == ["rct"]
    assert row["sample_size"] == 72
    assert {"dimension", "value", "field", "start", "end", "text", "rule", "confidence"} <= set(
        row["evidence"][0]
    )


def test_a_bad_line_is_named_and_the_others_are_tagged(tagger: Tagger) -> None:
    lines = [
        "{",
        "",
        "[]",
        '{"title": "x"}',
        '{"id": "a", "title": 5}',
        '{"id": 7, "title": "Ketamine", "abstract": null}',
    ]
    rows = list(tag_lines(lines, tagger))
    assert [row.get("line") for row in rows] == [1, 3, 4, 5, None]
    assert all(row["error"] for row in rows[:4])
    assert rows[4]["id"] == 7
    assert rows[4]["drugs"] == ["ketamine"]
