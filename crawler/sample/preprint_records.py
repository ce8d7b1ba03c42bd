"""What the sample's preprint servers hold: `preprints.toml`, read and checked."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.sample import toml_values as v


@dataclass(slots=True, frozen=True, kw_only=True)
class Preprint:
    """One preprint with its versions. What is None or empty was left out.

    `ppr`: its id at Europe PMC, always the sample's own. `versions`: the day of each, in order. `indexed`, `revised`: when
    Europe PMC first had it and last changed it, the sample's own days. `article`: PMID of the article that followed,
    `article_doi` its DOI. `withdrawn`: the last version says so.
    """

    ppr: str
    server: str
    doi: str
    title: str
    abstract: str
    versions: tuple[str, ...]
    indexed: str
    revised: str
    authors: tuple[tuple[str, str], ...] = ()
    category: str | None = None
    licence: str | None = None
    article: str | None = None
    article_doi: str | None = None
    withdrawn: bool = False
    unchecked: tuple[str, ...] = ()

    @property
    def posted(self) -> str:
        """The day of the first version."""
        return self.versions[0]


PREPRINT = v.table(
    Preprint,
    {
        "ppr": v.shape(r"PPR\d{8}", "an id of Europe PMC's preprints"),
        "server": v.text,
        "doi": v.shape(r"10\.\d{4,9}/\S+", "a DOI"),
        "title": v.text,
        "abstract": v.text,
        "versions": v.many(v.day),
        "indexed": v.day,
        "revised": v.day,
        "authors": v.many(v.row(v.text, v.text)),
        "category": v.text,
        "licence": v.text,
        "article": v.shape(r"\d{1,8}", "a PMID"),
        "article_doi": v.shape(r"10\.\d{4,9}/\S+", "a DOI"),
        "withdrawn": v.flag,
        "unchecked": v.many(v.text),
    },
)
