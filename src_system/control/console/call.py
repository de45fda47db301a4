"""One call: raw and decoded, what was signed or encrypted in it, and why it was refused."""

from typing import Any

from aiohttp import web

from src_system.control.console.showing import asked, page, shown
from src_system.control.journal import (
    explain_journal_entry,
    get_decoded_entry,
    get_journal_entry,
)
from src_system.control.parts import parts_of, world_of
from src_system.journal.reading import reach_of


@page
async def get_call(request: web.Request) -> web.Response:
    """GET …/traffic/{place}: the call, masked."""
    return await _call(request, unmasked=False)


@page
async def post_call(request: web.Request) -> web.Response:
    """POST …/traffic/{place}: the call without masks; that somebody saw it is written down."""
    return await _call(request, unmasked=True)


async def _call(request: web.Request, *, unmasked: bool) -> web.Response:
    query = {"unmasked": "true"} if unmasked else {}
    raw = await asked(request, get_journal_entry, query=query)
    decoded = await asked(request, get_decoded_entry, query=query)
    explanation = await asked(request, explain_journal_entry) if raw["status"] >= 400 else None
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    reach = await reach_of(parts_of(request).installation, sandbox_id)
    return shown(
        request,
        "call",
        raw=raw,
        decoded=decoded,
        artefacts=[_artefact(path, one) for path, one in decoded["artefacts"].items()],
        explanation=explanation,
        earlier=raw["place"] - 1 if raw["place"] > reach.first_place else None,
        later=raw["place"] + 1 if raw["place"] < reach.last_place else None,
    )


def _artefact(path: str, found: dict[str, Any]) -> dict[str, Any]:
    """The artefact with its path and one word for whether it holds good."""
    word = {True: "valid", False: "invalid", None: "unknown"}[found["isValid"]]
    return {"path": path, "word": word, **found}
