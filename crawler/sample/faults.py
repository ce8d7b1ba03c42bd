"""Answers gone wrong, as the real services give them: put in the place of good ones, by plan or by a seeded die.

`SampleServer(faults=…)` takes one `Fault`, a list of them, a `RandomFaults`, or any function of (Asked, Answer) that
returns the answer to give instead, or None to leave it as it is.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

from crawler.sample import odd
from crawler.sample.exchange import HTML, JSON, TEXT, XML, Answer, Asked

Kind = Literal[
    "cut", "html", "error200", "429", "500", "empty", "reset", "slow", "429-bare", "502", "503", "drip", "longer",
    "shorter", "charset", "bomb", "loop", "away", "again", "expired", "vanished",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
Faults: TypeAlias = Callable[[Asked, Answer], Answer | None]

_MAINTENANCE = (
    b"<!DOCTYPE html>\n<html><head><title>Down for maintenance</title></head><body>Try later</body></html>"
)
_DIAGNOSTIC = (
    b"<html><head><title>WWW Error 500 Diagnostic</title></head><body><h1>Server Error</h1>"
    b"<p>Your request could not be processed due to a problem on our Web server.</p></body></html>"
)
_BACKEND = "Search Backend failed: Database is not supported: pubmed"


@dataclass(frozen=True)
class Fault:
    """One planned fault, for the requests whose path contains `match`.

    `nth`: the first of those to be hit, counted from 1; `times`: how many in a row, None for all that follow.
    `seconds`: what "slow" waits before the good answer, and what "429" asks for in Retry-After.

    Kinds: "cut" the first half of the answer, complete as HTTP; "html" a page of HTML under status 200; "error200" an
    error in the service's own format under status 200; "429"; "500"; "empty" status 200 and no byte; "reset" the
    connection is dropped without an answer; "slow".

    "429-bare" without Retry-After; "502", "503" a proxy's; "drip" the good answer in small parts; "longer", "shorter" than
    Content-Length says; "charset" another than the body's own; "bomb" 65 kB of gzip that unpack to 96 MB; "loop" a redirect
    that ends nowhere; "away" one to an address of the local network.
    "again" gives a further page as the page before it was; "expired" refuses its token; "vanished" leaves out the first of
    the records that were asked for by number. An answer that is none of these is left as it is.
    """

    kind: Kind
    match: str = ""
    nth: int = 1
    times: int | None = 1
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of fault: {self.kind!r} (known: {', '.join(KINDS)})")

    def hits(self, count: int) -> bool:
        """Whether the `count`-th matching request is hit."""
        return self.nth <= count and (self.times is None or count < self.nth + self.times)


class FaultPlan:
    """Faults that each hit their own requests; where two would hit the same one, the first of them does."""

    def __init__(self, faults: Sequence[Fault]):
        self._faults = tuple(faults)
        self._counts = [0] * len(faults)
        self._last: dict[str, Answer] = {}
        self._lock = threading.Lock()

    def __call__(self, asked: Asked, answer: Answer) -> Answer | None:
        due = None
        with self._lock:
            for at, fault in enumerate(self._faults):
                if fault.match in asked.path:
                    self._counts[at] += 1
                    if due is None and fault.hits(self._counts[at]):
                        due = fault
            before, self._last[asked.path] = self._last.get(asked.path), answer
        return spoil(due, asked, answer, before) if due else None


class RandomFaults:
    """A share of all answers goes wrong, in kinds drawn from `kinds`. The same seed and requests: the same faults."""

    def __init__(self, share: float, seed: int, kinds: Sequence[Kind] = KINDS, seconds: float = 0.0):
        self._share = share
        self._faults = [Fault(kind, seconds=seconds) for kind in kinds]
        self._die = random.Random(seed)  # noqa: S311 - no secret
        self._last: dict[str, Answer] = {}
        self.struck: Counter[str] = Counter()  # how often each kind did
        self._lock = threading.Lock()

    def __call__(self, asked: Asked, answer: Answer) -> Answer | None:
        with self._lock:
            hit, fault = self._die.random() < self._share, self._die.choice(self._faults)
            before, self._last[asked.path] = self._last.get(asked.path), answer
        spoilt = spoil(fault, asked, answer, before) if hit else None
        self.struck[fault.kind] += spoilt is not None
        return spoilt


def planned(faults: Fault | Sequence[Fault] | Faults | None) -> Faults:
    """Whatever `SampleServer(faults=…)` was given, as a function."""
    if faults is None:
        return lambda asked, answer: None
    if isinstance(faults, Fault):
        return FaultPlan([faults])
    return faults if callable(faults) else FaultPlan(faults)


def spoil(fault: Fault, asked: Asked, answer: Answer, before: Answer | None = None) -> Answer | None:
    """The answer that a fault gives in the place of a good one; None where it cannot strike. `before`: the good answer
    before this one on the same path.
    """
    if make := odd.MAKERS.get(fault.kind):
        return make(asked, answer, before, fault.seconds)
    eutils = asked.path.endswith(".fcgi")
    if fault.kind == "cut":
        return replace(answer, body=answer.body[: len(answer.body) // 2])
    if fault.kind == "html":
        return Answer(_MAINTENANCE, HTML)
    if fault.kind == "error200":
        return _error_inside(asked) if eutils else Answer(b"Service is temporarily unavailable", TEXT)
    if fault.kind == "429":
        return rate_limited(eutils, fault.seconds)
    if fault.kind == "500":
        return Answer(_DIAGNOSTIC, HTML, 500) if eutils else Answer(b"Internal Server Error", TEXT, 500)
    assert fault.kind == "empty"
    return replace(answer, body=b"", status=200)


def rate_limited(eutils: bool, seconds: float, count: int = 4, limit: int = 3) -> Answer:
    """HTTP 429 as the gateway of the E-utilities, or of ClinicalTrials.gov, says it."""
    headers = {"Retry-After": f"{seconds:.0f}"}
    if not eutils:
        return Answer(b"Too many requests", TEXT, 429, headers)
    said = (
        f'{{"error":"API rate limit exceeded","api-key":"127.0.0.1","count":"{count}","limit":"{limit}"}}\n'
    )
    return Answer(said.encode(), JSON, 429, headers)


def _error_inside(asked: Asked) -> Answer:
    """The July 2025 outage: each utility answered 200, with this in its own root element."""
    utility = asked.path.rpartition("/")[2].removesuffix(".fcgi")
    if asked.params.get("retmode") == "json":
        return Answer(f'{{"esearchresult":{{"ERROR":"{_BACKEND}"}}}}\n'.encode(), JSON)
    root = f"e{utility[1:2].upper()}{utility[2:]}Result"
    body = f'<?xml version="1.0" encoding="UTF-8" ?>\n<{root}>\n\t<ERROR>{_BACKEND}</ERROR>\n</{root}>\n'
    return Answer(body.encode(), XML)
