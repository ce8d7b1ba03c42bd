"""The E-utilities transport: the real Bio.Entrez over real HTTP on loopback, with every answer NCBI is known to give."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import vcr
from Bio import Entrez
from hypothesis import given
from hypothesis import strategies as st

from spiders import entrez
from spiders.base import Assignment
from spiders.entrez import Eutilities
from spiders.entrez_answers import Found, Trouble, check_records, excerpt, read_found
from spiders.pace import Pace, Patience
from store.errors import BadAnswer, ConfigError, RateLimited, ServiceError, SourceError, Unreachable
from tests.loopback import Answer, Asked, Loopback, loopback

KEY = "0123456789abcdef0123456789abcdef0123"
NOTHING = b"<eSearchResult><Count>0</Count><RetMax>0</RetMax><RetStart>0</RetStart><IdList/></eSearchResult>"
RECORDS = b"""<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN"
 "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">
<PubmedArticleSet><PubmedArticle/></PubmedArticleSet>"""
BACKEND = (
    b"<eSearchResult><ERROR>Search Backend failed: Database is not supported: pubmed</ERROR></eSearchResult>"
)
HTML = b"<!DOCTYPE html>\n<html><head><title>Error 500\n Down</title></head><body>Maintenance</body></html>"


def found(count: int, *pmids: str, more: str = "") -> bytes:
    listed = "".join(f"<Id>{pmid}</Id>" for pmid in pmids)
    return f"<eSearchResult><Count>{count}</Count><IdList>{listed}</IdList>{more}</eSearchResult>".encode()


class Waits:
    """Sleeps of no length that are remembered."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def ask(
    answers: Iterable[Answer] | Callable[[Asked], Answer],
    act: Callable[[Eutilities], Any] = lambda eutils: eutils.search("ketamine"),
    *,
    waits: Waits | None = None,
    **changes: Any,
) -> tuple[Any, Loopback]:
    """Let `act` use a client against a server that gives these answers; (its result or SourceError, the server)."""
    script = iter(answers) if not callable(answers) else None
    with loopback(lambda asked: next(script) if script else answers(asked)) as server:  # type: ignore[operator]
        timeout = changes.pop("timeout", 10.0)
        assignment = Assignment("", server.url, "2026-11-23", interval=0, **changes)
        eutils = Eutilities(assignment, timeout=timeout, sleep=waits or Waits(), now=lambda: 1445412420.0)
        try:
            return asyncio.run(act(eutils)), server
        except SourceError as error:
            return error, server


# -- what is sent


def test_a_search_goes_to_the_assigned_base_url_with_all_that_ncbi_wants() -> None:
    result, server = ask(
        [Answer(found(2, "11", "7"))], email="reader@example.org", tool="watch-test", api_key=KEY
    )
    assert result == Found(2, ("11", "7"))
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("GET", "/entrez/eutils/esearch.fcgi")
    assert asked.params == {
        "db": "pubmed",
        "term": "ketamine",
        "retmax": "9999",  # without it PubMed lists 20
        "retmode": "xml",
        "tool": "watch-test",
        "email": "reader@example.org",
        "api_key": KEY,
    }
    assert asked.headers["User-Agent"] == "watch-test"


def test_a_fetch_names_its_format_and_no_key_where_there_is_none() -> None:
    result, server = ask([Answer(RECORDS)], lambda eutils: eutils.fetch(["11", "7"]))
    assert result == RECORDS
    assert server.asked[0].params == {
        "db": "pubmed",
        "id": "11,7",
        "retmode": "xml",
        "rettype": "abstract",
        "tool": "ketamine-watch",
        "email": "",
    }


