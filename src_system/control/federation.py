"""Whose idTokens each network takes in a sandbox: read and changed (contract 4, federation)."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from aiohttp import web

from src_system.control.answer_documents import FederationView
from src_system.control.described import described
from src_system.control.parts import json_answer, parts_of, put_back_meanwhile, read_body, world_of
from src_system.fixtures.document import choices, one_of
from src_system.model.errors import Aborted
from src_system.model.identifiers import NETWORK_NAMES
from src_system.model.sandbox import Sandbox
from src_system.networks import PROFILES
from src_system.store import sandboxes


class FederationDocument(msgspec.Struct, frozen=True, rename="camel"):
    """For each network the networks that it trusts; one that is not named trusts all."""

    trusted_networks: dict[str, list[Annotated[str, choices(NETWORK_NAMES)]]]


def read_trust(trusted: Mapping[str, list[str]] | None) -> dict[str, tuple[str, ...]]:
    """The trust of each network named, itself included always; InvalidValue for no network."""
    found = {}
    for name, others in (trusted or {}).items():
        one_of(name, tuple(PROFILES), source="trustedNetworks")
        for place, other in enumerate(others):
            one_of(other, tuple(PROFILES), source=f"trustedNetworks.{name}[{place}]")
        found[name] = tuple(one for one in PROFILES if one == name or one in others)
    return found


def federation_document(sandbox: Sandbox) -> FederationView:
    """The whole picture: every network with those it trusts."""
    return {"trustedNetworks": {name: list(sandbox.trusted_by(name)) for name in PROFILES}}


@described(answer=FederationView)
async def get_federation(request: web.Request) -> web.Response:
    """GET /v1/sandboxes/{sandbox}/federation: whose idTokens each network takes."""
    return json_answer(federation_document((await world_of(request)).sandbox))


@described(request=FederationDocument, answer=FederationView, refusals=(Aborted,))
async def put_federation(request: web.Request) -> web.Response:
    """PUT /v1/sandboxes/{sandbox}/federation: change it; a network not named trusts all."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    document = await read_body(request, FederationDocument)
    trusted = read_trust(document.trusted_networks)
    async with parts_of(request).installation.database.transaction() as tx:
        if not await sandboxes.set_trusted_networks(tx, sandbox_id, trusted):
            raise put_back_meanwhile()
    return await get_federation(request)
