"""One-time codes as they arrive, newest first."""

from aiohttp import web

from src_system.control.console.showing import asked, page, shown
from src_system.control.otps import list_otps
from src_system.control.parts import parts_of, world_of
from src_system.control.watching import places_now

AT_ONCE = 100


@page
async def get_codes(request: web.Request) -> web.Response:
    """GET …/codes?identity=: the newest hundred, or those of one person."""
    name, identity = request.match_info["sandbox"], request.query.get("identity", "").strip()
    places = await places_now(parts_of(request).installation, await world_of(request))
    query = {"identity": identity, "limit": str(AT_ONCE)}
    if not identity:
        query["after"] = str(max(0, places.codes - AT_ONCE))
    found = await asked(request, list_otps, query=query)
    return shown(
        request,
        "codes",
        codes=found["otps"][::-1],
        identity=identity,
        stream=f"/v1/sandboxes/{name}/events?after={places}",
        at_once=AT_ONCE,
    )
