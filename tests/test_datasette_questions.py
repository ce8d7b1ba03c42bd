"""The questions, and the search box that knows identifiers: right answers, and odd input is no error."""

from __future__ import annotations

import pytest

from datasette_config import labels
from datasette_config.metadata import build
from tests.filled import PROBE, days_ago
from tests.site_client import Fetch, links, rows

QUERIES = build("watch")["databases"]["watch"]["queries"]


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_every_question_survives_a_blank_form_and_odd_input(fetch: Fetch, name: str) -> None:
    params = QUERIES[name].get("params", [])
    assert QUERIES[name]["title"].endswith("?")
    assert QUERIES[name]["description"]
    blank = fetch(f"/watch/{name}")
    assert blank.status_code == 200
    assert ("zero-results" in blank.text) == (name in labels.NEED_INPUT), (
        "a blank form answers, or says what it needs"
    )
    for odd in ("'", '"', "%", "; DROP TABLE records", "x" * 5000, "☃", "\0", "-1", "NCT", "9" * 40, PROBE):
        page = fetch(f"/watch/{name}", **dict.fromkeys(params, odd))
        assert page.status_code == 200, odd
        assert PROBE not in page.text
        assert "message-error" not in page.text, odd


def test_new_trials_are_those_that_their_source_first_had_lately(fetch: Fetch) -> None:
    # everything was first seen here today; new is only what came to its source within 31 days
    assert [row["id"] for row in rows(fetch, "/watch/new_trials_for", indication="PTSD")] == [
        "pubmed:97000001"
    ]
    assert [row["id"] for row in rows(fetch, "/watch/new_trials_for")] == ["pubmed:97000001"]
    assert [row["id"] for row in rows(fetch, "/watch/new_trials")] == ["pubmed:97000001"]
    since = rows(fetch, "/watch/new_trials_for", indication=" ptsd ", since=days_ago(41))
    assert [row["id"] for row in since] == ["pubmed:97000001", "pubmed:97000002"]
    assert rows(fetch, "/watch/new_trials_for", indication="ocd") == []


def test_trials_of_a_drug_by_route(fetch: Fetch) -> None:
    nasal = rows(fetch, "/watch/trials_by_route", drug="Esketamine", route="Intranasal")
    assert {row["route"] for row in nasal} == {"intranasal"}
    trials = rows(
        fetch,
        "/watch/trials",
        drugs__arraycontains="esketamine",
        routes__arraycontains="intranasal",
        _size="max",
    )
    assert {row["id"] for row in nasal} == {row["id"] for row in trials}
    assert len({row["route"] for row in rows(fetch, "/watch/trials_by_route", drug="ketamine")}) > 2


@pytest.mark.parametrize("typed", ["NCT03113968", "nct 03113968", "nct3113968", " NCT-03113968 "])
def test_a_study_is_found_however_its_number_is_typed(fetch: Fetch, typed: str) -> None:
    found = rows(fetch, "/watch/study_records_of", study=typed)
    assert {row["study_id"] for row in found} == {"NCT03113968"}
    assert {row["role"] for row in found} >= {"registration", "protocol"}
    assert len(found) >= 3


def test_trials_with_results(fetch: Fetch) -> None:
    every = rows(fetch, "/watch/trials_with_results")
    dates = [row["results_first_posted"] for row in every]
    assert dates == sorted(dates, reverse=True)
    assert every
    assert all(row["id"].startswith("clinicaltrials:") for row in every)
    last = dates[0]
    assert {row["results_first_posted"] for row in rows(fetch, "/watch/trials_with_results", since=last)} == {
        last
    }


def test_the_matrix_counts_what_its_cells_lead_to(fetch: Fetch) -> None:
    matrix = {row["indication"]: row for row in rows(fetch, "/watch/matrix")}
    assert set(labels.DESIGNS) < set(matrix["trd"])
    page = links(fetch("/watch/matrix").text)
    for indication, design in (("trd", "rct"), ("ptsd", "rct"), ("depression", "non-randomised-trial")):
        path = f"/watch/works?indications__arraycontains={indication}&designs__arraycontains={design}"
        count = fetch(path.replace("works", "works.json")).json()["filtered_table_rows_count"]
        assert matrix[indication][design] == count > 0
        assert (path, str(count)) in page
        assert (path, str(count)) in links(fetch(f"/watch/evidence_matrix?indication={indication}").text)


def test_search_ranks_the_title_first_and_marks_the_words(fetch: Fetch) -> None:
    found = rows(fetch, "/watch/search", words="midazolam")
    in_title = ["midazolam" in row["title"].lower() for row in found]
    assert in_title[0]
    assert not in_title[-1]
    assert all("⟪midazolam⟫" in row["passage"].lower() for row in found)
    assert "<mark>midazolam</mark>" in fetch("/watch/search?words=midazolam").text


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("23982301", "/watch/records/pubmed~3A23982301"),
        (" PMID: 23982301", "/watch/records/pubmed~3A23982301"),
        ("pubmed:23982301", "/watch/records/pubmed~3A23982301"),
        ("https://doi.org/10.1176/APPI.AJP.2013.13030392", "/watch/records/pubmed~3A23982301"),
        ("doi:10.1176/appi.ajp.2013.13030392.", "/watch/records/pubmed~3A23982301"),
        ("nct3113968", "/watch/records/clinicaltrials~3ANCT03113968"),
        ("NCT99000011", "/watch/records/clinicaltrials~3ANCT99000001"),  # an alias of that registration
        ("NCT00000001", "/watch/study_records_of?study=NCT00000001"),  # no such registration here
        ("2013", "/watch/works?_search=2013"),  # no such PMID: a word
        ("midazolam & ptsd", "/watch/works?_search=midazolam+%26+ptsd"),
        ("", "/watch/works"),
        ("//example.org\r\nX: y", "/watch/works?_search=%2F%2Fexample.org%0D%0AX%3A+y"),
    ],
)
def test_the_search_box_knows_identifiers(fetch: Fetch, typed: str, leads_to: str) -> None:
    answer = fetch("/-/find/watch", q=typed)
    assert (answer.status_code, answer.headers["location"]) == (302, leads_to)
