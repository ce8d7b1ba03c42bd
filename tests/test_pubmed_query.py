"""PubMed's query language over a few articles: what each form finds, what PubMed says of it, what it refuses."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sample.catalogue_records import Article
from crawler.sample.pubmed_index import ArticleIndex, entry_date
from crawler.sample.pubmed_query import Finding, day, search
from crawler.sample.pubmed_syntax import FIELDS, Group, QuerySyntaxError, parse
from crawler.sample.words import normalise


def article(pmid: str, title: str, **more: Any) -> Article:
    return Article(**({"pmid": pmid, "title": title, "entered": "2013-08-28"} | more))


TRIAL = article(
    "11",
    "Antidepressant efficacy of <i>(R,S)</i>-ketamine: a randomized trial.",
    abstract="Sixty adults with treatment-resistant depression were given ketamine or midazolam.",
    journal="The American journal of psychiatry",
    authors=[["Murrough", "James W", "JW"], ["Müller", "Élise", "E"], ["", "", "Trial Group"]],
    published="2013-10",
    mesh=[["D007649", "Ketamine", True, [["Q000627", "therapeutic use", True]]],
          ["D003865", "Depressive Disorder, Major", False, [["Q000188", "drug therapy", True], ["Q000523", "psychology", False]]]],
    substances=[["D007649", "Ketamine"]],
    publication_types=[["D016449", "Randomized Controlled Trial"]],
    keywords=["rapid-acting"],
    nct=["NCT00768430"],
    doi="10.1176/appi.ajp.2013.13030392",
    languages=["eng"],
    revised="2020-02-28",
    mesh_date="2013-12-03",
)  # fmt: skip
SPRAY = article("22", "Esketamine nasal spray in suicidality", entered="2018-04-17", published="2018-07-01",
                abstract_sections=[["METHODS", "Depressed patients."]], substances=[["C000629870", "Esketamine"]])  # fmt: skip
OLD = article("333", "Ketamine in the rat", entered="2019-01-02", published="1975", revised="2019-01-02")
INDEX = ArticleIndex([TRIAL, SPRAY, OLD], frozenset({"1"}))


def found(query: str) -> set[str]:
    return set(search(INDEX, query).pmids)


# -- what is found


@pytest.mark.parametrize(
    ("query", "pmids"),
    [
        ("ketamine[tiab]", "11 333"),  # esketamine is a word of its own
        ("KETAMINE[TIAB]", "11 333"),
        ("ketamin*[tiab]", "11 333"),
        ("*ketamine[tiab]", "11 333"),  # only a final asterisk truncates
        ("depress*[tiab]", "11 22"),
        ("dep*[tiab]", ""),  # fewer than four characters
        ('"treatment-resistant depression"[tiab]', "11"),
        ("treatment resistant depression[tiab]", "11"),
        ('"resistant depress*"[tiab]', "11"),
        ('"R,S-ketamine"[tiab]', "11"),
        ("rapid-acting[tiab]", "11"),  # keywords belong to it
        ("midazolam[ti]", ""),
        ("midazolam[ab]", "11"),
        ("midazolam[Title/Abstract]", "11"),
        ("muller[au]", "11"),  # without its accent
        ("Müller E[au]", "11"),
        ("murrough j[au]", "11"),
        ("murrough[au]", "11"),
        ("murr[au]", ""),
        ("Murrough James W[au]", "11"),
        ("muller e[1au]", ""),
        ('"trial group"[cn]', "11"),
        ('"Ketamine"[mh]', "11"),
        ('"Ketamine/therapeutic use"[mh]', "11"),
        ('"Depressive Disorder, Major"[mh:noexp]', "11"),
        ('"Depressive Disorder"[mh]', ""),  # not exploded
        ('"Depressive*"[mh]', "11"),
        ('"Ketamine"[majr]', "11"),
        ('"Depressive Disorder, Major/psychology"[majr]', ""),
        ('"Depressive Disorder, Major/drug therapy"[majr]', "11"),
        ('"Esketamine"[nm]', "22"),
        ("randomized controlled trial[pt]", "11"),
        ("controlled trial[pt]", ""),
        ("NCT00768430[si]", "11"),
        ("clinicaltrials.gov/nct00768430[si]", "11"),
        ("10.1176/appi.ajp.2013.13030392[lid]", "11"),
        ("eng[la]", "11"),
        ('"american journal of psychiatry"[ta]', "11"),
        ("11[pmid]", "11"),
        ("0011[uid]", "11"),
        ("11[uid] OR 333[uid] OR 4[uid]", "11 333"),
        ("1[uid]", "1"),  # unlisted, but there
        ("1:22[uid]", "11 22"),
        ("333", "333"),  # a number is a PMID first
        ("suicidality", "22"),
        ("nasal spray depressed", "22"),
        ("murrough ketamine", "11"),
    ],
)  # fmt: skip
def test_what_a_term_finds(query: str, pmids: str) -> None:
    assert found(query) == set(pmids.split())


@pytest.mark.parametrize(
    ("query", "pmids"),
    [
        ("ketamine[ti] AND rat[ti]", "333"),
        ("ketamine[ti] rat[ti]", "333"),  # side by side
        ("ketamine[ti] or esketamine[ti]", "11 22 333"),
        ("ketamine[ti] NOT rat[ti]", "11"),
        ("ketamine[ti] AND NOT rat[ti]", "11"),
        ("esketamine[ti] OR ketamine[ti] AND rat[ti]", "333"),  # from left to right
        ("esketamine[ti] OR (ketamine[ti] AND rat[ti])", "22 333"),
        ("(ketamine[ti] OR esketamine[ti]) NOT (rat[ti] OR spray[ti])", "11"),
        ('("esketamine"[ti])AND("spray"[ti])', "22"),
        ('ketamine[ti] AND - AND rat[ti]', "333"),  # what holds no word is passed over
        ("psilocybin[tiab] OR \"Psilocybin\"[mh]", ""),
    ],
)  # fmt: skip
def test_operators_and_parentheses(query: str, pmids: str) -> None:
    assert found(query) == set(pmids.split())


@pytest.mark.parametrize(
    ("query", "pmids"),
    [
        ("2013/08/28:2013/08/28[crdt]", "11"),
        ("2013/08/29:2018/04/16[crdt]", ""),
        ("2013:2018[crdt]", "11 22"),
        ("2013/8:2013/8[crdt]", "11"),
        ('"2013/01/01"[crdt] : "2018/12/31"[crdt]', "11 22"),
        ('"2013/01/01"[Date - Create] : 3000[Date - Create]', "11 22 333"),
        ("2018/04[crdt]", "22"),
        ('"2018/04/17"[crdt]', "22"),
        ("2018:2013[crdt]", ""),
        ("1975[edat]", "333"),  # added late: its entry date is that of its publication
        ("2013[edat]", "11"),
        ("2013/10[dp]", "11"),
        ("1975[pdat]", "333"),
        ("2020/02/28[lr]", "11"),
        ("2013/12:2013/12[mhda]", "11"),
        ("2013[dcom]", "11"),
        ("ketamine[ti] AND 2019/01/01:2019/12/31[crdt]", "333"),
        ("ketamine 2019/01/01:2019/12/31[crdt]", "333"),
        ("2019/01/01:2019/12/31[crdt] AND 300:400[UID]", "333"),
    ],
)
def test_dates_and_ranges(query: str, pmids: str) -> None:
    assert found(query) == set(pmids.split())


def test_a_colon_within_words_is_no_range() -> None:
    assert found("ketamine: a randomized trial[ti]") == {"11"}


# -- what is said


def test_a_word_that_no_record_holds_is_not_found() -> None:
    finding = search(INDEX, "ketamine[ti] OR psilocybin[ti] OR psilocybin[ti]")
    assert (set(finding.pmids), finding.phrases_not_found) == ({"11", "333"}, ["psilocybin"])


def test_a_quoted_phrase_that_no_record_holds_is_taken_apart() -> None:
    finding = search(INDEX, '"trial of ketamine"[tiab]')
    assert finding == Finding(
        frozenset({"11"}),
        '("trial"[Title/Abstract] AND "of"[Title/Abstract] AND "ketamine"[Title/Abstract])',
        quoted_phrases_not_found=['"trial of ketamine"'],
    )


def test_an_unquoted_phrase_is_taken_apart_silently() -> None:
    assert search(INDEX, "trial midazolam[tiab]") == Finding(
        frozenset({"11"}), '("trial"[Title/Abstract] AND "midazolam"[Title/Abstract])'
    )


def test_a_heading_without_records_is_not_reported() -> None:
    assert search(INDEX, '"Suicide"[mh]') == Finding(frozenset(), '"suicide"[MeSH Terms]')


def test_an_unknown_field_is_reported_and_all_fields_are_searched() -> None:
    finding = search(INDEX, "midazolam[xyz] OR spray[xyz]")
    assert (set(finding.pmids), finding.fields_not_found) == ({"11", "22"}, ["xyz"])
    assert finding.translation == '"midazolam"[All Fields] OR "spray"[All Fields]'


@pytest.mark.parametrize("query", ["2013/13/01[crdt]", "2013-08-28[crdt]", "soon:2014[crdt]", "2013:[crdt]", "abc[uid]", "1:x[uid]"])  # fmt: skip
def test_what_is_no_date_or_number_is_not_found(query: str) -> None:
    finding = search(INDEX, query)
    assert (finding.pmids, len(finding.phrases_not_found)) == (frozenset(), 1)


def test_the_translation_says_what_was_searched() -> None:
    query = (
        '(ketamine[tiab] OR "Ketamine"[mh]) AND depress*[tiab] NOT 2013/01/01:2013/12/31[crdt] AND 11[pmid]'
    )
    assert search(INDEX, query).translation == (
        '("ketamine"[Title/Abstract] OR "ketamine"[MeSH Terms]) AND "depress*"[Title/Abstract]'
        " NOT 2013/01/01:2013/12/31[Date - Create] AND 11[UID]"
    )


# -- what is refused


@pytest.mark.parametrize(
    "query",
    ["", "  ", "()", "(a", "a)", '"a', "a]", "[ti]", "AND a", "a OR", "a AND OR b", "a OR (AND b)", ":2013[crdt]",
     "(" * 500 + "a" + ")" * 500],
)  # fmt: skip
def test_what_cannot_be_read_is_a_syntax_error(query: str) -> None:
    with pytest.raises(QuerySyntaxError):
        search(INDEX, query)


_PIECES = st.sampled_from(
    [*'()[]":*/-', " ", " AND ", " OR ", " NOT ", "ketamine", "2013", "2013/08/28", "[tiab]", "[crdt]", "[uid]", "[x]", "11", "é"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=40).map("".join)))
def test_no_text_at_all_raises_anything_else(query: str) -> None:
    try:
        finding = search(INDEX, query)
    except QuerySyntaxError:
        return
    assert finding.pmids <= {"1", "11", "22", "333"}
    if finding.translation:
        parse(finding.translation)  # itself a query


_TERMS = st.sampled_from(
    ["ketamine[ti]", "rat[ti]", "esketamine[ti]", "midazolam[ab]", "psilocybin[ti]", "2019[crdt]"]
)


@given(_TERMS, st.lists(st.tuples(st.sampled_from(["AND", "OR", "NOT"]), _TERMS), max_size=8))
def test_operators_are_those_of_sets_from_left_to_right(first: str, rest: list[tuple[str, str]]) -> None:
    expected = found(first)
    for operator, term in rest:
        other = found(term)
        expected = {"AND": expected & other, "OR": expected | other, "NOT": expected - other}[operator]
    assert found(first + "".join(f" {operator} {term}" for operator, term in rest)) == expected


# -- dates

_DAYS = st.dates(datetime.date(1970, 1, 1), datetime.date(2030, 12, 31))


@given(st.lists(_DAYS, min_size=1, max_size=20), _DAYS, _DAYS)
def test_a_window_finds_exactly_its_records(
    entered: list[datetime.date], first: datetime.date, last: datetime.date
) -> None:
    index = ArticleIndex(
        article(str(at + 1), "x", entered=date.isoformat()) for at, date in enumerate(entered)
    )
    wanted = {str(at + 1) for at, date in enumerate(entered) if first <= date <= last}
    assert search(index, f"{first:%Y/%m/%d}:{last:%Y/%m/%d}[crdt]").pmids == wanted


@given(st.lists(_DAYS, min_size=1, max_size=20), st.tuples(_DAYS, _DAYS, _DAYS).map(sorted))
def test_halves_of_a_window_are_the_window(entered: list[datetime.date], days: list[datetime.date]) -> None:
    first, middle, last = days
    index = ArticleIndex(
        article(str(at + 1), "x", entered=date.isoformat()) for at, date in enumerate(entered)
    )

    def window(begin: datetime.date, end: datetime.date) -> frozenset[str]:
        return search(index, f"{begin:%Y/%m/%d}:{end:%Y/%m/%d}[crdt]").pmids

    left, right = window(first, middle), window(middle + datetime.timedelta(days=1), last)
    assert left | right == window(first, last)
    assert not left & right


@given(_DAYS)
def test_a_day_is_read_with_and_without_leading_zeros(date: datetime.date) -> None:
    assert day(f"{date:%Y/%m/%d}") == day(f"{date.year}/{date.month}/{date.day}") == date.isoformat()


def test_a_month_and_a_year_have_a_first_and_a_last_day() -> None:
    assert (day("2013"), day("2013", last=True)) == ("2013-01-01", "2013-12-31")
    assert (day("2013/8"), day("2013/8", last=True)) == ("2013-08-01", "2013-08-31")


@pytest.mark.parametrize(
    ("published", "entered", "expected"),
    [("2013-10", "2013-08-28", "2013-08-28"), ("2012", "2013-01-02", "2012-01-01"), ("2012-08-28", "2013-08-28", "2013-08-28"),
     (None, "2013-08-28", "2013-08-28")],
)  # fmt: skip
def test_what_came_more_than_a_year_late_entered_when_it_was_published(
    published: str | None, entered: str, expected: str
) -> None:
    assert entry_date(article("1", "x", published=published, entered=entered)) == expected


# -- the language itself


def test_every_field_has_its_texts_or_dates() -> None:
    for tag in FIELDS:
        assert search(INDEX, f"zzzz[{tag}]").pmids == frozenset()
        assert search(INDEX, f"zzzz[{tag}]").fields_not_found == []


def test_a_tree_keeps_what_was_written() -> None:
    tree = parse('("S-ketamine"[tiab] OR 3:5[uid]) NOT rat[xyz]')
    (_, group), (operator, term) = tree.operands
    assert isinstance(group, Group)
    assert [operator for operator, _ in group.operands] == ["AND", "OR"]
    assert (operator, term.text, term.unknown_tag) == ("NOT", "rat", "xyz")


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
