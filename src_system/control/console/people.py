"""Consumers and their cards: searched, listed, shown with the states that they can be put into."""

from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from src_system.control.cards import card_document, list_cards
from src_system.control.console.showing import asked, page, shown
from src_system.control.consumers import get_consumer, list_consumers
from src_system.control.parts import network_filter, parts_of, world_of
from src_system.model.identifiers import SystemKey
from src_system.networks import PROFILES
from src_system.store import digital_cards

_AT_ONCE = 50


@page
async def get_people(request: web.Request) -> web.Response:
    """GET …/people?identity=&network=&after=: consumers, network by network."""
    query = _query(request, "identity", "network", "after")
    found = await asked(request, list_consumers, query=query)
    return shown(
        request,
        "people",
        people=found["consumers"],
        query=query,
        networks=list(PROFILES),
        next=_next(request, query, found["next"]),
    )


@page
async def get_person(request: web.Request) -> web.Response:
    """GET …/people/{network}/{id}: one consumer with cards and addresses."""
    return shown(request, "person", person=await asked(request, get_consumer))


@page
async def get_cards(request: web.Request) -> web.Response:
    """GET …/cards?card=&network=&after=: digital cards, or the one of this srcDigitalCardId."""
    query = _query(request, "card", "network", "after")
    if query["card"]:
        found: dict[str, Any] = {"cards": await _named(request, query), "next": None}
    else:
        found = await asked(request, list_cards, query=query)
    return shown(
        request,
        "cards",
        cards=found["cards"],
        query=query,
        networks=list(PROFILES),
        next=_next(request, query, found["next"]),
    )


async def _named(request: web.Request, query: dict[str, str]) -> list[Any]:
    """The card of this srcDigitalCardId, on whichever network it is."""
    world = await world_of(request)
    given = {name: value for name, value in query.items() if value}
    only = network_filter(request.clone(rel_url=request.rel_url.with_query(given)))
    found = []
    async with parts_of(request).installation.database.connection() as tx:
        for name in PROFILES if only is None else (only,):
            key = SystemKey(world.sandbox.sandbox_id, name)
            held = await digital_cards.find_card(tx, key, query["card"])
            if held is not None:
                found.append(card_document(name, held[0], world.clock.now()))
    return found


def _query(request: web.Request, *names: str) -> dict[str, str]:
    return {
        **{name: request.query.get(name, "").strip() for name in names},
        "limit": str(_AT_ONCE),
    }


def _next(request: web.Request, query: dict[str, str], after: str | None) -> str | None:
    if after is None:
        return None
    kept = {name: value for name, value in query.items() if value and name != "limit"}
    return f"{request.path}?{urlencode({**kept, 'after': after})}"
