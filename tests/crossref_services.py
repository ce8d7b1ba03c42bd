"""Services as the Crossref spider may meet them: one that behaves, and others each bad in its own way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from tests.loopback import Answer, Asked


def work(number: int, title: str = "ketamine", indexed: str = "2026-11-20", **more: Any) -> dict[str, Any]:
    return {
        "DOI": f"10.5555/{number:03}",
        "type": "journal-article",
        "title": [f"[Invented] {title} {number}"],
        "indexed": {"date-time": f"{indexed}T01:02:03Z"},
    } | more


FIVE = [work(number, indexed=f"2026-11-{15 + number:02}") for number in range(1, 6)]
FAR = work(6, "nothing to do with it")  # comes by likeness, and names no drug
OTHERS = [work(7, "esketamine"), work(8, "of another source"), work(9, "of another source, with a comma")]
OTHERS[2]["DOI"] = "10.5555/009,x"


class Service:
    """A well-behaved Crossref: words in titles, index dates, cursors with every page, look-ups by DOI."""

    def __init__(self, works: list[dict[str, Any]] | None = None):
        self.works = [*FIVE, FAR, *OTHERS] if works is None else works

    def __call__(self, asked: Asked) -> Answer:
        if not asked.path.endswith("/works"):
            wanted = unquote(asked.path.partition("/works/")[2])
            found = [one for one in self.works if one["DOI"] == wanted]
            return as_answer(found[0], "work") if found else NOT_FOUND
        found = self.matching(asked.params)
        cursor, rows = asked.params.get("cursor"), int(asked.params["rows"])
        begin = 0 if cursor in (None, "*") else int(cursor.removeprefix("c+/="))
        page = found[begin : begin + rows]
        return as_page(page, len(found), f"c+/={begin + len(page)}")

    def matching(self, params: dict[str, str]) -> list[dict[str, Any]]:
        filters = [one.partition(":")[::2] for one in params["filter"].split(",")]
        if dois := {value for name, value in filters if name == "doi"}:
            return [one for one in self.works if one["DOI"] in dois]
        begin = dict(filters).get("from-index-date", "")
        words = re.findall(r"\w+", params["query.bibliographic"].lower())
        found = [one for one in self.works if any(word in one["title"][0].lower().split() for word in words)]
        if words == ["ketamine"]:
            found += [one for one in self.works if one is FAR]  # the tail
        return [one for one in found if one["indexed"]["date-time"][:10] >= begin]


def as_page(works: list[Any], total: int | None, cursor: str | None = "AoE=") -> Answer:
    message = {"total-results": total, "items": works, "next-cursor": cursor}
    return as_answer(message, "work-list")


def as_answer(message: Any, kind: str, **more: Any) -> Answer:
    answer = {"status": "ok", "message-type": kind, "message-version": "1.0.0", "message": message} | more
    return Answer(json.dumps(answer).encode(), content_type="application/json")


def second_page(bad: Answer) -> Callable[[Asked], Answer]:
    good = Service()
    return lambda asked: bad if asked.params.get("cursor", "*") != "*" else good(asked)


def stale(times: int) -> Callable[[Asked], Answer]:
    """A service whose cursors are forgotten at the second page, so many times."""
    good, left = Service(), iter(range(times))
    return lambda asked: (
        STALE if asked.params.get("cursor", "*") != "*" and next(left, None) is not None else good(asked)
    )


def batches_fail(asked: Asked) -> Answer:
    return HTML if "doi:" in asked.params.get("filter", "") else Service()(asked)


def wrong_work(asked: Asked) -> Answer:
    return as_page([FIVE[0]], 1) if "doi:" in asked.params.get("filter", "") else Service()(asked)


JSON, TEXT = "application/json", "text/plain"
NOT_FOUND = Answer(b"Resource not found.", 404, content_type=TEXT)
HTML = Answer(b"<html><title>502 Bad Gateway</title></html>", content_type="text/html")
STALE = Answer(
    b'{"status":"error","message-type":"exception","message":{"name":"x","message":"Unable to parse \'cursorMark\'"}}',
    500, content_type=JSON,
)  # fmt: skip
FAILED = (
    b'{"status":"failed","message-type":"validation-failure","message":'
    b'[{"type":"filter-not-available","value":"from-index","message":"Filter from-index specified but not available"}]}'
)
LIMITS = {"Retry-After": "3600", "X-Rate-Limit-Limit": "3", "X-Rate-Limit-Interval": "1s"}

SERVICES: dict[str, Callable[[Asked], Answer]] = {
    "paging": Service(),
    "nothing": Service([]),
    "full_last_page": Service(FIVE[:4]),
    "incremental": Service(),
    "since": Service(),
    "gap": Service(),
    "two_terms": Service(),
    "stale_once": stale(1),
    "stale_twice": stale(2),
    "failed_400": lambda asked: Answer(FAILED, 400, content_type=JSON),
    "failed_200": lambda asked: Answer(FAILED, content_type=JSON),
    "gone": lambda asked: NOT_FOUND,
    "html": second_page(HTML),
    "cut": second_page(Answer(b'{"status":"ok","message":{"items":[{"DOI":"10.5555/0', content_type=JSON)),
    "short_body": second_page(Answer(b'{"status":"ok"}', promised=99, content_type=JSON)),
    "empty": second_page(Answer(b"", content_type=JSON)),
    "short_page": second_page(as_page([FIVE[2]], 6)),
    "no_items": second_page(as_page([], 6)),
    "no_total": lambda asked: as_page([FIVE[0]], None),
    "no_cursor": lambda asked: as_page(FIVE[:2], 9, None),
    "circle": lambda asked: as_page(FIVE[:2], 9, "AoE="),
    "rate_limited": lambda asked: Answer(b"Too many requests", 429, LIMITS, content_type=TEXT),
    "unavailable": lambda asked: Answer(b"<h1>503</h1>", 503, content_type="text/html"),
    "bad_work": Service([*FIVE[:2], {"DOI": "10.5555/bad", "title": ["ketamine"], "author": 3, "indexed": {"date-time": "2026"}}]),
    "lookups": Service(),
    "lookups_go_on": Service(),
    "lookups_fail": batches_fail,
    "lookups_wrong": wrong_work,
    "full": Service(),
}  # fmt: skip
KNOWN = ("10.5555/008", "10.5555/009,x", "10.5555/400", "10.5555/401,gone")
WATERMARK = {"indexed:ketamine": "2026-11-21"}
ASSIGNMENTS: dict[str, dict[str, Any]] = {
    "incremental": {"watermarks": WATERMARK},
    "since": {"watermarks": WATERMARK, "since": "2026-11-17"},
    "gap": {"watermarks": {"indexed:ketamine": "2026-11-01"}, "since": "2026-11-19"},
    "two_terms": {"query": "ketamine; esketamine", "watermarks": WATERMARK},
    "lookups": {"dois": KNOWN, "options": {"rows": 2, "lookups": 3}},
    "lookups_go_on": {
        "dois": KNOWN, "options": {"rows": 2, "lookups": 2}, "watermarks": {"lookups": "000002:10.5555/400"},
    },
    "lookups_fail": {"dois": (KNOWN[0], KNOWN[2]), "options": {"rows": 2, "lookups": 3}},
    "lookups_wrong": {"dois": (KNOWN[0], KNOWN[2]), "options": {"rows": 2, "lookups": 3}},
    "full": {"full": True, "known": ("10.5555/001", "10.5555/007", "10.5555/008"), "watermarks": WATERMARK},
}  # fmt: skip
