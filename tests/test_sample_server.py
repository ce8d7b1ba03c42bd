"""The sample server over real HTTP: both services, what came, what goes wrong on demand, and bad requests."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from crawler.config import is_loopback
from crawler.sample.catalogue_records import Catalogue
from crawler.sample.exchange import Answer, Asked
from crawler.sample.faults import KINDS, Fault, RandomFaults
from crawler.sample.server import SampleServer
from spiders.base import Assignment
from spiders.entrez import Eutilities
from spiders.entrez_answers import Found
from spiders.pace import Patience
from spiders.pubmed_xml import parse
from store.errors import BadAnswer, RateLimited, ServiceError, SourceError, Unreachable
from store.records import Record
from tests.sample_records import ARTICLES, OLD, REGISTRATIONS, STUDY, TRIAL, article

CATALOGUE = Catalogue(tuple(ARTICLES), tuple(REGISTRATIONS))
ESEARCH, EFETCH, STUDIES = "/entrez/eutils/esearch.fcgi", "/entrez/eutils/efetch.fcgi", "/api/v2/studies"


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with SampleServer(CATALOGUE) as running:
        yield running


class Reply:
    """An answer as it came over the wire."""

    def __init__(self, response: http.client.HTTPResponse):
        self.status, self.headers, self.body = response.status, response.headers, response.read()


def get(server: SampleServer, path: str, **params: Any) -> Reply:
    return send(server, "GET", f"{path}?{urlencode(params)}" if params else path)


def send(
    server: SampleServer, method: str, target: str, body: str | bytes | None = None, **headers: str
) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(
            method, target, body, {name.replace("_", "-"): value for name, value in headers.items()}
        )
        return Reply(connection.getresponse())
    finally:
        connection.close()


def pmids(reply: Reply) -> list[str]:
    return [str(each.text) for each in etree.fromstring(reply.body).iterfind("IdList/Id")]


# -- the services


def test_the_upstreams_are_on_this_machine_only(server: SampleServer) -> None:
    assert server.upstreams.keys() >= {"pubmed", "clinicaltrials", "isrctn", "feed"}
    assert all(is_loopback(url) and urlsplit(url).port == server.port for url in server.upstreams.values())
    paths = {name: urlsplit(url).path for name, url in server.upstreams.items()}
    assert (paths["pubmed"], paths["clinicaltrials"]) == ("/entrez/eutils", "/api/v2")
    assert (paths["isrctn"], paths["feed"]) == ("/isrctn/api", "/feeds")


def test_both_services_answer(server: SampleServer) -> None:
    found = get(server, ESEARCH, db="pubmed", term="ketamine", tool="t", email="a@example.org", api_key="k")
    assert (found.status, found.headers["Content-Type"], pmids(found)) == (
        200,
        "text/xml; charset=UTF-8",
        ["11", "333"],
    )
    study = get(server, f"{STUDIES}/{STUDY.nct}")
    assert (study.status, study.headers["Content-Type"]) == (200, "application/json")
    moved = get(server, f"{STUDIES}/NCT00000009")
    assert (moved.status, moved.headers["Location"]) == (301, f"{STUDIES}/{STUDY.nct}")


def test_a_posted_form_is_a_query(server: SampleServer) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    ids = ",".join(map(str, range(1, 2000)))
    posted = send(server, "POST", EFETCH, urlencode({"db": "pubmed", "id": ids, "retmode": "xml"}), **form)
    assert [record.pmid for record in parse(posted.body) if isinstance(record, Record)] == [
        "1",
        "11",
        "22",
        "333",
    ]
    assert pmids(send(server, "POST", f"{ESEARCH}?db=pubmed", urlencode({"term": "ketamine"}), **form)) == [
        "11",
        "333",
    ]


def test_our_own_client_reads_it(server: SampleServer) -> None:
    assignment = Assignment("", server.upstreams["pubmed"], "2026-11-23", interval=0)
    client = Eutilities(assignment)
    assert asyncio.run(client.search("ketamine[tiab]")) == Found(2, ("11", "333"))
    records = list(parse(asyncio.run(client.fetch(["11", "22"]))))
    assert [record.title for record in records if isinstance(record, Record)] == [
        "Efficacy of (R,S)-ketamine & midazolam: a randomised trial at p<0.05.", "Esketamine, a comment"
    ]  # fmt: skip


def test_one_connection_carries_many_requests(server: SampleServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for _ in range(3):
        connection.request("GET", f"{STUDIES}?pageSize=1")
        assert len(json.loads(connection.getresponse().read())["studies"]) == 1
    connection.close()


def test_what_came_is_kept() -> None:
    with SampleServer(CATALOGUE) as server:
        get(server, ESEARCH, db="pubmed", term="ketamine")
        get(server, "/entrez/eutils/elink.fcgi?id=1&id=2")
        assert [(asked.method, asked.path) for asked in server.requests] == [
            ("GET", ESEARCH),
            ("GET", "/entrez/eutils/elink.fcgi"),
        ]
        assert server.requests[0].params == {"db": "pubmed", "term": "ketamine"}
        assert (server.requests[1].params, server.requests[1].all("id")) == ({"id": "1,2"}, ["1", "2"])
        assert server.requests[0].time <= server.requests[1].time


def test_the_bundled_sample_is_what_is_served_by_default() -> None:
    with SampleServer() as server:
        assert server.catalogue.articles
        found = pmids(get(server, ESEARCH, term=f"{server.catalogue.articles[0].pmid}[uid]"))
        assert found == [server.catalogue.articles[0].pmid]


def test_after_the_end_nobody_answers() -> None:
    with SampleServer(CATALOGUE) as server:
        pass
    with pytest.raises(ConnectionRefusedError):
        get(server, ESEARCH)
    SampleServer(CATALOGUE).stop()  # never started


# -- a world that changes


def test_another_catalogue_takes_effect_at_once() -> None:
    with SampleServer(CATALOGUE) as server:
        server.catalogue = Catalogue((OLD, article("7", "Ketamine, new", entered="2026-01-01")))
        assert pmids(get(server, ESEARCH, term="ketamine")) == ["7", "333"]
        assert json.loads(get(server, STUDIES).body) == {"studies": []}


def test_time_goes_on() -> None:
    with SampleServer(CATALOGUE, today="2013-08-27") as server:
        assert pmids(get(server, ESEARCH, term="ketamine")) == ["333"]
        assert len(json.loads(get(server, STUDIES).body)["studies"]) == 1
        server.today = TRIAL.entered
        assert pmids(get(server, ESEARCH, term="ketamine")) == ["11", "333"]
        server.today = None
        assert len(json.loads(get(server, STUDIES).body)["studies"]) == 3


# -- too fast


def test_more_requests_than_allowed_are_told_so() -> None:
    now = [100.0]
    with SampleServer(CATALOGUE, rate_limit=3, clock=lambda: now[0]) as server:
        replies = [get(server, ESEARCH, term="ketamine") for _ in range(4)]
        assert [reply.status for reply in replies] == [200, 200, 200, 429]
        assert json.loads(replies[3].body) == {
            "error": "API rate limit exceeded", "api-key": "127.0.0.1", "count": "4", "limit": "3"
        }  # fmt: skip
        assert replies[3].headers["Retry-After"] == "1"
        assert get(server, STUDIES).status == 200  # the limit is that of the E-utilities
        now[0] += 1.0
        assert get(server, ESEARCH, term="ketamine").status == 200


# -- faults


def search(server: SampleServer) -> Found | SourceError:
    """What our own client makes of it, at the first try."""
    assignment = Assignment(
        "", server.upstreams["pubmed"], "2026-11-23", interval=0, patience=Patience(tries=1)
    )
    client = Eutilities(assignment, timeout=5)
    try:
        return asyncio.run(client.search("ketamine"))
    except SourceError as error:
        return error


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("cut", BadAnswer, "cut or ill-formed"),
        ("html", BadAnswer, "an HTML page instead of XML: Down for maintenance"),
        ("error200", ServiceError, "Search Backend failed: Database is not supported: pubmed"),
        ("429", RateLimited, "API rate limit exceeded"),
        ("500", ServiceError, "HTTP 500: WWW Error 500 Diagnostic"),
        ("empty", BadAnswer, "an empty answer"),
        ("reset", Unreachable, "no answer"),
    ],
)
def test_each_fault_is_what_our_client_knows_it_as(kind: Any, error: type[SourceError], words: str) -> None:
    with SampleServer(CATALOGUE, faults=Fault(kind, "esearch", nth=2)) as server:
        assert search(server) == Found(2, ("11", "333"))
        failed = search(server)
        assert type(failed) is error
        assert words in str(failed)
        assert search(server) == Found(2, ("11", "333"))


def test_a_cut_set_of_records_is_well_formed_http() -> None:
    with SampleServer(CATALOGUE, faults=Fault("cut", "efetch")) as server:
        cut = get(server, EFETCH, id="11,22,333", retmode="xml")
        whole = get(server, EFETCH, id="11,22,333", retmode="xml")
        assert cut.status == 200
        assert cut.body == whole.body[: len(whole.body) // 2]


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [("html", 200, b"<!DOCTYPE html>"), ("error200", 200, b"Service is temporarily unavailable"), ("429", 429, b"Too many requests"),
     ("500", 500, b"Internal Server Error"), ("empty", 200, b"")],
)  # fmt: skip
def test_the_registry_fails_in_plain_text(kind: Any, status: int, body: bytes) -> None:
    with SampleServer(CATALOGUE, faults=[Fault(kind, "/studies", seconds=7)]) as server:
        reply = get(server, STUDIES)
        assert reply.status == status
        assert reply.body.startswith(body)
        assert reply.headers["Retry-After"] == ("7" if kind == "429" else None)


def test_a_dropped_connection_is_a_reset() -> None:
    with SampleServer(CATALOGUE, faults=Fault("reset")) as server, pytest.raises(ConnectionResetError):
        get(server, STUDIES)


def test_a_slow_answer_is_late_and_good() -> None:
    with SampleServer(CATALOGUE, faults=Fault("slow", seconds=30)) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=0.05) as client:
            client.sendall(f"GET {STUDIES} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            with pytest.raises(TimeoutError):
                client.recv(1)
        assert get(server, STUDIES).status == 200
    with SampleServer(CATALOGUE, faults=Fault("slow", seconds=0.01)) as server:
        assert len(json.loads(get(server, STUDIES).body)["studies"]) == 3


def test_error_200_is_the_service_s_own_root_element() -> None:
    with SampleServer(CATALOGUE, faults=Fault("error200", times=None)) as server:
        roots = [
            etree.fromstring(get(server, f"/entrez/eutils/{name}.fcgi").body)
            for name in ("esearch", "efetch")
        ]
        assert [root.tag for root in roots] == ["eSearchResult", "eFetchResult"]
        assert {root.findtext("ERROR") for root in roots} == {
            "Search Backend failed: Database is not supported: pubmed"
        }
        in_json = json.loads(get(server, ESEARCH, retmode="json").body)
        assert in_json["esearchresult"]["ERROR"].startswith("Search Backend failed")


def test_faults_count_their_own_requests_and_last_as_long_as_they_say() -> None:
    faults = [
        Fault("500", "esearch", nth=2, times=2),
        Fault("empty", "/studies", times=None),
        Fault("429", "esearch", nth=3),
    ]
    with SampleServer(CATALOGUE, faults=faults) as server:
        assert [
            get(server, path, term="ketamine").status for path in [ESEARCH, ESEARCH, ESEARCH, ESEARCH]
        ] == [200, 500, 500, 200]
        assert [get(server, STUDIES).body for _ in range(3)] == [b""] * 3


def test_a_function_may_decide() -> None:
    def faults(asked: Asked, answer: Answer) -> Answer | None:
        return Answer(b"no", "text/plain", 503) if asked.params.get("pageSize") == "2" else None

    with SampleServer(CATALOGUE, faults=faults) as server:
        assert [get(server, STUDIES, pageSize=size).status for size in (1, 2, 3)] == [200, 503, 200]


def test_chance_is_the_same_for_the_same_seed() -> None:
    asked, good = Asked(0.0, "GET", ESEARCH, ()), Answer(b"good", "text/plain")

    def drawn(seed: int, share: float) -> list[Answer | None]:
        faults = RandomFaults(share, seed)
        return [faults(asked, good) for _ in range(300)]

    assert drawn(1, 0.3) == drawn(1, 0.3) != drawn(2, 0.3)
    assert 50 < sum(answer is not None for answer in drawn(1, 0.3)) < 130
    assert drawn(1, 0.0) == [None] * 300
    always = RandomFaults(1.0, 1, ("500", "cut"))
    assert None not in [always(asked, good) for _ in range(9)]
    assert {_kind(answer) for answer in drawn(1, 1.0) if answer} == {
        _kind(one) for one in _each_fault(asked, good)
    }


def _each_fault(asked: Asked, good: Answer) -> list[Answer]:
    spoilt = [RandomFaults(1.0, 0, [kind])(asked, good) for kind in KINDS]
    return [answer for answer in spoilt if answer]


def _kind(answer: Answer) -> tuple[int, bytes, bool]:
    return answer.status, answer.body, answer.reset


def test_a_fault_that_there_is_none_of() -> None:
    with pytest.raises(ValueError, match="unknown kind of fault: 'gone'"):
        Fault("gone")  # type: ignore[arg-type]


# -- bad requests


@pytest.mark.parametrize(
    "path",
    ["/", "/entrez/eutils/", "/entrez/eutils/egquery.fcgi", "/entrez/eutils/esearch", "/api/v1/studies", "/api/v2", "//x//",
     "/api/v2/stats/size"],
)  # fmt: skip
def test_unknown_paths_are_404(server: SampleServer, path: str) -> None:
    assert get(server, path).status == 404


@pytest.mark.parametrize(
    ("body", "headers", "said"),
    [(b"{}", {"Content_Type": "application/json"}, b"Bad Request: a body of application/json"),
     (b"a=b", {"Content_Length": "many"}, b"Bad Request: Content-Length many"),
     (b"a=b", {"Content_Length": "-1"}, b"Bad Request: Content-Length -1"),
     (b"a=b", {"Content_Length": "99999999999"}, b"Bad Request: Content-Length 99999999999"),
     ("é=ü".encode(), {"Content_Type": "application/x-www-form-urlencoded"}, b"Bad Request: 'ascii' codec")],
)  # fmt: skip
def test_what_is_no_request_is_400(
    server: SampleServer, body: bytes, headers: dict[str, str], said: bytes
) -> None:
    reply = send(server, "POST", ESEARCH, body, **headers)
    assert reply.status == 400
    assert reply.body.startswith(said)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.binary(max_size=60),
    st.sampled_from([ESEARCH, EFETCH, STUDIES, "/entrez/eutils/elink.fcgi", "/entrez/eutils/esummary.fcgi"]),
)
def test_whatever_is_sent_there_is_an_answer_and_no_traceback(
    server: SampleServer, junk: bytes, path: str
) -> None:
    for name in (b"term=", b"id=", b"query.term=", b"pageToken=", b"retmode=json&term=", b""):
        query = name + bytes(byte for byte in junk if byte > 32 and byte != 127)
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
            client.sendall(b"GET " + path.encode() + b"?" + query + b" HTTP/1.0\r\n\r\n")
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert answer.split(b"\r\n")[0].split()[1] in (b"200", b"400", b"404"), (query, answer)
        assert b"Traceback" not in answer


def test_a_defect_of_ours_is_told_in_the_log_and_not_to_the_client(caplog: pytest.LogCaptureFixture) -> None:
    def faults(asked: Asked, answer: Answer) -> Answer | None:
        raise ZeroDivisionError("a secret")

    with SampleServer(CATALOGUE, faults=faults) as server:
        reply = get(server, STUDIES)
    assert (reply.status, reply.body) == (500, b"Internal Server Error")
    assert "a secret" in caplog.text
