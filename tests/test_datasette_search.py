"""Searching: what is typed is understood, the best match stands first with its words marked, and misspelling is met."""

from __future__ import annotations

import re
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasette_config import beginnings
from datasette_config.hits import marked
from datasette_config.typed import LONGEST, evaluate, expression, plain, query
from store import sets
from tests.filled import HOSTILE
from tests.site_client import Fetch, links, rows, tags, text

SIGNS = st.sampled_from(["ketamine", "AND", "OR", "NOT", "(", ")", '"', '"a b"', "*", "-", "esket*", "^", "x:y", "NEAR", "{",
                         "+", "'", "\0", "☃", " "])  # fmt: skip


@pytest.fixture(scope="module")
def index() -> sqlite3.Connection:
    conn = sqlite3.connect(":memory:", check_same_thread=False)
    conn.execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize='porter')")
    texts = (
        "ketamine for depression",
        "esketamine for depression",
        "ketamine in rats",
        "midazolam",
        "a suicidal ideation b",
    )
    conn.executemany("INSERT INTO words VALUES (?)", [(one,) for one in texts])
    return conn


def found(index: sqlite3.Connection, words: str) -> list[int]:
    return [
        row[0]
        for row in index.execute("SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid", [query(words)])
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ketamine depression", [1]), ("ketamine OR midazolam", [1, 3, 4]), ("ketamine NOT rats", [1]), ("esket*", [2]),
        ("(ketamine OR esketamine) AND depression", [1, 2]), ("depressed (esketamine OR midazolam)", [2]), ('"suicidal ideation"', [5]),
        ('"ideation suicidal"', []), ('"suicidal idea"*', [5]), ("or", []), ("", []), ("*", []), ("NOT", []), ('"', []),
        ("(ketamine", [1, 3]), ("ketamine)", [1, 3]), ("ketamine AND", []), ("a AND b", [5]), ("x" * 10_000, []),
    ],
)  # fmt: skip
def test_words_phrases_beginnings_and_operators(
    index: sqlite3.Connection, words: str, expected: list[int]
) -> None:
    assert found(index, words) == expected


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.lists(SIGNS, max_size=12).map(" ".join),
        st.lists(SIGNS, max_size=12).map("".join),
        st.text(max_size=40),
    )
)
def test_nothing_that_is_typed_is_a_syntax_error(words: str) -> None:
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE VIRTUAL TABLE words USING fts5(title, text, tokenize='porter')")
    for match in (query(words), f"{{title}} : ({query(words)})"):
        conn.execute("SELECT rowid FROM words WHERE words MATCH ?", [match]).fetchall()
    conn.close()


WORDS = st.sampled_from(["ketamine", "rats", "depress*", "esket*", "midazolam", "AND", "OR", "NOT", "(", ")", '"for depression"', "-", "in"])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=9).map(" ".join))
def test_sets_of_terms_find_what_sqlite_finds(words: str) -> None:
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize='porter')")
    texts = (
        "ketamine for depression",
        "esketamine for depression",
        "ketamine in rats",
        "midazolam and or not",
        "in depression",
    )
    conn.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(texts))

    def places(match: str) -> int:
        return sets.of(
            (row[0] for row in conn.execute("SELECT rowid FROM words WHERE words MATCH ?", [match])),
            len(texts),
        )

    assert evaluate(expression(words), places) == places(query(words)), query(words)
    conn.close()


def test_long_input_is_cut(fetch: Fetch) -> None:
    assert len(query(" ".join(f"word{number}" for number in range(10_000)))) < 4 * LONGEST
    assert fetch("/watch/works", _search="ketamine " * 1_200).status_code == 200
    assert fetch("/watch/works", _search="((((" * 2_000).status_code == 200


def test_words_without_their_signs() -> None:
    assert plain('(ptsd OR "a phrase") esket* NOT rat') == ["ptsd", "esket*", "rat"]


def test_the_best_match_stands_first_unless_another_order_is_chosen(fetch: Fetch) -> None:
    best = rows(fetch, "/watch/works", _search="midazolam", _size="max")
    in_title = ["midazolam" in row["title"].lower() for row in best]
    assert in_title[0]
    assert not in_title[-1]
    newest = rows(fetch, "/watch/works", _search="midazolam", _sort_desc="entered", _size="max")
    assert [row["entered"] or "" for row in newest] == sorted(
        (row["entered"] or "" for row in newest), reverse=True
    )
    assert [row["id"] for row in newest] != [row["id"] for row in best]
    page = fetch("/watch/works?_search=midazolam").text
    assert '<strong aria-current="true">best match</strong>' in page
    choices = {
        words: address
        for address, words in links(page)
        if words in ("newest", "latest publication", "largest")
    }
    assert choices["newest"] == "?_search=midazolam&_sort_desc=entered"
    other = fetch(f"/watch/works{choices['newest']}").text
    assert '<strong aria-current="true">newest</strong>' in other
    assert ("?_search=midazolam", "best match") in links(other)


