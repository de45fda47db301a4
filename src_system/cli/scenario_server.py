"""The server that scenarios are played against: one that is there, or one of our own."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from src_system.cli.options import CONTROL_URL_VARIABLE, UsageFailed
from src_system.client.server import LaunchedServer, start_server
from src_system.config import process_environment


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server is, from here."""

    control: str
    token: str | None = field(default=None, repr=False)
    protocol: str | None = None


@contextlib.asynccontextmanager
async def server_of(
    control: str | None, token: str | None, protocol: str | None
) -> AsyncIterator[Server]:
    """The server of the flags or the environment; else one of our own for as long as it takes."""
    environment = process_environment()
    control = control or environment.get(CONTROL_URL_VARIABLE)
    if control is not None:
        token = token or environment.get("SRC_SYSTEM_CONTROL_TOKEN") or None
        yield Server(control, token, protocol)
        return
    if protocol is not None:
        raise UsageFailed("--url needs --control: sandboxes are made at the control port")
    with tempfile.TemporaryDirectory(prefix="src-system-run-") as home:
        own = await _start(Path(home))
        try:
            yield Server(own.control, own.control_token)
        finally:
            await asyncio.to_thread(own.stop)


async def _start(home: Path) -> LaunchedServer:
    """A server that is ready; when somebody interrupts, it is stopped as soon as it is there."""
    starting = asyncio.ensure_future(asyncio.to_thread(start_server, home, "--ephemeral"))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        own = await starting
        await asyncio.to_thread(own.stop)
        raise
