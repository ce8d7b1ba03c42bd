"""Retraction Watch's list of retractions, as Crossref publishes it: one CSV file.

What it is. Some 70,000 rows, one a notice: retractions, corrections, expressions of concern, reinstatements, with
DOI and PMID of the notice and of the paper, the date and the reasons. Many are in no other service. Rows that concern
a work which is here, or which one that is here cites, become notices; the others are passed over, and looked at again
on the next run: what is here changes too.

Terms and pace. Free, no key (CC0, crossref.org/documentation/retrieve-metadata/retraction-watch). The file is rebuilt
every working day at gitlab.com/crossref/retraction-watch-data (`/-/raw/main/retraction_watch.csv`, some 60 MB). It is
off until `[notices] retraction_watch` names that address, or a file: one request a run.

How it pages. It does not: one file. From a disk it is read row by row; from the web Scrapy holds it in memory once, and
it is read row by row from there.

How it says "nothing". It never does: a file without rows is a failure, and so is one that lacks a column, a page of
HTML, or a last row that is cut. A row that cannot be read is kept as a reject; an open quotation mark, which would
swallow all rows after it, costs only its own.

How it lies. "unavailable" and 0 stand for unknown identifiers. Dates are m/d/yyyy, often "1/1/yyyy" where only the year
is known; midnight follows them. "Correction" and "Expression of concern" are in the list too: it is no list of
retractions alone.
"""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from spiders import unanswered
from spiders.base import WatchSpider
from spiders.identifiers import normalise_doi, normalise_pmid
from spiders.topic import Topic
from store.errors import BadAnswer, Unreachable
from store.records import Checkpoint, Reject, ReportedNotice

SOURCE = "retractionwatch"
STREAM = "list"
#: RetractionNature, in small letters -> kind of notice
KINDS = {
    "retraction": "retraction",
    "correction": "correction",
    "expression of concern": "expression-of-concern",
    "reinstatement": "reinstatement",
}
COLUMNS = (
    "Record ID", "Title", "RetractionDate", "RetractionDOI", "RetractionPubMedID", "OriginalPaperDOI",
    "OriginalPaperPubMedID", "RetractionNature", "Reason",
)  # fmt: skip
_MOST_LINES = 20  # of one row; more are an open quotation mark
_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?:\s.*)?")
_PAUSE = 1000  # rows between two breaths of the loop


class RetractionWatchSpider(WatchSpider):
    """The list, from `assignment.base_url` or the file `assignment.options["path"]`."""

    name = SOURCE
    custom_settings = {"DOWNLOAD_MAXSIZE": 512 * 1024 * 1024, "DOWNLOAD_TIMEOUT": 600}  # noqa: RUF012

    @classmethod
    def query_for(cls, topic: Topic) -> str:
        """The list has no query; this says which of its rows are kept."""
        drugs = ", ".join(drug.name for drug in topic.drugs)
        return f"the whole list; kept are rows on works of this database ({drugs}) and works that they cite"

    @classmethod
    def parse_answer(cls, answer: bytes | BinaryIO) -> Iterable[ReportedNotice | Reject]:
        """The list -> the notices that name a DOI or PMID, and Rejects, purely.

        Raises BadAnswer, before anything else, if it is no such list, and after all else if its last row is cut.
        """
        return _read(io.BytesIO(answer) if isinstance(answer, bytes) else answer)

    @classmethod
    def recognises(cls, head: bytes) -> bool:
        first = head.partition(b"\n")[0]
        return b"RetractionNature" in first and b"Record ID" in first

    async def start(self) -> AsyncIterator[Any]:
        if path := self.assignment.options.get("path"):
            self.queries.append(str(path))
            async for item in self._from_file(Path(path)):
                yield item
        elif self.assignment.base_url:
            self.queries.append(self.assignment.base_url)
            yield Request(
                self.assignment.base_url, self.parse_list, errback=self.unanswered, dont_filter=True
            )
        else:
            self.failed(Unreachable(self.name, "no address: [notices] retraction_watch is empty"))

    async def _from_file(self, path: Path) -> AsyncIterator[Any]:
        try:
            with path.open("rb") as file:
                for number, item in enumerate(self._items(file, str(path))):
                    yield item
                    if number % _PAUSE == 0:
                        await asyncio.sleep(0)  # other sources are being read in this loop
        except OSError as error:
            self.failed(Unreachable(self.name, f"{path}: {error.strerror}"))

    def parse_list(self, response: Response) -> Iterator[Any]:
        """The list as it came from the web."""
        if response.status != 200:
            self.failed(unanswered.from_status(self.name, response))
            return
        yield from self._items(io.BytesIO(response.body), response.url)

    def _items(self, file: BinaryIO, where: str) -> Iterator[Any]:
        came = 0
        try:
            for item in _read(file):
                came += 1
                yield item
        except BadAnswer as error:
            self.failed(BadAnswer(self.name, error.cause, where))
            return
        yield Checkpoint(STREAM, self.assignment.today, came, came)

    def unanswered(self, failure: Failure) -> None:
        """What came instead of the list, after all retries."""
        request = failure.request  # type: ignore[attr-defined]
        assert failure.value is not None
        self.failed(unanswered.named(self.name, request.url, failure.value))


