"""The words and forms of the pages where readers confirm, choose and unsubscribe. No page names the reader."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from datasette_config import labels
from spiders.topic import Topic

Action = Literal["confirm", "unsubscribe", "preferences"]
ACTIONS: tuple[Action, ...] = ("confirm", "unsubscribe", "preferences")

_STYLE = """
:root { color-scheme: light dark; font: 1.05rem/1.5 system-ui, sans-serif; }
main { max-width: 38rem; margin: 2rem auto; padding: 0 1rem; }
fieldset { margin: 1rem 0; border: 1px solid #8888; border-radius: .4rem; }
label { display: inline-block; margin: .1rem 1rem .1rem 0; }
button { font: inherit; padding: .5rem 1.2rem; }
"""
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>{title}</title><style>" + _STYLE.replace("{", "{{").replace("}", "}}") + "</style></head>\n"
    "<body><main><h1>{title}</h1>{content}</main></body></html>\n"
)
_FORM = '<form method="post"><input type="hidden" name="{field}" value="{value}">{content}<button>{button}</button></form>'


@dataclass(frozen=True)
class Asking:
    """One action: the question with its button, the field that a POST must carry, and what is said when it is done."""

    title: str
    words: str
    button: str
    field: str
    value: str
    done: str
    result: str


ASKING: dict[Action, Asking] = {
    "confirm": Asking(
        "Subscribe?", "You will get {name} by mail.", "Subscribe", "confirm", "yes",
        "You are subscribed", "{name} will come to you by mail. Each mail has a link to end it.",
    ),
    "unsubscribe": Asking(
        "Unsubscribe?", "You will get no more mail of {name}.", "Unsubscribe", "List-Unsubscribe", "One-Click",
        "You are unsubscribed", "No more mail of {name} will come to you.",
    ),
    "preferences": Asking(
        "What do you want to get?", "Where nothing is chosen, all of it comes.", "Save", "preferences", "yes",
        "Saved", "{name} will come to you so from the next issue on.",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Choices:
    """What a reader may choose from: {value: words} each."""

    indications: Mapping[str, str]
    drugs: Mapping[str, str]
    designs: Mapping[str, str]


def choices_of(topic: Topic) -> Choices:
    """What is watched, and every design."""
    indications = {one.name: labels.INDICATIONS.get(one.name, one.name) for one in topic.indications}
    return Choices(indications, {one.name: one.name for one in topic.drugs}, labels.DESIGNS)


def page(title: str, content: str) -> bytes:
    """A whole page. `content` is HTML."""
    return _PAGE.format(title=escape(title), content=content).encode("utf-8", "replace")


def paragraph(words: str) -> str:
    return f"<p>{escape(words)}</p>"


def question(action: Action, name: str, content: str = "") -> str:
    """The question with its form, as HTML. `name`: of the digest; `content`: HTML of further fields."""
    asking = ASKING[action]
    form = _FORM.format(field=asking.field, value=asking.value, content=content, button=escape(asking.button))
    return paragraph(asking.words.format(name=name)) + form


def elsewhere(action: Action, token: str) -> str:
    """The way to the other page that the same token opens, as HTML."""
    other = {"unsubscribe": "preferences", "preferences": "unsubscribe"}.get(action)
    if other is None:
        return ""
    words = {"preferences": "Rather get less, or less often", "unsubscribe": "Get nothing more"}[other]
    return f'<p><a href="../{other}/{escape(token)}">{words}</a></p>'


def fields(audience: Mapping[str, Any], choices: Choices) -> str:
    """The fields of the preferences, with what the reader has now."""
    boxes = "".join(
        _boxes(name, getattr(choices, name), audience.get(name, ()))
        for name in ("indications", "drugs", "designs")
    )
    size = audience.get("min_size") or ""
    least = f'<p><label>At least <input type="number" name="min_size" min="0" max="99999" value="{size}"> participants</label></p>'
    how_often = "".join(
        f'<label><input type="radio" name="frequency" value="{one}"{_checked(one == audience["frequency"])}> {one}</label>'
        for one in ("daily", "weekly", "monthly")
    )
    return f"{boxes}{least}<fieldset><legend>How often</legend>{how_often}</fieldset>"


def wishes(form: Mapping[str, list[str]]) -> dict[str, Any]:
    """The audience that a posted form of preferences asks for, not yet checked. Raises ValueError for a size that is none."""
    size = form.get("min_size", [""])[0].strip()
    return {
        "indications": form.get("indications", []),
        "drugs": form.get("drugs", []),
        "designs": form.get("designs", []),
        "min_size": int(size) if size else None,
        "frequency": form.get("frequency", ["weekly"])[0],
    }


def _boxes(name: str, known: Mapping[str, str], chosen: Any) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="{name}" value="{escape(value)}"{_checked(value in chosen)}> {escape(words)}</label>'
        for value, words in known.items()
    )
    return f"<fieldset><legend>{name.capitalize()}</legend>{boxes}</fieldset>"


def _checked(yes: bool) -> str:
    return " checked" if yes else ""
