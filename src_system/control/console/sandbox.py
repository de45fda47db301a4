"""One sandbox: addresses, clock, participants, faults, snapshots; the verdict on its clients."""

from typing import Any

from aiohttp import web

from src_system.control.console.fault_form import EFFECTS
from src_system.control.console.showing import asked, page, shown
from src_system.control.faults import list_faults
from src_system.control.journal import list_journal_disclosures
from src_system.control.parts import parts_of, until_journal_shows, world_of
from src_system.control.sandboxes import get_sandbox
from src_system.control.snapshots import list_snapshots
from src_system.control.verdict import get_verdict
from src_system.journal.reading import reach_of
from src_system.model.operation_names import OPERATION_NAMES
from src_system.networks import PROFILES

ADVANCES = ("PT1M", "PT5M", "PT10M", "PT1H", "P1D", "P30D", "P180D")


@page
async def get_sandbox_page(request: web.Request) -> web.Response:
    """GET /sandboxes/{sandbox}: what it is, and what can be done to it."""
    world = await world_of(request)
    found = await asked(request, get_sandbox)
    faults = await asked(request, list_faults)
    snapshots = await asked(request, list_snapshots)
    seen = await asked(request, list_journal_disclosures)
    await until_journal_shows(request)
    reach = await reach_of(parts_of(request).installation, world.sandbox.sandbox_id)
    return shown(
        request,
        "sandbox",
        found=found,
        faults=[{**rule, "effect": _told(rule["effect"])} for rule in faults["faults"]],
        snapshots=snapshots["snapshots"],
        disclosures=seen["disclosures"][-5:],
        kept=reach.last_place - reach.first_place + 1,
        dropped=reach.dropped,
        advances=ADVANCES,
        effects=EFFECTS,
        operations=sorted(OPERATION_NAMES),
        networks=list(PROFILES),
    )


@page
async def get_verdict_page(request: web.Request) -> web.Response:
    """GET …/verdict: what the checks make of the clients' calls."""
    return shown(request, "verdict", verdict=await asked(request, get_verdict))


def _told(effect: dict[str, Any]) -> str:
    """An effect in a line: `http status=503`."""
    words = []
    for name, value in effect.items():
        if isinstance(value, dict):
            words += [name, *(f"{member}={inner}" for member, inner in value.items())]
        else:
            words.append(f"{name}={value}")
    return " ".join(words)
