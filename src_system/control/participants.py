"""Clients and DPAs: listed, shown, added, changed, switched off, removed."""

from dataclasses import replace

import msgspec
from aiohttp import web

from src_system.control.answer_documents import ClientPage, DpaPage
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
from src_system.control.queries import PageQuery
from src_system.fixtures.answer_documents import ClientView, DpaView
from src_system.fixtures.apply import apply_fixtures
from src_system.fixtures.document import ClientDocument, DpaDocument, FixturesDocument
from src_system.fixtures.views import client_document, dpa_document
from src_system.model.errors import Aborted, NotFound
from src_system.model.participant import Client, Dpa, ParticipantStatus
from src_system.store import participants, sandboxes
from src_system.store.database import Tx

STATUS_AFTER = {"suspend": ParticipantStatus.DISABLED, "resume": ParticipantStatus.ACTIVE}


@described(answer=ClientPage, query=PageQuery)
async def list_clients(request: web.Request) -> web.Response:
    """GET …/clients: the sandbox's clients, by srcClientId."""
    sandbox = (await world_of(request)).sandbox
    installation = parts_of(request).installation
    after, limit = page_of(request)
    vault = installation.vault_of(sandbox)
    async with installation.database.connection() as tx:
        found = await participants.list_clients(tx, sandbox.sandbox_id, after=after, limit=limit)
        documents = [
            await client_document(tx, vault, sandbox.sandbox_id, client) for client in found
        ]
    last = found[-1].src_client_id if found else None
    page: ClientPage = {"clients": documents, "next": next_page(documents, limit, last)}
    return json_answer(page)


@described(answer=ClientView)
async def get_client(request: web.Request) -> web.Response:
    """GET …/clients/{id}: one client with its keys."""
    sandbox = (await world_of(request)).sandbox
    installation = parts_of(request).installation
    vault = installation.vault_of(sandbox)
    async with installation.database.connection() as tx:
        client = await _client(tx, request, sandbox.sandbox_id)
        return json_answer(await client_document(tx, vault, sandbox.sandbox_id, client))


@described(request=ClientDocument, answer=ClientView, status=201, refusals=(Aborted,))
async def post_client(request: web.Request) -> web.Response:
    """POST …/clients: add one, written as an entry of the fixtures' `clients`."""
    return await _apply_client(request, await read_body(request, ClientDocument), 201)


@described(request=ClientDocument, answer=ClientView, refusals=(Aborted,))
async def put_client(request: web.Request) -> web.Response:
    """PUT …/clients/{id}: change one; members that are left out stay as they are."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    async with parts_of(request).installation.database.connection() as tx:
        client = await _client(tx, request, sandbox_id)
    document = await read_body(request, ClientDocument)
    changed = msgspec.structs.replace(document, src_client_id=client.src_client_id)
    return await _apply_client(request, changed, 200)


async def _apply_client(
    request: web.Request, document: ClientDocument, status: int
) -> web.Response:
    parts, world = parts_of(request), await world_of(request)
    answer = await apply_fixtures(
        parts.installation,
        world.sandbox.name,
        FixturesDocument(clients=[document]),
        key_pool=parts.key_pool,
    )
    return json_answer(answer["clients"][0], status)


@described(status=204, media_type=None)
async def delete_client(request: web.Request) -> web.Response:
    """DELETE …/clients/{id}: it is gone, with its keys and DPAs."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    async with parts_of(request).installation.database.transaction() as tx:
        if not await participants.delete_client(tx, sandbox_id, request.match_info["id"]):
            raise _no_client()
        await sandboxes.touch_sandbox(tx, sandbox_id)
    return no_content()


@described(answer=ClientView)
async def act_on_client(request: web.Request) -> web.Response:
    """POST …/clients/{id}/{action}: suspend, resume, or expire (its payload keys)."""
    world = await world_of(request)
    sandbox_id, now = world.sandbox.sandbox_id, world.clock.now()
    action = request.match_info["action"]
    async with parts_of(request).installation.database.transaction() as tx:
        client = await _client(tx, request, sandbox_id)
        if action in STATUS_AFTER:
            changed = replace(client, status=STATUS_AFTER[action])
            await participants.upsert_client(tx, sandbox_id, changed, now=now)
        else:
            rows = await participants.list_recipient_keys(tx, sandbox_id, client.src_client_id)
            for key, sealed in rows:
                await participants.upsert_recipient_key(
                    tx, sandbox_id, replace(key, not_after=now), private_sealed=sealed, now=now
                )
        await sandboxes.touch_sandbox(tx, sandbox_id)
    return await get_client(request)


