"""Sandboxes: made, forked, listed, shown, reset, removed; and the fixtures put into them."""

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from aiohttp import web

from src_system.clock import machine_now
from src_system.control.answer_documents import SandboxPage
from src_system.control.clock import ClockDocument, read_clock
from src_system.control.described import described
from src_system.control.parts import (
    json_answer,
    next_page,
    no_content,
    page_of,
    parts_of,
    read_body,
    world_of,
)
from src_system.control.queries import SandboxQuery
from src_system.fixtures import copies
from src_system.fixtures.answer_documents import AppliedFixtures, SandboxDocument
from src_system.fixtures.apply import apply_fixtures
from src_system.fixtures.document import FixturesDocument, PlainName, choices, one_of
from src_system.fixtures.new_sandbox import create_sandbox, sandbox_document, sandbox_summary
from src_system.fixtures.removal import remove_sandbox
from src_system.model.duration import read_duration
from src_system.model.errors import (
    Aborted,
    AlreadyExists,
    InvalidState,
    LimitExceeded,
    NotFound,
    PanIneligible,
)
from src_system.model.identifiers import DEFAULT_SANDBOX
from src_system.model.sandbox import StrictnessProfile
from src_system.store import sandboxes

_FIXTURES = (PanIneligible, LimitExceeded, Aborted)


class NewSandboxDocument(msgspec.Struct, frozen=True, rename="camel"):
    """The body of POST /v1/sandboxes; every member may be left out."""

    name: PlainName | None = None
    seed: str | int | None = None
    clock: ClockDocument | str | None = None
    profile: Annotated[str, choices(StrictnessProfile)] | None = None
    ttl: str | int | None = None  # ISO 8601 duration, or seconds
    fixtures: FixturesDocument | None = None
    issuer: bool = False  # whether a participating issuer is among the clients
    magic: bool = True  # whether magic values mean anything
    jwks: dict[str, Any] | None = None  # payload keys of the ready-made client; else new ones


class ForkDocument(msgspec.Struct, frozen=True, rename="camel"):
    """The body of POST …/fork; what is left out of it is not taken from the original either."""

    name: PlainName | None = None
    ttl: str | int | None = None  # ISO 8601 duration, or seconds


class ResetDocument(msgspec.Struct, frozen=True, rename="camel"):
    """The body of POST …/reset: what else goes back to the beginning, and what stays."""

    clock: Annotated[
        bool, msgspec.Meta(description="Back to the clock that the sandbox was made with.")
    ] = False
    keep_faults: Annotated[
        bool, msgspec.Meta(description="Fault rules stay, with their counts.")
    ] = False


@described(
    request=NewSandboxDocument,
    request_is_required=False,
    answer=SandboxDocument,
    status=201,
    refusals=(AlreadyExists, LimitExceeded),
)
async def post_sandbox(request: web.Request) -> web.Response:
    """POST /v1/sandboxes: a new one, with a ready-made client, DPA and keys."""
    body = await read_body(request, NewSandboxDocument)
    clock = read_clock(body.clock, source="clock")
    profile = one_of(
        body.profile or StrictnessProfile.DEFAULT, tuple(StrictnessProfile), source="profile"
    )
    parts = parts_of(request)
    document = await create_sandbox(
        parts.installation,
        parts.key_pool,
        name=body.name,
        seed=None if body.seed is None else str(body.seed),
        clock_mode=clock.mode,
        clock_at=clock.at,
        clock_offset_seconds=clock.offset_seconds,
        profile=StrictnessProfile(profile),
        ttl=_ttl(body.ttl),
        fixtures=body.fixtures,
        has_issuer=body.issuer,
        has_magic=body.magic,
        jwks=body.jwks,
        now=machine_now(),
    )
    return _created(document)


@described(
    request=ForkDocument,
    request_is_required=False,
    answer=SandboxDocument,
    status=201,
    refusals=(AlreadyExists, LimitExceeded, Aborted),
)
async def fork_sandbox(request: web.Request) -> web.Response:
    """POST /v1/sandboxes/{sandbox}/fork: a copy that goes on by itself from here."""
    source = (await world_of(request)).sandbox.name
    body = await read_body(request, ForkDocument)
    document = await copies.fork_sandbox(
        parts_of(request).installation,
        source,
        name=body.name,
        ttl=_ttl(body.ttl),
        now=machine_now(),
    )
    return _created(document)


def _ttl(given: str | int | None) -> timedelta | None:
    if given is None:
        return None
    return read_duration(f"PT{given}S" if isinstance(given, int) else given, source="ttl")


def _created(document: SandboxDocument) -> web.Response:
    answer = json_answer(document, 201)
    answer.headers["Location"] = f"/v1/sandboxes/{document['name']}"
    return answer


@described(answer=SandboxPage, query=SandboxQuery)
async def list_sandboxes(request: web.Request) -> web.Response:
    """GET /v1/sandboxes?name=: all of them, or those with a text in their names, by name."""
    after, limit = page_of(request)
    part = request.query.get("name", "")
    async with parts_of(request).installation.database.connection() as tx:
        found = await sandboxes.list_sandboxes(tx, after=after, limit=limit, containing=part)
    documents = [sandbox_summary(sandbox) for sandbox in found]
    last = found[-1].name if found else None
    page: SandboxPage = {"sandboxes": documents, "next": next_page(documents, limit, last)}
    return json_answer(page)


@described(answer=SandboxDocument)
async def get_sandbox(request: web.Request) -> web.Response:
    """GET /v1/sandboxes/{sandbox}: one, as it was answered at its creation."""
    world = await world_of(request)
    installation = parts_of(request).installation
    return json_answer(await sandbox_document(installation, world.sandbox.name))


@described(status=204, media_type=None, refusals=(InvalidState,))
async def delete_sandbox(request: web.Request) -> web.Response:
    """DELETE /v1/sandboxes/{sandbox}: it is gone with all it held."""
    name = (await world_of(request)).sandbox.name
    if name == DEFAULT_SANDBOX:
        raise InvalidState(
            "The default sandbox always exists; reset it instead.",
            source="sandbox",
            source_type="PATH",
        )
    if not await remove_sandbox(parts_of(request).installation, name, now=machine_now()):
        raise NotFound("There is no sandbox of this name.", source="sandbox", source_type="PATH")
    return no_content()


@described(request=ResetDocument, request_is_required=False, answer=SandboxDocument)
async def reset_sandbox(request: web.Request) -> web.Response:
    """POST /v1/sandboxes/{sandbox}/reset: consumers, all they did and the journal are gone."""
    name = (await world_of(request)).sandbox.name
    body = await read_body(request, ResetDocument)
    return json_answer(
        await copies.reset_sandbox(
            parts_of(request).installation,
            name,
            first_clock=body.clock,
            keep_faults=body.keep_faults,
            now=machine_now(),
        )
    )


@described(request=FixturesDocument, answer=AppliedFixtures, refusals=_FIXTURES)
async def post_fixtures(request: web.Request) -> web.Response:
    """POST /v1/sandboxes/{sandbox}/fixtures: put clients, DPAs and people in place."""
    world = await world_of(request)
    parts = parts_of(request)
    document = await read_body(request, FixturesDocument)
    return json_answer(
        await apply_fixtures(
            parts.installation, world.sandbox.name, document, key_pool=parts.key_pool
        )
    )
