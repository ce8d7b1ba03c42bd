"""The sample services on loopback: PubMed's E-utilities, the registries ClinicalTrials.gov and ISRCTN, Crossref,
openFDA, and feeds, over a small catalogue.

They answer over real HTTP in the real services' wire formats, and evaluate every query for real, so that the spiders
that read the live services read these without knowing. `crawler/sample/catalogue.py` has the records;
the modules named `…_service.py` say what is answered, and what is not; `faults.py` what goes wrong if a test wants it to.
"""

from __future__ import annotations

import logging
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crawler.sample.catalogue import load_catalogue
from crawler.sample.catalogue_records import Article, Catalogue
from crawler.sample.citation_graph import CitationGraph
from crawler.sample.citations_service import CITATION_SERVICES, CitationServices
from crawler.sample.clinicaltrials_service import ClinicalTrials
from crawler.sample.crossref_service import Crossref
from crawler.sample.europepmc_service import EuropePmc
from crawler.sample.exchange import HTML, Answer, Asked, as_text
from crawler.sample.faults import Fault, Faults, planned, rate_limited
from crawler.sample.feeds_service import Feeds
from crawler.sample.isrctn_service import Isrctn
from crawler.sample.medrxiv_service import Medrxiv
from crawler.sample.openfda_service import OpenFDA
from crawler.sample.pubmed_service import CAP, Eutilities

PUBMED, CLINICALTRIALS, ISRCTN, FEEDS = "/entrez/eutils", "/api/v2", "/isrctn/api", "/feeds"
EUROPEPMC, MEDRXIV = "/europepmc/webservices/rest", "/biorxiv"
CROSSREF, OPENFDA = "/crossref", "/openfda"
LARGEST_BODY = 2**20
DRIPS = 10  # parts of a body that drips
_log = logging.getLogger(__name__)
#: efetch of an id that is no number answers with PMID 1. This is not the real record of that number.
BAD_ID_RECORD = Article(
    pmid="1",
    title="[Invented for this sample] What efetch answers with when an id is not a number",
    published="1976",
    entered="1976-01-01",
    status="MEDLINE",
    languages=("eng",),
    publication_types=(("D016428", "Journal Article"),),
)