@pytest.mark.parametrize("count", [1, 200])
def test_long_lists_are_posted_where_a_url_would_be_refused(count: int) -> None:
    """A server that answers 414 to long URLs gets none: Bio.Entrez posts above 1,000 characters."""

    def answer(asked: Asked) -> Answer:
        too_long = asked.method == "GET" and len(asked.params["id"]) > 1000
        return Answer(b"<html>Request-URI Too Long</html>", 414) if too_long else Answer(RECORDS)

    pmids = [str(39_000_000 + n) for n in range(count)]
    result, server = ask(answer, lambda eutils: eutils.fetch(pmids))
    assert result == RECORDS
    assert server.asked[0].method == ("GET" if count == 1 else "POST")
    assert server.asked[0].params["id"].split(",") == pmids


def test_a_414_is_told_and_not_tried_again() -> None:
    error, server = ask([Answer(HTML, 414)])
    assert type(error) is ServiceError
    assert str(error) == "pubmed: esearch: HTTP 414: Error 500 Down"
    assert len(server.asked) == 1


def test_bio_entrez_is_left_as_it_was_found() -> None:
    before = Entrez.urlopen, Entrez.max_tries, Entrez.email, Entrez.tool, Entrez.api_key
    ask([Answer(NOTHING)], email="reader@example.org", api_key=KEY)
    ask([Answer(b"", 400)], email="reader@example.org", api_key=KEY)
    assert before == (Entrez.urlopen, Entrez.max_tries, Entrez.email, Entrez.tool, Entrez.api_key)


def test_nothing_is_sent_if_bio_entrez_no_longer_sends_as_we_know_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Entrez, "urlopen")
    with pytest.raises(AttributeError):
        ask([Answer(NOTHING)])


def test_another_address_than_the_known_one_is_not_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrez, "_NCBI", "https://eutils.example/")
    error, server = ask([])
    assert type(error) is Unreachable
    assert "another address" in str(error)
    assert server.asked == []


# -- when it is sent


def test_our_pace_is_kept_and_that_of_bio_entrez_adds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Entrez.time, "sleep", lambda seconds: pytest.fail(f"Bio.Entrez slept {seconds} s"))
    now, turns = [0.0], []
    pace = Pace(
        "host-test",
        0.34,
        folder=tmp_path,
        clock=lambda: now[0],
        sleep=lambda s: now.__setitem__(0, now[0] + s),
    )

    def answer(asked: Asked) -> Answer:
        turns.append(now[0])
        return Answer(BACKEND) if len(turns) == 2 else Answer(NOTHING)

    async def search_thrice(eutils: Eutilities) -> None:
        eutils._pace = pace
        await asyncio.gather(*(eutils.search("ketamine") for _ in range(3)))

    ask(answer, search_thrice)
    assert turns == pytest.approx([0.0, 0.34, 0.68, 1.02])  # three searches and one second try


def test_a_wall_clock_that_went_back_does_not_stop_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Entrez._open, "previous", 1e12)  # as if the last request were in the year 33658
    assert ask([Answer(NOTHING)])[0] == Found(0, ())


def test_one_call_at_a_time_even_for_two_clients() -> None:
    under_way, most, lock = [0], [0], threading.Lock()

    def answer(asked: Asked) -> Answer:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        answered.wait(0.02)
        with lock:
            under_way[0] -= 1
        return Answer(NOTHING)

    answered = threading.Event()

    async def both(eutils: Eutilities) -> None:
        other = Eutilities(Assignment("", eutils._base, "2026-11-23", interval=0))
        await asyncio.gather(*(client.search("a") for client in (eutils, other) for _ in range(2)))

    _, server = ask(answer, both)
    assert len(server.asked) == 4
    assert most == [1]


def test_the_event_loop_runs_while_an_answer_is_awaited() -> None:
    """The server answers only after the loop has done something else: a blocked loop would time out."""
    asked_for, loop_ran = threading.Event(), threading.Event()

    def answer(asked: Asked) -> Answer:
        asked_for.set()
        return Answer(NOTHING if loop_ran.wait(5) else b"", 200)

    async def search_and_work(eutils: Eutilities) -> Found:
        search = asyncio.ensure_future(eutils.search("ketamine"))
        await asyncio.to_thread(asked_for.wait, 5)
        loop_ran.set()
        return await search

    assert ask(answer, search_and_work)[0] == Found(0, ())


# -- trying again


