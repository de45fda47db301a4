"""A client's receiver of card update notifications: a real server that verifies signatures."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from tests.http.initiator import Json

SIGNATURE_HEADER = "X-Src-Notification-Signature"
ID_HEADER = "X-Src-Notification-Id"
ARRIVAL_SECONDS = 10


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def entry(self) -> Json:
        """The one entry of the message."""
        entries: list[Json] = json.loads(self.body)["digitalCardUpdateNotifications"]
        assert len(entries) == 1
        return entries[0]

    @property
    def id(self) -> str:
        """The notification's id, by which a repetition is known."""
        return self.headers[ID_HEADER]


@dataclass
class Receiver:
    """What arrived, and what is answered: the statuses in turn, then 204."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    arrived: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)

    async def next(self) -> Received:
        """The next request; fails when none comes."""
        async with asyncio.timeout(ARRIVAL_SECONDS):
            return await self.arrived.get()

    async def nothing_for(self, seconds: float) -> bool:
        """Whether nothing arrives within *seconds*."""
        try:
            async with asyncio.timeout(seconds):
                await self.arrived.get()
        except TimeoutError:
            return True
        return False

    async def _take(self, request: web.Request) -> web.Response:
        self.arrived.put_nowait(Received(request.path, dict(request.headers), await request.read()))
        status = self.answers.pop(0) if self.answers else 204
        headers = {"Location": "/elsewhere"} if status in (302, 307) else {}
        return web.Response(status=status, headers=headers)


@contextlib.asynccontextmanager
async def receiving(host: str = "127.0.0.1") -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", receiver._take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, host, 0)
    await site.start()
    port = runner.addresses[0][1]
    receiver.url = f"http://{host}:{port}/notifications"
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def verified(session: aiohttp.ClientSession, keys_url: str, received: Received) -> Json:
    """The signature's header, when it was made over just this body with a published key.

    The payload goes back between the dots (RFC 7515, appendix F). Raises InvalidJWSSignature.
    """
    protected, nothing, signature = received.headers[SIGNATURE_HEADER].split(".")
    assert nothing == ""
    async with session.get(keys_url) as response:
        keys = {key["kid"]: key for key in (await response.json())["keys"]}
    token = JWS()
    token.allowed_algs = ["RS256"]
    token.deserialize(f"{protected}..{signature}")
    header: Json = token.jose_header
    assert keys[header["kid"]]["use"] == "sig"
    token.verify(JWK(**keys[header["kid"]]), detached_payload=received.body)
    return header
