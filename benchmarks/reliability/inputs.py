"""Damaged answers of every source, from a seed: each must be read, or refused by name, and never take another with it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from crawler.assignments import spider_classes
from spiders.base import WatchSpider
from store.errors import SourceError
from store.records import Record

FIXTURES = Path(__file__).resolve().parents[2] / "tests" / "fixtures"
_RUBBISH = (
    b"\x00",
    b"\xff\xfe",
    b"<",
    b"&#0;",
    b"{",
    b"]",
    b'"',
    b"\\u0000",
    "\u202e".encode(),
    b"null",
    b"<!--",
    b"=cmd|'/C calc'!A0",
)


@dataclass
class Tried:
    """Damaged inputs by source, how they ended, and what is wrong."""

    inputs: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    records: int = 0
    wrong: list[str] = field(default_factory=list)


def damaged(whole: bytes, die: random.Random) -> bytes:
    """The answer cut, with bytes turned, with rubbish put in, with a part twice, or with a part missing."""
    at, to = sorted((die.randrange(len(whole)), die.randrange(len(whole))))
    way = die.randrange(5)
    if way == 0:
        return whole[:at]
    if way == 1:
        return whole[:at] + bytes([die.randrange(256)]) + whole[at + 1 :]
    if way == 2:
        return whole[:at] + die.choice(_RUBBISH) * die.choice((1, 1, 100)) + whole[at:]
    return whole[:to] + whole[at:] if way == 3 else whole[:at] + whole[to:]


def attempt(each: int, seed: int = 6) -> Tried:
    """`each` damaged inputs of every fixture of every source, through its `parse_answer`, as `load` reads them."""
    tried, die = Tried(), random.Random(seed)
    for name, spider in spider_classes().items():
        for path in sorted(FIXTURES.glob(f"{name}*/*")):
            whole = path.read_bytes()
            if spider.recognises(whole[:4096]):
                for number in range(each):
                    tried.inputs[name] += 1
                    _read(
                        spider, damaged(whole, die), f"{path.parent.name}/{path.name}, input {number}", tried
                    )
    return tried


def _read(spider: type[WatchSpider], answer: bytes, what: str, tried: Tried) -> None:
    came = 0
    try:
        for item in spider.parse_answer(answer):
            came += isinstance(item, Record)
    except SourceError as error:
        tried.ended[error.outcome] += 1
        if error.source != spider.name or not error.cause:
            tried.wrong.append(f"{what}: an error without a name: {error!r}")
    except Exception as error:  # whatever else it is, it is wrong
        tried.ended["crashed"] += 1
        tried.wrong.append(f"{what}: {error!r}")
    else:
        tried.ended["read"] += 1
    tried.records += came
