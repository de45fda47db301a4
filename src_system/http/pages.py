"""Addresses that belong to no network: the document and its page, and the files of all pages."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from src_system.http.assets import answer_asset
from src_system.http.events import RequestEvent
from src_system.http.reference import ProtocolReference
from src_system.system import Installation

Guest = Callable[[web.Request], Awaitable[web.Response | None]]


async def no_guest(_request: web.Request) -> None:
    """Nobody answers beside us."""


class Pages:
    """What is answered before anybody asks which SRC System is meant.

    *guest* has addresses of its own on this port: the demo shop.
    """

    def __init__(self, installation: Installation, guest: Guest) -> None:
        self._reference = ProtocolReference(installation)
        self._guest = guest

    async def answer(self, request: web.Request, event: RequestEvent) -> web.Response | None:
        """A page or a file of one; None for any other address."""
        own = answer_asset(request, event) or await self._reference.answer(request, event)
        if own is not None:
            return own
        found = await self._guest(request)
        if found is not None:
            event.operation = "shop"
        return found