def test_hits_are_marked_in_title_and_abstract(fetch: Fetch) -> None:
    page = fetch("/watch/works?_search=midazolam+suicidal").text
    assert re.search(r'<td class="col-title"><a href="[^"]+">[^<]*<mark>Suicidal</mark>', page)
    passages = re.findall(r'<p class="passage">(.*?)</p>', page, re.DOTALL)
    assert passages
    assert all("<mark>" in one for one in passages)
    assert "<mark>" not in fetch("/watch/works").text


def test_a_hit_in_hostile_text_is_marked_and_harmless(fetch: Fetch) -> None:
    page = fetch("/watch/works?_search=probe+randomized").text
    assert "<mark>probe</mark>" in page
    assert HOSTILE.title.partition(" ketamine")[0] not in page
    assert not [tag for tag, _ in tags(page) if tag == "img"]
    assert marked("\x02<b>\x03 \x03a\x02&") == "<mark>&lt;b&gt;</mark> a&amp;"
    assert marked(None) == ""


def test_another_spelling_is_offered_where_it_finds_more(fetch: Fetch) -> None:
    def offered(words: str) -> list[str]:
        page = fetch("/watch/works", _search=words).text
        return re.findall(r'<p class="meant">.*?<a href="([^"]*)"', page)

    assert offered("esketmine") == ["?_search=esketamine"]
    assert offered("esketmine NOT midazolm") == ["?_search=esketamine+NOT+midazolam"]
    assert "It finds" in text(fetch("/watch/works?_search=esketmine").text)
    for fine in ("esketamine", "ketamine depression", "zzzqqqxx", '"', "", "x" * 3000):
        assert offered(fine) == []


def test_tags_of_the_name_are_offered_beside_the_words(fetch: Fetch) -> None:
    page = fetch("/watch/trials?_search=ptsd+esketamine+OR+ketamine").text
    (offer,) = re.findall(r'<p class="tagged">.*?</p>', page, re.DOTALL)
    assert ("/watch/trials?indications__arraycontains=ptsd", "PTSD") in links(offer)
    assert ("/watch/trials?drugs__arraycontains=ketamine", "Ketamine") in links(offer)
    assert 'class="tagged"' not in fetch("/watch/trials?_search=midazolam").text


def test_a_list_has_a_facet_for_each_question(fetch: Fetch) -> None:
    found = fetch("/watch/trials.json?_search=ketamine").json()["facet_results"]
    assert set(found) == {
        "indications",
        "designs",
        "drugs",
        "routes",
        "comparators",
        "populations",
        "phase",
        "status",
        "year",
        "source",
    }
    page = fetch("/watch/trials?_search=ketamine&phase__arraycontains=3").text
    assert re.search(r'<section class="facet facet-info" data-column="phase">', page), (
        "a chosen facet is open"
    )
    assert re.search(r'<details class="facet facet-info" data-column="routes">', page)


def test_a_word_that_is_typed_again_is_asked_for_once() -> None:
    assert query('t* ketamine t* (ketamine "t"*') == '"t"* AND "ketamine"'
    assert (
        query("ketamine OR ketamine") == '"ketamine" OR "ketamine"'
    )  # with operators each stands where it was put


@pytest.mark.parametrize(
    ("begin", "word"), [("depressi", "depression"), ("randomiz", "randomized"), ("DEPRESSIV", "depressive")]
)
def test_a_beginning_finds_words_whose_stem_is_shorter(fetch: Fetch, begin: str, word: str) -> None:
    of_word = fetch("/watch/works.json", _search=word, _size="max").json()
    of_begin = fetch("/watch/works.json", _search=f"{begin}*", _size="max").json()
    assert of_word["filtered_table_rows_count"] > 0
    assert {row[0] for row in of_word["rows"]} <= {row[0] for row in of_begin["rows"]}
    page = fetch("/watch/works", _search=f"{begin}*").text
    assert re.search(f"<mark>{word}</mark>", page, re.IGNORECASE)
    without = fetch("/watch/works.json", _search=f"ketamine NOT {begin}*", _size="max").json()
    assert not {row[0] for row in of_word["rows"]} & {row[0] for row in without["rows"]}


def test_a_beginning_whose_stems_begin_so_is_asked_for_alone() -> None:
    stems = beginnings._stems(
        [
            "suicid",
            "suicidal",
            "suicidality",
            "randomiz",
            "randomized",
            "randomization",
            "\U0001e94b\U0001e94b",
        ]
    )
    assert list(stems.values())[:-1] == ["suicid", "suicid", "suicid", "randomiz", "random", "random"]
