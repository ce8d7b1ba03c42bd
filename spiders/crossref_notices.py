"""What Crossref says of one work in respect of another: updates (retraction, correction …) and relations.

`updated-by` stands on the article and names its notices, `update-to` on the notice and names the article (Crossref,
"Registering updates"). Each entry has a type, a date, and a source: the publisher, or Retraction Watch, whose database
Crossref took over in 2023. So the same retraction may stand there twice, from two sources with two dates, and both are
kept. A notice may share the article's DOI: then it has no record of its own, and none is named.

Types are those of Crossref's list. An erratum is a correction and never more; a type that is not known here stays as it
is written. The type's own word is kept as the notice's citation ("Corrigendum").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from spiders import crossref_text
from spiders.crossref_dates import date
from spiders.identifiers import normalise_doi
from spiders.json_node import Node
from store.records import Notice

_KINDS = {
    "retraction": "retraction",
    "partial-retraction": "partial-retraction",
    "withdrawal": "withdrawal",
    "removal": "withdrawal",  # the publisher took the text away
    "expression-of-concern": "expression-of-concern",
    "concern": "expression-of-concern",
    "correction": "correction",
    "erratum": "correction",
    "corrigendum": "correction",
    "clarification": "correction",
    "addendum": "correction",  # something was added to a text that stands
    "new-version": "update",
    "new-edition": "update",
}
#: relation of this work to another -> (kind, whether this work is the one affected)
_RELATIONS = {
    "is-preprint-of": ("update", True),
    "has-preprint": ("update", False),
    "is-replaced-by": ("update", True),
    "replaces": ("update", False),
    "has-review": ("comment", True),
    "is-review-of": ("comment", False),
    "has-comment": ("comment", True),
    "is-comment-on": ("comment", False),
    "has-reply": ("comment", True),
    "is-reply-to": ("comment", False),
}


def kind_of(written: str | None) -> str:
    """The kind of notice that a type of Crossref's is: "Expression_of_concern" -> "expression-of-concern"."""
    plain = "-".join((written or "unnamed update").lower().replace("_", " ").split())
    return _KINDS.get(plain, plain)


def notices(doi: str, root: Node) -> Iterator[Notice]:
    """What a work with this DOI states, each once: its updates, those it makes, and its relations.

    Raises UnexpectedValue for a value of another type than documented.
    """
    found = [
        *_updates(doi, root.objects("updated-by"), True),
        *_updates(doi, root.objects("update-to"), False),
    ]
    found += _related(doi, root.object("relation"))
    return iter(dict.fromkeys(found))


def status(stated: Iterable[Notice], this: str) -> str | None:
    """ "retracted" or "withdrawn" if a notice says so of the record `this` as a whole, and none that it was reinstated."""
    kinds = {notice.kind for notice in stated if notice.affected == this}
    if "reinstatement" in kinds:
        return None
    return "retracted" if "retraction" in kinds else "withdrawn" if "withdrawal" in kinds else None


def _updates(doi: str, entries: Iterable[Node], affected: bool) -> Iterator[Notice]:
    for entry in entries:
        other = normalise_doi(entry.text("DOI"))
        if not affected and other is None:  # a notice about nothing
            continue
        sides = _sides(doi, other, affected or other == doi)
        label = crossref_text.line(entry.text("label") or entry.text("type"))
        yield Notice(kind_of(entry.text("type")), *sides, label, date(entry, "updated"), entry.text("source"))


def _related(doi: str, relations: Node) -> Iterator[Notice]:
    for name, (kind, affected) in _RELATIONS.items():
        for entry in relations.objects(name):
            other = normalise_doi(entry.text("id")) if entry.text("id-type") == "doi" else None
            if other and other != doi:
                yield Notice(kind, *_sides(doi, other, affected), name, None, "publisher")


def _sides(doi: str, other: str | None, affected: bool) -> tuple[str | None, str | None]:
    """(the work affected, the notice) as record ids; `affected`: whether this work, `doi`, is the one affected."""
    this = f"crossref:{doi}"
    that = f"doi:{other}" if other and other != doi else None
    return (this, that) if affected else (that, this)
