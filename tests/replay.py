"""Run a spider on a cassette, in a process of its own: `python -m tests.replay NAME`; prints what came, as JSON.

With a second argument, a base URL on loopback, the cassette is recorded anew from the service that answers there.
Hosts are rewritten to the real service's, so that a replay asks what a real run asks.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import vcr
from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess

from crawler.assignments import spider_classes
from crawler.config import load_config
from spiders.base import Assignment

CASSETTES = Path(__file__).parent / "cassettes"
TODAY = "2026-11-23"
MORE = {"medrxiv": {"first_days": 910}}  # the sample's preprints are older than a first run looks back


def main(name: str, recorded_at: str | None = None) -> None:
    config = load_config(environ={})
    source = config.sources[name]
    spider = spider_classes()[name]
    own_addresses = {f"/{feed['name']}": feed["url"] for feed in source.options.get("feeds", [])}

    def as_real(request: Any) -> Any:
        """The request as the real service would get it."""
        if recorded_at and request.uri.startswith(recorded_at):
            path = request.uri.removeprefix(recorded_at)
            request.uri = source.base_url + path if source.base_url else own_addresses[path]
        return request

    def as_it_may_be_kept(response: Any) -> Any:
        for header in ("Date", "Server"):
            response["headers"].pop(header, None)
        return response

    recorder = vcr.VCR(
        record_mode="all" if recorded_at else "none",
        match_on=("method", "scheme", "host", "path", "query", "body"),
        filter_headers=["User-Agent", "Accept-Encoding", "Host", "Referer"],
        before_record_request=as_real,
        before_record_response=as_it_may_be_kept,
        decode_compressed_response=True,
    )
    assignment = Assignment(
        query=spider.query_for(config.topic),
        base_url=recorded_at or source.base_url,
        today=TODAY,
        email="tests@example.org",
        interval=0.0,
        options=source.options | {"page_size": 10} | MORE.get(name, {}),
    )
    process = AsyncCrawlerProcess({
        "LOG_LEVEL": "CRITICAL", "CONCURRENT_REQUESTS": 1, "URLLENGTH_LIMIT": 0, "TELNETCONSOLE_ENABLED": False,
        "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), "tests.vcr_handler.UrllibDownloadHandler"),
    })  # fmt: skip
    crawler = process.create_crawler(spider)
    items: list[dict[str, Any]] = []

    def keep(item: Any) -> None:
        items.append({"item": type(item).__name__, **dataclasses.asdict(item)})

    crawler.signals.connect(keep, signals.item_scraped)
    with recorder.use_cassette(str(CASSETTES / f"{name}.yaml")) as cassette:
        process.crawl(crawler, assignment=assignment)
        process.start()
        played = cassette.play_count
    failures = [str(failure) for failure in crawler.spider.failures]
    json.dump({"items": items, "failures": failures, "played": played}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
