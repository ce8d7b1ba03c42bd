"""Serves what is published: each snapshot by a Datasette of its own, exchanged without dropping a request.

A new request goes to the newest snapshot that is open; those under way finish where they began, and then that snapshot
is closed. Two Datasettes, not two databases in one: a request reads from its database many times, and Datasette keeps
connections by name.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
from datasette.database import WriteTask

from datasette_config import remembered, serve
from store.errors import ConfigError, WatchError
from store.snapshots import Snapshot, current, hold

#: seconds between two looks at what is current
EVERY = 1.0
_log = logging.getLogger("uvicorn.error")  # where the server says what befalls it


class Site:
    """One snapshot, open. `in_flight`: the requests that it is answering."""

    def __init__(self, snapshot: Snapshot, settings: dict[str, Any], secret: str):
        self.snapshot = snapshot
        self.in_flight = 0
        self.retired = False
        self._held = hold(snapshot)
        self.datasette = serve.app(
            snapshot.file, immutable=True, inspected=snapshot.inspected, more=settings, secret=secret
        )
        self.app = self.datasette.app()

    async def warm(self) -> None:
        """Open it by asking for its front page, as the first visitor would. Raises WatchError if it is not answered well."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = await client.get("/")
        if answer.status_code != 200:
            raise WatchError(f"{self.snapshot.folder}: the front page is answered with {answer.status_code}")

    def close(self) -> None:
        """End its threads and connections, and let publishers remove it."""
        if self.datasette.executor:
            self.datasette.executor.shutdown(wait=True)
        for db in self.datasette.databases.values():
            if db._write_queue is not None:
                db._write_queue.put(WriteTask(_end, uuid.uuid4(), None))
            db.close()
            if db.path:
                remembered.forget(db.path)
        self._held.close()


def _end(conn: Any) -> None:
    conn.close()
    sys.exit()  # ends the one thread that runs this: Datasette's writing thread has no other end


class Published:
    """An ASGI application that serves what is current in a folder. `open_site` opens a snapshot, ready to answer."""

    def __init__(
        self, folder: Path, open_site: Callable[[Snapshot], Awaitable[Any]], *, every: float = EVERY
    ):
        self._folder = folder
        self._open = open_site
        self._every = every
        self._site: Any = None
        self._refused: Path | None = None
        self._watching: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        site = self._site
        site.in_flight += 1
        try:
            await site.app(scope, receive, send)
        finally:
            site.in_flight -= 1
            self._close_if_done(site)

    async def look(self) -> None:
        """Go over to what is current, if that is another snapshot than the one that is served."""
        snapshot = current(self._folder)
        if snapshot.folder in (self._refused, self._site and self._site.snapshot.folder):
            return
        try:
            site = await self._open(snapshot)
        except (WatchError, ValueError) as error:
            if self._site is None:
                raise
            self._refused = snapshot.folder  # once is enough; the one before goes on
            _log.error("not served: %s", error)
            return
        before, self._site = self._site, site
        if before:
            before.retired = True
            self._close_if_done(before)

    def _close_if_done(self, site: Any) -> None:
        if site.retired and not site.in_flight:
            task = asyncio.create_task(asyncio.to_thread(site.close))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        try:
            await self.look()
        except (WatchError, OSError, ValueError) as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        self._watching = asyncio.create_task(self._watch())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching
        self._site.retired = True
        self._close_if_done(self._site)
        await asyncio.gather(*self._closing)
        await send({"type": "lifespan.shutdown.complete"})

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.look()
            except ConfigError:  # nothing is current while someone changes it by hand; what is open goes on
                continue
            except Exception:  # whatever it is, it must not end the watch
                _log.exception("what is published could not be opened; trying again")


def application(folder: Path, settings: dict[str, Any], *, every: float = EVERY) -> Published:
    """The site over what is published in `folder`. `settings`: Datasette's, laid over the project's own."""
    secret = secrets.token_hex(32)  # one for all snapshots, so that a cookie outlives a swap

    async def open_site(snapshot: Snapshot) -> Site:
        site = await asyncio.to_thread(Site, snapshot, settings, secret)
        try:
            await site.warm()
        except BaseException:
            await asyncio.to_thread(site.close)
            raise
        return site

    return Published(folder, open_site, every=every)


def run(folder: Path, *, host: str, port: int, settings: dict[str, Any]) -> None:
    """Serve until a signal ends it; requests under way are finished. Raises ConfigError if nothing is published."""
    import uvicorn  # noqa: PLC0415 - only a server needs it

    current(folder)
    uvicorn.run(application(folder, settings), host=host, port=port, log_level="info", lifespan="on")
