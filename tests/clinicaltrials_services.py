"""Services as the ClinicalTrials.gov spider may meet them: one that behaves, and others each bad in its own way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from tests.loopback import Answer, Asked


def study(nct: str, posted: str = "2026-11-01", summary: str | None = None, **more: Any) -> dict[str, Any]:
    identification = {"nctId": nct, "briefTitle": f"Invented example {nct}"} | more
    protocol = {
        "identificationModule": identification,
        "statusModule": {"lastUpdatePostDateStruct": {"date": posted, "type": "ACTUAL"}},
        "descriptionModule": {"briefSummary": summary},
    }
    return {"protocolSection": protocol, "hasResults": False}


def nct(number: int) -> str:
    return f"NCT{99990000 + number}"


FIVE = [study(nct(number), f"2026-11-{20 - number:02}") for number in range(1, 6)]


class Service:
    """A well-behaved registry: windows, ids, newest first, tokens; a full last page has a token too."""

    def __init__(self, studies: list[dict[str, Any]] = FIVE, outside: tuple[dict[str, Any], ...] = ()):
        self.studies = studies
        self.outside = outside  # in the registry, but not found by the query

    def __call__(self, asked: Asked) -> Answer:
        if asked.path.endswith("/studies"):
            return self.page(asked)
        return self.single(asked.path.rpartition("/")[2])

    def page(self, asked: Asked) -> Answer:
        found = self.matching(asked.params)
        begin, size = int(asked.params.get("pageToken", "0")), int(asked.params["pageSize"])
        page: dict[str, Any] = {"studies": found[begin : begin + size]}
        if len(page["studies"]) == size:
            page["nextPageToken"] = str(begin + size)
        if begin == 0:
            page["totalCount"] = len(found)
        return as_answer(page)

    def matching(self, params: dict[str, str]) -> list[dict[str, Any]]:
        if "filter.ids" in params:
            wanted = set(params["filter.ids"].split(","))
            return [one for one in (*self.studies, *self.outside) if wanted & numbers(one)]
        window = re.fullmatch(r"AREA\[LastUpdatePostDate]RANGE\[(.*),MAX]", params.get("filter.advanced", ""))
        return [one for one in self.studies if not window or posted(one) >= window[1]]

    def single(self, wanted: str) -> Answer:
        for one in (*self.studies, *self.outside):
            own = one["protocolSection"]["identificationModule"]["nctId"]
            if own == wanted:
                return as_answer(one)
            if wanted in numbers(one) or (own == nct(7) and wanted in UNLISTED_ALIASES):
                return Answer(b"", 301, {"Location": own})
        return Answer(f"NCT number {wanted} not found".encode(), 404, content_type="text/plain")


def numbers(one: dict[str, Any]) -> set[str]:
    identification = one["protocolSection"]["identificationModule"]
    return {identification["nctId"], *identification.get("nctIdAliases", [])}


def posted(one: dict[str, Any]) -> str:
    return str(one["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"])


def as_answer(document: Any) -> Answer:
    return Answer(json.dumps(document).encode(), content_type="application/json")


def second_page(bad: Answer) -> Callable[[Asked], Answer]:
    good = Service()
    return lambda asked: bad if "pageToken" in asked.params else good(asked)


def altered(change: Callable[[dict[str, Any], Asked], object]) -> Callable[[Asked], Answer]:
    """A good service whose pages are changed in place before they go out."""
    good = Service()

    def answer(asked: Asked) -> Answer:
        page = json.loads(good(asked).body)
        change(page, asked)
        return as_answer(page)

    return answer


def same_token(page: dict[str, Any], asked: Asked) -> None:
    page["nextPageToken"] = "4" if asked.params.get("pageToken") == "4" else page.get("nextPageToken")


def ever_new_tokens() -> Callable[[Asked], Answer]:
    served = iter(range(1000))
    return lambda asked: as_answer(
        {"studies": FIVE[:2], "totalCount": 2, "nextPageToken": f"t{next(served)}"}
    )


def moved(page: dict[str, Any], asked: Asked) -> None:
    """Between the pages a study moved to the front: the second page begins with the first page's last study."""
    if asked.params.get("pageToken") == "2":
        page["studies"] = [FIVE[1], *FIVE[2:4]]