def test_passing_trouble_is_tried_again_with_longer_and_longer_waits() -> None:
    waits = Waits()
    answers = [
        Answer(HTML, 502, content_type="text/html"),
        Answer(BACKEND),
        Answer(b""),
        Answer(found(1, "5")),
    ]
    result, server = ask(answers, waits=waits)
    assert (result, len(server.asked)) == (Found(1, ("5",)), 4)
    assert waits.seconds == [1.0, 4.0, 16.0]


@pytest.mark.parametrize(
    ("asked_for", "waited"),
    [("30", 30.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 60.0), ("0", 1.0), ("nonsense", 1.0)],
)
def test_retry_after_is_waited_for(asked_for: str, waited: float) -> None:
    waits = Waits()
    refusal = Answer(b'{"error":"API rate limit exceeded","count":"11"}', 429, {"Retry-After": asked_for})
    result, _ = ask([refusal, Answer(NOTHING)], waits=waits)
    assert result == Found(0, ())
    assert waits.seconds == [waited]


@pytest.mark.parametrize("status", [429, 503])
def test_a_service_that_asks_for_an_hour_ends_the_run(status: int) -> None:
    waits = Waits()
    error, server = ask([Answer(b"later", status, {"Retry-After": "3600"})], waits=waits)
    assert type(error) is RateLimited
    assert "3600 s" in str(error)
    assert (len(server.asked), waits.seconds) == (1, [])


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (Answer(b'{"error":"API rate limit exceeded"}', 429), RateLimited, "HTTP 429: API rate limit exceeded"),
        (Answer(HTML, 500, content_type="text/html"), ServiceError, "HTTP 500: Error 500 Down"),
        (Answer(b"Unable to route request!\n\nservice name: /x", 400, content_type="text/plain"), ServiceError,
         "HTTP 400: Unable to route request!"),
        (Answer(BACKEND), ServiceError, "Search Backend failed: Database is not supported: pubmed"),
        (Answer(HTML, content_type="text/html"), BadAnswer, "an HTML page instead of XML: Error 500 Down"),
        (Answer(b" \n"), BadAnswer, "an empty answer"),
    ],
)  # fmt: skip
def test_tries_are_bounded_and_the_last_trouble_is_named(
    answer: Answer, kind: type[SourceError], said: str
) -> None:
    waits = Waits()
    error, server = ask(lambda asked: answer, waits=waits)
    assert type(error) is kind
    assert said in str(error)
    assert str(error).endswith("(4 tries)")
    assert len(server.asked) == 4
    assert sum(waits.seconds) == 21.0


def test_the_waits_of_a_whole_run_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrez, "LONGEST_WAITING", 30.0)
    waits = Waits()

    async def search_often(eutils: Eutilities) -> list[Any]:
        return [await asyncio.gather(eutils.search("a"), return_exceptions=True) for _ in range(5)]

    results, server = ask(lambda asked: Answer(b"", 500), search_often, waits=waits)
    assert all(isinstance(error, ServiceError) for (error,) in results)
    assert sum(waits.seconds) <= 30.0
    assert len(server.asked) < 5 * 4


# -- no answer, or half of one


def test_a_refused_connection_is_unreachable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/eutils"
    waits = Waits()
    eutils = Eutilities(Assignment("", url, "2026-11-23", interval=0, api_key=KEY), sleep=waits)
    with pytest.raises(Unreachable, match=r"pubmed: esearch: no answer: .*refused.*\(4 tries\)"):
        asyncio.run(eutils.search("ketamine"))
    assert len(waits.seconds) == 3


def test_a_silent_server_times_out() -> None:
    silence = threading.Event()

    def answer(asked: Asked) -> Answer:
        silence.wait(2)
        return Answer(NOTHING)

    async def search(eutils: Eutilities) -> Found:
        try:
            return await eutils.search("ketamine")
        finally:
            silence.set()

    error, _ = ask(answer, search, timeout=0.02)
    assert type(error) is Unreachable
    assert "timed out" in str(error)


