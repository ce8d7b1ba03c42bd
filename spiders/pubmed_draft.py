"""A PubMed record while its element is being read, and what only the whole element can settle.

- `published` is the earlier of ArticleDate (online) and PubDate (issue), for that is when readers first had it;
  an issue may be dated months ahead or years before. Both are kept: `history["electronic"]`, `history["issue"]`.
- `status`: "retracted" by publication type D016441, by RetractionIn or by a publisher's "RETRACTED:" before the
  title; "withdrawn" by "WITHDRAWN:" there (Cochrane, articles in press); else "expression-of-concern" if one is linked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from lxml import etree

from spiders.identifiers import find_trial_ids
from spiders.pubmed_dates import earlier
from store.records import Notice, Publication, Record, Reference

SOURCE = "pubmed"

PREPRINT = "D000076942"
RETRACTED_PUBLICATION = "D016441"
RETRACTION_OF_PUBLICATION = "D016440"

_NO_TITLE = (None, "[Not Available].", "[Not Available]", "[In Process Citation]")
_WITHDRAWN_TITLE = re.compile(r"\[?(retracted|withdrawn)(?: article| paper)?\s*:", re.IGNORECASE)


@dataclass(slots=True)
class Draft:
    """A record while its element is being read, with what only the whole element can settle."""

    record: Record = field(default_factory=lambda: Record("", SOURCE, "article", None))
    publication: Publication = field(default_factory=Publication)
    cited: list[Reference] = field(default_factory=list)  # old-style citations, of CommentsCorrections
    other_abstracts: dict[str, str] = field(default_factory=dict)  # language -> text
    refused_dois: set[str] = field(default_factory=set)
    trial_ids: list[tuple[str, str]] = field(default_factory=list)


Handler = Callable[[etree._Element, Draft], None]


def walk(node: etree._Element, draft: Draft, handlers: Mapping[object, Handler]) -> None:
    """Give every child of `node` to the handler of its tag; children without one are passed over."""
    for child in node:
        handle = handlers.get(child.tag)
        if handle:
            handle(child, draft)


def inside(handlers: Mapping[object, Handler]) -> Handler:
    """A handler that goes one level down, to another table."""
    return partial(walk, handlers=handlers)


def finish(draft: Draft) -> Record:
    """The record, once everything of its element was read."""
    record, history = draft.record, draft.publication.history
    record.publication = draft.publication
    if record.title in _NO_TITLE:
        record.title = draft.publication.vernacular_title or record.title
    if not record.abstract and draft.other_abstracts:
        others = draft.other_abstracts
        record.abstract = others.get("eng") or next(iter(others.values()))
    record.published = record.published or earlier(history.get("electronic"), history.get("issue"))
    record.entered = history.get("entrez")
    if any(heading.ui == PREPRINT for heading in record.headings):
        record.kind = "preprint"
    _settle_identifiers(draft)
    if draft.cited:
        listed = {reference.work for reference in record.references if reference.work}
        record.references += [cited for cited in draft.cited if cited.work not in listed]
    _settle_notices(record, history.get("retracted"))
    return record


def _settle_identifiers(draft: Draft) -> None:
    record = draft.record
    trial_ids = dict.fromkeys(draft.trial_ids + find_trial_ids(f"{record.title}\n{record.abstract}"))
    record.nct_ids = [value for scheme, value in trial_ids if scheme == "nct"]
    own = [each for each in record.identifiers if each[0] != "doi" or each[1] not in draft.refused_dois]
    # an NCT number is an identifier only where DataBankList gives it: in the text it may be another trial's
    others = [each for each in trial_ids if each[0] != "nct"]
    record.identifiers = list(dict.fromkeys(own + draft.trial_ids + others))
    record.doi = next((value for scheme, value in record.identifiers if scheme == "doi"), None)
    record.pmcid = next((value for scheme, value in record.identifiers if scheme == "pmcid"), None)


def _settle_notices(record: Record, retracted_on: str | None) -> None:
    """Dates the notices that this record is, and settles its status.

    A status that only a publication type or the title says becomes a notice too: every status has what it rests on.
    """
    record.notices = [
        replace(notice, date=record.published) if notice.notice == record.id else notice
        for notice in record.notices
    ]
    types = {heading.ui for heading in record.headings if heading.scheme == "pubtype"}
    suffered = {notice.kind for notice in record.notices if notice.affected == record.id}
    retracts = RETRACTION_OF_PUBLICATION in types or any(
        notice.kind == "retraction" and notice.notice == record.id for notice in record.notices
    )
    title = _WITHDRAWN_TITLE.match(record.title or "") if not retracts else None
    word = title.group(1).lower() if title else None
    if "retraction" in suffered or RETRACTED_PUBLICATION in types or word == "retracted":
        record.status = "retracted"
        if "retraction" not in suffered:
            record.notices.append(Notice("retraction", record.id, None, None, retracted_on))
    elif word == "withdrawn":
        record.status = "withdrawn"
        record.notices.append(Notice("withdrawal", record.id, None))
    elif "expression-of-concern" in suffered:
        record.status = "expression-of-concern"
