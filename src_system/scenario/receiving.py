"""Taking card update notifications, as a client's server does: one address per scenario."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from src_system.client import NotTrusted
from src_system.client.published_keys import PublishedKeys, open_jwe
from src_system.clock import monotonic
from src_system.crypto import base64url

_SIGNATURE = "X-Src-Notification-Signature"
_BODY_BYTES_MAX = 1024 * 1024
_KEPT_MAX = 1000


@dataclass(slots=True)
class Arrived:
    """A notification as it came."""

    body: bytes = field(repr=False)
    signature: str = field(repr=False)
    url: str
    headers: dict[str, str] = field(repr=False)
    at: float  # on the runner's own clock, in seconds


class NotificationServer:
    """Listens on a free port of the loopback from the first need to `close`."""

    def __init__(self) -> None:
        self._runner: web.AppRunner | None = None
        self._origin = ""
        self._arrived: dict[str, asyncio.Queue[Arrived]] = defaultdict(
            lambda: asyncio.Queue(_KEPT_MAX)
        )
        self._starting = asyncio.Lock()

    async def url(self, name: str) -> str:
        """Where the notifications of that scenario are taken."""
        async with self._starting:
            if self._runner is None:
                await self._start()
        return f"{self._origin}/{name}"

    async def next(self, name: str) -> Arrived:
        """The next one that has not been given yet; waits for it."""
        return await self._arrived[name].get()

    async def close(self) -> None:
        """Listen no more."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _start(self) -> None:
        application = web.Application(client_max_size=_BODY_BYTES_MAX)
        application.router.add_post("/{name}", self._take)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._origin = f"http://{host}:{port}"

    async def _take(self, request: web.Request) -> web.Response:
        arrived = Arrived(
            await request.read(),
            request.headers.get(_SIGNATURE, ""),
            str(request.url),
            dict(request.headers),
            monotonic(),
        )
        try:
            self._arrived[request.match_info["name"]].put_nowait(arrived)
        except asyncio.QueueFull:
            return web.Response(status=503)
        return web.Response(status=204)


@dataclass(frozen=True, slots=True)
class ScenarioReceiver:
    """The address of one scenario."""

    server: NotificationServer
    name: str

    async def url(self) -> str:
        """Where notifications are to be sent."""
        return await self.server.url(self.name)

    async def next(self) -> Arrived:
        """The next notification."""
        return await self.server.next(self.name)


async def document_of(arrived: Arrived, keys: PublishedKeys) -> dict[str, Any]:
    """The body as it came, verified with the network's keys; NotTrusted."""
    header, dot, signature = arrived.signature.partition("..")
    if not dot:
        raise NotTrusted(f"The notification has no {_SIGNATURE}.")
    await keys.verify(f"{header}.{base64url.encode(arrived.body)}.{signature}")
    try:
        return msgspec.json.decode(arrived.body, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise NotTrusted("The notification holds no JSON object.") from error


async def opened(
    document: dict[str, Any], private_keys: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """What it says: *document* itself, or what is encrypted in it; NotTrusted."""
    encrypted = document.get("encryptedNotification")
    if isinstance(encrypted, str):
        return (await open_jwe(encrypted, list(private_keys))).content
    return document
