"""Identifiers: one spelling each, nothing repaired by guessing, nothing found inside a longer number."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders import identifiers as ids

DIGITS = "0123456789"
eight_digits = st.text(DIGITS, min_size=8, max_size=8)
doi_suffixes = st.text("abcxyzABCXYZ0123456789-_;/()", min_size=1, max_size=20).map(lambda text: text + "z")


# --- DOI


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("10.1176/APPI.AJP.2020.20050596", "10.1176/appi.ajp.2020.20050596"),
        ("https://doi.org/10.1001/jamapsychiatry.2013.90", "10.1001/jamapsychiatry.2013.90"),
        ("http://dx.doi.org/10.1001%2Fjama.1", "10.1001/jama.1"),
        ("doi.org/10.1001/jama.1", "10.1001/jama.1"),
        ("https://doi.org/10.1101/2020.01.02.20016428?rss=1", "10.1101/2020.01.02.20016428"),
        ("doi: 10.1001/jama.1.", "10.1001/jama.1"),
        ("DOI 10.1001/jama.1", "10.1001/jama.1"),
        ("doi: https://doi.org/10.1001/jama.1", "10.1001/jama.1"),
        ("info:doi/10.1001/jama.1", "10.1001/jama.1"),
        ("10.1016/S0140-6736(97)11096-0", "10.1016/s0140-6736(97)11096-0"),
        ("10.1001/jama.1)", "10.1001/jama.1"),
        (
            "10.1002/(SICI)1097-0142(19960101)77:1<1::AID-CNCR1>3.0.CO;2-#",
            "10.1002/(sici)1097-0142(19960101)77:1<1::aid-cncr1>3.0.co;2-#",
        ),
        ("10.1000.10/123456", "10.1000.10/123456"),
    ],
)
def test_a_doi_has_one_spelling(written: str, normal: str) -> None:
    assert ids.normalise_doi(written) == normal


@pytest.mark.parametrize(
    "written",
    ["", None, "10.1001", "10.12/short", "S0140-6736(97)11096-0", "10.1001/", "10.1001/a b", "10.1001/."],
)
def test_what_is_no_doi_gives_none(written: str | None) -> None:
    assert ids.normalise_doi(written) is None


def test_dois_are_found_in_citations_without_the_sentence_around_them() -> None:
    text = (
        "Invented A. J Test. 2020;1:2. doi: 10.1234/ABC.1. Again (https://doi.org/10.1234/abc.1), and"
        ' <https://doi.org/10.5555/x(y)z?rss=1>; "10.1002/(SICI)1097(1996)77:1<1::AID-C1>3.0.CO;2-#" not 110.1234/q'
    )
    assert ids.find_dois(text) == [
        "10.1234/abc.1",
        "10.5555/x(y)z",
        "10.1002/(sici)1097(1996)77:1<1::aid-c1>3.0.co;2-#",
    ]


@given(doi_suffixes, st.sampled_from(["", "doi:", "DOI: ", "https://doi.org/", "http://dx.doi.org/"]))
def test_prefix_and_case_of_a_doi_do_not_matter(suffix: str, prefix: str) -> None:
    normal = ids.normalise_doi("10.1234/" + suffix)
    assert normal is not None
    assert ids.normalise_doi(prefix + "10.1234/" + suffix.upper()) == normal


@given(
    st.one_of(
        st.text(), st.text().map("10.1234/{}".format), st.text().map("https://doi.org/10.1234/{}".format)
    )
)
def test_normalising_a_doi_twice_changes_nothing(text: str) -> None:
    normal = ids.normalise_doi(text)
    assert normal is None or ids.normalise_doi(normal) == normal


# --- PMID, PMCID, ORCID


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("28249076", "28249076"),
        ("PMID: 28249076", "28249076"),
        ("pubmed:28249076", "28249076"),
        ("https://pubmed.ncbi.nlm.nih.gov/28249076/", "28249076"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/28249076", "28249076"),
        (" 007 ", "7"),
        ("PMC3573681", None),
        ("0", None),
        ("123456789", None),
        ("28249076.1", None),
        ("", None),
        (None, None),
    ],
)
def test_pmid(written: str | None, normal: str | None) -> None:
    assert ids.normalise_pmid(written) == normal


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("PMC3573681", "PMC3573681"),
        ("pmc3573681.1", "PMC3573681"),
        ("PMCID: PMC3573681", "PMC3573681"),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/PMC3573681/", "PMC3573681"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC3573681/", "PMC3573681"),
        ("3573681", None),
        ("PMC", None),
        (None, None),
    ],
)
def test_pmcid(written: str | None, normal: str | None) -> None:
    assert ids.normalise_pmcid(written) == normal


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("0000-0002-1825-0097", "0000-0002-1825-0097"),  # ORCID's own example
        ("http://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
        ("https://orcid.org/0000-0002-1694-233x/", "0000-0002-1694-233X"),
        ("0000000218250097", "0000-0002-1825-0097"),
        ("0000-0002-1825-0098", None),
        ("0000-0002-1825", None),
        ("", None),
    ],
)
def test_orcid(written: str, normal: str | None) -> None:
    assert ids.normalise_orcid(written) == normal


@given(st.text(DIGITS, min_size=15, max_size=15), st.integers(0, 14), st.integers(1, 9))
def test_an_orcid_with_one_wrong_digit_is_none(digits: str, place: int, shift: int) -> None:
    right = digits + ids.orcid_check_character(digits)
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    assert (ids.normalise_orcid(right) or "").replace("-", "") == right
    assert ids.normalise_orcid(wrong) is None


# --- NCT numbers and the other registries


@pytest.mark.parametrize(
    "written",
    [
        "NCT01627782",
        "nct01627782",
        "NCT 01627782",
        "NCT-01627782",
        "NCT–01627782",
        "NCT: 01627782",
        "NCT#01627782",
        "NCT No. 01627782",
        "NCT number: 01627782",
        "NCT ID 01627782",
        "(NCT01627782)",
        "ClinicalTrials.gov:NCT01627782.",
        "ClinicalTrials.govNCT01627782",
        "identifierNCT01627782and more",
        "https://clinicaltrials.gov/study/NCT01627782?tab=results",
        "NCT\u00a001627782",
    ],
)
def test_nct_numbers_are_found_however_they_are_written(written: str) -> None:
    assert ids.find_nct_numbers(f"Registered as {written}") == ["NCT01627782"]


@pytest.mark.parametrize(
    "text",
    [
        "NCT0162778",
        "NCT016277820",
        "NCT 0162 7782",
        "neoadjuvant chemotherapy (NCT) 20120101",
        "xnct01627782",
        "1NCT01627782",
        "NCT",
        "",
        None,
        "NCT٠١٦٢٧٧٨٢",
    ],
)
def test_what_is_no_nct_number_is_not_found(text: str | None) -> None:
    assert ids.find_nct_numbers(text) == []


def test_nct_numbers_come_once_each_in_the_order_of_the_text() -> None:
    assert ids.find_nct_numbers("NCT00000002, nct 00000001 and NCT00000002") == ["NCT00000002", "NCT00000001"]


@given(
    eight_digits,
    st.sampled_from(["NCT", "nct", "Nct"]),
    st.sampled_from(["", " ", "-", ": ", " No. "]),
    st.sampled_from(["", " ", ".", ")", ";x", "-1"]),
)
def test_any_eight_digits_after_nct_are_found(digits: str, letters: str, separator: str, after: str) -> None:
    assert ids.find_nct_numbers(f"see ({letters}{separator}{digits}{after}") == [f"NCT{digits}"]


@given(st.text(DIGITS, min_size=9, max_size=14), st.sampled_from(["NCT", "nct ", "NCT-"]))
def test_a_longer_number_holds_no_nct_number(digits: str, prefix: str) -> None:
    assert ids.find_nct_numbers(prefix + digits) == []


@given(st.text(st.one_of(st.sampled_from("NCTnct 0123456789-:."), st.characters()), max_size=60))
def test_whatever_the_text_what_is_found_is_well_formed_and_in_it(text: str) -> None:
    for number in ids.find_nct_numbers(text):
        assert re.fullmatch("NCT[0-9]{8}", number)
        assert number[3:] in text
    assert [value for scheme, value in ids.find_trial_ids(text) if scheme == "nct"] == ids.find_nct_numbers(
        text
    )


@pytest.mark.parametrize(
    ("written", "scheme", "value"),
    [
        ("NCT01627782", "nct", "NCT01627782"),
        ("ISRCTN14689382", "isrctn", "ISRCTN14689382"),
        ("isrctn 14689382", "isrctn", "ISRCTN14689382"),
        ("ISRCTN No. 14689382", "isrctn", "ISRCTN14689382"),
        ("EudraCT 2015-003456-21", "eudract", "2015-003456-21"),
        ("EudraCT: 2015–003456–21/GB", "eudract", "2015-003456-21"),
        ("EU CT 2023-503684-42-00", "ctis", "2023-503684-42"),
        ("ACTRN12624000789561", "actrn", "ACTRN12624000789561"),
        ("ANZCTR 12624000789561p", "actrn", "ACTRN12624000789561"),
        ("ChiCTR1900021234", "chictr", "ChiCTR1900021234"),
        ("ChiCTR-1900021234", "chictr", "ChiCTR1900021234"),
        ("chictr-trc-12001234", "chictr", "ChiCTR-TRC-12001234"),
        ("ChiCTR-IPR16008123", "chictr", "ChiCTR-IPR-16008123"),
        ("UMIN000012345", "umin", "UMIN000012345"),
        ("UMIN-CTR 000012345", "umin", "UMIN000012345"),
        ("jRCT2031180123", "jrct", "jRCT2031180123"),
        ("jRCTs031180123", "jrct", "jRCTs031180123"),
        ("JapicCTI-183900", "japic", "JapicCTI-183900"),
        ("DRKS00012345", "drks", "DRKS00012345"),
        ("IRCT20120215009014N123", "irct", "IRCT20120215009014N123"),
        ("CTRI/2015/06/005904", "ctri", "CTRI/2015/06/005904"),
        ("KCT0001234", "kct", "KCT0001234"),
        ("PACTR201501001234567", "pactr", "PACTR201501001234567"),
        ("TCTR20150101001", "tctr", "TCTR20150101001"),
    ],
)
def test_each_registry(written: str, scheme: str, value: str) -> None:
    assert ids.find_trial_ids(f"Trial registration: {written}, 2019.") == [(scheme, value)]


@pytest.mark.parametrize(
    "text",
    [
        "ISRCTN146893821",
        "phone 2015-103456-21",
        "12015-003456-21",
        "ACTRN126240007895610",
        "UMIN00001234",
        "DRKS000123456",
        "CRD42018112345",
        "GSE123456",
    ],
)
def test_what_only_resembles_a_registration_is_not_found(text: str) -> None:
    assert ids.find_trial_ids(text) == []


def test_registrations_come_in_the_order_of_the_text_once_each() -> None:
    text = "ISRCTN14689382; NCT01627782; EudraCT 2015-003456-21; nct 01627782"
    assert ids.find_trial_ids(text) == [
        ("isrctn", "ISRCTN14689382"),
        ("nct", "NCT01627782"),
        ("eudract", "2015-003456-21"),
    ]
