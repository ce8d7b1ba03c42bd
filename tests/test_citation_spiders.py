"""The sources of citations over real HTTP: paging, turns, pauses, and every way in which a service may fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.loopback import Answer, Asked, Loopback, loopback
from tests.run_spider import Outcome, run_spider

ONE, TWO = (
    {"id": "pubmed:1", "names": ["doi:10.5555/one"], "asked_before": False},
    {"id": "pubmed:2", "asked_before": True},
)
COMMON = {"query": "", "today": "2026-11-23", "email": "a@example.org", "interval": 0.0, "works": [ONE, TWO]}
Service = Callable[[Asked], Answer]


def as_json(value: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(
        json.dumps(value).encode(),
        status,
        {key.replace("_", "-"): one for key, one in headers.items()},
        "application/json",
    )


# -- services that behave


def europepmc(asked: Asked) -> Answer:
    """Work 1 has five citing works, hitCount says six; work 2 has nothing, and no lists."""
    _, _, _, _, pmid, what = asked.path.split("/")
    page, size = int(asked.params["page"]), int(asked.params["pageSize"])
    if pmid != "1":
        return as_json({"hitCount": 0})
    entries = [{"id": str(number), "source": "MED"} for number in range(11, 16)][
        (page - 1) * size : page * size
    ]
    outer, inner = ("citationList", "citation") if what == "citations" else ("referenceList", "reference")
    return as_json({"hitCount": 6, "request": {}, outer: {inner: entries}})


def openalex_work(number: int, cites: tuple[int, ...] = ()) -> dict[str, Any]:
    ids = {"pmid": f"https://pubmed.ncbi.nlm.nih.gov/{number}"}
    return {"id": f"https://openalex.org/W{number}", "ids": ids, "display_name": f"Work {number}", "cited_by_count": 3,
            "referenced_works": [f"https://openalex.org/W{one}" for one in cites]}  # fmt: skip


def openalex(asked: Asked) -> Answer:
    """Work 1 is cited by 11, 12 and 13, which cite 77 too, and cites 20; work 2 is not there."""
    if asked.path.endswith("/works"):
        kind, _, value = asked.params["filter"].partition(":")
        if kind == "ids.openalex":
            return as_json(
                {
                    "meta": {},
                    "results": [openalex_work(int(one[1:])) for one in value.split("|") if one != "W78"],
                }
            )
        size, cursor = int(asked.params["per-page"]), asked.params.get("cursor")
        start = (0 if cursor == "*" else int(cursor)) if cursor else (int(asked.params["page"]) - 1) * size
        page = [openalex_work(one, (1, 77)) for one in (11, 12, 13)][start : start + size]
        return as_json(
            {
                "meta": {"count": 3, "next_cursor": str(start + size) if page and cursor else None},
                "results": page,
            }
        )
    return (
        as_json(openalex_work(1, (20,)))
        if asked.path.endswith("pmid:1")
        else Answer(b"<html>404</html>", 404)
    )


def icite(asked: Asked) -> Answer:
    data = [
        {"pmid": 1, "citation_count": 7, "relative_citation_ratio": 1.5},
        {"pmid": 9, "citation_count": 7},
    ]
    return as_json({"data": data})


def scholar(asked: Asked) -> Answer:
    """Work 1 has five citing works; its references are withheld; work 2 is not there."""
    if "PMID:2" in asked.path:
        return as_json({"error": "Paper with id PMID:2 not found"}, 404)
    if asked.path.endswith("/references"):
        return as_json({"offset": 0, "data": None})
    offset, limit = int(asked.params["offset"]), int(asked.params["limit"])
    data = [
        {"citingPaper": {"paperId": f"p{one}", "externalIds": {"PubMed": str(one)}}} for one in range(11, 16)
    ]
    return as_json(
        {"offset": offset, "data": data[offset : offset + limit]}
        | ({"next": offset + limit} if offset + limit < 5 else {})
    )


def elink(asked: Asked) -> Answer:
    """Work 1 is cited by 11 and cites 20. Only the first id of a request reaches `params`; the second has a set too."""
    linked = "11" if asked.params["linkname"].endswith("citedin") else "20"
    links = f"<LinkSetDb><DbTo>pubmed</DbTo><LinkName>{asked.params['linkname']}</LinkName><Link><Id>{linked}</Id></Link></LinkSetDb>"
    sets = (
        f"<LinkSet><IdList><Id>1</Id></IdList>{links}</LinkSet><LinkSet><IdList><Id>2</Id></IdList></LinkSet>"
    )
    return Answer(f"<eLinkResult>{sets}</eLinkResult>".encode())


GOOD: dict[str, Service] = {
    "europepmc_citations": europepmc, "openalex": openalex, "icite": icite, "semantic_scholar": scholar, "pubmed_links": elink,
}  # fmt: skip
CLASSES = {
    "europepmc_citations": "EuropePmcCitationsSpider", "openalex": "OpenAlexSpider", "icite": "ICiteSpider",
    "semantic_scholar": "SemanticScholarSpider", "pubmed_links": "PubmedLinksSpider",
}  # fmt: skip

# -- and services that do not


def always(answer: Answer) -> Service:
    return lambda asked: answer


def once_good(name: str, then: Answer) -> Service:
    """The first request is answered well, all others so."""
    asked_before: list[Asked] = []

    def answer(asked: Asked) -> Answer:
        asked_before.append(asked)
        return GOOD[name](asked) if len(asked_before) == 1 else then

    return answer


def for_work(name: str, pmid: str, then: Answer) -> Service:
    """Requests about one work are answered so, all others well."""
    return lambda asked: (
        then if f"/{pmid}/" in asked.path or asked.path.endswith(f":{pmid}") else GOOD[name](asked)
    )


HTML = Answer(b"<!doctype html><html><title>Maintenance</title></html>", content_type="text/html")
SAME_PAGE = as_json({"hitCount": 99, "citationList": {"citation": [{"id": "11", "source": "MED"}]}})
SAME_WORKS = as_json({"meta": {"count": 99}, "results": [openalex_work(11)]})
HOURS = Answer(b'{"message": "Insufficient credits"}', 429, {"Retry-After": "28800"}, "application/json")
BAD_SET = "<LinkSet><IdList><Id>{}</Id></IdList>{}</LinkSet>"
SERVICES: dict[str, tuple[str, Service]] = {
    **{f"{name}: good": (name, service) for name, service in GOOD.items()},
    **{f"{name}: html": (name, always(HTML)) for name in GOOD},
    **{f"{name}: hours": (name, always(HOURS)) for name in GOOD},
    "openalex: key": ("openalex", openalex),
    "openalex: wanted": ("openalex", openalex),
    "openalex: credit gone midway": ("openalex", once_good("openalex", HOURS)),
    "openalex: same page": ("openalex", lambda asked: openalex(asked) if "filter" not in asked.params else SAME_WORKS),
    "europepmc_citations: same page": ("europepmc_citations", for_work("europepmc_citations", "1", SAME_PAGE)),
    "europepmc_citations: cut": ("europepmc_citations", for_work("europepmc_citations", "1", Answer(b'{"hitCount": 6, "citat'))),
    "europepmc_citations: error200": ("europepmc_citations", for_work("europepmc_citations", "1", as_json({"errorMessage": "backend"}))),
    "europepmc_citations: no list": ("europepmc_citations", for_work("europepmc_citations", "1", as_json({"hitCount": 6}))),
    "europepmc_citations: unavailable": ("europepmc_citations", for_work("europepmc_citations", "1", Answer(b"busy", 503))),
    "semantic_scholar: backwards": ("semantic_scholar", always(as_json({"next": 0, "data": []}))),
    "pubmed_links: error": ("pubmed_links", always(Answer(b"<eLinkResult><ERROR>Cannot get links</ERROR></eLinkResult>"))),
    "pubmed_links: one error": ("pubmed_links", always(Answer(
        f"<eLinkResult>{BAD_SET.format(1, '<ERROR>cannot</ERROR>')}{BAD_SET.format(2, '')}</eLinkResult>".encode()))),
    "pubmed_links: one missing": ("pubmed_links", always(Answer(f"<eLinkResult>{BAD_SET.format(2, '')}</eLinkResult>".encode()))),
}  # fmt: skip
MORE: dict[str, dict[str, Any]] = {
    "openalex: key": {"api_key": "c4n4ry-key"}, "openalex: credit gone midway": {"api_key": "c4n4ry-key"},
    "openalex: wanted": {"works": [], "wanted": ["W77", "W78"]},
}  # fmt: skip


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, tuple[Outcome, Loopback]]]:
    with ExitStack() as stack:
        servers = {run: stack.enter_context(loopback(service)) for run, (_, service) in SERVICES.items()}
        found: dict[str, tuple[Outcome, Loopback]] = {}
        for name, class_name in CLASSES.items():
            assignments = {
                run: COMMON | {"base_url": servers[run].url, "options": {"page_size": 2}} | MORE.get(run, {})
                for run, (of, _) in SERVICES.items()
                if of == name
            }
            outcomes = run_spider(f"spiders.{name}:{class_name}", assignments)
            found |= {run: (outcome, servers[run]) for run, outcome in outcomes.items()}
        yield found


Runs = dict[str, tuple[Outcome, Loopback]]


def edges(outcome: Outcome) -> set[tuple[str, str]]:
    return {(edge["citing"], edge["cited"]) for edge in outcome.of("Edge")}


def answered(outcome: Outcome) -> list[tuple[str, int | None, int | None]]:
    return [(one["work"], one["citing"], one["cites"]) for one in outcome.of("Answered")]


CITING = {(f"pubmed:{number}", "pubmed:1") for number in range(11, 16)}


def test_europe_pmc_is_read_page_by_page_and_its_count_is_not_believed(runs: Runs) -> None:
    outcome, server = runs["europepmc_citations: good"]
    assert not outcome.failures
    assert edges(outcome) == CITING | {(cited, citing) for citing, cited in CITING}
    assert answered(outcome) == [("pubmed:1", 5, 5), ("pubmed:2", 0, 0)]
    assert [(count["work"], count["cited_by"]) for count in outcome.of("Count")] == [
        ("pubmed:1", 6),
        ("pubmed:2", 0),
    ]
    pages = [asked.params["page"] for asked in server.asked if asked.path.endswith("/MED/1/citations")]
    assert pages == ["1", "2", "3", "4"]  # the last is empty
    assert all(asked.headers["From"] == "a@example.org" for asked in server.asked)


def test_openalex_brings_what_cites_and_what_these_cite_besides(runs: Runs) -> None:
    outcome, server = runs["openalex: good"]
    assert not outcome.failures
    assert edges(outcome) == {
        *((f"pubmed:{one}", "pubmed:1") for one in (11, 12, 13)), *((f"pubmed:{one}", "openalex:W77") for one in (11, 12, 13)),
        ("pubmed:1", "openalex:W20"),
    }  # fmt: skip
    assert answered(outcome) == [("pubmed:1", 3, 1), ("pubmed:2", None, None)]
    assert ["pubmed:20", "openalex:W20"] in [work["names"] for work in outcome.of("BareWork")]
    assert [asked.params["page"] for asked in server.asked if "cites" in asked.params.get("filter", "")] == [
        "1",
        "2",
    ]


def test_openalex_pages_by_cursor_with_a_key_that_stands_in_no_address(runs: Runs) -> None:
    outcome, server = runs["openalex: key"]
    assert edges(outcome) == edges(runs["openalex: good"][0])
    assert [asked.params["cursor"] for asked in server.asked if "cursor" in asked.params] == ["*", "2", "4"]
    assert all(asked.headers["Authorization"] == "Bearer c4n4ry-key" for asked in server.asked)
    assert "c4n4ry" not in json.dumps([outcome.queries, outcome.failures, outcome.items])
    assert not any("c4n4ry" in json.dumps(asked.params) for asked in server.asked)


def test_openalex_looks_up_what_it_has_only_named(runs: Runs) -> None:
    outcome, _ = runs["openalex: wanted"]
    assert [(work["id"], work["title"]) for work in outcome.of("BareWork")] == [
        ("pubmed:77", "Work 77"),
        ("openalex:W78", None),
    ]


def test_icite_counts_what_was_asked_for(runs: Runs) -> None:
    outcome, _ = runs["icite: good"]
    [count] = outcome.of("Count")
    assert (count["work"], count["cited_by"], count["detail"]) == (
        "pubmed:1",
        7,
        [["relative_citation_ratio", 1.5]],
    )
    assert [(one["native_id"], one["reason"]) for one in outcome.of("Reject")] == [("9", "not asked for")]
    assert [work for work, _, _ in answered(outcome)] == [
        "pubmed:1",
        "pubmed:2",
    ]  # 2 is too new: no count of zero


def test_semantic_scholar_is_read_by_offsets(runs: Runs) -> None:
    outcome, server = runs["semantic_scholar: good"]
    assert not outcome.failures
    assert edges(outcome) == CITING
    assert answered(outcome) == [("pubmed:1", 5, 0), ("pubmed:2", 0, 0)]
    assert [asked.params["offset"] for asked in server.asked if asked.path.endswith("PMID:1/citations")] == [
        "0",
        "2",
        "4",
    ]


def test_elink_brings_both_directions(runs: Runs) -> None:
    outcome, server = runs["pubmed_links: good"]
    assert not outcome.failures
    assert edges(outcome) == {("pubmed:11", "pubmed:1"), ("pubmed:1", "pubmed:20")}
    assert answered(outcome) == [("pubmed:1", 1, 1), ("pubmed:2", 0, 0)]
    assert [asked.params["linkname"] for asked in server.asked] == [
        "pubmed_pubmed_citedin",
        "pubmed_pubmed_refs",
    ]


def test_what_a_first_answer_brings_is_marked(runs: Runs) -> None:
    for run in ("europepmc_citations: good", "pubmed_links: good"):
        assert {edge["backfill"] for edge in runs[run][0].of("Edge")} == {True}


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_page_of_html_is_no_empty_answer(runs: Runs, name: str) -> None:
    outcome, _ = runs[f"{name}: html"]
    assert outcome.failures
    assert {kind for kind, _ in outcome.failures} == {"BadAnswer"}
    assert not outcome.of("Answered")
    assert not outcome.crashes


@pytest.mark.parametrize("name", sorted(GOOD))
def test_an_allowance_used_up_for_hours_ends_the_source_at_once(runs: Runs, name: str) -> None:
    outcome, server = runs[f"{name}: hours"]
    [(kind, message)] = outcome.failures
    assert kind == ("Paused" if name == "openalex" else "RateLimited")
    assert "429" in message
    assert len(server.asked) == 1
    assert not outcome.of("Answered")


def test_a_pause_midway_keeps_what_came_and_the_work_is_asked_again(runs: Runs) -> None:
    outcome, _ = runs["openalex: credit gone midway"]
    assert [kind for kind, _ in outcome.failures] == ["Paused"]
    assert outcome.of("Count")
    assert not outcome.of("Answered")


@pytest.mark.parametrize(
    ("run", "kind", "words"),
    [
        ("europepmc_citations: same page", "BadAnswer", "the pages run in a circle after 1 works"),
        ("europepmc_citations: cut", "BrokenJson", "JSON cut or broken"),
        ("europepmc_citations: error200", "BadAnswer", "an error inside HTTP 200: backend"),
        ("europepmc_citations: no list", "BadAnswer", "citationList.citation: list expected"),
        ("europepmc_citations: unavailable", "ServiceError", "HTTP 503: busy"),
        ("openalex: same page", "BadAnswer", "the pages run in a circle after 1 works"),
        ("semantic_scholar: backwards", "BadAnswer", "the pages run in a circle"),
        ("pubmed_links: error", "ServiceError", "Cannot get links"),
        ("pubmed_links: one error", "ServiceError", "elink: cannot (at pubmed:1)"),
        ("pubmed_links: one missing", "Shortfall", "elink gave no link set (at pubmed:1)"),
    ],
)
def test_a_failure_is_named_and_stops_no_other_work(runs: Runs, run: str, kind: str, words: str) -> None:
    outcome, _ = runs[run]
    assert outcome.failures[0][0] == kind
    assert words in outcome.failures[0][1]
    assert outcome.failures[0][1].startswith(f"{run.partition(':')[0]}: ")
    assert not outcome.crashes
    assert "pubmed:1" not in [work for work, _, _ in answered(outcome)]
    if run.startswith("europepmc") or "one" in run:
        assert [work for work, _, _ in answered(outcome)] == ["pubmed:2"]
