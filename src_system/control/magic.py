"""Magic values: the table, and whether they mean anything in a sandbox."""

import msgspec
from aiohttp import web

from src_system.control.answer_documents import MagicSetting, MagicTable
from src_system.control.described import described
from src_system.control.parts import json_answer, parts_of, put_back_meanwhile, read_body, world_of
from src_system.model.errors import Aborted
from src_system.model.magic_values import MAGIC_VALUES, UNREACHABLE
from src_system.networks import PROFILES
from src_system.networks.magic_numbers import written
from src_system.store import sandboxes


class MagicDocument(msgspec.Struct, frozen=True, rename="camel"):
    """Whether magic values mean anything."""

    enabled: bool


@described(answer=MagicTable)
async def get_magic_table(_: web.Request) -> web.Response:
    """GET /v1/magic: every magic value, as each network is sent it, with what it brings about."""
    answer: MagicTable = {
        "magic": [
            {
                "id": value.magic_id,
                "trigger": value.trigger,
                "values": {name: written(profile, value) for name, profile in PROFILES.items()},
                "operations": sorted(value.operations),
                "reason": value.reason,
                "effect": dict(value.effect),
                "what": value.what,
                "source": value.source,
            }
            for value in MAGIC_VALUES
        ],
        "unreachable": [{"reason": reason, "why": why} for reason, why in UNREACHABLE.items()],
    }
    return json_answer(answer)


@described(answer=MagicSetting)
async def get_magic(request: web.Request) -> web.Response:
    """GET /v1/sandboxes/{sandbox}/magic: whether magic values mean anything here."""
    answer: MagicSetting = {"enabled": (await world_of(request)).sandbox.has_magic}
    return json_answer(answer)


@described(request=MagicDocument, answer=MagicSetting, refusals=(Aborted,))
async def put_magic(request: web.Request) -> web.Response:
    """PUT /v1/sandboxes/{sandbox}/magic: let them mean something, or nothing."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    document = await read_body(request, MagicDocument)
    async with parts_of(request).installation.database.transaction() as tx:
        if not await sandboxes.set_magic(tx, sandbox_id, has_magic=document.enabled):
            raise put_back_meanwhile()
    return await get_magic(request)
