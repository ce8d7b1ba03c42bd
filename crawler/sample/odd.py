"""Answers that go wrong in the wire, on the way, or between two pages: further kinds of `crawler.sample.faults`."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TypeAlias

from crawler.sample.exchange import HTML, TEXT, Answer, Asked

#: (request, good answer, the good answer before it on this path, seconds) -> the answer given; None: it cannot strike
Maker: TypeAlias = Callable[[Asked, Answer, "Answer | None", float], "Answer | None"]
#: what a request for a further page says, in the words of the services
PAGE_PARAMETERS = frozenset({"pageToken", "cursorMark", "cursor", "page", "offset", "skip", "search_after"})
BOMB_BYTES = 96 * 2**20
_PROXY = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>\r\n"


def _further(asked: Asked) -> bool:
    first = ("", "*", "0", "1")
    return any(name in PAGE_PARAMETERS and value not in first for name, value in asked.pairs)


def _unsaid(asked: Asked, answer: Answer, before: Answer | None, seconds: float) -> Answer:
    return Answer(b"Too Many Requests", TEXT, 429)


def _proxy(status: int, says: str) -> Maker:
    return lambda asked, answer, before, seconds: Answer(
        _PROXY.format(f"{status} {says}").encode(), HTML, status
    )


def _reset(asked: Asked, answer: Answer, before: Answer | None, seconds: float) -> Answer:
    return replace(answer, reset=True)


def _slow(asked: Asked, answer: Answer, before: Answer | None, seconds: float) -> Answer:
    return replace(answer, delay=seconds)


def _drip(asked: Asked, answer: Answer, before: Answer | None, seconds: float) -> Answer:
    return replace(answer, drip=max(seconds, 0.05))


def _longer(asked: Asked, answer: Answer, before: Answer | None, seconds: float) -> Answer:
    return replace(answer, promised=len(answer.body) + 100)


def _shorter(asked: Asked, answer: Answer, before: Answer | None, seconds: float) -> Answer:
    return replace(answer, promised=len(answer.body) * 2 // 3)


def _charset(asked: Asked, answer: Answer, before: Answer | None, seconds: float) -> Answer:
    return replace(answer, content_type=answer.content_type.partition(";")[0] + "; charset=ISO-8859-1")


def _bomb(asked: Asked, answer: Answer, before: Answer | None, seconds: float) -> Answer:
    return Answer(_packed(), answer.content_type, 200, {"Content-Encoding": "gzip"})


@cache
def _packed() -> bytes:
    return gzip.compress(bytes(BOMB_BYTES))


def _loop(asked: Asked, answer: Answer, before: Answer | None, seconds: float) -> Answer:
    return Answer(b"", TEXT, 302, {"Location": asked.path + "?round=and+round"})


def _away(asked: Asked, answer: Answer, before: Answer | None, seconds: float) -> Answer:
    return Answer(b"", TEXT, 302, {"Location": "http://169.254.169.254/latest/meta-data/"})


def _again(asked: Asked, answer: Answer, before: Answer | None, seconds: float) -> Answer | None:
    return before if _further(asked) else None


def _expired(asked: Asked, answer: Answer, before: Answer | None, seconds: float) -> Answer | None:
    return Answer(b"The page token has expired", TEXT, 400) if _further(asked) else None


def _vanished(asked: Asked, answer: Answer, before: Answer | None, seconds: float) -> Answer | None:
    if asked.path.endswith("efetch.fcgi"):
        less = re.sub(rb"<PubmedArticle>.*?</PubmedArticle>", b"", answer.body, count=1, flags=re.DOTALL)
        return replace(answer, body=less)
    if "filter.ids" in asked.params and answer.body.startswith(b"{"):
        page = json.loads(answer.body)
        return replace(answer, body=json.dumps(page | {"studies": page["studies"][1:]}).encode())
    return None


MAKERS: dict[str, Maker] = {
    "429-bare": _unsaid,
    "502": _proxy(502, "Bad Gateway"),
    "503": _proxy(503, "Service Temporarily Unavailable"),
    "reset": _reset,
    "slow": _slow,
    "drip": _drip,
    "longer": _longer,
    "shorter": _shorter,
    "charset": _charset,
    "bomb": _bomb,
    "loop": _loop,
    "away": _away,
    "again": _again,
    "expired": _expired,
    "vanished": _vanished,
}
