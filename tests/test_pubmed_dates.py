"""Dates and text out of PubMed XML: every form that PubMed has, and nothing invented, lost or repaired."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from spiders.pubmed_dates import cited_date, date_of, earlier, free_date, iso_date
from spiders.xml_text import clean

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
dates = st.dates(dt.date(1700, 1, 1), dt.date(2999, 12, 31))
iso_dates = st.builds(lambda day, length: day.isoformat()[:length], dates, st.sampled_from([4, 7, 10]))


# --- dates


@pytest.mark.parametrize(
    ("xml", "iso"),
    [
        ("<Year>2021</Year><Month>Jan</Month><Day>05</Day>", "2021-01-05"),
        ("<Year>2021</Year><Month>1</Month><Day>5</Day><Hour>6</Hour><Minute>0</Minute>", "2021-01-05"),
        ("<Year>2021</Year><Month>Sept</Month>", "2021-09"),
        ("<Year>2021</Year><Month>DECEMBER</Month>", "2021-12"),
        ("\n <Year> 2021 </Year>\n <Month>\n01 </Month>", "2021-01"),
        ("<Year>2021</Year>", "2021"),
        ("<Year>2021</Year><Day>5</Day>", "2021"),
        ("<Year>2021</Year><Season>Spring</Season>", "2021"),
        ("<Year>2021</Year><Season>Jul-Aug</Season>", "2021-07"),
        ("<Year>2021</Year><Season>Winter-Spring</Season>", "2021"),
        ("<Year>2021</Year><Month>Feb</Month><Day>30</Day>", "2021-02"),
        ("<Year>2021</Year><Month>13</Month><Day>1</Day>", "2021"),
        ("<Year>2021</Year><Month>Marzo</Month>", "2021"),
        ("<Year>21</Year><Month>Jan</Month>", None),
        ("<Month>Jan</Month>", None),
        ("", None),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998-12"),
        ("<MedlineDate>2000 Spring</MedlineDate>", "2000"),
        ("<MedlineDate>Spring 2000</MedlineDate>", "2000"),
        ("<MedlineDate>2018 May - Jun</MedlineDate>", "2018-05"),
        ("<MedlineDate>2019 Sep/Oct</MedlineDate>", "2019-09"),
        ("<MedlineDate>2000 Dec 23- 30</MedlineDate>", "2000-12-23"),
        ("<MedlineDate>1976-1977</MedlineDate>", "1976"),
        ("<MedlineDate>2010 1st Quarter</MedlineDate>", "2010"),
        ("<MedlineDate>2008</MedlineDate>", "2008"),
        ("<MedlineDate>no date</MedlineDate>", None),
    ],
)
def test_every_form_of_a_date(xml: str, iso: str | None) -> None:
    assert date_of(etree.fromstring(f"<PubDate>{xml}</PubDate>")) == iso


@given(dates, st.sampled_from(["{0}", "{0:02}", "name", "short", "SHORT"]))
def test_a_whole_date_survives_however_its_month_is_written(day: dt.date, form: str) -> None:
    name = MONTHS[day.month - 1]
    month = {"name": name, "short": name[:3], "SHORT": name[:3].upper()}.get(form) or form.format(day.month)
    assert iso_date(f"{day.year:04}", month, str(day.day)) == day.isoformat()
    if form in ("name", "short"):
        assert free_date(f"{day.year:04} {month} {day.day}") == day.isoformat()
        assert cited_date(f"J Test. {day.year:04} {month} {day.day};12(3):45-6") == day.isoformat()


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_whatever_the_parts_a_date_is_iso_or_none(year: str, month: str, day: str) -> None:
    for iso in (iso_date(year, month, day), iso_date("2021", month, day), free_date(f"{year} {month} {day}")):
        assert iso is None or re.fullmatch(r"[12]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", iso)


@pytest.mark.parametrize(
    ("source", "iso"),
    [
        ("Nature. 2001 Aug 30;412(6850):941", "2001-08-30"),
        ("Mol Test 1997 Mar;51(3):533", "1997-03"),
        ("Science.2008 Apr 18;320(5874):316", "2008-04-18"),
        ("J Appl Test (1985). 2002 Jul;93(1):354-60", "2002-07"),
        ("Res Sq. 2022 Jun 29:rs.3.rs-1. doi: 10.9999/rs.3.rs-1/v1.", "2022-06-29"),
        ("Cochrane Database Syst Rev. 2001;(2):CD002020", "2001"),
        ("Lancet. 2005 Aug 20-26;366(9486):662-4", "2005-08-20"),
        ("J Test. 1993 Sep-Oct;4(5):617", "1993-09"),
        ("J Test. 1999 Spring;4:1", "1999"),
        ("JAMA. 2005 Apr 24. doi: 10.9999/jama.2005.1", "2005-04-24"),
        ("Somebody AB. Test J 12:1034-5", None),
        ("", None),
        (None, None),
    ],
)
def test_the_date_of_a_cited_source(source: str | None, iso: str | None) -> None:
    assert cited_date(source) == iso


@pytest.mark.parametrize(
    ("one", "other", "first"),
    [
        ("2024-08-31", "2025-01", "2024-08-31"),
        ("2007-01-01", "1976", "1976"),
        ("2020-12-15", "2020", "2020-12-15"),
        ("2020-12-15", "2020-12", "2020-12-15"),
        ("2020-12-15", "2020-11", "2020-11"),
        (None, "2020", "2020"),
        (None, None, None),
    ],
)
def test_the_earlier_date(one: str | None, other: str | None, first: str | None) -> None:
    assert earlier(one, other) == first
    assert earlier(other, one) == first


@given(iso_dates, iso_dates)
def test_the_earlier_date_is_one_of_the_two_and_never_later(one: str, other: str) -> None:
    first = earlier(one, other)
    assert first in (one, other)
    assert all(first[: len(date)] <= date[: len(first)] for date in (one, other))


# --- text

texts = st.text(st.sampled_from("ab é\u2009\n\t<&>"), max_size=6)


@st.composite
def marked_up(draw: st.DrawFn, tag: str = "ArticleTitle", depth: int = 3) -> tuple[etree._Element, str]:
    """An element with inline markup at random, and the text that was put into it."""
    element = etree.Element(tag)
    element.text = said = draw(texts)
    for _ in range(draw(st.integers(0, 3)) if depth else 0):
        child, inner = draw(marked_up(draw(st.sampled_from(["i", "sub", "sup", "b", "u"])), depth - 1))
        child.tail = tail = draw(texts)
        element.append(child)
        said += inner + tail
    return element, said


@given(marked_up())
def test_no_word_is_lost_joined_or_parted_by_markup(made: tuple[etree._Element, str]) -> None:
    element, said = made
    assert clean(element) == " ".join(said.split())
    assert clean(etree.fromstring(etree.tostring(element))) == " ".join(said.split())


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<t/>", ""),
        ("<t> </t>", ""),
        ("<t>10<sup>-3</sup> mg/<i>kg</i></t>", "10-3 mg/kg"),
        (
            "<t><m:math xmlns:m='http://www.w3.org/1998/Math/MathML'> <m:mi>a</m:mi> <m:mn>1</m:mn> </m:math>b</t>",
            "a1b",
        ),
        (
            "<t><math xmlns='http://www.w3.org/1998/Math/MathML'><mfrac><mn>1</mn><mn>2</mn></mfrac></math> dose</t>",
            "1/2 dose",
        ),
    ],
)
def test_clean_text(xml: str, text: str) -> None:
    assert clean(etree.fromstring(xml)) == text
