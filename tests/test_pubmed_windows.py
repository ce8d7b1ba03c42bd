"""Windows split right: whatever PubMed holds, the parts are disjoint, cover all, and each can be listed."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.entrez_answers import Found
from spiders.pubmed_windows import FIRST_DAY, LAST_PMID, Window, leaves
from store.errors import RateLimited, ServiceError, Shortfall, SourceError, Unreachable

FIRST, LAST = date(2020, 1, 1), date(2020, 3, 1)
DAYS = st.integers(0, (LAST - FIRST).days).map(lambda days: FIRST + timedelta(days))
Holdings = dict[int, date]  # PMID -> day


def matching(holdings: Holdings, window: Window) -> list[int]:
    return sorted(
        pmid
        for pmid, day in holdings.items()
        if window.first <= day <= window.last and window.low <= pmid <= window.high
    )


def split(
    holdings: Holdings, cap: int, window: Window | None = None, failing: dict[str, SourceError] | None = None
) -> list[tuple[Window, Found | SourceError]]:
    async def search(part: Window) -> Found:
        if failing and str(part) in failing:
            raise failing[str(part)]
        pmids = matching(holdings, part)
        return Found(len(pmids), tuple(map(str, pmids[:cap])))

    return walk(search, window or Window("crdt", FIRST, LAST), cap)


def walk(search: Any, window: Window, cap: int = 9_999) -> list[tuple[Window, Found | SourceError]]:
    async def collect() -> list[tuple[Window, Found | SourceError]]:
        return [each async for each in leaves(window, search, cap)]

    return asyncio.run(collect())


@settings(max_examples=60, deadline=None)
@given(holdings=st.dictionaries(st.integers(1, LAST_PMID), DAYS, max_size=60), cap=st.integers(1, 12))
def test_leaves_are_disjoint_cover_all_and_stay_below_the_cap(holdings: Holdings, cap: int) -> None:
    parts = split(holdings, cap)
    listed: list[int] = []
    for _, found in parts:
        assert isinstance(found, Found)
        assert found.count == len(found.pmids) <= cap
        listed += map(int, found.pmids)
    assert sorted(listed) == sorted(holdings)  # each once, none lost
    at = (FIRST, 1)
    for window, _ in parts:  # in order, each beginning where the one before it ended
        assert (window.first, window.low) == at
        ended = window.ends_its_day
        at = (window.last + timedelta(days=1), 1) if ended else (window.last, window.high + 1)
    assert at == (LAST + timedelta(days=1), 1)


def test_a_window_below_the_cap_is_asked_once_and_whole() -> None:
    ((window, found),) = split({5: FIRST, 6: LAST}, cap=9_999)
    assert str(window) == "2020/01/01:2020/03/01[crdt]"
    assert found == Found(2, ("5", "6"))


def test_a_day_above_the_cap_is_split_by_pmid() -> None:
    holdings = dict.fromkeys(range(30_000_000, 30_000_005), FIRST)
    parts = split(holdings, cap=2, window=Window("lr", FIRST, FIRST))
    assert all(window.first == window.last == FIRST for window, _ in parts)
    assert "[lr] AND 1:" in str(parts[0][0])
    assert str(parts[-1][0]).endswith(":99999999[UID]")
    assert [window.ends_its_day for window, _ in parts] == [False] * (len(parts) - 1) + [True]


def test_a_service_that_ignores_the_window_does_not_keep_us_forever() -> None:
    asked = []

    async def search(part: Window) -> Found:
        asked.append(part)
        return Found(20_000, ())

    ((_, error),) = walk(search, Window("crdt", FIRST, LAST))
    assert isinstance(error, ServiceError)
    assert "20000 records in 2020/01/01:2020/03/01[crdt], and as many in each of its halves" in str(error)
    assert len(asked) == 3


def test_more_than_the_cap_under_one_pmid_is_a_named_failure() -> None:
    async def search(part: Window) -> Found:
        return Found(20_000 if part.low <= 7 <= part.high else 0, ())

    parts = walk(search, Window("crdt", FIRST, FIRST, 5, 8))
    assert [type(found) for _, found in parts] == [Found, ServiceError, Found]
    assert "20000 records for one PMID" in str(parts[1][1])


def test_records_that_halving_loses_are_a_shortfall() -> None:
    """A service that takes the half's dates for something else says 0 to both halves."""

    async def search(part: Window) -> Found:
        return Found(20_000, ()) if (part.first, part.last) == (FIRST, LAST) else Found(1, ("1",))

    first, *others = walk(search, Window("crdt", FIRST, LAST))
    assert isinstance(first[1], Shortfall)
    assert "19998 fewer in its halves" in str(first[1])
    assert [found for _, found in others] == [Found(1, ("1",))] * 2


def test_a_part_that_fails_leaves_the_others() -> None:
    holdings = {1: date(2020, 1, 2), 2: date(2020, 1, 3), 3: date(2020, 2, 20)}
    failing = {"2020/01/01:2020/01/31[crdt]": ServiceError("pubmed", "ill")}
    parts = split(holdings, cap=2, failing=dict(failing))
    assert [type(found) for _, found in parts] == [ServiceError, Found]
    assert parts[1][1] == Found(1, ("3",))


@pytest.mark.parametrize("kind", [Unreachable, RateLimited])
def test_where_others_would_fail_too_the_error_ends_it(kind: type[SourceError]) -> None:
    with pytest.raises(kind):
        split({}, cap=2, failing={"2020/01/01:2020/03/01[crdt]": kind("pubmed", "gone")})


def test_all_days_from_the_beginning_are_few_questions_where_there_is_little() -> None:
    today = date(2026, 11, 23)
    assert len(split({9: date(2013, 8, 28)}, cap=9_999, window=Window("crdt", FIRST_DAY, today))) == 1
    assert str(Window("mhda", FIRST_DAY, today)) == "1800/01/01:2026/11/23[mhda]"
