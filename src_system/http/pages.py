"""Addresses that belong to no network: the document and its page, and the files of all pages."""

from aiohttp import web

from src_system.http.assets import answer_asset
from src_system.http.events import RequestEvent
from src_system.http.reference import ProtocolReference
from src_system.system import Installation


class Pages:
    """What is answered before anybody asks which SRC System is meant."""

    def __init__(self, installation: Installation) -> None:
        self._reference = ProtocolReference(installation)

    async def answer(self, request: web.Request, event: RequestEvent) -> web.Response | None:
        """A page or a file of one; None for any other address."""
        return answer_asset(request, event) or await self._reference.answer(request, event)