def test_a_reset_connection_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            for _ in range(Patience().tries):
                connection, _ = server.accept()
                connection.recv(65536)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/eutils"
        eutils = Eutilities(Assignment("", url, "2026-11-23", interval=0), sleep=Waits())
        with pytest.raises(Unreachable, match="no answer"):
            asyncio.run(eutils.search("ketamine"))
        thread.join()


@pytest.mark.parametrize("promised", [len(NOTHING), None])
def test_a_cut_search_is_tried_again_then_a_bad_answer(promised: int | None) -> None:
    cut = Answer(NOTHING[:40], promised=promised)
    assert ask([cut, Answer(NOTHING)])[0] == Found(0, ())
    error, _ = ask(lambda asked: cut)
    assert type(error) is BadAnswer
    assert "cut or ill-formed" in str(error)


def test_of_a_cut_fetch_what_came_is_handed_on() -> None:
    """Its first records are good; the parser names the cut and the spider asks for the rest."""
    body = RECORDS[:-15]
    assert ask([Answer(body, promised=len(RECORDS))], lambda eutils: eutils.fetch(["5"]))[0] == body
    chunked = Answer(
        b"%x\r\n%s\r\n400\r\nhalf" % (len(body), body),
        headers={"Transfer-Encoding": "chunked"},
        promised=None,
    )
    result, _ = ask([chunked], lambda eutils: eutils.fetch(["5"]))
    assert isinstance(result, bytes)
    assert result.startswith(body)


def test_an_endless_answer_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrez, "LARGEST_ANSWER", 1000)
    error, _ = ask([Answer(RECORDS + b" " * 1000)], lambda eutils: eutils.fetch(["5"]))
    assert type(error) is BadAnswer
    assert "more than 1,000 bytes" in str(error)
    monkeypatch.setattr(entrez, "LONGEST_ANSWER", -1.0)
    error, _ = ask(lambda asked: Answer(NOTHING))
    assert type(error) is Unreachable
    assert "does not end" in str(error)


def test_a_redirect_is_named_and_not_followed() -> None:
    with loopback(lambda asked: Answer(NOTHING)) as elsewhere:
        error, server = ask([Answer(b"", 302, {"Location": elsewhere.url})], api_key=KEY)
    assert type(error) is BadAnswer
    assert "HTTP 302: redirects to http://127.0.0.1:" in str(error)
    assert (len(server.asked), elsewhere.asked) == (1, [])


# -- the key


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b'{"error":"API key invalid","api-key":"%s"}' % KEY.encode(), 400),
        Answer(b'{"error":"API key %s is not valid"}' % KEY.encode(), 429),
        Answer(b"<eSearchResult><ERROR>cannot use %s</ERROR></eSearchResult>" % KEY.encode()),
        Answer(b"<html><title>" + b"/" * 180 + b"api_key=%s</title></html>" % KEY.encode(), 500),
        Answer(b"error: " + b"/" * 170 + b"api_key=%s" % KEY.encode()),
        Answer(b"", 302, {"Location": f"https://{KEY}.example/?api_key={KEY}"}),
        Answer(b"", 404),
    ],
)
def test_the_key_is_in_no_log_error_or_repr(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    kept: list[Eutilities] = []

    async def search(eutils: Eutilities) -> Found:
        kept.append(eutils)
        return await eutils.search("ketamine")

    error, server = ask(lambda asked: answer, search, api_key=KEY)
    assert server.asked[0].params["api_key"] == KEY
    assert isinstance(error, SourceError)
    for shown in (str(error), repr(error), repr(vars(error)), repr(kept[0]), caplog.text):
        assert KEY[:8] not in shown
    assert error.__context__ is None  # no urllib error, which holds the URL, hangs on to it
    assert error.__cause__ is None


def test_a_key_in_the_words_of_urllib_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Eutilities, request: Any) -> Any:
        raise OSError(f"cannot open {request.full_url}")

    monkeypatch.setattr(Eutilities, "_send", refuse)
    error, _ = ask([], api_key=KEY)
    assert "api_key=***" in str(error)


