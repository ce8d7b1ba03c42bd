"""Pages are rendered in one go: a third of the time that Jinja's asynchronous templates take, which stop at every piece.

Datasette's templates may call functions that wait, such as `menu_links()`. Those that answer without waiting, as all of
them do here, are called as they stand; where one does wait, the page is rendered the usual way.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

from datasette import hookimpl
from jinja2 import Environment, Template


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Give this environment templates that do not wait; an overlay of it has Datasette's own.

    Their files are read once: to see whether one was changed, Jinja would look at each for every page.
    """
    env.auto_reload = False
    waiting = env.overlay(enable_async=True)
    env.is_async = False
    env.template_class = type("PlainTemplate", (PlainTemplate,), {"waiting": waiting})


class MustWait(Exception):
    """A function that a template calls has to wait for something."""


class PlainTemplate(Template):
    """A template that Datasette renders as an asynchronous one."""

    waiting: Environment

    async def render_async(self, *args: Any, **kwargs: Any) -> str:
        """The page. `args`, `kwargs`: as of `dict`, the template's variables."""
        context = dict(*args, **kwargs)
        try:
            return self.render({name: await _ready(value) for name, value in context.items()})
        except MustWait:
            return await self.waiting.get_template(self.name or "").render_async(context)


async def _ready(value: Any) -> Any:
    """The value; of a function that may wait, one that does not: what it gives without arguments is asked for now."""
    if not callable(value) or not inspect.iscoroutinefunction(value):
        return value
    if _takes_something(value):
        return _at_once(value)
    answer = await value()
    return lambda: answer


def _takes_something(function: Callable[..., Any]) -> bool:
    if isinstance(function, FunctionType):  # sooner told by its code than by a signature made for it
        code = function.__code__
        return bool(code.co_argcount or code.co_kwonlyargcount or code.co_flags & _TAKES_ANY)
    return bool(inspect.signature(function).parameters)


_TAKES_ANY = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


def _at_once(waits: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which raises MustWait if it has to wait."""

    @functools.wraps(waits)
    def called(*args: Any, **kwargs: Any) -> Any:
        answer = waits(*args, **kwargs)
        try:
            answer.send(None)
        except StopIteration as done:
            return done.value
        answer.close()
        raise MustWait(waits)

    return called
