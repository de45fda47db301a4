"""The control port of a server: makes sandboxes and finds them."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from src_system.client.answers import NetworkTestPans, SandboxDetails, SandboxSummary, Version
from src_system.client.endpoint import Endpoint, given, iso_duration
from src_system.client.errors import SrcSystemError, Unreachable
from src_system.client.magic_answers import MagicTable
from src_system.client.sandbox import Sandbox
from src_system.client.transport import TIMEOUT_SECONDS, HttpTransport, Reply, Transport
from src_system.client.verdict_answers import Check

DEFAULT_URL = "http://127.0.0.1:8081"
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - listened on, never called


class ControlPort:
    """The control port at *url*; *token* where it wants one.

    Use it with `async with`, or `close` it at the end. *protocol* is where the protocol port is
    reached from here when that is another address than the server tells, as through a container's
    published port. *ssl_context* is for a protocol port with TLS. Every method raises Unreachable
    when nobody listens, TimedOut, and Refused when the server says no.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        token: str | None = None,
        protocol: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        ssl_context: ssl.SSLContext | None = None,
        transport: Transport | None = None,
    ) -> None:
        self.url = control_url(url)
        self._protocol = protocol
        self._transport = transport or HttpTransport(timeout=timeout, ssl_context=ssl_context)
        self._root = Endpoint(self._transport, self.url, token)
        self._sandboxes = self._root.at("v1", "sandboxes")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Leave no connection open."""
        await self._transport.close()

    async def is_ready(self) -> bool:
        """Whether a server is there and its database answers."""
        try:
            return (await self._root.send("GET", "/readyz")).status == 200
        except Unreachable:
            return False

    async def version(self) -> Version:
        """What runs there."""
        return await self._root.get(Version, "/version")

    async def test_pans(self) -> dict[str, NetworkTestPans]:
        """The card numbers that may be used, by network."""
        return await self._root.get(dict[str, NetworkTestPans], "/v1/test-pans")

    async def magic(self) -> MagicTable:
        """Every magic value, as each network is sent it, with what it brings about."""
        return await self._root.get(MagicTable, "/v1/magic")

    async def verdict_checks(self) -> list[Check]:
        """Every check of a verdict, with its rule and how to mend what it finds."""
        return [one async for one in self._root.each(Check, "checks", "/v1/verdict/checks")]

    async def send(self, method: str, place: str, document: object = None) -> Reply:
        """A call that has no method here: *place* with its query, from the root. Any status."""
        return await self._root.send(method, place, document)

    async def list_sandboxes(self) -> list[SandboxSummary]:
        """All of them, by name."""
        return [one async for one in self._sandboxes.each(SandboxSummary, "sandboxes")]

    async def sandbox(self, name: str = "default") -> Sandbox:
        """The sandbox of that name; Refused (404) when there is none."""
        return self._handle(await self._sandboxes.at(name).get(SandboxDetails))

    async def create_sandbox(
        self,
        name: str | None = None,
        *,
        seed: str | int | None = None,
        clock: str | Mapping[str, Any] | None = None,
        profile: str | None = None,
        ttl: timedelta | str | None = None,
        fixtures: Mapping[str, Any] | None = None,
        issuer: bool = False,
        **members: Any,
    ) -> Sandbox:
        """A new sandbox, with a ready-made client, its private payload key, and a DPA.

        *clock* is `real`, an ISO 8601 instant to stop at, or the document of the control port.
        *profile* is default, strict or lenient. After *ttl* of real time it goes by itself.
        *members* are further ones, as they stand on the wire.
        """
        document = given(
            name=name,
            seed=seed,
            clock=clock,
            profile=profile,
            ttl=None if ttl is None else iso_duration(ttl),
            fixtures=fixtures,
            issuer=issuer or None,
            **members,
        )
        return self._handle(
            await self._sandboxes.post(SandboxDetails, document=document), lineage=()
        )

    @contextlib.asynccontextmanager
    async def new_sandbox(self, name: str | None = None, **settings: Any) -> AsyncIterator[Sandbox]:
        """A new sandbox (`create_sandbox`) that is removed at the end of the block."""
        sandbox = await self.create_sandbox(name, **settings)
        try:
            yield sandbox
        finally:
            await sandbox.delete(missing_ok=True)

    async def delete_sandbox(self, name: str) -> None:
        """Remove it with all it holds."""
        await self._sandboxes.at(name).delete()

    def _handle(
        self, details: SandboxDetails, *, lineage: tuple[str, ...] | None = None
    ) -> Sandbox:
        return Sandbox(
            details, self._sandboxes, self._transport, protocol=self._protocol, lineage=lineage
        )


def control_url(text: str) -> str:
    """*text* as a URL without a slash at its end: `host:port` will do; SrcSystemError otherwise."""
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in {"http", "https"}:
        raise SrcSystemError(f"The control port is a URL or host:port, not {text!r}.")
    host = _EVERY_ADDRESS.get(host, host)
    host = f"[{host}]" if ":" in host else host
    return (
        f"{parts.scheme}://{host}" + ("" if port is None else f":{port}") + parts.path.rstrip("/")
    )
