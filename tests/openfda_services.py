"""Services as the openFDA spider may meet them: one that behaves, and others each bad in its own way."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.loopback import Answer, Asked


def application(number: int) -> dict[str, Any]:
    return {
        "application_number": f"ANDA{990000 + number}",
        "products": [{"brand_name": "KETAMINE", "active_ingredients": [{"name": "KETAMINE HYDROCHLORIDE"}]}],
        "submissions": [
            {"submission_type": "ORIG", "submission_number": "1", "submission_status": "AP",
             "submission_status_date": f"201901{10 + number}"},
            {"submission_type": "SUPPL", "submission_number": "2", "submission_status": "AP",
             "submission_status_date": f"202001{10 + number}"},
        ],
    }  # fmt: skip


def label(number: int) -> dict[str, Any]:
    return {
        "set_id": f"set-{number}", "version": "1", "effective_time": f"202101{10 + number}", "openfda": {},
        "spl_product_data_elements": ["Ketamine"],
    }  # fmt: skip


class Service:
    """A well-behaved openFDA: both endpoints, limit and skip, 404 for nothing."""

    def __init__(self, applications: int = 3, labels: int = 2, updated: str = "2026-11-20"):
        self.held = {
            "drugsfda": [application(number) for number in range(applications)],
            "label": [label(number) for number in range(labels)],
        }
        self.updated = updated

    def __call__(self, asked: Asked) -> Answer:
        found = self.held[asked.path.rpartition("/")[2].removesuffix(".json")]
        skip, limit = int(asked.params["skip"]), int(asked.params["limit"])
        if not found:
            return NOT_FOUND
        return as_page(found[skip : skip + limit], len(found), self.updated)


def as_page(results: list[Any], total: int | None, updated: str = "2026-11-20") -> Answer:
    meta = {"last_updated": updated, "results": {"skip": 0, "limit": 2, "total": total}}
    return as_answer({"meta": meta, "results": results})


def as_answer(document: Any, status: int = 200) -> Answer:
    return Answer(json.dumps(document).encode(), status, content_type="application/json")


def error(code: str, message: str, status: int) -> Answer:
    return as_answer({"error": {"code": code, "message": message}}, status)


NOT_FOUND = error("NOT_FOUND", "No matches found!", 404)
HTML = Answer(b"<html><title>Down</title></html>", content_type="text/html")


def whole(bad: Answer) -> Callable[[Asked], Answer]:
    """Good first answers, a bad page."""
    good = Service()
    return lambda asked: good(asked) if asked.params["limit"] == "1" else bad


SERVICES: dict[str, Callable[[Asked], Answer]] = {
    "paging": Service(),
    "with_key": Service(),
    "nothing": Service(0, 0),
    "one_is_empty": Service(0, 2),
    "same_data": Service(updated="2026-11-20"),
    "newer_data": Service(updated="2026-11-21"),
    "since": Service(updated="2026-11-20"),
    "gone": lambda asked: Answer(b"<html>404</html>", 404, content_type="text/html"),
    "other_404": lambda asked: error("ENDPOINT", "No such endpoint", 404),
    "bad_request": lambda asked: error("BAD_REQUEST", "Search not supported: x", 400),
    "error_200": lambda asked: error("SERVER_ERROR", "Check your request", 200),
    "rate_limited": lambda asked: Answer(
        b'{"error":{"code":"OVER_RATE_LIMIT","message":"Slow down"}}', 429, {"Retry-After": "3600"}
    ),
    "html": whole(HTML),
    "cut": whole(Answer(b'{"meta": {"results": {"total": 3}}, "results": [{"applic')),
    "empty": whole(Answer(b"")),
    "other_shape": whole(as_answer({"data": []})),
    "short": whole(as_page([application(1)], 3)),
    "no_total": whole(as_page([application(1)], None)),
    "too_many": whole(as_page([application(1)], 1_000_000)),
    "nothing_after_all": whole(NOT_FOUND),
}
SAME = {"drugsfda": "2026-11-20", "label": "2026-11-20"}
ASSIGNMENTS: dict[str, dict[str, Any]] = {
    "with_key": {"api_key": "a-key-that-is-secret"},
    "same_data": {"watermarks": SAME},
    "newer_data": {"watermarks": SAME},
    "since": {"watermarks": SAME, "since": "2026-11-01"},
    "too_many": {"options": {"limit": 1000}},
}
