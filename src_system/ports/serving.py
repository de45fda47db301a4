"""Serving applications on bound sockets until a block ends."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from src_system.config import Limits
from src_system.ports.connection import Connections

_BACKLOG = 1024
_SHUTDOWN_SECONDS = 10.0
_WATCH_SECONDS = 1.0
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Port:
    """What answers on a bound socket, and its TLS.

    *answer* is called for each request in place of the application's router and middlewares, which
    would take some 20 µs of CPU for finding the only one there is.
    """

    application: web.Application
    listening: socket.socket
    tls: ssl.SSLContext | None = None
    answer: Answer | None = None


@contextlib.asynccontextmanager
async def serving(ports: Sequence[Port], limits: Limits) -> AsyncIterator[None]:
    """Answer on each port with its application.

    At the end all sockets stop to accept at once; requests under way are then finished.
    """
    runners: list[_PortRunner] = []
    watch: asyncio.Task[None] | None = None
    try:
        for port in ports:
            runner = _PortRunner(port, **_settings(limits))
            await runner.setup()
            runners.append(runner)
        for runner, port in zip(runners, ports, strict=True):
            site = web.SockSite(runner, port.listening, backlog=_BACKLOG, ssl_context=port.tls)
            await site.start()
        watch = asyncio.create_task(_close_late(runners, limits.head_seconds_max))
        yield
    finally:
        for runner in runners:
            for open_site in runner.sites:
                await open_site.stop()
        await asyncio.gather(*(runner.cleanup() for runner in runners))
        if watch is not None:
            watch.cancel()


def _settings(limits: Limits) -> dict[str, Any]:
    return {
        "access_log": None,
        # A client that hangs up must not cut an operation in half.
        "handler_cancellation": False,
        "shutdown_timeout": _SHUTDOWN_SECONDS,
        "keepalive_timeout": float(limits.keep_alive_seconds),
        "max_line_size": limits.request_line_bytes_max,
        "max_field_size": limits.header_bytes_max,
        "max_headers": limits.headers_max,
    }


class _PortRunner(web.AppRunner):
    """Runs an application with our kind of connections; aiohttp has no setting for the class."""

    def __init__(self, port: Port, **settings: Any) -> None:
        super().__init__(port.application, **settings)
        self._answer = port.answer

    async def _make_server(self) -> web.Server:
        plain = await super()._make_server()
        return Connections(
            self._answer or plain.request_handler,
            request_factory=plain.request_factory,
            loop=asyncio.get_running_loop(),
            **self._kwargs,
        )


async def _close_late(runners: Sequence[_PortRunner], head_seconds_max: float) -> None:
    """Look at all connections every second: cheaper than a timer for each request's head."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        for runner in runners:
            if isinstance(runner.server, Connections):
                runner.server.close_late(loop.time(), head_seconds_max)
