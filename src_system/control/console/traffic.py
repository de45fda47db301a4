"""Live traffic: the newest calls of a sandbox, filtered, paged backwards, growing as they come."""

from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from src_system.control.console.showing import page, shown
from src_system.control.journal import search_of
from src_system.control.journal_views import summary
from src_system.control.parts import cursor_of, parts_of, until_journal_settles, world_of
from src_system.journal.masking import Masking
from src_system.journal.reading import entries_before, reach_of
from src_system.model.operation_names import OPERATION_NAMES
from src_system.networks import PROFILES

AT_ONCE = 100
FILTERS = ("operation", "network", "status", "reason", "correlation", "client")


def chosen_filters(request: web.Request) -> dict[str, str]:
    """The filters of the page's form that say something."""
    given = {name: request.query.get(name, "").strip() for name in FILTERS}
    return {name: value for name, value in given.items() if value}


@page
async def get_traffic(request: web.Request) -> web.Response:
    """GET …/traffic: the newest calls first, from `before` backwards."""
    sandbox_id = (await world_of(request)).sandbox.sandbox_id
    installation = parts_of(request).installation
    filters = chosen_filters(request)
    search = search_of(request.clone(rel_url=request.rel_url.with_query(filters)))
    await until_journal_settles(request)
    reach = await reach_of(installation, sandbox_id)
    before = cursor_of(request.query.get("before", "")) or reach.last_place + 1
    found = await entries_before(
        installation, sandbox_id, search=search, before=before, limit=AT_ONCE
    )
    older = None
    if len(found) == AT_ONCE and found[-1].place > reach.first_place:
        older = f"{request.path}?{urlencode({**filters, 'before': found[-1].place})}"
    stream: dict[str, Any] = {**filters, "after": reach.last_place}
    name = request.match_info["sandbox"]
    is_live = before > reach.last_place
    return shown(
        request,
        "traffic",
        calls=[summary(entry, Masking()) for entry in found],
        filters={name: filters.get(name, "") for name in FILTERS},
        is_filtered=bool(filters),
        networks=list(PROFILES),
        operations=sorted(OPERATION_NAMES),
        older=older,
        newest=None if is_live else f"{request.path}?{urlencode(filters)}",
        stream=f"/v1/sandboxes/{name}/events?{urlencode(stream)}" if is_live else None,
        first_place=reach.first_place,
        kept=reach.last_place - reach.first_place + 1,
        dropped=reach.dropped,
        at_once=AT_ONCE,
    )
