"""Feeds as records: what is read of real forms, what is left unknown, and that no bytes bring anything but records."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.checks import problem_with
from spiders.feed import LARGEST_ANSWER, FeedSpider
from spiders.feed_entries import Feed, looks_like_feed, read_feed
from spiders.feed_text import date_of, text_of
from store.errors import BadAnswer
from store.records import Record, Reject
from tests.golden_form import golden as golden_form

FIXTURES = Path(__file__).parent / "fixtures" / "feed"
GOLDEN = Path(__file__).parent / "golden" / "feed"
SAVED = sorted(path for path in FIXTURES.iterdir() if path.suffix != ".md")
JOURNAL = Feed("sample", "https://journal.example/rss", "Journal of Samples", "journal")
AGENCY = Feed("agency", "https://agency.example/rss", "Sample Agency", "agency")


def rss(*items: str, end: str = "</channel></rss>") -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>F</title><link>https://f.example/</link>'
    return (head + "".join(f"<item>{item}</item>" for item in items) + end).encode()


def records(body: bytes, feed: Feed | None = JOURNAL, **more: Any) -> list[Record]:
    found = read_feed(body, feed, **more).items
    assert all(isinstance(item, Record) for item in found)
    return [item for item in found if isinstance(item, Record)]


def only(body: bytes, feed: Feed | None = JOURNAL, **more: Any) -> Record:
    [found] = records(body, feed, **more)
    return found


# -- what is read


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.name)
def test_golden(path: Path) -> None:
    """Each fixture gives just this. A missing golden file is written, to be read and then committed."""
    golden = GOLDEN / f"{path.name}.json"
    items: list[Any] = list(FeedSpider.parse_answer(path.read_bytes()))
    found = golden_form(items)
    assert not [problem for item in items if isinstance(item, Record) and (problem := problem_with(item))]
    if not golden.exists():
        golden.write_text(found, encoding="utf-8")
        pytest.fail(f"wrote {golden.name}: read it, then commit it")
    assert found == golden.read_text(encoding="utf-8")


def test_a_feed_s_kind_says_what_its_entries_are() -> None:
    body = rss("<title>Ketamine</title><link>https://f.example/1</link>")
    assert only(body, JOURNAL).kind == "article"
    assert only(body, AGENCY).kind == "news"
    assert only(body, AGENCY).venue == "Sample Agency"
    assert only(body, AGENCY).publication is None
    assert only(body, None).kind == "news"


def test_an_entry_keeps_its_id_when_the_feed_is_rebuilt() -> None:
    one = "<title>Ketamine</title><link>https://f.example/1?utm_source=rss</link><guid isPermaLink='false'>1</guid>"
    again = "<title>Ketamine, corrected</title><link>https://f.example/1?utm_source=mail</link><guid isPermaLink='false'>1</guid>"
    other = "<title>New</title><link>https://f.example/2</link><guid isPermaLink='false'>2</guid>"
    [before], [_, after] = records(rss(one)), records(rss(other, again))
    assert before.id == after.id
    assert before.url == after.url == "https://f.example/1"
    assert only(rss(one), AGENCY, url="https://elsewhere.example/feed").id == before.id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<link>https://f.example/1?b=2&amp;a=1&amp;utm_medium=x</link>", "<link>https://f.example/1?a=1&amp;b=2</link>"),
        ("<link>https://pubmed.ncbi.nlm.nih.gov/12/?fc=2026&amp;v=2</link>", "<link>https://pubmed.ncbi.nlm.nih.gov/12/</link>"),
        ("<guid>https://f.example/1?rss=yes</guid>", "<guid>https://f.example/1</guid>"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_changes_from_reader_to_reader_is_no_part_of_an_id(one: str, other: str) -> None:
    first, second = (only(rss(f"<title>Ketamine</title>{part}")) for part in (one, other))
    assert first.id == second.id


def test_the_same_guid_at_two_sites_is_two_entries() -> None:
    entry = "<title>Ketamine</title><link>https://{}.example/1</link><guid isPermaLink='false'>1</guid>"
    assert only(rss(entry.format("a"))).id != only(rss(entry.format("b"))).id


def test_a_guid_given_twice_with_one_link_is_one_entry_and_with_two_links_two() -> None:
    entry = "<title>{}</title><link>https://f.example/{}</link><guid isPermaLink='false'>1</guid>"
    assert [one.title for one in records(rss(entry.format("New", 1), entry.format("Old", 1)))] == ["New"]
    assert len(records(rss(entry.format("A", 1), entry.format("B", 2)))) == 2


def test_an_entry_without_a_title_is_rejected() -> None:
    [reject] = read_feed(
        rss("<link>https://f.example/1</link><title> <![CDATA[<b></b>]]></title>"), JOURNAL
    ).items
    assert isinstance(reject, Reject)
    assert (reject.reason, reject.detail) == ("no title", "an entry of sample")
    assert "https://f.example/1" in (reject.payload or "")


@pytest.mark.parametrize(
    ("entry", "doi", "pmid", "pii"),
    [
        ("<prism:doi xmlns:prism='http://prismstandard.org/namespaces/basic/2.0/'>10.1/x</prism:doi>", None, None, None),
        ("<link>https://doi.org/10.9999/A.b?rss=1</link>", "10.9999/a.b", None, None),
        ("<link>https://p.example/doi/full/10.9999/x.1(2)?af=R</link>", "10.9999/x.1(2)", None, None),
        ("<guid>https://p.example/doi/abs/10.9999%2Fx.1</guid><link>https://p.example/1</link>", "10.9999/x.1", None, None),
        ("<guid isPermaLink='false'>doi:10.9999/x</guid>", "10.9999/x", None, None),
        ("<guid isPermaLink='false'>pubmed:123</guid>", None, "123", None),
        ("<link>https://pubmed.ncbi.nlm.nih.gov/123/</link>", None, "123", None),
        ("<link>https://www.thelancet.com/journals/lanpsy/article/PIIS2215-0366(26)00012-3/fulltext?rss=yes</link>", None, None, "S2215-0366(26)00012-3"),
        ("<link>https://www.sciencedirect.com/science/article/pii/S016503272600123X?dgcid=rss</link>", None, None, "S0165-0327(26)00123-X"),
    ],
)  # fmt: skip
def test_identifiers(entry: str, doi: str | None, pmid: str | None, pii: str | None) -> None:
    found = only(rss(f"<title>Ketamine</title>{entry}"))
    assert (found.doi, found.pmid, dict(found.identifiers).get("pii")) == (doi, pmid, pii)


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://user:word@f.example/", "http://", "x",
        "//[::1", "ftp://f.example/1", "&#1;javascript:alert(1)",
    ],
)  # fmt: skip
def test_a_link_that_is_none_is_dropped(link: str) -> None:
    url = only(rss(f"<title>Ketamine</title><link>{link}</link>")).url
    assert url is None or url.startswith(("http://f.example", "https://f.example"))


def test_a_relative_link_is_resolved_where_the_feed_came_from() -> None:
    body = rss("<title>Ketamine</title><link>../1?a=1&amp;b=2</link>")
    assert only(body, url="https://f.example/feeds/new/rss").url == "https://f.example/feeds/1?a=1&b=2"
    assert only(body).url is None


# -- dates


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("Fri, 20 Nov 2026 23:00:00 -0500", "2026-11-20"), ("20 Nov 2026", "2026-11-20"),
        ("Fri, 20 November 2026 23:00 GMT", "2026-11-20"), ("2026-11-20T01:00:00+09:00", "2026-11-20"),
        ("2026-11-20", "2026-11-20"), ("2026-11", "2026-11"), ("2026", "2026"),
        ("2016/6/29", None), ("06/29/2016", None), ("Fri, 31 Feb 2026 10:00:00 GMT", None), ("20 Nov 26", None),
        ("2026-13-01", None), ("20261120", None), ("yesterday", None), ("", None), (None, None), ({}, None),
        ("Vendredi, 20 novembre 2026", None), ("Fri, 20 Nov 2026 25:61:00 GMT", None),
    ],
)  # fmt: skip
def test_a_date_is_certain_or_unknown(written: object, day: str | None) -> None:
    assert date_of(written) == day


def test_a_date_to_come_is_unknown() -> None:
    body = rss("<title>Ketamine</title><pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate>")
    assert only(body, today="2026-11-20").published == "2026-11-20"
    assert only(body, today="2026-11-19").published is None
    assert read_feed(body, JOURNAL, today="2026-11-19").newest is None


# -- text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<i>S</i>-ketamine &amp; 5&nbsp;mg<sup>-1</sup>", "S-ketamine & 5 mg-1"),
        ("<p>One</p><p>Two<br>Three</p>", "One Two Three"),
        ("p<0.05 and a < b", "p<0.05 and a < b"),
        ("<script>alert(1)</script>x<style>y</style><!-- z --><svg onload=1>w</svg>", "x"),
        ("<img src=x onerror=alert(1)>", ""), ("<b>unclosed", "unclosed"), ("&#0;&#x202e;abc", "\ufffd abc"),
        ("a\x00b\x1bc\ud800\u202ed", "a b c d"), ("&lt;b&gt;", "<b>"), ("<?xml encoding='x'?>x", "x"), ("<!-- -->", ""),
    ],
)  # fmt: skip
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert text_of(markup, 100) == text


def test_a_long_text_is_cut_and_says_so() -> None:
    assert text_of("ketamine " * 100, 20) == "ketamine ketamine k…"


# -- what is no feed, or not all of it


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "an empty answer"),
        (b" \r\n", "an empty answer"),
        (b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>", "an HTML page instead of a feed"),
        (b"\xef\xbb\xbf<html><body><rssx></body></html>", "an HTML page instead of a feed"),
        (b"Service unavailable", "no feed: Service unavailable"),
        (b'{"error": "no"}', "no feed"),
        (b"<PubmedArticleSet></PubmedArticleSet>", "no feed"),
        (b"\x1f\x8b\x08\x00\x00", "no feed"),
        (b"/etc/passwd", "no feed: /etc/passwd"),
        (b"https://f.example/feed", "no feed: https"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_named(body: bytes, message: str) -> None:
    with pytest.raises(BadAnswer, match=message):
        read_feed(body, JOURNAL)


def test_a_feed_without_entries_is_a_quiet_one() -> None:
    reading = read_feed(rss(), JOURNAL)
    assert (reading.items, reading.damage, reading.newest) == ([], None, None)


def test_a_cut_feed_gives_what_stood_before_the_cut_and_says_so() -> None:
    entry = "<title>Ketamine {}</title><link>https://f.example/{}</link>"
    body = rss(*(entry.format(at, at) for at in range(3)))
    for cut in (body.index(b"Ketamine 2") + 4, len(body) - 3 - len(b"</channel></rss>")):
        reading = read_feed(body[:cut], JOURNAL)
        assert [item.title for item in reading.items if isinstance(item, Record)] == [
            "Ketamine 0",
            "Ketamine 1",
        ]
        assert "the feed is cut after 2 entries" in str(reading.damage)
    with pytest.raises(BadAnswer, match="cut after 2"):
        list(FeedSpider.parse_answer(body[: body.index(b"Ketamine 2")]))


def test_a_whole_feed_that_is_not_well_formed_is_read() -> None:
    reading = read_feed(
        rss("<title>Ketamine & depression &nbsp;</title><link>https://f.example/?a=1&b=2</link>"), JOURNAL
    )
    assert reading.damage is None
    [record] = reading.items
    assert isinstance(record, Record)
    assert (record.title, record.url) == ("Ketamine & depression", "https://f.example/?a=1&b=2")


def test_a_wrong_charset_is_survived() -> None:
    body = rss("<title>Kétamine</title>").decode().encode("latin-1")
    assert only(body, content_type="application/rss+xml; charset=utf-8").title == "Kétamine"
    utf_16 = rss("<title>Kétamine</title>").decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert only(utf_16).title == "Kétamine"
    assert looks_like_feed(utf_16)


def test_entities_that_grow_are_refused() -> None:
    laughs = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]>'
        + rss("<title>&l9;</title>").decode()[38:]
    )
    for body in (bomb.encode(), bomb.replace(laughs, "").replace('"ha"', f'"{"ha" * 500}"').encode()):
        started = time.monotonic()
        with pytest.raises(BadAnswer, match="entities that grow"):
            read_feed(body, JOURNAL)
        assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (b"<p>", "not well-formed and too large to mend"),
        (b"<a ", "not well-formed and too large to mend"),
        (b"&", "not well-formed and too large to mend"),
        (b"<x>%s</x>", "not well-formed and too large to mend"),  # nested
        (b"<html>", "an HTML page instead of a feed"),
    ],
)
def test_a_large_broken_feed_costs_no_time(pattern: bytes, message: str) -> None:
    many = LARGEST_ANSWER // 8
    if pattern == b"<html>":
        body = pattern * many
    elif b"%s" in pattern:
        start, end = pattern.split(b"%s")
        body = rss().replace(b"</channel>", start * many + end * many + b"</channel>")
    else:
        body = rss(end=(pattern * many).decode())
    started = time.monotonic()
    with pytest.raises(BadAnswer, match=message):
        read_feed(body, JOURNAL)
    assert time.monotonic() - started < 2


def test_much_markup_and_little_text_costs_no_time() -> None:
    scripts = "<script></script>x" * 100_000
    started = time.monotonic()
    assert text_of(scripts, 2000).endswith("x…")
    assert time.monotonic() - started < 2


def test_no_file_is_read_for_an_entity() -> None:
    secret = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
    body = secret + rss("<title>Ketamine &f;.</title>").decode()[38:]
    assert only(body.encode()).title == "Ketamine ."


def test_ten_thousand_entries_are_read() -> None:
    many = "".join(
        f"<item><title>Ketamine {at}</title><guid isPermaLink='false'>{at}</guid></item>"
        for at in range(10_000)
    )
    assert len({one.id for one in records(rss(end=f"{many}</channel></rss>"))}) == 10_000


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: rss(f"<title>k</title>{text}")))
def test_any_bytes_are_a_feed_or_a_named_error(body: bytes) -> None:
    try:
        reading = read_feed(body, JOURNAL)
    except BadAnswer:
        return
    problems = [problem_with(item) for item in reading.items if isinstance(item, Record)]
    assert not any(problems)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SAVED), st.integers(0, 4000), st.binary(min_size=1, max_size=8))
def test_a_scratched_feed_never_crashes(path: Path, at: int, scratch: bytes) -> None:
    body = path.read_bytes()
    test_any_bytes_are_a_feed_or_a_named_error.hypothesis.inner_test(
        body[:at] + scratch + body[at + len(scratch) :]
    )  # type: ignore[attr-defined]


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=100), st.text(max_size=100))
def test_text_and_dates_of_anything(one: str, other: str) -> None:
    text = text_of(f"{one}<{other}", 50)
    assert len(text) <= 50
    text.encode()
    assert date_of(one) is None or len(date_of(one) or "") in (4, 7, 10)


def test_real_feeds_are_read(shared: Path) -> None:
    """Feeds of public test suites, most of them broken on purpose."""
    found = {}
    for path in sorted((shared / "corpus" / "feeds").rglob("*.xml")):
        try:
            found[path.name] = read_feed(path.read_bytes(), None)
        except BadAnswer as error:
            found[path.name] = error.cause  # type: ignore[assignment]
    assert sum(isinstance(one, str) for one in found.values()) <= 2  # not even their authors call them feeds
    pubmed = found["mock_shape_from_public_test.xml"].items[0]
    assert isinstance(pubmed, Record)
    assert (pubmed.pmid, pubmed.doi) == ("42458551", "10.1186/s12964-026-03074-w")
    assert (pubmed.kind, pubmed.venue, len(pubmed.authors)) == (
        "article",
        "Cell communication and signaling",
        2,
    )