PLAIN = "text/plain"
HTML = Answer(b"<html><title>Scheduled maintenance</title></html>", content_type="text/html")
WITH_BAD_STUDY = [
    *FIVE[:2],
    {"protocolSection": {"identificationModule": {"nctId": nct(9)}, "designModule": 1}},
    3,
]
MERGED = study(nct(6), nctIdAliases=["NCT99980006"])
REDIRECTED = study(nct(7))
UNLISTED_ALIASES = ("NCT99970007", "NCT99980007")  # of that study: answered with a 301, but not in its record

SERVICES: dict[str, Callable[[Asked], Answer]] = {
    "paging": Service(),
    "full_last_page": Service(FIVE[:4]),
    "nothing": Service([]),
    "incremental": Service(),
    "since": Service(),
    "gap": Service(),
    "nothing_since": Service(),
    "future": Service([study(nct(1), "2031-01-01")]),
    "same_token": altered(same_token),
    "ever_new_tokens": ever_new_tokens(),
    "moved": altered(moved),
    "bad_request": lambda asked: Answer(b"`query.recrs` is unknown parameter", 400, content_type=PLAIN),
    "gone": lambda asked: Answer(b"<html>404</html>", 404, content_type="text/html"),
    "html": second_page(HTML),
    "cut": second_page(Answer(b'{"studies": [{"protocolSection": {"ident', content_type="application/json")),
    "short": second_page(Answer(b'{"studies": []}', promised=99)),
    "empty": second_page(Answer(b"")),
    "other_shape": second_page(as_answer({"error": "over capacity"})),
    "two_answers": second_page(Answer(b'{"studies": []}{"studies": []}')),
    "count_above": altered(lambda page, asked: page.update(totalCount=7)),
    "count_below": altered(lambda page, asked: page.update(totalCount=4)),
    "no_count": altered(lambda page, asked: page.pop("totalCount", None)),
    "unavailable": lambda asked: Answer(b"<h1>Service Unavailable</h1>", 503, content_type="text/html"),
    "rate_limited": lambda asked: Answer(b"slow down", 429, {"Retry-After": "3600"}, content_type=PLAIN),
    "bad_study": Service(WITH_BAD_STUDY),
    "long_query": Service(),
    "full": Service(outside=(MERGED, REDIRECTED, *(study(f"NCT9991{number:04}") for number in range(130)))),
    "other_study": lambda asked: Service()(asked) if asked.path.endswith("/studies") else as_answer(FIVE[0]),
    "refetch_fails": lambda asked: HTML if "filter.ids" in asked.params else Service()(asked),
}  # fmt: skip
KNOWN = [
    nct(1),
    nct(6),
    "NCT99980006",
    *UNLISTED_ALIASES,
    "NCT99999999",
    *(f"NCT9991{number:04}" for number in range(130)),
]
ASSIGNMENTS: dict[str, dict[str, Any]] = {
    "incremental": {"watermarks": {"updated": "2026-11-23"}},
    "since": {"watermarks": {"updated": "2026-11-23"}, "since": "2026-11-17"},
    "gap": {"watermarks": {"updated": "2026-11-01"}, "since": "2026-11-18"},
    "nothing_since": {"watermarks": {"updated": "2026-12-31"}},
    "long_query": {"query": " OR ".join(f"ketamine{number}" for number in range(300))},
    "full": {
        "full": True,
        "known": KNOWN,
        "watermarks": {"updated": "2026-11-19"},
        "options": {"page_size": 60},
    },
    "other_study": {"full": True, "known": [nct(6)]},
    "refetch_fails": {"full": True, "known": [nct(6)]},
}