# -- cassettes


def test_vcrpy_records_and_replays_these_calls_without_the_key(tmp_path: Path) -> None:
    tape = vcr.VCR(
        filter_query_parameters=["api_key", "email"], filter_post_data_parameters=["api_key", "email"]
    ).use_cassette(str(tmp_path / "tape.yaml"))

    async def search_and_fetch(eutils: Eutilities) -> tuple[Found, bytes]:
        return await eutils.search("ketamine"), await eutils.fetch(
            [str(n) for n in range(10**7, 10**7 + 200)]
        )

    with loopback(lambda asked: Answer(RECORDS if asked.utility == "efetch" else found(1, "5"))) as server:
        eutils = Eutilities(Assignment("", server.url, "2026-11-23", interval=0, api_key=KEY))
        with tape:
            recorded = asyncio.run(search_and_fetch(eutils))
        with tape:
            assert asyncio.run(search_and_fetch(eutils)) == recorded
        assert len(server.asked) == 2
    assert KEY not in (tmp_path / "tape.yaml").read_text()


# -- the configuration


@pytest.mark.parametrize(
    "url",
    ["http://eutils.ncbi.nlm.nih.gov/entrez/eutils", "ftp://127.0.0.1/x", "", "/entrez", "https://u:p@host/x",
     "https://host/x?api_key=1", "http://10.0.0.1/x"],
)  # fmt: skip
def test_a_base_url_that_will_not_do_is_refused_before_any_request(url: str) -> None:
    with pytest.raises(ConfigError):
        Eutilities(Assignment("", url, "2026-11-23", email="reader@example.org", interval=0))


def test_ncbi_is_not_asked_without_a_contact() -> None:
    with pytest.raises(ConfigError, match="e-mail"):
        Eutilities(Assignment("", "https://eutils.ncbi.nlm.nih.gov/entrez/eutils", "2026-11-23", interval=0))


@pytest.mark.parametrize("url", ["http://localhost:1/x", "http://[::1]:1/x", "http://127.0.0.2/x/"])
def test_plain_http_is_for_loopback(url: str) -> None:
    Eutilities(Assignment("", url, "2026-11-23", interval=0))


def test_a_proxy_of_the_environment_is_not_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert ask([Answer(NOTHING)])[0] == Found(0, ())


# -- what answers mean


def test_warnings_are_kept_and_an_empty_result_is_none_of_them() -> None:
    more = (
        "<ErrorList><PhraseNotFound>ketamin</PhraseNotFound></ErrorList><WarningList>"
        '<PhraseIgnored>the</PhraseIgnored><QuotedPhraseNotFound>"mood of mice"</QuotedPhraseNotFound>'
        "<OutputMessage>No items found.</OutputMessage><OutputMessage>Odd query</OutputMessage></WarningList>"
    )
    assert read_found(found(0, more=more)).warnings == (
        "phrase not found: ketamin",
        "phrase ignored: the",
        'quoted phrase not found, its words are searched one by one: "mood of mice"',
        "says: Odd query",
    )


