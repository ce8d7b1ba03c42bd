"""The E-utilities of the sample: esearch, efetch, elink and esummary over the catalogue's articles, db=pubmed.

Wire formats, default values and refusals are those of the real service (E-utilities manual, chapter 4; shapes as
observed), with these of its habits: 20 ids unless `retmax` says more; no more than the first `cap` hits can be listed,
and a position beyond them is an error inside HTTP 200; ids that do not exist are left out of efetch without a word,
and an id that is no number is answered with PMID 1; without `retmode=xml` efetch gives text.

Not here: the history server (WebEnv), other databases, elink commands other than neighbor. elink names records
of the catalogue, and those of `links`, which efetch need not have.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Sequence

from crawler.sample import pubmed_summary, pubmed_wire
from crawler.sample.catalogue_records import Article
from crawler.sample.exchange import TEXT, XML, Answer, Asked, as_json, whole_number
from crawler.sample.pubmed_index import ArticleIndex
from crawler.sample.pubmed_query import day, search
from crawler.sample.pubmed_record import article_set, article_xml
from crawler.sample.pubmed_syntax import FIELDS, QuerySyntaxError
from crawler.sample.words import fit_for_xml, without_markup

#: PubMed lists no more than its first 9,999 hits.
CAP = 9_999
DEFAULT_RETMAX = 20
LINKS = ("pubmed_pubmed_citedin", "pubmed_pubmed_refs")
_SORTS: dict[str, Callable[[Article], str]] = {
    "pub_date": lambda article: article.published or "",
    "author": lambda article: article.authors[0][0] if article.authors else "",
    "journalname": lambda article: article.journal or "",
    "title": lambda article: without_markup(article.title).lower(),
}
_DESCENDING = ("pub_date",)
_LONGEST_RELDATE = 200_000  # days; further back there is nothing


class _Refusal(Exception):
    """An error that the utility states in its own format; most come under HTTP 200."""

    def __init__(self, message: str, status: int = 200):
        super().__init__(message)
        self.status = status


class Eutilities:
    """The utilities over one set of articles. `today`, an ISO date, hides what was entered later; None hides nothing.

    `links`: further pairs of citing and cited PMID for elink, beside the articles' own references.

    `bad_id_record` is what efetch gives for an id that is no number; no search lists it, unless by its PMID.
    """

    def __init__(
        self,
        articles: Iterable[Article],
        bad_id_record: Article,
        cap: int = CAP,
        links: Iterable[tuple[str, str]] = (),
    ):
        self._articles = {article.pmid: article for article in articles}
        self._index = ArticleIndex(self._articles.values(), frozenset([bad_id_record.pmid]))
        self._by_number = {bad_id_record.pmid: bad_id_record} | self._articles
        self._bad_id = bad_id_record.pmid
        self._cap = cap
        listed = ((each.pmid, cited) for each in self._articles.values() for cited, _ in each.references)
        further = list(links)
        self._edges = {pair for pair in (*listed, *further) if all(pair)}  # citing PMID, cited PMID
        self._gone = {pmid for pair in further for pmid in pair} - set(self._by_number)
        self._xml: dict[str, bytes] = {}  # PMID -> its record, rendered once
        self._utilities = {
            "esearch": self._esearch,
            "efetch": self._efetch,
            "elink": self._elink,
            "esummary": self._esummary,
        }

    def answer(self, utility: str, asked: Asked, today: str | None) -> Answer | None:
        """The answer of a utility ("esearch"), None if there is none of that name."""
        if utility not in self._utilities:
            return None
        try:
            database = asked.params.get("dbfrom" if utility == "elink" else "db", "pubmed")
            if database != "pubmed":
                raise _Refusal(f"Invalid db name specified: {database}")
            return self._utilities[utility](asked, today)
        except _Refusal as refusal:
            return pubmed_wire.error(utility, str(refusal), refusal.status, asked.params.get("retmode"))

    # -- esearch

    def _esearch(self, asked: Asked, today: str | None) -> Answer:
        params = asked.params
        start, wanted = _number(params, "retstart", 0), _number(params, "retmax", DEFAULT_RETMAX)
        term = params.get("term", "").strip()
        if not term:
            raise _Refusal("Empty term and query_key - nothing todo")
        if limit := _date_limit(params, today):
            term = f"({term}) AND {limit}"
        try:
            finding = search(self._index, term)
        except QuerySyntaxError as error:
            raise _Refusal(f"Can't run executor: {error}") from None
        if start >= self._cap:
            place = f"Position {start} is out of acceptable range [{self._cap},{self._cap - 1}]"
            raise _Refusal(f"Search Backend failed: Exception:\n{place}")
        hits = self._visible(finding.pmids, today)
        said = [] if hits else ["No items found."]
        found = self._sorted(hits, params.get("sort", ""), said)
        listed = found[start : min(start + wanted, self._cap)]
        if found and (start >= len(found) or min(start + wanted, len(found)) > self._cap):
            said.append(f"Restrictions achieved. start and count adjusted to {start}, {len(listed)}")
        page = None if params.get("rettype") == "count" else (start, listed)
        return pubmed_wire.found(params.get("retmode"), len(found), page, finding, said)

    def _sorted(self, pmids: Iterable[str], sort: str, said: list[str]) -> list[str]:
        """By the sort asked for, else as PubMed does: what was entered last comes first."""
        recent = sorted(pmids, key=lambda pmid: (self._by_number[pmid].entered, int(pmid)), reverse=True)
        name = sort.lower().replace("+", "_").replace(" ", "_")
        if name in _SORTS:
            key = _SORTS[name]
            recent.sort(key=lambda pmid: key(self._by_number[pmid]), reverse=name in _DESCENDING)
        elif name not in ("", "relevance", "most_recent", "date_added"):
            said.append(f"Unknown sort schema '{sort}' ignored")
        return recent

    def _visible(self, pmids: Iterable[str], today: str | None) -> list[str]:
        return [
            pmid
            for pmid in pmids
            if pmid in self._by_number and (today is None or self._by_number[pmid].entered <= today)
        ]

    # -- efetch and esummary

    def _efetch(self, asked: Asked, today: str | None) -> Answer:
        ids = _ids(asked.all("id"))
        if not ids:
            raise _Refusal("ID list is empty! Possibly it has no correct IDs.", 400)
        pmids = self._visible((pmid if pmid else self._bad_id for pmid in map(_pmid, ids)), today)
        pmids = list(dict.fromkeys(pmids))
        if asked.params.get("retmode") != "xml":
            records = (self._by_number[pmid] for pmid in pmids)
            lines = [f"PMID- {one.pmid}\nTI  - {without_markup(one.title)}\n" for one in records]
            return Answer("\n".join(lines).encode(), TEXT)
        return Answer(article_set([self._record(pmid) for pmid in pmids]), XML)

    def _record(self, pmid: str) -> bytes:
        if pmid not in self._xml:
            self._xml[pmid] = article_xml(self._by_number[pmid])
        return self._xml[pmid]

    def _esummary(self, asked: Asked, today: str | None) -> Answer:
        ids = list(dict.fromkeys(_ids(asked.all("id"))))
        if not ids:
            raise _Refusal("Neither query_key nor id specified")
        visible = set(self._visible(ids, today))
        found = {
            pmid: pubmed_summary.summary(self._by_number[pmid]) if pmid in visible else None for pmid in ids
        }
        if asked.params.get("retmode") == "json":
            return as_json(pubmed_summary.summaries_json(found))
        newer = asked.params.get("version") == "2.0"
        text = pubmed_summary.summaries_2(found) if newer else pubmed_summary.summaries_1(found)
        return Answer(fit_for_xml(text).encode(), XML)

    # -- elink

    def _elink(self, asked: Asked, today: str | None) -> Answer:
        params = asked.params
        if params.get("cmd", "neighbor") != "neighbor":
            raise _Refusal(f"The sample has no elink command {params['cmd']}")
        names = [name for name in LINKS if params.get("linkname", name) == name]
        sets = [_ids([value]) for value in asked.all("id")]  # one link set for each parameter
        if not any(sets):
            raise _Refusal("Empty id list - nothing todo", 400)
        linked = [
            (ids, {name: links for name in names if (links := self._links(name, ids, today))}) for ids in sets
        ]
        return pubmed_wire.links(params.get("retmode"), linked)

    def _links(self, name: str, ids: Sequence[str], today: str | None) -> list[str]:
        visible = self._visible(self._articles, today)
        asked = set(ids) & set(visible)
        if name == "pubmed_pubmed_refs":
            found = {cited for citing, cited in self._edges if citing in asked}
        else:
            found = {citing for citing, cited in self._edges if cited in asked}
        gone = sorted(found & self._gone)  # elink may name what efetch has no more
        return [pmid for pmid in visible if pmid in found] + (gone if today is None else [])


def _date_limit(params: dict[str, str], today: str | None) -> str | None:
    """datetype with mindate and maxdate, or with reldate (days up to today), as a term of the query."""
    if not {"mindate", "maxdate", "reldate"} & params.keys():
        return None
    name = params.get("datetype", "edat").lower()
    if name not in FIELDS or FIELDS[name].kind != "date":
        raise _Refusal(f"Unknown datetype: {name}", 400)
    if "reldate" in params:
        last = datetime.date.fromisoformat(today) if today else datetime.date.today()
        days = min(_number(params, "reldate", 0), _LONGEST_RELDATE)
        return f"{last - datetime.timedelta(days=days):%Y/%m/%d}:{last:%Y/%m/%d}[{name}]"
    first, last_day = params.get("mindate", ""), params.get("maxdate", "")
    if not day(first) or not day(last_day):
        raise _Refusal("mindate and maxdate are needed both, as YYYY/MM/DD, YYYY/MM or YYYY", 400)
    return f"{first}:{last_day}[{name}]"


def _number(params: dict[str, str], name: str, default: int) -> int:
    text = params.get(name, "").strip()
    number = whole_number(text) if text else default
    if number is None:
        raise _Refusal(f"{name} must be a whole number: {text}", 400)
    return number


def _ids(values: Iterable[str]) -> list[str]:
    return [each for value in values for each in re.split(r"[\s,]+", value) if each]


def _pmid(text: str) -> str | None:
    """ "0023" -> "23"; None for what is no number."""
    return str(int(text)) if text.isascii() and text.isdigit() and len(text) < 20 else None
