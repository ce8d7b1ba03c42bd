"""The formats that a list can be taken along in, all written alike: a head, an entry a work, a tail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from store.exports import atom, bibtex, csl, jsonfeed, nbib, ris
from store.exports.feeds import Feed
from store.exports.works import Work


@dataclass(slots=True, frozen=True)
class Format:
    """`extension` is that of files and addresses, `name` what a reader calls it, `media_type` what HTTP calls it."""

    extension: str
    name: str
    media_type: str
    entry: Callable[[Work, Feed], str]
    head: Callable[[Feed], str] = lambda feed: ""
    between: str = ""
    tail: str = ""
    is_feed: bool = False

    def write(self, works: Iterable[Work], feed: Feed) -> Iterator[str]:
        """The whole file in parts, one work at a time."""
        writer = Writer(self, feed)
        yield writer.begin()
        yield from map(writer.add, works)
        yield writer.end()


class Writer:
    """One file as it comes into being: `begin`, `add` each work, `end`; each returns the text that comes next."""

    def __init__(self, format: Format, feed: Feed):
        self._format, self._feed, self._first = format, feed, True

    def begin(self) -> str:
        return self._format.head(self._feed)

    def add(self, work: Work) -> str:
        before, self._first = "" if self._first else self._format.between, False
        return before + self._format.entry(work, self._feed)

    def end(self) -> str:
        return self._format.tail


def _plainly(entry: Callable[[Work], str]) -> Callable[[Work, Feed], str]:
    return lambda work, feed: entry(work)


FORMATS: dict[str, Format] = {
    one.extension: one
    for one in (
        Format("ris", "RIS", "application/x-research-info-systems; charset=utf-8", _plainly(ris.entry)),
        Format("bib", "BibTeX", "application/x-bibtex; charset=utf-8", _plainly(bibtex.entry)),
        Format("nbib", "NBIB", "application/nbib; charset=utf-8", _plainly(nbib.entry)),
        Format("csljson", "CSL-JSON", "application/vnd.citationstyles.csl+json; charset=utf-8", _plainly(csl.entry),
               lambda feed: "[\n", ",\n", "\n]\n"),
        Format("atom", "Atom", "application/atom+xml; charset=utf-8", atom.entry, atom.head, "", atom.TAIL, True),
        Format("jsonfeed", "JSON Feed", "application/feed+json; charset=utf-8", jsonfeed.entry, jsonfeed.head, ",\n",
               jsonfeed.TAIL, True),
    )
}  # fmt: skip
