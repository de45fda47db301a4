"""What the control port's handlers share, and the small readings and writings of each of them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TypeVar

import msgspec
from aiohttp import web

from src_system.fixtures.document import decode, one_of
from src_system.fixtures.key_pool import ClientKeyPool
from src_system.journal.writer import JournalWriter
from src_system.model.errors import Aborted, InvalidFormat, MalformedBody, NotFound
from src_system.model.identifiers import SandboxName, SystemKey, is_sandbox_name
from src_system.networks import PROFILES
from src_system.system import Installation, System
from src_system.world import World

_Kind = TypeVar("_Kind")

PAGE_DEFAULT = 100
PAGE_MAX = 1000
_CURSOR_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class ControlParts:
    """What the application is made of.

    `control_token` None means a loopback address: then `Host` and `Origin` are checked instead.
    """

    installation: Installation
    key_pool: ClientKeyPool
    control_token: str | None
    control_host_names: tuple[str, ...]
    journal: JournalWriter
    metrics_text: Callable[[], tuple[bytes, str]]
    version: str


# A body that was read already: a page's form says the same as a call's JSON, in other words.
GIVEN_BODY = "src_system.given_body"
PARTS = web.AppKey("PARTS", ControlParts)
LEAVING = web.AppKey("LEAVING", asyncio.Event)  # set when the server stops: long polls end


def parts_of(request: web.Request) -> ControlParts:
    """The parts of the application that serves *request*."""
    return request.app[PARTS]


async def world_of(request: web.Request) -> World:
    """The sandbox that the path names, or NotFound."""
    name = request.match_info["sandbox"]
    if not is_sandbox_name(name):
        raise NotFound("There is no sandbox of this name.", source="sandbox", source_type="PATH")
    return await parts_of(request).installation.world(SandboxName(name))


async def system_of(request: web.Request) -> System:
    """The sandbox and network that the path names, or NotFound."""
    name = (await world_of(request)).sandbox.name
    return await parts_of(request).installation.system(name, request.match_info["network"])


async def key_of(request: web.Request) -> SystemKey:
    """What their rows belong to."""
    return (await system_of(request)).key


def put_back_meanwhile() -> Aborted:
    """The refusal of whoever wanted to change rows that have lost the sandbox's name meanwhile."""
    return Aborted("The sandbox was reset, restored or removed meanwhile; repeat the call.")


async def until_journal_shows(request: web.Request) -> None:
    """Say that somebody reads, and wait until what was answered 50 ms ago is there to be read."""
    await parts_of(request).journal.show()


async def until_journal_settles(request: web.Request) -> None:
    """Wait, a moment only, until the journal holds every call that has been answered."""
    await parts_of(request).journal.settle()


def json_answer(document: object, status: int = 200) -> web.Response:
    """*document* as JSON."""
    return web.Response(
        body=msgspec.json.encode(document), status=status, content_type="application/json"
    )


def no_content() -> web.Response:
    """204: done, nothing to say."""
    return web.Response(status=204)


async def read_body(request: web.Request, kind: type[_Kind]) -> _Kind:
    """The body as *kind*; an empty one counts as an empty object."""
    given = request.get(GIVEN_BODY)
    if given is not None:
        return decode(given, kind)
    try:
        async with asyncio.timeout(parts_of(request).installation.limits.body_seconds_max):
            raw = await request.read()
    except (web.RequestPayloadError, ConnectionError) as error:
        raise MalformedBody("The body did not arrive whole.") from error
    except TimeoutError as error:
        raise MalformedBody("The body did not arrive in time.") from error
    return decode(raw or b"{}", kind)


def query_number(
    request: web.Request, name: str, default: float, *, least: float, most: float
) -> float:
    """The query parameter as a number, cut off at *most*; InvalidFormat unless it is one."""
    text = request.query.get(name)
    if text is None:
        return default
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not (number >= least and isfinite(number)):
        raise InvalidFormat(
            f"{name} is a number, {least:g} or more.", source=name, source_type="QUERY"
        )
    return min(number, most)


def page_of(request: web.Request) -> tuple[str, int]:
    """(after, limit) of a paged list."""
    limit = query_number(request, "limit", PAGE_DEFAULT, least=1, most=PAGE_MAX)
    return request.query.get("after", ""), int(limit)


def cursor_of(text: str) -> int:
    """The cursor of an earlier answer, 0 for none; InvalidFormat."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= _CURSOR_DIGITS_MAX):
        raise InvalidFormat(
            "after is a cursor of an earlier answer.", source="after", source_type="QUERY"
        )
    return int(text)


def next_page(documents: Sequence[object], limit: int, last: str | None) -> str | None:
    """What to send as `after` for the page behind *documents*; None at the end."""
    return last if len(documents) >= limit else None


def query_choice(request: web.Request, name: str, allowed: tuple[str, ...]) -> str | None:
    """The query parameter, or None; InvalidValue for what is not allowed."""
    text = request.query.get(name)
    return text if text is None else one_of(text, allowed, source=name, source_type="QUERY")


def network_filter(request: web.Request) -> str | None:
    """The query parameter `network`, or None; InvalidValue for one that is not there."""
    return query_choice(request, "network", tuple(PROFILES))
