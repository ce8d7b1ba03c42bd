"""The PubMed spider against a small PubMed on loopback: windows, watermarks, and every way to come short."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.config import load_config
from spiders.base import Assignment
from spiders.entrez import Eutilities
from spiders.entrez_answers import Found, read_found
from spiders.pubmed import OVERLAP, PubmedSpider
from spiders.topic import Topic, Watched
from store.errors import (
    BadAnswer,
    Crashed,
    RateLimited,
    ServiceError,
    Shortfall,
    SourceError,
    Unreachable,
)
from store.records import Checkpoint, Deletion, Record, Reject
from tests.golden_form import content
from tests.loopback import Answer, Asked, Loopback, loopback

FIXTURE = Path(__file__).parent / "fixtures/pubmed/efetch.xml"
GOLDEN = Path(__file__).parent / "golden/pubmed/efetch.json"
TODAY = "2026-11-23"
BACKEND = b"<eSearchResult><ERROR>Search Backend failed: temporarily unavailable</ERROR></eSearchResult>"


def article(pmid: str) -> str:
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{pmid}</PMID><Article><ArticleTitle>[Invented] {pmid}'
        "</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
    )


def article_set(*pmids: str) -> Answer:
    return Answer(f"<PubmedArticleSet>{''.join(map(article, pmids))}</PubmedArticleSet>".encode())


@dataclasses.dataclass
class Dates:
    crdt: str
    lr: str = "1900-01-01"
    mhda: str = "1900-01-01"


class FakePubMed:
    """Answers esearch by dates and PMIDs, efetch by id, as PubMed does; `instead` may answer in its place."""

    def __init__(self, holdings: dict[str, Dates], instead: Callable[[Asked], Answer | None] | None = None):
        self.holdings = holdings
        self.instead = instead

    def __call__(self, asked: Asked) -> Answer:
        if self.instead and (answer := self.instead(asked)):
            return answer
        return self.search(asked) if asked.utility == "esearch" else self.fetch(asked)

    def search(self, asked: Asked, more: str = "") -> Answer:
        found = self.matching(asked.params["term"])
        listed = "".join(f"<Id>{pmid}</Id>" for pmid in found[: int(asked.params.get("retmax", 20))])
        return Answer(
            f"<eSearchResult><Count>{len(found)}</Count><IdList>{listed}</IdList>{more}</eSearchResult>".encode()
        )

    def fetch(self, asked: Asked) -> Answer:
        ids = asked.params["id"].split(",")
        return article_set(*dict.fromkeys(pmid if pmid in self.holdings else "1" for pmid in ids))

    def matching(self, term: str) -> list[str]:
        if wanted := re.findall(r"(?<!:)\b(\d+)\[UID\]", term):
            return [pmid for pmid in self.holdings if pmid in wanted]
        first, last, field = re.findall(r"(\d{4}/\d\d/\d\d):(\d{4}/\d\d/\d\d)\[(\w+)\]", term)[0]
        low, high = (re.findall(r"(\d+):(\d+)\[UID\]", term) or [("0", "99999999")])[0]
        return [
            pmid
            for pmid, dates in sorted(self.holdings.items(), reverse=True)
            if first <= getattr(dates, field).replace("-", "/") <= last and int(low) <= int(pmid) <= int(high)
        ]


@dataclasses.dataclass
class Run:
    items: list[Any]
    spider: PubmedSpider
    server: Loopback

    def of(self, kind: type) -> list[Any]:
        return [item for item in self.items if isinstance(item, kind)]

    @property
    def pmids(self) -> list[str]:
        return [record.pmid for record in self.of(Record)]

    @property
    def marks(self) -> list[tuple[str, str]]:
        return [(each.stream, each.value) for each in self.of(Checkpoint)]

    @property
    def failures(self) -> list[type[SourceError]]:
        return [type(error) for error in self.spider.failures]

    @property
    def fetched(self) -> list[str]:
        asked = [request.params["id"] for request in self.server.asked if request.utility == "efetch"]
        return [pmid for ids in asked for pmid in ids.split(",")]


async def _no_wait(seconds: float) -> None:
    pass


def crawl(
    pubmed: FakePubMed | dict[str, Dates],
    instead: Callable[[Asked], Answer | None] | None = None,
    cap: int = 9_999,
    **assigned: Any,
) -> Run:
    """One run of the spider, as Scrapy would start it, with no reactor and no waiting."""
    fake = pubmed if isinstance(pubmed, FakePubMed) else FakePubMed(pubmed, instead)
    with loopback(fake) as server:
        given: dict[str, Any] = {
            "query": "ketamine[tiab]",
            "base_url": server.url,
            "today": TODAY,
            "interval": 0,
        }
        spider = PubmedSpider(assignment=Assignment(**given | assigned))
        spider.cap = cap  # type: ignore[misc]
        spider.eutilities = lambda: Eutilities(spider.assignment, sleep=_no_wait, timeout=10)  # type: ignore[method-assign]
        return Run(asyncio.run(everything(spider)), spider, server)


class InMemory:
    """A transport without HTTP, for many runs: call number n fails as `errors[n]` says."""

    def __init__(self, pubmed: FakePubMed, errors: dict[int, SourceError]):
        self.pubmed = pubmed
        self.errors = errors
        self.calls = 0

    async def search(self, term: str) -> Found:
        return read_found(self.answer("esearch", {"term": term, "retmax": "9999"}))

    async def fetch(self, pmids: list[str]) -> bytes:
        return self.answer("efetch", {"id": ",".join(pmids)})

    def answer(self, utility: str, params: dict[str, str]) -> bytes:
        self.calls += 1
        if error := self.errors.get(self.calls):
            raise error
        return self.pubmed(Asked("GET", f"/{utility}.fcgi", params, {})).body


def crawl_in_memory(pubmed: FakePubMed, cap: int, errors: dict[int, SourceError], **assigned: Any) -> Run:
    """One run of the spider on `InMemory`."""
    spider = PubmedSpider(
        assignment=Assignment("ketamine", "http://127.0.0.1/", TODAY, interval=0, **assigned)
    )
    spider.cap = cap  # type: ignore[misc]
    spider.eutilities = lambda: InMemory(pubmed, errors)  # type: ignore[method-assign,assignment,return-value]
    return Run(asyncio.run(everything(spider)), spider, Loopback(""))


async def everything(spider: PubmedSpider) -> list[Any]:
    return [item async for item in spider.start()]


MARKS = {"new": "2026-11-20", "changed": "2026-11-20"}
OLD = {"11": Dates("1965-03-01"), "12": Dates("2000-02-15"), "13": Dates("2026-11-22")}


# -- the first run


def test_the_first_run_reads_all_days_and_leaves_both_watermarks() -> None:
    run = crawl(OLD)
    assert run.pmids == ["11", "12", "13"]
    assert run.items[0] == Checkpoint("changed", TODAY, 0, 0)  # what follows is as of today
    assert run.items[-1] == Checkpoint("new", TODAY, 3, 3)
    assert run.spider.queries == ["(ketamine[tiab]) AND 1800/01/01:2026/11/23[crdt]"]
    assert run.spider.queries == [
        asked.params["term"] for asked in run.server.asked if "term" in asked.params
    ]
    assert run.failures == []


def test_a_first_run_above_the_cap_goes_window_by_window_in_order() -> None:
    run = crawl(OLD, cap=1)
    assert run.pmids == ["11", "12", "13"]
    marks = [value for stream, value in run.marks if stream == "new"]
    assert marks == sorted(marks)
    assert marks[-1] == TODAY
    assert sum(each.reported for each in run.of(Checkpoint)) == 3
    for pmid, dates in OLD.items():  # each record comes before the watermark that covers it
        covered = [
            item.value >= dates.crdt
            for item in run.items[: run.items.index(next(r for r in run.of(Record) if r.pmid == pmid))]
            if isinstance(item, Checkpoint) and item.stream == "new"
        ]
        assert not any(covered)


def test_a_day_above_the_cap_moves_the_watermark_only_when_it_is_complete() -> None:
    same_day = {str(pmid): Dates("2020-05-05") for pmid in range(100, 106)}
    run = crawl(same_day, cap=2)
    assert run.pmids == sorted(same_day)
    before_last = run.items[: run.items.index(run.of(Record)[-1])]
    assert all(
        item.value < "2020-05-05"
        for item in before_last
        if isinstance(item, Checkpoint) and item.stream == "new"
    )
    assert run.marks[-1] == ("new", TODAY)


@settings(max_examples=40, deadline=None)
@given(
    days=st.lists(st.dates(date(2019, 1, 1), date(2026, 11, 23)), min_size=1, max_size=25),
    cap=st.integers(1, 8),
    ill=st.sets(st.integers(1, 40), max_size=3),
    unreachable=st.booleans(),
)
def test_whatever_fails_no_watermark_passes_a_record_that_did_not_come(
    days: list[date], cap: int, ill: set[int], unreachable: bool
) -> None:
    """And the run after it brings all the rest."""
    holdings = {str(1000 + n): Dates(day.isoformat()) for n, day in enumerate(days)}
    error = (RateLimited if unreachable else ServiceError)("pubmed", "made ill")
    first = crawl_in_memory(FakePubMed(holdings), cap, dict.fromkeys(ill, error))
    came = set(first.pmids)
    marks: dict[str, str] = {}
    for item in first.items:
        if isinstance(item, Checkpoint):
            assert item.value >= marks.get(item.stream, "")
            assert item.reported == item.fetched
            marks[item.stream] = item.value
    assert {pmid for pmid, dates in holdings.items() if dates.crdt <= marks.get("new", "")} <= came
    assert bool(first.failures) == (marks.get("new") != TODAY)
    second = crawl_in_memory(FakePubMed(holdings), cap, {}, watermarks=marks)
    assert second.failures == []
    assert came | set(second.pmids) == set(holdings)
    assert second.marks[-1][1] == TODAY


# -- the runs after it


def test_a_run_searches_each_date_some_days_before_its_watermark() -> None:
    run = crawl({}, watermarks=MARKS)
    assert run.spider.queries == [
        "(ketamine[tiab]) AND 2026/11/06:2026/11/23[crdt]",
        "(ketamine[tiab]) AND 2026/11/06:2026/11/23[lr]",
        "(ketamine[tiab]) AND 2026/11/06:2026/11/23[mhda]",
    ]
    assert run.items == [Checkpoint("new", TODAY, 0, 0), Checkpoint("changed", TODAY, 0, 0)]
    assert run.failures == []  # nothing is no failure


def test_a_record_of_several_windows_is_fetched_once() -> None:
    run = crawl(
        {
            "21": Dates("2026-11-21", lr="2026-11-22"),
            "22": Dates("2001-01-01", lr="2026-11-22", mhda="2026-11-22"),
            "23": Dates("2001-01-01", mhda="2026-11-08"),
            "24": Dates("2001-01-01", lr="2026-10-01"),
        },
        watermarks=MARKS,
    )
    assert run.pmids == ["21", "22", "23"]
    assert run.fetched == ["21", "22", "23"]
    assert run.of(Checkpoint) == [Checkpoint("new", TODAY, 1, 1), Checkpoint("changed", TODAY, 4, 4)]


def test_a_changed_stream_without_watermark_trusts_nothing() -> None:
    run = crawl(OLD, watermarks={"new": "2026-11-20"})
    assert "AND 1800/01/01:2026/11/23[lr]" in run.spider.queries[1]


def test_a_watermark_in_the_future_is_a_wrong_clock_and_does_not_blind_us(
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = crawl(OLD, watermarks={"new": "2031-01-01", "changed": "2026-11-20"})
    assert run.pmids == ["13"]
    assert run.marks == [("new", "2031-01-01"), ("changed", TODAY)]
    assert "in the future (2031-01-01)" in caplog.text


@pytest.mark.parametrize(
    ("since", "watermarks", "marks"),
    [
        ("2026-01-01", {}, []),  # all before it is unread: the next plain run begins at the beginning
        ("2026-01-01", MARKS, [("new", TODAY), ("changed", TODAY)]),
        (
            "2026-11-06",
            MARKS,
            [("new", TODAY), ("changed", TODAY)],
        ),  # just what would have been read without it
        ("2026-11-07", MARKS, []),
        ("2026-11-22", {"new": "2026-05-01"}, []),  # a gap
        ("2027-01-01", MARKS, []),
    ],
)
def test_since_moves_a_watermark_only_over_what_was_read(
    since: str, watermarks: dict[str, str], marks: list[tuple[str, str]]
) -> None:
    run = crawl(OLD, since=since, watermarks=watermarks)
    assert run.marks == marks
    assert f"AND {min(since, TODAY).replace('-', '/')}:2026/11/23[crdt]" in run.spider.queries[0]
    assert len(run.spider.queries) == 3
    assert run.failures == []


def test_since_never_moves_a_watermark_back() -> None:
    run = crawl(OLD, cap=1, since="1960-01-01", watermarks=MARKS)
    assert run.pmids == ["11", "12", "13"]
    assert {value for _, value in run.marks} == {"2026-11-20", TODAY}


def test_the_overlap_spans_the_days_that_pubmed_is_late() -> None:
    assert OVERLAP.days >= 7


# -- everything again


def test_full_reads_all_days_and_fetches_what_no_search_listed() -> None:
    pubmed = FakePubMed(OLD | {"31": Dates("1700-01-01"), "32": Dates("1700-01-01")})
    run = crawl(pubmed, full=True, known=("32", "12", "31", "31"), watermarks=MARKS)
    assert run.pmids == ["11", "12", "13", "31", "32"]
    assert run.fetched == run.pmids
    assert run.spider.queries[0].endswith("1800/01/01:2026/11/23[crdt]")
    assert run.spider.queries[-1] == "# efetch of 2 known PMIDs that no search listed"
    assert run.marks == [("new", TODAY), ("changed", TODAY)]
    assert run.failures == []


def test_a_known_record_that_pubmed_no_longer_has_is_a_deletion() -> None:
    run = crawl(OLD, full=True, known=("11", "77", "78"), watermarks=MARKS)
    assert run.of(Deletion) == [Deletion("pubmed", "pubmed:77"), Deletion("pubmed", "pubmed:78")]
    assert run.spider.queries[-1] == "11[UID] OR 77[UID] OR 78[UID]"
    assert run.failures == []


@pytest.mark.parametrize(
    "found", ["<Count>0</Count><IdList/>", "<Count>1</Count><IdList><Id>77</Id></IdList>"]
)
def test_without_a_witness_nothing_is_deleted(found: str) -> None:
    """A search that does not list what is certainly there is ill; one that lists the missing contradicts efetch."""

    def instead(asked: Asked) -> Answer | None:
        by_pmid = "77[UID]" in asked.params.get("term", "")
        return Answer(f"<eSearchResult>{found}</eSearchResult>".encode()) if by_pmid else None

    run = crawl(OLD, instead, full=True, known=("77",), watermarks=MARKS)
    assert run.of(Deletion) == []
    assert run.failures == [Shortfall]
    assert "1 of 1 records did not come: PMID 77" in str(run.spider.failures[0])


# -- coming short


def test_twenty_of_sixty_three_is_a_shortfall_and_not_the_answer() -> None:
    """A service that ignores retmax lists its default of 20."""
    pubmed = FakePubMed({str(n): Dates("2020-01-01") for n in range(1001, 1064)})

    def twenty(asked: Asked) -> Answer | None:
        asked.params.pop("retmax", None)
        return None

    pubmed.instead = twenty
    run = crawl(pubmed)
    assert len(run.pmids) == 20  # kept
    assert run.failures == [Shortfall]
    assert "reports 63 records and lists 20 (at 1800/01/01:2026/11/23[crdt])" in str(run.spider.failures[0])
    assert run.marks == [("changed", TODAY)]


def test_records_are_fetched_in_posted_batches_of_200_in_ascending_order() -> None:
    run = crawl({str(n): Dates("2020-01-01") for n in range(99_800, 100_250)})
    fetches = [asked for asked in run.server.asked if asked.utility == "efetch"]
    assert [asked.params["id"].count(",") + 1 for asked in fetches] == [200, 200, 50]
    assert [asked.method for asked in fetches] == ["POST", "POST", "GET"]
    assert run.pmids == [str(n) for n in range(99_800, 100_250)]


def test_a_missing_record_is_asked_for_once_more() -> None:
    answers = iter([article_set("11", "13")])
    run = crawl(OLD, lambda asked: next(answers, None) if asked.utility == "efetch" else None)
    assert run.pmids == ["11", "13", "12"]
    assert run.fetched == ["11", "12", "13", "12"]
    assert run.failures == []
    assert run.marks[-1] == ("new", TODAY)


def test_pmid_1_in_place_of_a_bad_id_is_rejected_and_the_missing_one_named() -> None:
    def instead(asked: Asked) -> Answer | None:
        return article_set("11", "1") if asked.utility == "efetch" else None

    run = crawl({"11": Dates("2020-01-01"), "12": Dates("2020-01-01")}, instead)
    assert run.pmids == ["11"]
    assert run.of(Reject) == [Reject("pubmed", "1", "not asked for", "[Invented] 1")]
    assert str(run.spider.failures[0]) == (
        "pubmed: 1 of 2 records did not come: PMID 12 (asked for twice) (at 1800/01/01:2026/11/23[crdt])"
    )
    assert run.marks == [("changed", TODAY)]


def test_a_shortfall_names_the_first_few() -> None:
    run = crawl(
        {str(n): Dates("2020-01-01") for n in range(10, 30)},
        lambda asked: Answer(b"<PubmedArticleSet></PubmedArticleSet>") if asked.utility == "efetch" else None,
    )
    assert "20 of 20 records did not come: PMID 10, 11, 12, 13, 14, … (asked for twice)" in str(
        run.spider.failures[0]
    )


def test_duplicates_are_dropped() -> None:
    run = crawl(
        OLD, lambda asked: article_set("11", "12", "12", "13", "11") if asked.utility == "efetch" else None
    )
    assert run.pmids == ["11", "12", "13"]
    assert run.failures == []


def test_of_a_cut_answer_the_good_records_are_kept_and_the_rest_asked_for_again() -> None:
    whole = article_set("11", "12", "13").body
    answers = iter([Answer(whole[: whole.index(b"[Invented] 12")])])
    run = crawl(OLD, lambda asked: next(answers, None) if asked.utility == "efetch" else None)
    assert run.pmids == ["11", "12", "13"]
    assert run.fetched == ["11", "12", "13", "12", "13"]
    assert run.failures == []


def test_an_answer_that_stays_cut_is_a_bad_answer_that_names_what_is_missing() -> None:
    whole = article_set("11", "12", "13").body
    cut = Answer(whole[: whole.index(b"[Invented] 12")])
    run = crawl(OLD, lambda asked: cut if asked.utility == "efetch" else None)
    assert run.pmids == ["11"]
    assert run.failures == [BadAnswer]
    assert "cut" in str(run.spider.failures[0])
    assert "2 of 3 records did not come: PMID 12, 13" in str(run.spider.failures[0])
    assert run.marks == [("changed", TODAY)]


def test_a_record_that_cannot_be_read_came_all_the_same() -> None:
    nameless = article("12").replace("[Invented] 12", "")
    body = f"<PubmedArticleSet>{article('11')}{nameless}{article('13')}</PubmedArticleSet>".encode()
    run = crawl(OLD, lambda asked: Answer(body) if asked.utility == "efetch" else None)
    assert [reject.native_id for reject in run.of(Reject)] == ["12"]
    assert run.fetched == ["11", "12", "13"]
    assert run.failures == []


# -- a service that fails


def failing(part: str, answer: Answer) -> Callable[[Asked], Answer | None]:
    return lambda asked: answer if part in asked.params.get("term", asked.params.get("id", "")) else None


def test_a_window_that_fails_stops_later_watermarks_of_its_stream_and_nothing_else() -> None:
    holdings = OLD | {"14": Dates("1990-01-01", lr="2026-11-22")}
    run = crawl(holdings, failing("[crdt]", Answer(BACKEND)), watermarks=MARKS)
    assert run.pmids == ["14"]
    assert run.failures == [ServiceError]
    assert str(run.spider.failures[0]) == (
        "pubmed: esearch: Search Backend failed: temporarily unavailable (4 tries)"
        " (at 2026/11/06:2026/11/23[crdt])"
    )
    assert run.marks == [("changed", TODAY)]


def test_windows_after_a_failed_one_are_read_without_moving_the_watermark() -> None:
    run = crawl(OLD, failing("1800/01/01:1913", Answer(b"no", 404)), cap=2)
    assert run.pmids == ["11", "12", "13"]
    assert run.failures == [ServiceError]
    assert run.marks == [("changed", TODAY)]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(b"{}", 429, {"Retry-After": "86400"}), RateLimited),
        (Answer(b'{"error":"API rate limit exceeded","count":"11"}', 429), RateLimited),
    ],
)
def test_where_all_would_fail_the_run_ends_and_keeps_what_came(
    answer: Answer, kind: type[SourceError]
) -> None:
    def instead(asked: Asked) -> Answer | None:
        return answer if asked.params.get("id") == "12" else None

    run = crawl(OLD, instead, watermarks=MARKS | {"new": "1900-01-01"}, cap=1)
    assert run.failures == [kind]
    assert run.pmids == ["11"]
    assert all(stream == "new" and value < "2000-02-15" for stream, value in run.marks)
    assert not any("[lr]" in query for query in run.spider.queries)


def test_a_service_that_is_not_there_is_unreachable() -> None:
    spider = PubmedSpider(assignment=Assignment("ketamine", "http://127.0.0.1:9/eutils", TODAY, interval=0))
    spider.eutilities = lambda: Eutilities(spider.assignment, sleep=_no_wait)  # type: ignore[method-assign]

    assert asyncio.run(everything(spider)) == [Checkpoint("changed", TODAY, 0, 0)]
    assert [type(error) for error in spider.failures] == [Unreachable]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(b"<html><title>Down</title></html>"), BadAnswer),
        (Answer(b""), BadAnswer),
        (Answer(b"<eFetchResult><ERROR>Unable to obtain query</ERROR></eFetchResult>"), ServiceError),
        (Answer(b"<PubmedArticleSet><ERROR>cannot read</ERROR></PubmedArticleSet>"), ServiceError),
    ],
)
def test_an_efetch_that_fails_is_named_after_a_batch_and_not_after_each(
    answer: Answer, kind: type[SourceError]
) -> None:
    holdings = {str(n): Dates("2020-01-01") for n in range(1, 1001)}
    run = crawl(holdings, lambda asked: answer if asked.utility == "efetch" else None)
    assert run.failures == [kind]
    assert len({asked.params["id"] for asked in run.server.asked if asked.utility == "efetch"}) == 1
    assert run.marks == [("changed", TODAY)]


def test_a_warning_is_logged_and_kept_with_its_query(caplog: pytest.LogCaptureFixture) -> None:
    pubmed = FakePubMed(OLD)
    more = '<WarningList><QuotedPhraseNotFound>"mood of mice"</QuotedPhraseNotFound></WarningList>'
    pubmed.instead = lambda asked: pubmed.search(asked, more) if asked.utility == "esearch" else None
    run = crawl(pubmed, watermarks=MARKS)
    (warning,) = run.spider.warnings  # once, though three queries met it
    assert warning == 'quoted phrase not found, its words are searched one by one: "mood of mice"'
    assert run.spider.queries[1] == f"# PubMed on the query above: {warning}"
    assert caplog.text.count("mood of mice") == 1
    assert run.failures == []


def test_a_contact_that_is_missing_is_said_before_any_request() -> None:
    spider = PubmedSpider(
        assignment=Assignment("ketamine", "https://eutils.ncbi.nlm.nih.gov/entrez/eutils", TODAY)
    )

    assert asyncio.run(everything(spider)) == []
    (error,) = spider.failures
    assert isinstance(error, Crashed)
    assert str(error) == "pubmed: NCBI asks for a contact e-mail address with every request"


# -- what is read


def golden_form(item: Any) -> dict[str, Any]:
    return {"type": type(item).__name__} | json.loads(json.dumps(content(item)))


def test_the_fixture_is_read_as_the_golden_file_says() -> None:
    """Without a golden file one is written and the test fails: read it, then commit it."""
    items = [golden_form(item) for item in PubmedSpider.parse_answer(FIXTURE.read_bytes())]
    if not GOLDEN.exists():
        GOLDEN.write_text(json.dumps(items, indent=1, ensure_ascii=False) + "\n", "utf-8")
        pytest.fail(f"wrote {GOLDEN}: read it, then commit it")
    assert items == json.loads(GOLDEN.read_text("utf-8"))


def test_books_and_deletions_come_through_a_crawl() -> None:
    body = FIXTURE.read_bytes()
    holdings = {f"9900000{n}": Dates("2020-01-01") for n in range(1, 7)}
    run = crawl(holdings, lambda asked: Answer(body) if asked.utility == "efetch" else None)
    assert run.pmids == [f"9900000{n}" for n in range(1, 6)]
    assert run.of(Record)[-1].publication.book is not None
    assert [reject.native_id for reject in run.of(Reject)] == ["99000006"]
    assert run.of(Deletion) == [Deletion("pubmed", "pubmed:99000007")]
    assert run.failures == []


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (FIXTURE.read_bytes()[:4096], True),
        (b"<PubmedArticleSet><PubmedArticle>", True),
        (b"<?xml version='1.0'?><PubmedBookArticleSet>", True),
        (b"<PubmedArticle>", True),
        (b'{"studies": []}', False),
        (b"<eSearchResult><Count>0</Count></eSearchResult>", False),
        (b"", False),
        (b"\x1f\x8b\x08", False),
    ],
)
def test_pubmed_is_recognised_by_its_content(head: bytes, known: bool) -> None:
    assert PubmedSpider.recognises(head) is known


def test_every_real_answer_is_recognised(shared: Path) -> None:
    for path in (shared / "corpus/pubmed_xml").glob("*.xml"):
        assert PubmedSpider.recognises(path.read_bytes()[:4096]), path.name


# -- the topic in PubMed's language


def test_the_topic_is_searched_as_words_as_mesh_and_as_substance() -> None:
    topic = Topic(
        "Psilocybin",
        "",
        drugs=(Watched("psilocybin", ("psilocybin*", "COMP360"), ("Psilocybin",), ("psilocin",)),),
        indications=(Watched("ocd", ("obsessive-compulsive",), ("Obsessive-Compulsive Disorder",)),),
    )
    assert PubmedSpider.query_for(topic) == (
        '(psilocybin*[tiab] OR COMP360[tiab] OR "Psilocybin"[mh] OR "psilocin"[nm]) AND '
        '("obsessive-compulsive"[tiab] OR "Obsessive-Compulsive Disorder"[mh])'
    )
    assert PubmedSpider.query_for(dataclasses.replace(topic, indications=())) == (
        '(psilocybin*[tiab] OR COMP360[tiab] OR "Psilocybin"[mh] OR "psilocin"[nm])'
    )


def test_the_default_topic_finds_esketamine_by_word_and_by_substance() -> None:
    query = PubmedSpider.query_for(load_config(None, {}).topic)
    drugs, _, indications = query.partition(") AND (")
    assert "esketamine[tiab]" in drugs
    assert '"Esketamine"[nm]' in drugs
    assert '"Ketamine"[mh]' in drugs
    assert "suicid*[tiab]" in indications
    assert '"obsessive compulsive"[tiab]' in indications  # one of two spellings, not neither
    assert '"obsessive-compulsive"[tiab]' not in indications
    assert query.count("(") == query.count(")") == 2
