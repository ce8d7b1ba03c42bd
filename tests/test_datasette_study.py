"""The page of a study: its facts once, its records in order of time, what may belong to it, and nothing taken as HTML."""

from __future__ import annotations

import pytest
from datasette.utils import tilde_encode

from tests.filled import PROBE
from tests.site_client import Fetch, text
from tests.site_client import links as page_links


def test_a_study_shows_its_facts_and_its_records_in_order(fetch: Fetch) -> None:
    page = fetch("/watch/studies/NCT03113968").text
    words, found = text(page), page_links(page)
    for fact in ("ELEKT-D", "Compared with ect", "Status Completed"):
        assert fact in words, fact
    assert (
        "/watch/records/pubmed~3A37224232",
        "Ketamine versus ECT for Nonpsychotic Treatment-Resistant Major Depression.",
    ) in found
    protocol, report, secondary = (
        words.index(role) for role in ("Protocol ", "Report ", "Secondary analysis ")
    )
    assert protocol < report < secondary
    assert "linked by databank: “NCT03113968”, 0.95" in words


def test_a_study_without_registration_shows_its_notices(fetch: Fetch) -> None:
    page = fetch("/watch/studies/pubmed~3A99000001").text
    words = text(page)
    assert "Retracted" in words
    assert "states no registration" in words


def test_what_may_belong_to_it_is_told_apart(fetch: Fetch) -> None:
    words = text(fetch("/watch/studies/NCT02397889").text)
    assert "What may belong to it" in words
    assert "likeness: n = 30" in words


def test_lists_lead_to_the_study(fetch: Fetch) -> None:
    page = fetch("/watch/study_list?_sort=study_id").text
    assert ("/watch/studies/NCT00088699", "NCT00088699") in page_links(page)


@pytest.mark.parametrize("key", ["nothing", "NCT09999999", "~3Cscript~3E"])
def test_no_such_study_is_not_found(fetch: Fetch, key: str) -> None:
    assert fetch(f"/watch/studies/{key}").status_code == 404


def test_a_hostile_study_is_only_words(fetch: Fetch) -> None:
    page = fetch(f"/watch/studies/{tilde_encode(PROBE)}")
    assert page.status_code == 200
    assert PROBE not in page.text


def test_a_thread_marks_what_was_retracted_and_leads_to_its_indications(fetch: Fetch) -> None:
    retracted = fetch("/watch/studies/pubmed~3A99000001").text
    assert '<section class="notices" aria-label="Notices">' in retracted
    assert (
        '<span class="role">Report</span> <span class="status status-retracted">Retracted</span>' in retracted
    )
    assert ("/-/indication/anxiety", "Anxiety") in page_links(retracted)
    corrected = fetch("/watch/studies/NCT99000001").text
    assert '<section class="notices calm" aria-label="Notices">' in corrected
