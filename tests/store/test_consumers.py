"""Identities: whoever comes first has one, also when many come at the same moment."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from msgspec import structs

from src_system.model.consumer import ConsumerIdentity, IdentityType
from src_system.model.identifiers import SandboxName, SystemKey
from src_system.store import consumers, sandboxes
from src_system.store.database import Database
from tests.conftest import RunningServer
from tests.model.samples import CONSUMER, SANDBOX

PEOPLE, ROUNDS = 8, 150
KEY = SystemKey("identities~1", "visa")


@pytest.fixture
async def database(server: RunningServer) -> AsyncIterator[Database]:
    """A pool on the server's own database, with a sandbox of eight people."""
    opened = await Database.connect(
        server.dsn,
        pool_min=PEOPLE,
        pool_max=PEOPLE,
        statement_timeout_ms=5000,
        connect_timeout_s=10,
    )
    sandbox = replace(SANDBOX, sandbox_id=KEY.sandbox_id, name=SandboxName("identities"))
    async with opened.transaction() as tx:
        await sandboxes.insert_sandbox(tx, sandbox)
        for number in range(PEOPLE):
            person = structs.replace(CONSUMER, src_consumer_id=f"person-{number}")
            await consumers.insert_consumer(tx, KEY, person)
    yield opened
    await opened.close()


async def test_of_those_who_want_an_identity_at_once_one_gets_it(database: Database) -> None:
    async def claim(number: int, identity: ConsumerIdentity) -> bool:
        async with database.connection() as tx:
            return await consumers.insert_identity(
                tx,
                KEY,
                identity,
                identity_hash=identity.identity_value.encode().ljust(32, b"."),
                src_consumer_id=f"person-{number}",
            )

    got = []
    for turn in range(ROUNDS):
        identity = ConsumerIdentity(IdentityType.MOBILE_PHONE_NUMBER, f"1202555{turn:04}")
        claims = await asyncio.gather(*(claim(number, identity) for number in range(PEOPLE)))
        got.append(claims.count(True))

    assert set(got) == {1}
