"""NCBI's E-utilities over HTTP: `Bio.Entrez` asks, and this module decides when, where, how often and how long.

Bio.Entrez (read at 1.88) builds the requests (GET, or POST above 1,000 characters of parameters or 200 ids) but
is not enough for a program that runs alone: its base URL is a literal in each function, it has no timeout, it
tries 429 and 5xx again without a pause, it blocks, and its pacing is per process and follows the wall clock. So:

- Its public functions are called as they are, with `tool`, `email` and `api_key` as arguments of each call, not
  as module globals. It sends through the name `Bio.Entrez.urlopen`; for the length of one call that name is ours
  and puts another base URL into the request, has a timeout, and follows no redirect. The other ways are worse: a
  global `urllib.request.install_opener` would change every other user of urllib in this process, and the private
  `_build_request` and `_open` would bind us to more of its inside. If the name goes away, nothing is sent.
- `max_tries` is 1 and the state of its own pacing is reset: `spiders.pace` keeps the pace, over all processes.
- One call at a time in this process (its state is global), in a thread, so that Scrapy's loop runs on.
- The key is in URLs and bodies: no exception of urllib leaves this module, and no cause holds the key.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import ipaddress
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from http.client import HTTPException, IncompleteRead
from typing import IO, Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote, quote_plus, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from Bio import Entrez

from spiders.base import Assignment
from spiders.entrez_answers import (
    Found,
    LinkSet,
    Trouble,
    check_records,
    excerpt,
    http_trouble,
    read_found,
    read_links,
)
from spiders.pace import Pace, quota, retry_after_seconds
from store.errors import BadAnswer, ConfigError, Unreachable

SOURCE = "pubmed"
#: PubMed lists no more than its first 9,999 hits, whatever is asked; without retmax it lists 20.
CAP = 9_999
#: Ids in one efetch, as NCBI recommends for a request (E-utilities manual, chapter 2).
BATCH = 200

LONGEST_WAITING = 600.0  # seconds of waiting between tries in one run, over all its requests
TIMEOUT = 60.0  # seconds of silence
LONGEST_ANSWER = 600.0  # seconds from the request to the end of its answer
LARGEST_ANSWER = 128 * 2**20  # bytes; 200 records are 2 to 3 MB

_NCBI = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
_one_call_at_a_time = threading.Lock()
_log = logging.getLogger(__name__)
T = TypeVar("T")


class Eutilities:
    """esearch, efetch and elink of PubMed, each answer checked.

    Of the `assignment` it uses base_url (https, or http for loopback), email and tool (NCBI wants both), api_key
    and interval. `pace` defaults to that of the quota it draws on. `timeout` is seconds of silence. `sleep` waits
    between tries, `now` is seconds since 1970. Raises ConfigError, before any request, for a base URL or a
    contact that will not do.
    """

    def __init__(
        self,
        assignment: Assignment,
        *,
        pace: Pace | None = None,
        timeout: float = TIMEOUT,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.time,
    ):
        base, email, tool, key = assignment.base_url, assignment.email, assignment.tool, assignment.api_key
        loopback = _is_loopback(base)
        if not loopback and not email:
            raise ConfigError(f"{SOURCE}: NCBI asks for a contact e-mail address with every request")
        self._base = base.rstrip("/") + "/"
        self._who = {"tool": tool, "email": email, "api_key": key}
        self._secrets = {key, quote(key), quote_plus(key)} if key else set()
        self._pace = pace or Pace(quota(base, key), assignment.interval)
        self._timeout = timeout
        self._sleep = sleep
        self._now = now
        self._patience = assignment.patience
        self._waiting_left = LONGEST_WAITING
        # a proxy of the environment is meant for the internet, not for this machine
        self._opener = build_opener(_NoRedirect, *([ProxyHandler({})] if loopback else []))
        self._opener.addheaders = [("User-Agent", quote(tool))]

    async def search(self, term: str, retmax: int = CAP) -> Found:
        """The PMIDs that PubMed finds for `term`. Raises SourceError."""
        return await self._ask("esearch", read_found, term=term, retmax=retmax, retmode="xml")

    async def fetch(self, pmids: Sequence[str]) -> bytes:
        """The records of these PMIDs as PubmedArticleSet XML, which may be cut. Raises SourceError."""
        return await self._ask("efetch", check_records, id=list(pmids), retmode="xml", rettype="abstract")

    async def link(self, pmids: Sequence[str], linkname: str) -> list[LinkSet]:
        """What elink links to each of these PMIDs, within PubMed, by a kind of link. Raises SourceError."""
        return await self._ask(
            "elink",
            read_links,
            id=list(pmids),
            dbfrom=SOURCE,
            linkname=linkname,
            cmd="neighbor",
            retmode="xml",
        )

    async def _ask(self, utility: str, read: Callable[[bytes], T], **parameters: Any) -> T:
        for tried in range(1, self._patience.tries + 1):
            try:
                return self._read(read, await asyncio.to_thread(self._exchange, utility, parameters))
            except Trouble as caught:
                trouble = caught
            wait = max(self._patience.wait(tried), trouble.after or 0.0)
            if not trouble.passing or tried == self._patience.tries or wait > self._waiting_left:
                break
            self._waiting_left -= wait
            _log.info("pubmed: %s: %s; again in %.0f s", utility, trouble.cause, wait)
            await self._sleep(wait)
        times = f" ({tried} tries)" if tried > 1 else ""
        raise trouble.kind(SOURCE, f"{utility}: {trouble.cause}{times}")

    def _read(self, read: Callable[[bytes], T], body: bytes) -> T:
        with contextlib.suppress(Trouble):
            return read(body)
        return read(self._without_secrets(body))  # the same Trouble, in words that may be logged

    def _exchange(self, utility: str, parameters: dict[str, Any]) -> bytes:
        """One request and its answer, in a thread. Raises Trouble, outside of any handler: see the head."""
        with _one_call_at_a_time:
            self._pace.wait()
            try:
                with _sending_through(self._send):
                    handle = getattr(Entrez, utility)(db="pubmed", **parameters, **self._who)
                with contextlib.closing(handle):
                    return _body(handle)
            except HTTPError as error:
                trouble = self._refusal(error)
            except (OSError, HTTPException) as error:
                said = self._without_secrets(_in_words(error).encode())
                trouble = Trouble(Unreachable, f"no answer: {excerpt(said)}", passing=True)
        raise trouble

    def _send(self, request: Request) -> IO[bytes]:
        """Stands in for `urllib.request.urlopen` while Bio.Entrez makes a call."""
        url = request.full_url
        if not url.startswith(_NCBI):
            raise URLError("Bio.Entrez asked for another address than that of the E-utilities")
        request.full_url = self._base + url[len(_NCBI) :]
        answer: IO[bytes] = self._opener.open(request, timeout=self._timeout)
        return answer

    def _refusal(self, error: HTTPError) -> Trouble:
        with contextlib.closing(error):
            if 300 <= error.code < 400:
                place = error.headers.get("Location", "nowhere").partition("?")[0].encode("utf-8", "replace")
                cause = f"HTTP {error.code}: redirects to {excerpt(self._without_secrets(place))}"
                return Trouble(BadAnswer, cause, passing=False)
            try:
                body = self._without_secrets(error.read(4096))
            except (OSError, HTTPException):
                body = b""  # the status alone says enough
            after = retry_after_seconds(error.headers.get("Retry-After"), self._now())
            return http_trouble(error.code, body, after, self._patience.longest_wait)

    def _without_secrets(self, text: bytes) -> bytes:
        """A service that echoes the key must not get it into a log; before anything is cut to an excerpt."""
        for secret in self._secrets:
            text = text.replace(secret.encode(), b"***")
        return text


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would carry the key to another host, or turn a POST into a GET without its ids."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@contextlib.contextmanager
def _sending_through(send: Callable[[Request], IO[bytes]]) -> Iterator[None]:
    entrez: Any = Entrez  # what we change is no public name
    kept = entrez.urlopen, entrez.max_tries  # an AttributeError here stops us before anything is sent
    entrez.urlopen, entrez.max_tries = send, 1
    entrez._open.previous = 0.0  # its last request was long ago: no second pause after ours
    try:
        yield
    finally:
        entrez.urlopen, entrez.max_tries = kept


def _body(handle: Any) -> bytes:
    """All of the answer, or what came before a cut: the reader of the XML says what is missing."""
    raw = handle.buffer if isinstance(handle, io.TextIOWrapper) else handle  # text/plain comes wrapped
    body = bytearray()
    deadline = time.monotonic() + LONGEST_ANSWER
    with contextlib.suppress(IncompleteRead):
        while chunk := raw.read1(2**16):
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise Trouble(BadAnswer, f"an answer of more than {LARGEST_ANSWER:,} bytes", passing=False)
            if time.monotonic() > deadline:
                raise Trouble(
                    Unreachable, f"an answer that does not end in {LONGEST_ANSWER:.0f} s", passing=True
                )
    return bytes(body)


def _in_words(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return "timed out"
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__


def _is_loopback(base_url: str) -> bool:
    """Whether the service is on this very machine. Raises ConfigError for what is no address of a service."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not host or parts.scheme not in ("https", "http") or parts.username or parts.query or parts.fragment:
        raise ConfigError(f"{SOURCE}: no base URL of the E-utilities: {base_url!r}")
    if parts.scheme == "http" and not loopback:
        raise ConfigError(f"{SOURCE}: plain http is for this machine only: {base_url!r}")
    return loopback
