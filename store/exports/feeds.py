"""What a feed says of itself and of a work, before it is Atom or JSON Feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from store.exports.standing import headline, statements
from store.exports.text import authors_of, clean, date_parts, doi_of, pmid_of, title_of, trial_numbers
from store.exports.works import Work

#: RFC 4151: ids that belong to no address, so that a feed reader knows an entry again wherever the site stands; the
#: name can be nobody's (RFC 2606, section 2)
_TAG = "tag:ketamine-watch.invalid,2026:"
#: where a work is, if a site's page is not asked for
_ELSEWHERE = {"pubmed": "https://pubmed.ncbi.nlm.nih.gov/{}/", "clinicaltrials": "https://clinicaltrials.gov/study/{}"}  # fmt: skip


@dataclass(slots=True, frozen=True)
class Feed:
    """A list as a feed. `name` says which list it is and stays ("trials?indications__arraycontains=ptsd").

    `updated`: RFC 3339, the latest of its works'. `page` and `address`: absolute addresses of the list and of the
    feed, None where there is no site. `page_of`: record id -> absolute address of its page.
    """

    title: str
    name: str
    updated: str
    page: str | None = None
    address: str | None = None
    page_of: Callable[[str], str] | None = None

    @property
    def id(self) -> str:
        return tag(f"list/{self.name}")

    def link(self, work: Work) -> str | None:
        """Where a reader goes from an entry: this site's page of the record, else the work itself; None if nowhere."""
        if self.page_of and not work.bare:
            return self.page_of(work.id)
        return elsewhere(work)


def tag(name: str) -> str:
    """A tag: URI (RFC 4151) of anything that has a lasting name."""
    return _TAG + quote(name.encode("utf-8", "replace"), safe="/:?=&,-_.")


def entry_id(work: Work) -> str:
    """The work's id in every feed, the same whenever and wherever the database is built."""
    return tag(f"record/{work.id}")


def elsewhere(work: Work) -> str | None:
    """The work at PubMed, by its DOI, or in its registry; None if it has no such name."""
    if pmid := pmid_of(work):
        return _ELSEWHERE["pubmed"].format(pmid)
    if doi := doi_of(work):
        return f"https://doi.org/{quote(doi, safe='/()')}"
    if work.source == "clinicaltrials" and work.native_id.isalnum():
        return _ELSEWHERE["clinicaltrials"].format(work.native_id)
    return None


def title(work: Work) -> str:
    """The title, with what a reader must know before it: "[Retracted] Ketamine …"."""
    said = headline(work)
    return f"[{said}] {title_of(work)}" if said else title_of(work)


def summary(work: Work) -> str:
    """What became of the work, who made it, where it stands, and what it is about, in plain words."""
    authors = [clean(author.name) or clean(author.family) for author in authors_of(work)]
    people = ", ".join(authors[:3]) + (" et al." if len(authors) > 3 else "")
    year = f"{date_parts(work.published)[0]}" if date_parts(work.published) else ""
    about = {
        "Indication": ", ".join(map(clean, work.indications)),
        "Design": ", ".join(map(clean, work.designs)),
        "Drug": ", ".join(map(clean, work.drugs)),
        "Participants": str(work.sample_size or ""),
        "Trial registration": ", ".join(trial_numbers(work)),
    }
    told = [
        *statements(work),
        f"{people.rstrip('.')}." if people else "",
        f"{', '.join(filter(None, (clean(work.venue), year)))}." if work.venue or year else "",
        " ".join(f"{name}: {value}." for name, value in about.items() if value),
    ]
    return " ".join(filter(None, told))


def makers(work: Work) -> list[str]:
    """Who made the work: its authors, else where it stands, else its source. Never empty (RFC 4287, 4.1.2)."""
    names = [clean(author.name) or clean(author.family) for author in authors_of(work)]
    return names or [clean(work.venue) or clean(work.source) or "unknown"]


def topics(work: Work) -> list[str]:
    """The tags that name what the work is about."""
    return [clean(value) for value in (*work.indications, *work.designs, *work.drugs) if clean(value)]
