"""Fixtures that every test may ask for: the checkout, a PostgreSQL, and a running server."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg  # type: ignore[import-untyped, unused-ignore]
import pytest

from src_system.store.embedded import EmbeddedPostgres

_READY_SECONDS = 60


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
    log = home / "server.log"
    with log.open("wb") as log_file:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "src_system",
                "serve",
                "--listen=127.0.0.1:0",
                "--control=127.0.0.1:0",
                f"--database-url={postgres.dsn}",
                "--migrate",
                f"--data-dir={home / 'data'}",
                f"--ready-file={home / 'ready.json'}",
            ],
            stdout=subprocess.PIPE,
            stderr=log_file,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the server did not start: {log.read_text()}"
        ready = json.loads(line)
        try:
            yield RunningServer(ready["protocol"], ready["control"], log, postgres.dsn, process.pid)
        finally:
            process.terminate()
            code = process.wait(_READY_SECONDS)
            process.stdout.close()
    assert code == 0, log.read_text()[-2000:]
