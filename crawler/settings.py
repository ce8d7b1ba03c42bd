"""Scrapy's settings for every spider: what the services may expect of us, and what happens to an item, in order."""

from __future__ import annotations

import os

from store import DEFAULT_DATABASE

BOT_NAME = "ketamine-watch"
USER_AGENT = "ketamine-watch/0.1 (literature monitor; contact in the From header)"
SPIDER_MODULES = ["spiders"]
ADDONS: dict[str, int] = {}

# under plain `scrapy crawl NAME`; the command line passes assignments of its own
ASSIGNMENT_FACTORY = "crawler.assignments.from_settings"
WATCH_CONFIG = None
WATCH_DB = os.environ.get("KETAMINE_WATCH_DB", DEFAULT_DATABASE)

# what happens to each item a spider yields
ITEM_PIPELINES = {
    "crawler.pipelines.Check": 100,
    "crawler.pipelines.TagRecords": 200,
    "crawler.pipelines.Save": 300,
}

# These are documented APIs made for programs; robots.txt speaks of their pages to crawlers of pages. Pace is kept
# by the interval of each source (see watch.toml) instead.
ROBOTSTXT_OBEY = False
CONCURRENT_REQUESTS = 1
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 64 * 1024 * 1024  # bytes, also of what a compressed answer unpacks to
DOWNLOAD_WARNSIZE = 0
REDIRECT_MAX_TIMES = 3
METAREFRESH_ENABLED = False  # what a page of HTML asks for is never an answer
URLLENGTH_LIMIT = 0  # Scrapy drops a longer address without a word; a service that minds it says so

# Scrapy's own retry ignores Retry-After, its delays are one process's, and it follows a redirect anywhere: ours stand
# in their place
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "crawler.middlewares.SafeRedirect": 600,
    "crawler.middlewares.PatientRetry": 550,
    "crawler.middlewares.KeepPace": 900,  # nearest to the network
}
COOKIES_ENABLED = False
REFERER_ENABLED = False
# Scrapy's own but for its doors and its feeds: to name one with None would import it all the same
EXTENSIONS_BASE = {
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.logcount.LogCount": 0,
    "scrapy.extensions.logstats.LogStats": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
}
EXTENSIONS = {"crawler.closing.CloseWhenDone": 0}
# no door into a running crawl: both take commands, Python code among them, on a port of this machine
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
# the web and nothing else: no answer, redirect or configuration makes a crawl read a file
DOWNLOAD_HANDLERS = {"file": None, "ftp": None, "s3": None, "data": None}
LOG_LEVEL = "WARNING"
LOG_VERSIONS: list[str] = []
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
