"""The page of one record: what it shows, and that what it marks is what the tags say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from datasette_config.record import coded, links, marked, registration, summary
from store.database import open_database
from tests.filled import HOSTILE, PROBE
from tests.site_client import Fetch, text
from tests.site_client import links as page_links

OF_EVERY_FOOT = [
    "https://datasette.io/",
    "https://pubmed.ncbi.nlm.nih.gov/",
    "https://www.nlm.nih.gov/databases/download/terms_and_conditions.html",
]


def tag(dimension: str, text: str, within: str, value: str = "x") -> dict[str, Any]:
    start = within.index(text)
    return {"dimension": dimension, "value": value, "start": start, "end": start + len(text), "text": text}


def test_marks_stand_where_the_words_stand() -> None:
    words = "Intravenous ketamine <b> in PTSD."
    found = marked(
        words, [tag("drug", "ketamine", words, "ketamine"), tag("indication", "PTSD", words, "ptsd")]
    )
    assert found == (
        'Intravenous <mark class="mark-drug" title="Drug: ketamine">ketamine</mark> &lt;b&gt; in '
        '<mark class="mark-indication" title="Indication: ptsd">PTSD</mark>.'
    )


def test_of_overlapping_marks_the_shortest_gives_the_colour_and_all_are_named() -> None:
    words = "ketamine or midazolam 0.5 mg"
    found = marked(words, [tag("comparator", "ketamine or midazolam", words, "midazolam"),
                           tag("drug", "ketamine", words, "ketamine")])  # fmt: skip
    assert found.startswith(
        '<mark class="mark-drug" title="Drug: ketamine; Comparator: midazolam">ketamine</mark>'
    )
    assert '<mark class="mark-comparator" title="Comparator: midazolam"> or midazolam</mark> 0.5 mg' in found
    assert re.sub("<[^>]+>", "", found) == words


def test_a_tag_whose_words_moved_marks_nothing() -> None:
    stale = tag("drug", "ketamine", "Old ketamine") | {"text": "ketamin"}
    beyond = {"dimension": "drug", "value": "x", "start": 90, "end": 99, "text": "ketamine"}
    whole_field = {"dimension": "drug", "value": "x", "start": None, "end": None, "text": "ketamine"}
    assert marked("Old ketamine", [stale, beyond, whole_field]) == "Old ketamine"


def test_marks_of_every_record_leave_its_text_as_it_is(fetch: Fetch, filled_db: Path) -> None:
    db = open_database(filled_db)
    for record in db.table("records").rows:
        tags = list(db.table("tags").rows_where("record_id = ? AND field = 'abstract'", [record["id"]]))
        found = marked(record["abstract"] or "", tags)
        assert found.striptags() or not record["abstract"]
        assert text(f"<p>{found}</p>") == re.sub(r"\s+", " ", record["abstract"] or "").strip()
        assert ("<mark" in found) == any(tag["end"] is not None for tag in tags)
    db.close()


def test_only_checked_identifiers_and_web_addresses_become_links() -> None:
    empty = {"id": "pubmed:1", "pmid": None, "doi": None, "pmcid": None, "nct_ids": "[]", "url": None}
    assert links(empty) == []
    for url in ("javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//example.org", "file:///etc/passwd",
                "http://a b", 'https://a"onclick', "ftp://a.b"):  # fmt: skip
        assert links(empty | {"url": url}) == [], url
    assert links(empty | {"url": "https://example.org/?a=b&c"}) == [("Source", "https://example.org/?a=b&c")]
    assert links(empty | {"pmid": "1/../x", "doi": "javascript:1", "pmcid": "x", "nct_ids": '["NCT1"]'}) == []
    trial = empty | {"id": "clinicaltrials:NCT03113968", "nct_ids": '["NCT03113968", "NCT02752724"]',
                     "url": "https://clinicaltrials.gov/study/NCT03113968"}  # fmt: skip
    assert [label for label, _ in links(trial)] == ["NCT03113968", "NCT02752724"]


def test_a_summary_tells_each_value_once_in_reading_order() -> None:
    tags = [{"dimension": name, "value": value} for name, value in
            (("unheard-of", "z"), ("drug", "ketamine"), ("indication", "trd"), ("drug", "ketamine"), ("drug", "esketamine"))]  # fmt: skip
    assert [(one["dimension"], one["values"], one["facet"]) for one in summary(tags)] == [
        ("indication", ["trd"], "indications"), ("drug", ["ketamine", "esketamine"], "drugs"), ("unheard-of", ["z"], None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "words"),
    [("NON_RANDOMIZED", "Non randomized"), ("PHASE2", "Phase 2"), ("NA", "not applicable"), ("EARLY_PHASE1", "Early phase1"),
     ("Quadruple", "Quadruple"), ("", "")],
)  # fmt: skip
def test_enumerations_of_a_registry_in_words(code: str, words: str) -> None:
    assert coded(code) == words


def test_an_article_shows_what_it_is_and_why(fetch: Fetch) -> None:
    page = fetch("/watch/records/pubmed~3A23982301").text
    found, words = page_links(page), text(page)
    assert ("https://pubmed.ncbi.nlm.nih.gov/23982301/", "PubMed 23982301") in found
    assert ("https://doi.org/10.1176/appi.ajp.2013.13030392", "doi:10.1176/appi.ajp.2013.13030392") in found
    assert ("https://clinicaltrials.gov/study/NCT00768430", "NCT00768430") in found
    assert ("/-/indication/trd", "trd") in found
    assert ("/watch/works?routes__arraycontains=intravenous", "intravenous") in found
    assert ("/watch/studies/NCT00768430", "NCT00768430") in found
    assert re.search(r'<mark class="mark-route" title="Route: intravenous[^"]*">intravenous</mark>', page)
    for piece in ("Murrough JW", "and 4 more", "Am J Psychiatry, 2013-10", "role.treatment", "Why it is tagged so",
                  "Records of the same study", "registration Optimization of IV Ketamine", "Randomized Controlled Trial"):  # fmt: skip
        assert piece in words, piece
    assert any(address == "/watch/records/clinicaltrials~3ANCT00768430" for address, _ in found)


def test_a_registration_shows_its_parts(fetch: Fetch) -> None:
    words = text(fetch("/watch/records/clinicaltrials~3ANCT99000001").text)
    for piece in (
        "Terminated", "Ketamine 50 mg experimental: Drug: Sublingual ketamine", "4 weeks primary", "Phases Phase 2, Phase 3",
        "Masking Quadruple", "Participants 48 (actual)", "Stopped because Slow recruitment", "2024-01 (actual)",
        "Countries Germany, Brazil", "NCT99000011",
    ):  # fmt: skip
        assert piece in words, piece


def test_notices_stand_on_top_in_plain_words(fetch: Fetch) -> None:
    retracted = text(fetch("/watch/records/pubmed~3A99000001").text)
    assert retracted.index(
        "Retracted 2024-02: [Invented for this sample] Retraction notice"
    ) < retracted.index("Abstract")
    assert "According to PubMed." in retracted
    notice = text(fetch("/watch/records/pubmed~3A99000002").text)
    assert "Retraction notice for: [Invented for this sample] Oral ketamine" in notice.split("Abstract")[0]
    preprint = text(fetch("/watch/records/pubmed~3A99000003").text)
    assert "Published as an article 2024-12: [Invented" in preprint.split("Abstract")[0]
    review = text(fetch("/watch/records/pubmed~3A26395901").text)
    assert "Newer version 2021-09-12: Ketamine" in review.split("Abstract")[0]
    corrected = text(fetch("/watch/records/pubmed~3A31415914").text)
    assert "Corrected" in corrected.split("Abstract")[0]


def test_a_record_without_anything_has_its_page(fetch: Fetch) -> None:
    words = text(fetch("/watch/records/pubmed~3A97000002").text)
    assert "New at its source" in words
    assert fetch("/watch/records/pubmed~3A1").status_code == 404
    bare = registration(dict.fromkeys(
        ("official_title", "acronym", "study_type", "allocation", "intervention_model", "primary_purpose", "masking",
         "observational_model", "time_perspective", "enrollment", "enrollment_type", "why_stopped", "sponsor", "sponsor_class",
         "start_date", "start_date_type", "primary_completion_date", "primary_completion_date_type", "completion_date",
         "completion_date_type", "first_posted", "results_first_posted", "last_update_posted", "eligibility", "sex",
         "minimum_age", "maximum_age", "healthy_volunteers")) | dict.fromkeys(
        ("phases", "who_masked", "collaborators", "conditions", "interventions", "arms", "outcomes", "age_groups", "countries"),
        "[]"))  # fmt: skip
    assert bare["facts"] == []


def test_a_hostile_record_is_only_words(fetch: Fetch) -> None:
    page = fetch(f"/watch/records/{HOSTILE.id.replace(':', '~3A')}").text
    assert text(page).count("<script>alert('probe')</script>") >= 5
    assert PROBE not in page
    outside = [address for address, _ in page_links(page) if not address.startswith(("/", "#"))]
    assert outside == OF_EVERY_FOOT


def test_rows_of_other_tables_keep_datasettes_page(fetch: Fetch) -> None:
    page = fetch("/watch/crawls/1")
    assert page.status_code == 200
    assert "Links from other tables" in page.text
