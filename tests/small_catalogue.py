"""A part of the bundled sample: what a test takes that crawls it many times."""

from __future__ import annotations

from crawler.sample.catalogue import load_catalogue
from crawler.sample.catalogue_records import Catalogue


def small_catalogue(articles: int = 24, registrations: int = 10) -> Catalogue:
    whole = load_catalogue()
    kept = whole.articles[:articles]
    return Catalogue(kept, whole.registrations[:registrations], whole.absent)
