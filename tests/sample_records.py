"""A few records for tests of the sample services, made for them: small, and with every field somewhere."""

from __future__ import annotations

from typing import Any

from crawler.sample.catalogue_records import Arm, Article, Intervention, Outcome, Publication, Registration


def article(pmid: str, title: str = "A title", **more: Any) -> Article:
    return Article(**({"pmid": pmid, "title": title, "entered": "2013-08-28"} | more))


def registration(nct: str, title: str = "A study", **more: Any) -> Registration:
    needed = {
        "status": "UNKNOWN",
        "study_type": "INTERVENTIONAL",
        "sponsor": "A hospital",
        "sponsor_class": "OTHER",
    }
    dates = {"first_posted": "2013-08-28", "last_update_posted": "2013-08-28"}
    return Registration(**({"nct": nct, "brief_title": title} | needed | dates | more))


TRIAL = article(
    "11",
    "Efficacy of <i>(R,S)</i>-ketamine & midazolam: a randomised trial at p<0.05.",
    vernacular_title="Une étude",
    abstract_sections=[["BACKGROUND", "Depression <sup>1</sup>."], ["WHAT WE DID", "Sixty adults; é, 中, 𝛼, \x07 < >."]],
    journal="The American journal of psychiatry",
    journal_abbreviation="Am J Psychiatry",
    issn="1535-7228",
    volume="170",
    issue="10",
    pages="1134-42",
    published="2013-10-05",
    authors=[["Murrough", "James W", "JW"], ["Müller", "Élise", ""], ["", "", "Trial Group"]],
    authors_complete=False,
    doi="10.1176/appi.ajp.2013.13030392",
    pmcid="PMC3992936",
    nct=["NCT00768430", "NCT01627782"],
    languages=["eng", "fre"],
    publication_types=[["D016428", "Journal Article"], ["D016449", "Randomized Controlled Trial"]],
    mesh=[["D007649", "Ketamine", True, [["Q000627", "therapeutic use", True]]], ["D006801", "Humans", False, []]],
    substances=[["D007649", "Ketamine"]],
    keywords=["NMDA", "rapid-acting <i>drugs</i>"],
    comments_corrections=[["CommentIn", "22", "Am J Psychiatry. 2013"], ["ErratumIn", "", "Am J Psychiatry. 2014"]],
    references=[["333", "Berman RM, 2000"], ["4444", "Zarate CA, 2006"], ["", "A book"]],
    revised="2020-02-28",
    mesh_date="2013-12-03",
    status="MEDLINE",
    indexing_method="Curated",
)  # fmt: skip
COMMENT = article("22", "Esketamine, a comment", entered="2018-04-17", medline_date="2018 Spring", status="Publisher",
                  abstract="One <unknown>tag</unknown>.", references=[["333", "Berman RM, 2000"], ["11", "Murrough"]], pages="e7")  # fmt: skip
OLD = article(
    "333", "Ketamine in the rat", entered="2000-02-01", published="2000-02", status="PubMed-not-MEDLINE"
)
ARTICLES = [TRIAL, COMMENT, OLD]

STUDY = registration(
    "NCT00768430",
    "Ketamine in treatment-resistant depression",
    aliases=["NCT00000009"],
    official_title="A trial of ketamine",
    acronym="KETTRD",
    org_study_id="GCO 08-0001",
    secondary_ids=[["EudraCT Number", "2016-003990-17"], ["Registry Identifier", "X1"], ["Other Identifier", "y"], ["NIH", "R01"], ["Sponsor's own", "z"]],
    status="COMPLETED",
    why_stopped="It ended",
    study_type="INTERVENTIONAL",
    phases=["PHASE2", "PHASE3"],
    allocation="RANDOMIZED",
    intervention_model="PARALLEL",
    primary_purpose="TREATMENT",
    masking="TRIPLE",
    who_masked=["PARTICIPANT", "INVESTIGATOR", "OUTCOMES_ASSESSOR"],
    conditions=["Major Depressive Disorder"],
    keywords=["glutamate"],
    interventions=[
        Intervention(type="DRUG", name="Ketamine", other_names=["Ketalar"], arms=["Ketamine arm"]),
        Intervention(type="DRUG", name="Midazolam", other_names=[], arms=["Midazolam arm"]),
    ],
    arms=[
        Arm(label="Ketamine arm", type="EXPERIMENTAL", interventions=["Drug: Ketamine"]),
        Arm(label="Midazolam arm", type="ACTIVE_COMPARATOR", interventions=["Drug: Midazolam"]),
    ],
    enrollment=73,
    enrollment_type="ACTUAL",
    sponsor="Icahn School of Medicine at Mount Sinai",
    sponsor_class="OTHER",
    start="2010-11",
    start_type="ACTUAL",
    primary_completion="2012-08-15",
    primary_completion_type="ACTUAL",
    completion="2012-09",
    completion_type="ACTUAL",
    first_posted="2008-10-08",
    results_first_posted="2014-05-01",
    last_update_posted="2019-11-20",
    summary="One infusion of *ketamine* or midazolam.",
    outcomes=[
        Outcome(level="secondary", measure="QIDS", time_frame="7 days"),
        Outcome(level="primary", measure="MADRS", time_frame="24 hours"),
    ],
    countries=["United States"],
    references=[Publication(pmid="23982301", type="RESULT", citation="Murrough 2013"), Publication(type="BACKGROUND", citation="A book")],
    intervention_mesh=[["D007649", "Ketamine"]],
    condition_mesh=[["D003865", "Depressive Disorder, Major"]],
)  # fmt: skip
SPRAY = registration(
    "NCT02417064", "Intranasal drug in depression", interventions=[Intervention(type="DRUG", name="Esketamine")],
    first_posted="2015-04-15", last_update_posted="2020-05-01", status="RECRUITING", enrollment=0, conditions=["Depression"],
)  # fmt: skip
TALK = registration(
    "NCT03000000",
    "Talking therapy",
    first_posted="2016-12-21",
    last_update_posted="2016-12-21",
    conditions=["OCD"],
)
REGISTRATIONS = [STUDY, SPRAY, TALK]