def _read(file: BinaryIO) -> Iterator[ReportedNotice | Reject]:
    lines = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    try:
        yield from _rows(lines)
    finally:
        lines.detach()  # the file is the caller's


def _rows(lines: Iterable[str]) -> Iterator[ReportedNotice | Reject]:
    lines = iter(lines)
    first = next(lines, "")
    header = _fields(first) or []
    if missing := [name for name in COLUMNS if name not in header]:
        what = (
            "a page of HTML"
            if first.lstrip().startswith("<")
            else "nothing"
            if not first.strip()
            else first[:80].strip()
        )
        raise BadAnswer(SOURCE, f"columns are missing: {', '.join(missing)}; the file begins with {what!r}")
    found, whole, text = 0, True, ""
    for text in _texts(lines):
        fields = _fields(text) or []
        whole = len(fields) == len(header) and fields[header.index("Record ID")].strip().isdigit()
        if whole:
            found += 1
            yield from _notice(dict(zip(header, fields, strict=True)))
        elif text.strip():
            yield Reject(SOURCE, None, "row", "no row of this list", text)
    if not found:
        raise BadAnswer(SOURCE, "the list has no row that can be read")
    if not whole and not text.endswith("\n"):
        raise BadAnswer(SOURCE, "the list is cut: its last row is not whole")


def _texts(lines: Iterator[str]) -> Iterator[str]:
    """The text of each row, which may go over several lines; single lines where a quotation mark stays open."""
    waiting: list[str] = []
    quotes = 0
    for line in lines:
        waiting.append(line)
        quotes += line.count('"')
        if quotes % 2 == 0:
            yield from _whole(waiting)
        elif len(waiting) < _MOST_LINES:
            continue
        else:
            yield from waiting
        waiting, quotes = [], 0
    yield from waiting


def _whole(lines: list[str]) -> Iterator[str]:
    """Lines as one row, or each by itself if two open quotation marks made them one."""
    begins = [line for line in lines[1:] if re.match(r'"?[0-9]+"?,', line)]
    if begins:
        yield from lines
    else:
        yield "".join(lines)


def _fields(text: str) -> list[str] | None:
    try:
        return next(csv.reader(io.StringIO(text, newline="")), None)
    except csv.Error:
        return None


def _notice(row: dict[str, str]) -> Iterator[ReportedNotice | Reject]:
    native_id = row["Record ID"].strip()
    kind = KINDS.get(row["RetractionNature"].strip().lower())
    if kind is None:
        yield Reject(SOURCE, native_id, "RetractionNature", repr(row["RetractionNature"]), row["Title"])
        return
    notice = ReportedNotice(
        source=SOURCE,
        native_id=native_id,
        kind=kind,
        affected_pmid=normalise_pmid(row["OriginalPaperPubMedID"]),
        affected_doi=normalise_doi(row["OriginalPaperDOI"]),
        notice_pmid=normalise_pmid(row["RetractionPubMedID"]),
        notice_doi=normalise_doi(row["RetractionDOI"]),
        date=_date(row["RetractionDate"]),
        title=row["Title"].strip() or None,
        reason="; ".join(filter(None, (part.strip(" +") for part in row["Reason"].split(";")))) or None,
    )
    if notice.affected_pmid or notice.affected_doi:
        yield notice


def _date(text: str) -> str | None:
    """m/d/yyyy as an ISO date; None for what is no date."""
    match = _DATE.fullmatch(text.strip())
    if not match:
        return None
    month, day, year = map(int, match.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
