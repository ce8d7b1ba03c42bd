"""What every crawl of a simulation needs, read once by the process that it is forked from."""

from __future__ import annotations

from importlib import import_module

import crawler.run  # noqa: F401 - imported to be there
from crawler.assignments import spider_classes
from crawler.config import load_config
from crawler.pipelines import tagger_for
from crawler.sample.catalogue import load_catalogue
from store.records import Record

spider_classes()
tagger = tagger_for(
    tuple((name, tuple(terms)) for name, terms in load_config(environ={}).topic.drug_terms().items())
)
for article in load_catalogue().articles:  # its patterns are compiled when they are first met
    tagger.tags(Record(f"pubmed:{article.pmid}", "pubmed", "article", article.title, article.abstract))

# what Scrapy looks up by name when a crawl begins, but nothing that installs a reactor
for name in (
    "scrapy.core.downloader.contextfactory", "scrapy.core.downloader.middleware",
    *(f"scrapy.downloadermiddlewares.{name}" for name in (
        "cookies", "defaultheaders", "downloadtimeout", "httpauth", "httpcache", "httpcompression", "httpproxy", "offsite",
        "redirect", "robotstxt", "stats", "useragent")),
    *(f"scrapy.extensions.{name}" for name in (
        "closespider", "corestats", "feedexport", "logcount", "logstats", "memdebug", "memusage", "remote_control",
        "spiderstate", "telnet", "throttle")),
    *(f"scrapy.spidermiddlewares.{name}" for name in ("depth", "httperror", "metacopy", "referer", "start", "urllength")),
    "scrapy.dupefilters", "scrapy.logformatter", "scrapy.pqueues", "scrapy.resolver", "scrapy.squeues",
    "scrapy.statscollectors", "crawler.middlewares", "crawler.commands.crawl", "crawler.settings", "tldextract",
    "twisted.web._newclient",
):  # fmt: skip
    import_module(name)
