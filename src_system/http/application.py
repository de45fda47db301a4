"""The protocol port: what answers each of its requests, and the aiohttp application around it."""

from collections.abc import Awaitable

from aiohttp import HttpVersion11, web

from src_system.http.pages import Guest, no_guest
from src_system.http.protocol import Protocol
from src_system.journal.writer import JournalWriter
from src_system.metrics import Metrics
from src_system.system import Installation


class ProtocolPort:
    """An application without routes, and `answer` in the place of its router.

    Addresses select sandbox and network before they select a resource, and every refusal, an
    unknown address included, has the SRC API's error body: neither is what a router does.
    """

    def __init__(
        self,
        installation: Installation,
        metrics: Metrics,
        journal: JournalWriter,
        guest: Guest = no_guest,
    ) -> None:
        self._protocol = Protocol(installation, metrics, journal, guest)
        self.application = web.Application(client_max_size=installation.limits.body_bytes_max)
        self.application.on_shutdown.append(self._leave)

    def answer(self, request: web.Request) -> Awaitable[web.StreamResponse]:
        """The answer to any request."""
        if "Expect" in request.headers:
            return self._answer_expecting(request)
        return self._protocol.handle(request)

    async def _answer_expecting(self, request: web.Request) -> web.StreamResponse:
        """Ask for the body where the client waits to be asked; what else it expects is ignored."""
        expected = request.headers.get("Expect", "").lower()
        if request.version == HttpVersion11 and expected == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # the answer itself has not begun
        return await self._protocol.handle(request)

    async def _leave(self, _application: web.Application) -> None:
        self._protocol.leaving.set()