def test_an_unknown_field_is_no_mere_warning() -> None:
    with pytest.raises(Trouble, match="search field crdtt") as caught:
        read_found(
            found(3, "1", "2", "3", more="<ErrorList><FieldNotFound>crdtt</FieldNotFound></ErrorList>")
        )
    assert caught.value.kind is ServiceError


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"esearchresult":{"ERROR":"Search Backend failed: read failed"}}', ServiceError),
        (b'{"esearchresult":{"ERROR":"Search Backend\nfailed: a raw line break"}}', ServiceError),
        (b'{"error":"API rate limit exceeded","count":"4"}', RateLimited),
        (b'{"header":{},"esearchresult":{"count":"0","errorlist":{}}}', BadAnswer),
        (b'{"a":' * 100_000, BadAnswer),
        (b"Search Backend failed: Exception: Position 9999 is out of acceptable range", ServiceError),
        (b"ID list is empty! Possibly it has no correct IDs.", ServiceError),
        (b"PMID- 12345678\nOWN - NLM\n", BadAnswer),
        (b"\x89PNG\r\n\x1a\n\x00\x00", BadAnswer),
        (b"<eFetchResult><ERROR>Empty id list</ERROR></eFetchResult>", ServiceError),
        (b"<ERROR>Unable to obtain query #1</ERROR>", ServiceError),
        (b"<pmc-articleset/>", BadAnswer),
        (b"<?xml version='1.0'?>\n<!DOCTYPE html>\n<html/>", BadAnswer),
        (b"<eSearchResult><IdList/></eSearchResult>", BadAnswer),
        (b"<eSearchResult><Count>many</Count></eSearchResult>", BadAnswer),
        (b"<eSearchResult><Count>1</Count><IdList><Id>PMC1</Id></IdList></eSearchResult>", BadAnswer),
        (b"<", BadAnswer),
        (b"\xef\xbb\xbf", BadAnswer),
    ],
)  # fmt: skip
def test_errors_under_http_200(body: bytes, kind: type[SourceError]) -> None:
    for read in (read_found, check_records):
        with pytest.raises(Trouble) as caught:
            read(body)  # type: ignore[operator]
        assert caught.value.kind is (BadAnswer if read is check_records and b"<Count>" in body else kind)


def test_a_document_type_loads_nothing_and_a_bomb_does_not_go_off(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("12345")
    outside = f'<!DOCTYPE e [<!ENTITY s SYSTEM "{secret.as_uri()}">]><eSearchResult><Count>&s;</Count></eSearchResult>'
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE e [<!ENTITY l0 "ha">{laughs}]><eSearchResult><Count>&l11;</Count></eSearchResult>'
    for hostile in (outside, bomb):
        with pytest.raises(Trouble):
            read_found(hostile.encode())


@given(st.binary(max_size=300) | st.builds(lambda tail: b"<eSearchResult>" + tail, st.binary(max_size=200)))
def test_no_bytes_are_taken_for_an_empty_result(body: bytes) -> None:
    with pytest.raises(Trouble) as caught:
        read_found(body)
    assert caught.value.cause.isprintable()


@given(st.text(max_size=500))
def test_an_excerpt_is_one_short_printable_line(text: str) -> None:
    assert len(excerpt(text)) <= 200
    assert excerpt(text).isprintable()
    assert excerpt(text.encode("utf-8", "replace")).isprintable()


# -- real answers of the service


def test_real_error_bodies_are_errors(shared: Path) -> None:
    errors = shared / "corpus/wire/errors"
    kinds = {
        "http200_esearch_notfound.json": BadAnswer,  # no error at all, but not the XML that was asked for
        "http400_efetch_out_of_range.xml": ServiceError,
        "http429_rate_limit.json": RateLimited,
        "linkerd_unable_to_route.txt": ServiceError,
    }
    assert sorted(kinds) == sorted(path.name for path in errors.iterdir())
    for name, kind in kinds.items():
        for read in (read_found, check_records):
            with pytest.raises(Trouble) as caught:
                read((errors / name).read_bytes())  # type: ignore[operator]
            assert caught.value.kind is kind, name


def test_real_searches_are_read(shared: Path) -> None:
    wire = shared / "corpus/wire/eutils"
    searches = [path for path in wire.iterdir() if b"<eSearchResult>" in path.read_bytes()[:400]]
    assert len(searches) >= 10
    for path in searches:
        body = path.read_bytes()
        assert read_found(body).count == int(body.partition(b"<Count>")[2].partition(b"<")[0]), path.name
        assert len(read_found(body).pmids) == body.count(b"<Id>"), path.name
    nothing = read_found((wire / "biopython__esearch8.xml").read_bytes())
    assert nothing == Found(0, (), ("phrase not found: abcXYZ",))


def test_real_records_are_passed_on(shared: Path) -> None:
    for path in (shared / "corpus/pubmed_xml").glob("metapub*.xml"):
        body = path.read_bytes()
        assert check_records(body) == body
