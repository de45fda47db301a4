"""The first page: sandboxes, paged and searched, and the newest calls of all of them."""

from aiohttp import web

from src_system.control.console.showing import asked, page, shown
from src_system.control.parts import parts_of
from src_system.control.sandboxes import list_sandboxes
from src_system.store import sandboxes

_AT_ONCE = 50


@page
async def get_overview(request: web.Request) -> web.Response:
    """GET /?name=&after=: sandboxes by name."""
    name, after = request.query.get("name", "").strip(), request.query.get("after", "")
    found = await asked(
        request, list_sandboxes, query={"name": name, "after": after, "limit": str(_AT_ONCE)}
    )
    async with parts_of(request).installation.database.connection() as tx:
        count = await sandboxes.count_sandboxes(tx, containing=name)
    return shown(
        request,
        "overview",
        sandboxes=found["sandboxes"],
        next=found["next"],
        name=name,
        after=after,
        count=count,
    )
