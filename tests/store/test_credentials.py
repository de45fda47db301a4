"""Used nonces: once and never again, sandbox by sandbox, and never more than one life's worth."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from src_system.store import credentials
from src_system.store.database import Database
from tests.conftest import RunningServer
from tests.model.samples import NOW

LIFE = timedelta(minutes=15)


@pytest.fixture
async def database(server: RunningServer) -> AsyncIterator[Database]:
    """A pool on the server's own database; the rows belong to sandboxes that nobody else has."""
    database = await Database.connect(
        server.dsn,
        pool_min=1,
        pool_max=2,
        statement_timeout_ms=5000,
        connect_timeout_s=10,
        acquire_timeout_s=2,
    )
    yield database
    await database.close()


async def use(
    database: Database, sandbox_id: str, digest: bytes, *, minutes: int = 0, seconds: int = 0
) -> bool:
    """Use a nonce so many minutes later by the sandbox's clock, seconds by the machine's."""
    now = NOW + timedelta(minutes=minutes)
    async with database.connection() as tx:
        return await credentials.use_nonce(
            tx,
            sandbox_id,
            digest,
            expires_at=now + LIFE,
            now=now,
            machine_now=NOW + timedelta(seconds=seconds),
        )


async def test_a_nonce_is_used_once_in_each_sandbox(database: Database) -> None:
    assert await use(database, "nonce-a", b"1")
    assert not await use(database, "nonce-a", b"1")
    assert await use(database, "nonce-b", b"1")
    assert await use(database, "nonce-a", b"2")


async def test_nonces_past_their_end_are_taken_away_by_later_ones(
    database: Database, server: RunningServer
) -> None:
    for number in range(40):
        assert await use(database, "nonce-c", b"old %d" % number)
    for number in range(6):
        assert await use(database, "nonce-c", b"new %d" % number, minutes=20)
    connection = await asyncpg.connect(dsn=server.dsn)
    kept = await connection.fetchval("SELECT count(*) FROM used_nonce WHERE sandbox_id = 'nonce-c'")
    await connection.close()

    assert kept == 6
    assert not await use(database, "nonce-c", b"new 1", minutes=20)


async def test_where_time_stands_still_the_newest_nonces_are_kept(database: Database) -> None:
    for number in range(20):
        assert await use(database, "nonce-d", b"%02d" % number, seconds=number)
    assert await use(database, "nonce-e", b"00")

    async with database.connection() as tx:
        await credentials.prune_nonces_by_number(tx, "nonce-d", keep=5)

    forgotten = [
        number
        for number in range(20)
        if await use(database, "nonce-d", b"%02d" % number, seconds=99)
    ]
    assert forgotten == list(range(15))
    assert not await use(database, "nonce-e", b"00")
