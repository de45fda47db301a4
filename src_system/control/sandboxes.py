"""Sandboxes: made, listed, shown, reset, removed; and the fixtures put into them."""

from typing import Annotated

import msgspec
from aiohttp import web

from src_system.clock import machine_now
from src_system.control.answer_documents import SandboxPage
from src_system.control.clock import ClockDocument, read_clock
from src_system.control.described import described
from src_system.control.durations import read_duration
from src_system.control.parts import (
    json_answer,
    next_page,
    no_content,
    page_of,
    parts_of,
    read_body,
    world_of,
)
from src_system.control.queries import PageQuery
from src_system.fixtures.answer_documents import AppliedFixtures, SandboxDocument
from src_system.fixtures.apply import apply_fixtures
from src_system.fixtures.document import FixturesDocument, choices, one_of
from src_system.fixtures.new_sandbox import (
    create_sandbox,
    remove_sandbox,
    sandbox_document,
    sandbox_summary,
)
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
from src_system.store import journal_entries, sandboxes

_FIXTURES = (PanIneligible, LimitExceeded, Aborted)


class NewSandboxDocument(msgspec.Struct, frozen=True, rename="camel"):
    """The body of POST /v1/sandboxes; every member may be left out."""

    name: str | None = None
    seed: str | int | None = None
    clock: ClockDocument | str | None = None
    profile: Annotated[str, choices(StrictnessProfile)] | None = None
    ttl: str | int | None = None  # ISO 8601 duration, or seconds
    fixtures: FixturesDocument | None = None
    issuer: bool = False  # whether a participating issuer is among the clients


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
    ttl = None
    if body.ttl is not None:
        text = f"PT{body.ttl}S" if isinstance(body.ttl, int) else body.ttl
        ttl = read_duration(text, source="ttl")
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
        ttl=ttl,
        fixtures=body.fixtures,
        has_issuer=body.issuer,
        now=machine_now(),
    )
    answer = json_answer(document, 201)
    answer.headers["Location"] = f"/v1/sandboxes/{document['name']}"
    return answer


@described(answer=SandboxPage, query=PageQuery)
async def list_sandboxes(request: web.Request) -> web.Response:
    """GET /v1/sandboxes: all of them, by name."""
    after, limit = page_of(request)
    async with parts_of(request).installation.database.connection() as tx:
        found = await sandboxes.list_sandboxes(tx, after=after, limit=limit)
    documents = [sandbox_summary(sandbox) for sandbox in found]
    last = found[-1].sandbox_id if found else None
    page: SandboxPage = {"sandboxes": documents, "next": next_page(documents, limit, last)}
    return json_answer(page)


@described(answer=SandboxDocument)
async def get_sandbox(request: web.Request) -> web.Response:
    """GET /v1/sandboxes/{sandbox}: one, as it was answered at its creation."""
    world = await world_of(request)
    installation = parts_of(request).installation
    return json_answer(await sandbox_document(installation, world.sandbox.sandbox_id))


@described(status=204, media_type=None, refusals=(InvalidState,))
async def delete_sandbox(request: web.Request) -> web.Response:
    """DELETE /v1/sandboxes/{sandbox}: it is gone with all it held."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    if sandbox_id == DEFAULT_SANDBOX:
        raise InvalidState(
            "The default sandbox always exists; reset it instead.",
            source="sandbox",
            source_type="PATH",
        )
    if not await remove_sandbox(parts_of(request).installation, sandbox_id):
        raise NotFound("There is no sandbox of this name.", source="sandbox", source_type="PATH")
    return no_content()


@described(answer=SandboxDocument)
async def reset_sandbox(request: web.Request) -> web.Response:
    """POST /v1/sandboxes/{sandbox}/reset: consumers, all they did and the journal are gone."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    installation = parts_of(request).installation
    async with installation.database.transaction() as tx:
        await sandboxes.delete_consumers(tx, sandbox_id)
        await journal_entries.clear_journal(tx, sandbox_id, machine_now=machine_now())
        await sandboxes.touch_sandbox(tx, sandbox_id)
    return json_answer(await sandbox_document(installation, sandbox_id))


@described(request=FixturesDocument, answer=AppliedFixtures, refusals=_FIXTURES)
async def post_fixtures(request: web.Request) -> web.Response:
    """POST /v1/sandboxes/{sandbox}/fixtures: put clients, DPAs and people in place."""
    world = await world_of(request)
    parts = parts_of(request)
    document = await read_body(request, FixturesDocument)
    return json_answer(
        await apply_fixtures(
            parts.installation, world.sandbox.sandbox_id, document, key_pool=parts.key_pool
        )
    )