async def _client(tx: Tx, request: web.Request, sandbox_id: str) -> Client:
    client = await participants.find_client(tx, sandbox_id, request.match_info["id"])
    if client is None:
        raise _no_client()
    return client


def _no_client() -> NotFound:
    return NotFound("There is no such client.", source="srcClientId", source_type="PATH")


@described(answer=DpaPage, query=PageQuery)
async def list_dpas(request: web.Request) -> web.Response:
    """GET …/dpas: the sandbox's shops, by srcDpaId."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    after, limit = page_of(request)
    async with parts_of(request).installation.database.connection() as tx:
        found = await participants.list_dpas(tx, sandbox_id, after=after, limit=limit)
    documents = [dpa_document(dpa) for dpa in found]
    last = found[-1].src_dpa_id if found else None
    page: DpaPage = {"dpas": documents, "next": next_page(documents, limit, last)}
    return json_answer(page)


@described(answer=DpaView)
async def get_dpa(request: web.Request) -> web.Response:
    """GET …/dpas/{id}: one shop with its data."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    async with parts_of(request).installation.database.connection() as tx:
        return json_answer(dpa_document(await _dpa(tx, request, sandbox_id)))


@described(request=DpaDocument, answer=DpaView, status=201, refusals=(Aborted,))
async def post_dpa(request: web.Request) -> web.Response:
    """POST …/dpas: add one, written as an entry of the fixtures' `dpas`."""
    return await _apply_dpa(request, await read_body(request, DpaDocument), 201)


@described(request=DpaDocument, answer=DpaView, refusals=(Aborted,))
async def put_dpa(request: web.Request) -> web.Response:
    """PUT …/dpas/{id}: change one; members that are left out stay as they are."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    async with parts_of(request).installation.database.connection() as tx:
        dpa = await _dpa(tx, request, sandbox_id)
    document = await read_body(request, DpaDocument)
    changed = msgspec.structs.replace(
        document, src_dpa_id=dpa.src_dpa_id, src_client_id=dpa.src_client_id
    )
    return await _apply_dpa(request, changed, 200)


async def _apply_dpa(request: web.Request, document: DpaDocument, status: int) -> web.Response:
    parts, world = parts_of(request), await world_of(request)
    answer = await apply_fixtures(
        parts.installation,
        world.sandbox.name,
        FixturesDocument(dpas=[document]),
        key_pool=parts.key_pool,
    )
    return json_answer(answer["dpas"][0], status)


@described(status=204, media_type=None)
async def delete_dpa(request: web.Request) -> web.Response:
    """DELETE …/dpas/{id}: the shop is gone."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    async with parts_of(request).installation.database.transaction() as tx:
        if not await participants.delete_dpa(tx, sandbox_id, request.match_info["id"]):
            raise _no_dpa()
        await sandboxes.touch_sandbox(tx, sandbox_id)
    return no_content()


@described(answer=DpaView)
async def act_on_dpa(request: web.Request) -> web.Response:
    """POST …/dpas/{id}/{action}: suspend or resume."""
    world = await world_of(request)
    sandbox_id = world.sandbox.sandbox_id
    async with parts_of(request).installation.database.transaction() as tx:
        dpa = await _dpa(tx, request, sandbox_id)
        changed = replace(dpa, status=STATUS_AFTER[request.match_info["action"]])
        await participants.upsert_dpa(tx, sandbox_id, changed, now=world.clock.now())
        await sandboxes.touch_sandbox(tx, sandbox_id)
    return json_answer(dpa_document(changed))


async def _dpa(tx: Tx, request: web.Request, sandbox_id: str) -> Dpa:
    dpa = await participants.find_dpa(tx, sandbox_id, request.match_info["id"], src_client_id="")
    if dpa is None:
        raise _no_dpa()
    return dpa


def _no_dpa() -> NotFound:
    return NotFound("There is no such DPA.", source="srcDpaId", source_type="PATH")
