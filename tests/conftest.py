"""Fixtures that every test may ask for: the checkout, a PostgreSQL, and a running server."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg  # type: ignore[import-untyped, unused-ignore]
import pytest

from src_system.client import ControlPort
from src_system.client.server import start_server
from src_system.store.embedded import EmbeddedPostgres

# Against a running server, the two networks that differ most are tried always. The two in the form
# of EMV are tried by the stories in scenarios/, and here by `make test-thorough`.
_ON_A_SERVER = frozenset({"browser", "client", "clients", "faults", "http", "openapi"})
_FURTHER = frozenset({"amex", "discover"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `thorough` what repeats a test against a server on a further network."""
    root = Path(__file__).parent
    for item in items:
        called = getattr(item, "callspec", None)
        if called is None or called.params.get("network") not in _FURTHER:
            continue
        if item.path.relative_to(root).parts[0] in _ON_A_SERVER:
            item.add_marker(pytest.mark.thorough)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout, for tests that read the project itself."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """An embedded PostgreSQL for the session."""
    cache = tmp_path_factory.mktemp("programs")
    server = EmbeddedPostgres.start(None, ephemeral=True, program_cache=cache)
    yield server
    server.stop()


@dataclass(frozen=True)
class RunningServer:
    """A server in a process of its own: its two addresses, its log, and its database."""

    protocol: str
    control: str
    log: Path
    dsn: str
    pid: int


async def sandbox_id_of(connection: asyncpg.Connection, name: str) -> str:
    """What the rows of the sandbox called *name* belong to, for tests that look at them."""
    return str(await connection.fetchval("SELECT sandbox_id FROM sandbox WHERE name = $1", name))


@pytest.fixture(scope="session")
def server(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """One server for the session; tests keep apart by sandboxes of their own."""
    home = tmp_path_factory.mktemp("server")
    launched = start_server(
        home, f"--database-url={postgres.dsn}", "--migrate", f"--data-dir={home / 'data'}"
    )
    try:
        yield RunningServer(
            launched.protocol, launched.control, launched.log, postgres.dsn, launched.pid
        )
    finally:
        code = launched.stop()
    assert code == 0, launched.log.read_text()[-2000:]


@pytest.fixture
async def port(server: RunningServer) -> AsyncIterator[ControlPort]:
    """The control port of that server, as the client has it."""
    async with ControlPort(server.control) as control:
        yield control
