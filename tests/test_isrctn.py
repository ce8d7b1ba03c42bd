"""ISRCTN's XML: what is read, what is not, and that no bytes bring anything but records, rejects and named errors."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.pipelines import tagger_for
from crawler.tagging import derive
from spiders import isrctn_words as words
from spiders.isrctn import IsrctnSpider
from spiders.isrctn_xml import Answer
from store.errors import BadAnswer
from store.records import Record, Reject
from tests.golden_form import golden as golden_form

FIXTURES = Path(__file__).parent / "fixtures" / "isrctn"
GOLDEN = Path(__file__).parent / "golden" / "isrctn"
SAVED = sorted(FIXTURES.glob("*.xml"))
QUERY = (FIXTURES / "query.xml").read_bytes()


def parsed(body: bytes) -> list[Record | Reject]:
    return list(IsrctnSpider.parse_answer(body))


def record(body: bytes = QUERY, at: int = 0) -> Record:
    found = parsed(body)[at]
    assert isinstance(found, Record)
    return found


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.name)
def test_golden(path: Path) -> None:
    """Each fixture gives just this. A missing golden file is written, to be read and then committed."""
    golden = GOLDEN / f"{path.stem}.json"
    found = golden_form(parsed(path.read_bytes()))
    if not golden.exists():
        golden.write_text(found, encoding="utf-8")
        pytest.fail(f"wrote {golden.name}: read it, then commit it")
    assert found == golden.read_text(encoding="utf-8")


def test_a_file_is_read_like_bytes() -> None:
    with (FIXTURES / "query.xml").open("rb") as file:
        assert list(IsrctnSpider.parse_answer(file)) == parsed(QUERY)


def test_nobody_s_address_telephone_or_mail_is_kept() -> None:
    shown = repr(parsed(QUERY)[:1])
    assert "Jane Sample" in shown
    assert not any(word in shown for word in ("@", "+44", "1 Sample Street", "Public'"))


def test_the_tagger_reads_a_registration_of_this_registry() -> None:
    tags = tagger_for(()).tags(record())
    facets = derive(tags)
    assert facets["indications"] == ["depression", "ocd"] or set(facets["indications"]) == {
        "ocd",
        "depression",
    }
    assert facets["drugs"] == ["ketamine"]
    assert facets["designs"] == ["protocol"]
    assert facets["sample_size"] == 38
    assert {tag.value for tag in tags if tag.dimension == "parent_design"} == {"rct", "crossover"}
    assert {tag.value for tag in tags if tag.dimension == "phase"} == {"1", "2"}
    register = tagger_for(()).tags(record((FIXTURES / "study.xml").read_bytes()))
    assert {tag.value for tag in register if tag.dimension == "parent_design"} == {"observational"}


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        ("Randomized controlled trial", "RANDOMIZED"),
        ("Randomised controlled trial", "RANDOMIZED"),
        ("Non-randomized controlled trial", "NON_RANDOMIZED"),
        ("Non randomised study", "NON_RANDOMIZED"),
        ("By the moon", "By the moon"),
        (None, None),
    ],
)
def test_allocation_is_spelled_as_the_other_registry_spells_it_or_not_at_all(
    written: str | None, spelled: str | None
) -> None:
    assert words.allocation(written, None) == spelled


@pytest.mark.parametrize(
    ("written", "phases"),
    [
        ("Phase III", ["PHASE3"]), ("Phase II/III", ["PHASE2", "PHASE3"]), ("Not Applicable", ["NA"]),
        ("Not Specified", []), (None, []), ("Phase VI", ["Phase VI"]),
    ],
)  # fmt: skip
def test_phases(written: str | None, phases: list[str]) -> None:
    assert words.phases(written) == phases


def test_what_depends_on_today_is_no_status() -> None:
    assert record().status == "Completed"
    assert record(at=1).status == "Stopped"
    assert record((FIXTURES / "study.xml").read_bytes()).status == "No longer recruiting"
    recruiting = QUERY.replace(b"2025-12-31T00", b"2027-12-31T00").replace(b"2026-03-31T00", b"2028-03-31T00")
    assert record(recruiting).status is None


# -- damage

BOMB = b"""<!DOCTYPE allTrials [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>
<allTrials totalCount="1"><fullTrial><trial><title>&b;</title></trial></fullTrial></allTrials>"""
FILE = b"""<!DOCTYPE allTrials [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<allTrials totalCount="1"><fullTrial><trial publicIdentifierCanonical="ISRCTN99000109"><trialDescription>
<title>&a;</title></trialDescription></trial></fullTrial></allTrials>"""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "an empty answer"),
        (b"  \n", "an empty answer"),
        (
            b"<!DOCTYPE html><html><head><title>Maintenance</title></head></html>",
            "an HTML page instead of XML",
        ),
        (b"<html><body>Internal server error</body>", "an HTML page instead of XML"),
        (b"<trials/>", "the XML's root is trials, not allTrials"),
        (b'{"error": "no"}', "not XML"),
        (b"<allTrials", "cut or broken"),
        (BOMB, "declares entities"),
        (FILE, "declares entities"),
    ],
)
def test_what_is_no_answer_is_named(body: bytes, message: str) -> None:
    with pytest.raises(BadAnswer, match=message):
        parsed(body)


@pytest.mark.parametrize(("cut", "before"), [(b"Paul", 0), (b"Without a number", 3)])
def test_a_cut_answer_gives_what_stood_before_the_cut(cut: bytes, before: int) -> None:
    answer = Answer(QUERY[: QUERY.index(cut)])
    found, said = [], ""
    try:
        for item in answer:
            found.append(item)
    except BadAnswer as error:
        said = error.cause
    assert f"cut or broken after {before} studies" in said
    assert len(found) == before
    assert answer.total == 4


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300) | st.integers(0, len(QUERY)).map(lambda cut: QUERY[:cut]))
def test_any_bytes_are_an_answer_or_a_named_error(body: bytes) -> None:
    assert _outcome(body) in ("read", "isrctn")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(QUERY) - 1), st.binary(min_size=1, max_size=8))
def test_a_scratched_answer_never_crashes(at: int, scratch: bytes) -> None:
    assert _outcome(QUERY[:at] + scratch + QUERY[at + len(scratch) :]) in ("read", "isrctn")


def _outcome(body: bytes) -> str:
    try:
        return (
            "read" if all(isinstance(item, (Record, Reject)) for item in Answer(body)) else "something else"
        )
    except BadAnswer as error:
        return error.source
