"""A server in the test's own process, on a database of its own, so that its parts can be asked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import asyncpg
import pytest

from src_system.app import Server, bring_up_to_date, running_server
from src_system.config import load
from src_system.crypto.vault import Vault
from src_system.store.embedded import EmbeddedPostgres
from tests.http.initiator import Initiator
from tests.payload_keys import JWKS

DATABASE = "journal"


async def database_of(postgres: EmbeddedPostgres, name: str) -> str:
    """The DSN of a new, migrated database."""
    administration = await asyncpg.connect(dsn=postgres.dsn)
    await administration.execute(f"CREATE DATABASE {name}")
    await administration.close()
    dsn = urlsplit(postgres.dsn)._replace(path=f"/{name}").geturl().replace("//@", "///")
    await bring_up_to_date(dsn, may_migrate=True)
    return dsn


def settings(dsn: str, home: Path, **limits: int) -> dict[str, str | None]:
    """Flags of a server on *dsn*."""
    return {
        "listen": "127.0.0.1:0",
        "control": "127.0.0.1:0",
        "database_url": dsn,
        "data_dir": str(home),
        **{name: str(value) for name, value in limits.items()},
    }


@pytest.fixture(scope="session")
async def served(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    """A running server and its installation."""
    dsn = await database_of(postgres, DATABASE)
    config = load(settings(dsn, tmp_path_factory.mktemp("journal")), {})
    async with running_server(config, dsn, Vault(b"j" * 32)) as server:
        yield server


@pytest.fixture(scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """One client session for all tests."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def new_sandbox(served: Server, http: aiohttp.ClientSession) -> Callable[..., Awaitable[Initiator]]:
    """Make a sandbox; keyword arguments go to the control port."""

    async def make(**members: object) -> Initiator:
        asked = {"jwks": JWKS, **members}
        async with http.post(f"{served.control}/v1/sandboxes", json=asked) as response:
            document = await response.json()
            assert response.status == 201, document
        return Initiator(http, served.control, document)

    return make


@pytest.fixture
async def initiator(new_sandbox: Callable[..., Awaitable[Initiator]]) -> Initiator:
    """An SRC initiator in a fresh sandbox."""
    return await new_sandbox()
