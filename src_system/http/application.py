"""The aiohttp application of the protocol port."""

import asyncio

from aiohttp import HttpVersion11, web

from src_system.http.faults.broken import LEAVING
from src_system.http.protocol import Protocol
from src_system.journal.writer import JournalWriter
from src_system.metrics import Metrics
from src_system.system import Installation


def protocol_application(
    installation: Installation, metrics: Metrics, journal: JournalWriter
) -> web.Application:
    """An application with one catch-all route: `Protocol` finds the operation by itself.

    Addresses select sandbox and network before they select a resource, and every refusal, an
    unknown address included, has the SRC API's error body: neither is what a generic router does.
    """
    application = web.Application(client_max_size=installation.limits.body_bytes_max)
    application[LEAVING] = asyncio.Event()
    application.on_shutdown.append(_leave)
    # Any character: a dot would leave out the newline, and such a path would get another's answer.
    application.router.add_route(
        "*",
        r"/{path:[\s\S]*}",
        Protocol(installation, metrics, journal).handle,
        expect_handler=_continue,
    )
    return application


async def _leave(application: web.Application) -> None:
    application[LEAVING].set()


async def _continue(request: web.Request) -> None:
    """Ask for the body where the client waits to be asked; what else it may expect is ignored."""
    expected = request.headers.get("Expect", "").lower()
    if request.version == HttpVersion11 and expected == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun
