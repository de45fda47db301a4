"""The outbox: a delivery is leased to one worker, and due by its own sandbox's clock."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import asyncpg
import pytest

from src_system.model.card_notification import NotificationState, ReasonCode
from src_system.model.identifiers import SandboxName, SystemKey
from src_system.model.participant import Client, ClientKind, ParticipantStatus
from src_system.model.sandbox import ClockMode
from src_system.store import card_notifications, participants, sandboxes
from src_system.store.database import Database
from src_system.store.emptied_tables import empty_sandbox
from src_system.store.migrations import discover, migrate, migrations_folder
from tests.model.samples import NOW, SANDBOX

DATABASE = "outbox"
LEASE = timedelta(seconds=30)


@pytest.fixture
async def database(postgres):
    """A migrated database that no running server looks into."""
    administration = await asyncpg.connect(dsn=postgres.dsn)
    await administration.execute(f"CREATE DATABASE {DATABASE}")
    dsn = urlsplit(postgres.dsn)._replace(path=f"/{DATABASE}").geturl().replace("//@", "///")
    await migrate(dsn, discover(migrations_folder()), now=NOW)
    opened = await Database.connect(
        dsn, pool_min=1, pool_max=8, statement_timeout_ms=5000, connect_timeout_s=5
    )
    yield opened
    await opened.close()
    await administration.execute(f"DROP DATABASE {DATABASE}")
    await administration.close()


async def make_sandbox(
    database: Database,
    name: str,
    *,
    mode: ClockMode = ClockMode.FROZEN,
    at: datetime | None = NOW,
    offset: float = 0.0,
) -> SystemKey:
    sandbox = replace(
        SANDBOX,
        sandbox_id=name,
        name=SandboxName(name),
        clock_mode=mode,
        clock_at=at,
        clock_offset_seconds=offset,
    )
    client = Client(
        "client",
        ClientKind.SRC_INITIATOR,
        "Client",
        ParticipantStatus.ACTIVE,
        "12345678901",
        None,
        (),
        notification_url="http://127.0.0.1:1/",
    )
    async with database.transaction() as tx:
        await sandboxes.insert_sandbox(tx, sandbox)
        await participants.upsert_client(tx, name, client, now=NOW)
    return SystemKey(name, "visa")


async def put(database: Database, key: SystemKey, *ids: str, at: datetime = NOW) -> None:
    for one in ids:
        async with database.transaction() as tx:
            await card_notifications.insert_notification(
                tx,
                key,
                notification_id=one,
                place=await card_notifications.next_place(tx, key.sandbox_id),
                src_client_id="client",
                src_digital_card_id="card",
                reason=ReasonCode.CARD_SUSPENDED,
                event_time=at,
                notification={"reasonCode": "CARD_SUSPENDED"},
            )


async def claim(database: Database, now: datetime = NOW, limit: int = 100):
    async with database.connection() as tx:
        return await card_notifications.claim_due(
            tx, machine_now=now, leased_until=now + LEASE, limit=limit
        )


async def test_workers_that_claim_at_once_share_what_is_due(database):
    key = await make_sandbox(database, "one")
    names = [f"n-{number:02}" for number in range(40)]
    await put(database, key, *names)

    claimed = await asyncio.gather(*(claim(database, limit=10) for _ in range(6)))

    taken = [delivery.notification_id for some in claimed for delivery in some]
    assert len(taken) == len(set(taken))
    rest = await claim(database)
    assert sorted([*taken, *(one.notification_id for one in rest)]) == names


async def test_a_lease_that_has_ended_lets_another_worker_try(database):
    key = await make_sandbox(database, "one")
    await put(database, key, "n")

    first = await claim(database)
    held = await claim(database, NOW + LEASE - timedelta(seconds=1))
    second = await claim(database, NOW + LEASE)

    assert (len(first), len(held), len(second)) == (1, 0, 1)
    await record(database, first[0], delivered=True)
    [kept] = await listed(database, key)
    assert (kept.state, kept.attempts) == (NotificationState.PENDING, [])
    await record(database, second[0], delivered=True)
    [kept] = await listed(database, key)
    assert (kept.state, kept.attempts) == (NotificationState.DELIVERED, [{"status": 204}])


async def record(database, delivery, *, delivered: bool) -> None:
    async with database.connection() as tx:
        await card_notifications.record_attempt(
            tx,
            delivery,
            {"status": 204 if delivered else 500},
            state=NotificationState.DELIVERED if delivered else NotificationState.PENDING,
            next_attempt_at=None if delivered else NOW + timedelta(seconds=5),
            delivered_at=NOW if delivered else None,
            machine_now=NOW,
        )


async def listed(database, key):
    async with database.connection() as tx:
        return await card_notifications.list_notifications(
            tx, key.sandbox_id, after=0, state=None, src_client_id=None, network=None, limit=10
        )


async def test_each_sandbox_has_its_own_time(database):
    machine = NOW + timedelta(days=100)
    past = await make_sandbox(database, "past")
    future = await make_sandbox(database, "future", at=NOW + timedelta(days=1))
    real = await make_sandbox(database, "real", mode=ClockMode.REAL, at=None)
    late = await make_sandbox(database, "late", mode=ClockMode.OFFSET, at=None, offset=-200 * 86400)
    for key in (past, future, real, late):
        await put(database, key, "n", at=NOW + timedelta(hours=1))

    due = {delivery.key for delivery in await claim(database, machine)}

    assert due == {future, real}


async def test_the_least_recently_tried_come_first(database):
    key = await make_sandbox(database, "one", at=NOW + timedelta(days=1))
    await put(database, key, "dead-1", "dead-2")
    for delivery in await claim(database):
        await record(database, delivery, delivered=False)
    await put(database, key, "fresh")

    [first] = await claim(database, NOW + timedelta(minutes=1), limit=1)

    assert first.notification_id == "fresh"
    assert first.failures == 0


async def test_removing_a_sandbox_removes_its_outbox(database):
    key = await make_sandbox(database, "one")
    await put(database, key, "n")

    await empty_sandbox(database, "one")

    assert await claim(database) == []
    assert await listed(database, key) == []