class SampleServer:
    """All services, for the length of a `with` block or from `start()` to `stop()`.

    `catalogue`: what they hold; the bundled sample if None. `port`: 0 for any free one of 127.0.0.1.
    `faults`: what goes wrong, see `crawler.sample.faults`. `cap`: how many hits esearch can list.
    `rate_limit`: requests of the E-utilities in any second before they answer 429; None for no limit.
    `clock`: monotonic seconds, for the rate.

    While it runs: `catalogue` may be replaced, and `today` (an ISO date, None for no limit) hides what came later,
    as if that day's services were asked. `faults` may be replaced by another function of (Asked, Answer). `requests` are
    those that came, in order.
    """

    def __init__(  # noqa: PLR0913 - independent switches, most of them for tests
        self,
        catalogue: Catalogue | None = None,
        port: int = 0,
        faults: Fault | Sequence[Fault] | Faults | None = None,
        *,
        today: str | None = None,
        cap: int = CAP,
        rate_limit: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.today = today
        self.requests: list[Asked] = []
        self._cap = cap
        self.faults = planned(faults)
        self._rate = _Rate(rate_limit, clock) if rate_limit is not None else None
        self._stopped = threading.Event()
        self.catalogue = catalogue if catalogue is not None else load_catalogue()
        self._http = _Http(("127.0.0.1", port), _Handler)
        self._http.answer = self._answer
        self._http.stopped = self._stopped
        self._thread = threading.Thread(
            target=self._http.serve_forever,
            kwargs={"poll_interval": 0.02},
            name="sample services",
            daemon=True,
        )

    @property
    def catalogue(self) -> Catalogue:
        """The records served; a new one takes effect with the next request."""
        return self._catalogue

    @catalogue.setter
    def catalogue(self, catalogue: Catalogue) -> None:
        graph = CitationGraph(catalogue.articles)
        articles = (*catalogue.articles, *graph.articles)
        pubmed = Eutilities(articles, BAD_ID_RECORD, self._cap, graph.pmid_links())
        self._citations = CitationServices(graph)
        self._services = pubmed, ClinicalTrials(catalogue.registrations)
        self._isrctn = Isrctn(catalogue.isrctn)
        self._feeds = Feeds(catalogue.articles, catalogue.feed_entries)
        self._europepmc = EuropePmc(catalogue.articles, catalogue.preprints)
        self._medrxiv = Medrxiv(catalogue.preprints)
        self._crossref = Crossref(catalogue.articles)
        self._openfda = OpenFDA(catalogue.applications, catalogue.labels)
        self._catalogue = catalogue

    @property
    def port(self) -> int:
        """The port that is listened to."""
        return int(self._http.server_address[1])

    @property
    def upstreams(self) -> dict[str, str]:
        """Source -> base URL, as `[upstreams]` of the configuration has them."""
        base = f"http://127.0.0.1:{self.port}"
        paths = {
            "pubmed": PUBMED,
            "clinicaltrials": CLINICALTRIALS,
            "isrctn": ISRCTN,
            "feed": FEEDS,
            "europepmc": EUROPEPMC,
            "medrxiv": MEDRXIV,
        }
        paths |= {"crossref": CROSSREF, "openfda": OPENFDA}
        return {name: base + path for name, path in (CITATION_SERVICES | paths).items()}

    def start(self) -> SampleServer:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Answer no more, and close the port."""
        self._stopped.set()
        if self._thread.is_alive():
            self._http.shutdown()
            self._thread.join()
        self._http.server_close()

    def __enter__(self) -> SampleServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answer(self, asked: Asked) -> Answer:
        self.requests.append(asked)
        answer = self._limited(asked) or self._served(asked)
        return self.faults(asked, answer) or answer

    def _limited(self, asked: Asked) -> Answer | None:
        if self._rate is None or not asked.path.startswith(PUBMED + "/"):
            return None
        count = self._rate.count()
        return rate_limited(True, 1, count, self._rate.limit) if count > self._rate.limit else None

    def _served(self, asked: Asked) -> Answer:
        pubmed, trials = self._services
        if answer := self._citations.answer(asked, self.today):  # Europe PMC's search is another's
            return answer
        if asked.path.startswith(PUBMED + "/") and asked.path.endswith(".fcgi"):
            utility = asked.path.removeprefix(PUBMED + "/").removesuffix(".fcgi")
            answer = pubmed.answer(utility, asked, self.today)
        elif asked.path.startswith(CLINICALTRIALS + "/"):
            answer = trials.answer(asked.path.removeprefix(CLINICALTRIALS + "/"), asked, self.today)
        elif asked.path.startswith(ISRCTN + "/"):
            answer = self._isrctn.answer(asked.path.removeprefix(ISRCTN + "/"), asked, self.today)
        elif asked.path.startswith(MEDRXIV + "/"):
            answer = self._medrxiv.answer(asked.path.removeprefix(MEDRXIV + "/"), asked, self.today)
        elif asked.path.startswith(EUROPEPMC + "/"):
            answer = self._europepmc.answer(asked.path.removeprefix(EUROPEPMC + "/"), asked, self.today)
        elif asked.path.startswith(FEEDS + "/"):
            answer = self._feeds.answer(asked.path.removeprefix(FEEDS + "/"), asked, self.today)
        elif asked.path.startswith(CROSSREF + "/"):
            answer = self._crossref.answer(asked.path.removeprefix(CROSSREF + "/"), asked, self.today)
        elif asked.path.startswith(OPENFDA + "/"):
            answer = self._openfda.answer(asked.path.removeprefix(OPENFDA + "/"), asked, self.today)
        return answer or Answer(b"<html><head><title>404 Not Found</title></head></html>\n", HTML, 404)


def _parts(body: bytes) -> list[bytes]:
    size = len(body) // DRIPS + 1
    return [body[start : start + size] for start in range(0, len(body), size)]


class _Rate:
    """How many requests came in the last second, this one included; those refused count as well."""

    def __init__(self, limit: int, clock: Callable[[], float]):
        self.limit = limit
        self._clock = clock
        self._times: deque[float] = deque()
        self._lock = threading.Lock()

    def count(self) -> int:
        with self._lock:
            now = self._clock()
            while self._times and self._times[0] <= now - 1.0:
                self._times.popleft()
            self._times.append(now)
            return len(self._times)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    answer: Callable[[Asked], Answer]
    stopped: threading.Event

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is a defect, and goes to the log instead of stderr."""
        if not isinstance(sys.exc_info()[1], OSError):
            _log.exception("could not answer")


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 around `SampleServer._answer`. Whatever a client sends, it gets an answer and never a traceback."""

    server: _Http
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = (
        True  # head and body go in two pieces: no waiting for the first to be acknowledged
    )
    server_version = "Sample"
    sys_version = ""
    timeout = 30  # seconds for which a silent connection is kept

    def do_GET(self) -> None:
        self._give(self._answer())

    do_POST = do_GET

    def _answer(self) -> Answer:
        try:
            asked = self._asked()
        except ValueError as error:
            self.close_connection = True  # what is left of the request cannot be told from the next one
            return as_text(f"Bad Request: {error}", 400)
        try:
            return self.server.answer(asked)
        except Exception:  # a defect of ours, told here and not to the client
            _log.exception("could not answer %s %s", asked.method, asked.path)
            return as_text("Internal Server Error", 500)

    def _asked(self) -> Asked:
        """The request, its form read. Raises ValueError for what is no request of these services."""
        length = self.headers.get("Content-Length") or "0"
        if not (length.isascii() and length.isdigit() and int(length) <= LARGEST_BODY):
            raise ValueError(f"Content-Length {length}")
        body = self.rfile.read(int(length))
        kind = self.headers.get_content_type() if body else ""
        if body and kind != "application/x-www-form-urlencoded":
            raise ValueError(f"a body of {kind}")
        parts = urlsplit(self.path)
        pairs = [
            pair
            for text in (parts.query, body.decode("ascii"))
            for pair in parse_qsl(text, keep_blank_values=True)
        ]
        return Asked(time.time(), self.command, parts.path, tuple(pairs), dict(self.headers))

    def _give(self, answer: Answer) -> None:
        if answer.delay:
            self.server.stopped.wait(answer.delay)
        if answer.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        self.send_response(answer.status)
        headers = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body) if answer.promised is None else answer.promised),
        } | answer.headers
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.promised is not None:
            self.close_connection = True  # what follows cannot be told from this body
        for part in _parts(answer.body) if answer.drip else (answer.body,):
            self.server.stopped.wait(answer.drip / DRIPS)
            self.wfile.write(part)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: `SampleServer.requests` has what came."""
