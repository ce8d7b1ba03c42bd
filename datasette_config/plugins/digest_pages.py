"""`/-/digest`: every issue of the digest as a page, as JSON, as mailed, and all of them as an Atom feed."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from datasette import NotFound, Response, hookimpl

from datasette_config import digest
from store.digests import Issue, for_everyone

_ISSUE = r"^/-/digest/(?P<issue>[^/]+?)"


@hookimpl
def register_routes() -> list[tuple[str, Any]]:
    return [
        (r"^/-/digest$", index),
        (r"^/-/digest\.json$", index_json),
        (r"^/-/digest\.atom$", index_atom),
        (_ISSUE + r"\.json$", issue_json),
        (_ISSUE + r"\.html$", as_mailed),
        (_ISSUE + r"\.txt$", as_text),
        (_ISSUE + r"(?:/(?P<section>[^/]+))?$", issue_page),
    ]


@hookimpl
def extra_template_vars(view_name: str, datasette: Any) -> Any:
    """The home page links to the issues where there are some."""
    if view_name != "index":
        return None

    async def variables() -> dict[str, Any]:
        return {"latest_issues": await digest.listed(datasette, None, 1)}

    return variables


async def index(request: Any, datasette: Any) -> Response:
    audience = request.args.get("audience")
    told = {"issues": await digest.listed(datasette, audience), "audience": audience}
    return Response.html(await datasette.render_template("digest.html", told, request=request))


async def index_json(request: Any, datasette: Any) -> Response:
    return Response.json(await digest.listed(datasette, request.args.get("audience")))


async def index_atom(request: Any, datasette: Any) -> Response:
    def page_of(path: str) -> str:
        return str(datasette.absolute_url(request, datasette.urls.path(path)))

    issues = await digest.listed(datasette, request.args.get("audience"), digest.IN_A_FEED)
    contents = {}
    for row in issues:
        issue = await _issue(datasette, row["id"])
        told = {"issue": issue, "groups": digest.groups(issue), "page_of": page_of, "grave": digest.GRAVE}
        contents[issue.id] = await datasette.render_template("_digest_items.html", told, request=request)
    query = f"?{request.query_string}" if request.query_string else ""
    feed = digest.atom(issues, contents, page_of("/-/digest.atom") + query, page_of)
    return Response(feed, content_type="application/atom+xml; charset=utf-8")


async def issue_json(request: Any, datasette: Any) -> Response:
    return Response.json(digest.as_json(await _issue(datasette, request.url_vars["issue"])))


async def as_mailed(request: Any, datasette: Any) -> Response:
    return Response.html(for_everyone(await _issue(datasette, request.url_vars["issue"]))[0])


async def as_text(request: Any, datasette: Any) -> Response:
    return Response.text(for_everyone(await _issue(datasette, request.url_vars["issue"]))[1])


async def issue_page(request: Any, datasette: Any) -> Response:
    """The issue from its stored items, as the mail has them; one section in full."""
    issue = await _issue(datasette, request.url_vars["issue"])
    section = unquote(request.url_vars["section"] or "") or None
    groups = digest.groups(issue, section)
    if section and not groups:
        raise NotFound(f"The issue {issue.id} has no section {section}.")
    told = {
        "issue": issue, "groups": groups, "section": section, "last": digest.last_day(issue), "grave": digest.GRAVE,
        "page_of": datasette.urls.path,
    }  # fmt: skip
    return Response.html(await datasette.render_template("digest_issue.html", told, request=request))


async def _issue(datasette: Any, issue_id: str) -> Issue:
    found = await digest.read(datasette, issue_id)
    if found is None:
        raise NotFound(f"There is no issue {issue_id} here.")
    return found
