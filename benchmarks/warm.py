"""What every crawl of a simulation needs, read once by the process that it is forked from."""

from __future__ import annotations

import crawler.run  # noqa: F401 - imported to be there
from crawler.assignments import spider_classes
from crawler.config import load_config
from crawler.pipelines import tagger_for

spider_classes()
tagger_for(tuple((name, tuple(terms)) for name, terms in load_config(environ={}).topic.drug_terms().items()))
