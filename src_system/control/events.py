"""Server-sent events: calls, codes, clock and faults as they happen, for whoever listens."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Protocol

import msgspec
from aiohttp import web

from src_system.clock import monotonic
from src_system.control.described import described
from src_system.control.journal import search_of
from src_system.control.parts import LEAVING, parts_of, until_journal_shows, world_of
from src_system.control.queries import EventQuery
from src_system.control.watching import (
    Event,
    InstallationWatch,
    Places,
    SandboxWatch,
    places_now,
)
from src_system.model.errors import InvalidFormat, NotFound, ResourceExhausted
from src_system.store.database import DatabaseBusy, DatabaseUnavailable

# How many streams this worker has open: each looks into the database a few times a second.
STREAMS = web.AppKey("STREAMS", set[object])

POLL_SECONDS = 0.2
POLL_ALL_SECONDS = 0.5
HEARTBEAT_SECONDS = 15.0
WRITE_SECONDS_MAX = 30.0
_RETRY_MS = 1000
_REST = 10  # looks take at most a tenth of the time
_DIGITS_MAX = 18
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}


class _Watch(Protocol):
    async def look(self) -> list[Event]: ...


@described(media_type="text/event-stream", query=EventQuery, refusals=(ResourceExhausted,))
async def stream_sandbox_events(request: web.Request) -> web.StreamResponse:
    """GET …/events: server-sent events of one sandbox: calls, codes, clock, faults.

    It begins with what comes from now on, or behind the `Last-Event-ID` that it is sent.
    """
    world = await world_of(request)
    installation = parts_of(request).installation
    await until_journal_shows(request)
    told = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    places = _read_places(told) if told else await places_now(installation, world)
    watch = SandboxWatch(installation, world.sandbox.name, places, search_of(request))
    return await _stream(request, watch, POLL_SECONDS)


@described(media_type="text/event-stream", refusals=(ResourceExhausted,))
async def stream_events(request: web.Request) -> web.StreamResponse:
    """GET /v1/events: server-sent events of all sandboxes, from now on: calls, who comes and goes.

    Of many calls at once the first of each sandbox are told, and how many there were besides.
    """
    await until_journal_shows(request)
    watch = InstallationWatch(parts_of(request).installation)
    return await _stream(request, watch, POLL_ALL_SECONDS)


def _read_places(text: str) -> Places:
    """Both places of an event's id; a place in the journal alone is one too."""
    calls, _, codes = text.partition(".")
    if not all(
        part.isascii() and part.isdigit() and len(part) <= _DIGITS_MAX
        for part in (calls, codes or "0")
    ):
        raise InvalidFormat(
            "after is the id of an event, or a place in the journal.",
            source="after",
            source_type="QUERY",
        )
    return Places(int(calls), int(codes or 0))


async def _stream(request: web.Request, watch: _Watch, pause: float) -> web.StreamResponse:
    with _place_among_streams(request):
        first = await watch.look()  # a refusal is still an ordinary answer
        response = web.StreamResponse(headers=_HEADERS)
        with contextlib.suppress(ConnectionError):  # whoever listens goes as he likes
            await response.prepare(request)
            await _write(request, response, f"retry: {_RETRY_MS}\n\n".encode() + _written(first))
            await _tell(request, response, watch, pause)
            await response.write_eof()
    return response


@contextlib.contextmanager
def _place_among_streams(request: web.Request) -> Iterator[None]:
    streams, mine = request.app[STREAMS], object()
    limit = parts_of(request).installation.limits.event_streams_max
    if len(streams) >= limit:
        raise ResourceExhausted(f"At most {limit} streams of events are open at once.")
    streams.add(mine)
    try:
        yield
    finally:
        streams.discard(mine)


async def _tell(
    request: web.Request, response: web.StreamResponse, watch: _Watch, pause: float
) -> None:
    """Write what the watch sees until the server stops or the sandbox is gone."""
    written_at = monotonic()
    async for events in _looks(request, watch, pause):
        if events:
            await _write(request, response, _written(events))
        elif monotonic() - written_at >= HEARTBEAT_SECONDS:
            await _write(request, response, b": still here\n\n")
        else:
            if request.transport is None or request.transport.is_closing():
                return
            continue
        written_at = monotonic()


async def _write(request: web.Request, response: web.StreamResponse, text: bytes) -> None:
    """Raises ConnectionError where nobody reads: gone, or holding a stream that others want."""
    try:
        async with asyncio.timeout(WRITE_SECONDS_MAX):
            await response.write(text)
    except TimeoutError as late:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionAbortedError("nothing was read for too long") from late


async def _looks(request: web.Request, watch: _Watch, pause: float) -> AsyncIterator[list[Event]]:
    leaving = request.app[LEAVING]
    while not leaving.is_set():
        await until_journal_shows(request)
        begun = monotonic()
        try:
            yield await watch.look()
        except NotFound:
            yield [Event("removed", {})]
            return
        except (DatabaseBusy, DatabaseUnavailable):
            yield []  # it comes back; what happened meanwhile is in the journal then
        took = monotonic() - begun
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(leaving.wait(), max(pause, _REST * took))


def _written(events: Iterable[Event]) -> bytes:
    parts = []
    for event in events:
        number = b"" if event.places is None else f"id: {event.places}\n".encode()
        data = msgspec.json.encode(event.document)
        parts.append(b"event: %s\n%sdata: %s\n\n" % (event.kind.encode(), number, data))
    return b"".join(parts)
