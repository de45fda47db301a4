"""A sandbox that is removed, or whose time is over, leaves no row in any table."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from src_system.config import Limits
from src_system.crypto.vault import Vault
from src_system.fixtures.removal import remove_retired
from src_system.store.copied_tables import FAULTS, PARTICIPANTS, PEOPLE
from src_system.store.database import Database
from src_system.system import Installation
from tests.conftest import RunningServer, sandbox_id_of
from tests.http.initiator import CARDS, Initiator, Json
from tests.http.life import Life, flows
from tests.http.receiver import receiving
from tests.http.signers import register
from tests.http.test_card_batches import record, submitted
from tests.http.test_dcf import OPTIONS
from tests.http.test_dpa_batches import item
from tests.http.test_dpa_batches import register as register_dpas

FROZEN = {"mode": "frozen", "at": "2026-11-23T09:00:00Z"}
NewSandbox = Callable[..., Awaitable[Initiator]]
TABLES = """
SELECT table_name FROM information_schema.columns
 WHERE table_schema = 'public' AND column_name = 'sandbox_id'
"""
# One that rolls its dice, and one whose change of state waits for its time.
FAULT_RULES: tuple[Json, ...] = (
    {
        "match": {"operation": "initiateIdentityValidation"},
        "when": {"probability": 0.5},
        "effect": {"latency": {"fixed": "PT0.001S"}},
    },
    {
        "match": {"operation": "initiateIdentityValidation"},
        "effect": {"state": {"consumer": "LOCKED", "after": "P30D"}},
    },
)
SOMEBODY_READ = """
INSERT INTO journal_disclosure (
    sandbox_id, disclosure, disclosed_at, remote_address, used_token, view, first_place, last_place
) VALUES ($1, 1, $2, '127.0.0.1', false, 'entry', 1, 1)
"""
COPIED = {**PARTICIPANTS, **PEOPLE, **FAULTS}


@pytest.fixture
async def database(server: RunningServer) -> AsyncIterator[asyncpg.Connection]:
    """The server's own database."""
    connection = await asyncpg.connect(server.dsn)
    yield connection
    await connection.close()


async def held(database: asyncpg.Connection, *ids: str) -> dict[str, int]:
    """How many rows of those sandboxes each table has."""
    return {
        table: await database.fetchval(
            f'SELECT count(*) FROM "{table}" WHERE sandbox_id = ANY ($1)', list(ids)
        )
        for table in [row["table_name"] for row in await database.fetch(TABLES)]
    }


async def sweep(server: RunningServer) -> int:
    """What the server's own round will do in a minute."""
    pool = await Database.connect(
        server.dsn, pool_min=1, pool_max=2, statement_timeout_ms=5000, connect_timeout_s=10
    )
    installation = Installation(pool, Vault(bytes(32)), {}, Limits(), "")
    removed = await remove_retired(installation, now=datetime.now(UTC) + timedelta(minutes=1))
    await pool.close()
    return removed


async def visit_a_dcf(initiator: Initiator) -> None:
    """Prepare a checkout, and open the page that finishes it."""
    cards = await initiator.with_consumer("cyd@shop.test", mobileNumber=None)
    prepared = await initiator.call(
        "visa",
        "transaction/preparedata",
        {
            "srcDigitalCardId": next(
                one["srcDigitalCardId"] for one in cards if one["network"] == "visa"
            ),
            "srciTransactionId": "visit-1",
            "idToken": await initiator.id_token("visa", "cyd@shop.test"),
            "dpaTransactionOptions": OPTIONS,
            "checkoutResponseUri": "https://shop.test/back",
        },
    )
    await initiator.visit_dcf("visa", prepared.body["checkoutResponse"])


async def live_through_everything(initiator: Initiator) -> None:
    """Leave a row in every table."""
    async with receiving() as receiver:
        await initiator.manage(
            "PUT", f"/clients/{initiator.client_id}", {"notificationUrl": receiver.url}
        )
        await Life(initiator).play(flows())
        accepted = await register_dpas(initiator, "visa", item())
        assert accepted.status == 200, accepted.body
        await submitted(initiator, "visa", await record(initiator, "visa", CARDS["visa"]))
        for rule in FAULT_RULES:
            assert (await initiator.manage("POST", "/faults", rule)).status == 201
        await initiator.with_consumer("bea@shop.test", mobileNumber=None)
        await visit_a_dcf(initiator)
        await initiator.initiated("visa", "bea@shop.test")
        signer = await register(initiator)
        assert (await signer.send(await signer.signed("visa"))).status == 401  # its clock is ahead
        await initiator.manage("PUT", "/clock", {"mode": "real"})
        assert (await signer.send(await signer.signed("visa"))).status == 200
        await asyncio.sleep(2)  # until the batches are done
        await initiator.manage("POST", "/snapshots", {})


async def test_nothing_is_left_of_a_sandbox_that_held_something_of_everything(
    new_sandbox: NewSandbox, server: RunningServer, database: asyncpg.Connection
) -> None:
    initiator = await new_sandbox(clock=FROZEN, issuer=True)
    await live_through_everything(initiator)
    sandbox_id = await sandbox_id_of(database, initiator.name)
    await database.execute(SOMEBODY_READ, sandbox_id, datetime.now(UTC))
    copy_id = await database.fetchval(
        "SELECT copy_id FROM snapshot WHERE sandbox_id = $1", sandbox_id
    )
    before, copied = await held(database, sandbox_id), await held(database, copy_id)

    removed = await initiator.manage("DELETE", "")
    after = await held(database, sandbox_id, copy_id)
    await sweep(server)
    swept = await held(database, sandbox_id, copy_id)

    assert [table for table, count in before.items() if not count] == []
    assert {table: before[table] for table in COPIED} == {table: copied[table] for table in COPIED}
    assert {table for table, count in copied.items() if count} == {*COPIED, "sandbox"}
    assert removed.status == 204
    # Its own row stays, without a name, for as long as a call may be under way.
    assert {table: count for table, count in after.items() if count} == {"sandbox": 1}
    assert set(swept.values()) == {0}


async def test_what_a_late_call_writes_into_a_removed_sandbox_goes_too(
    initiator: Initiator, server: RunningServer, database: asyncpg.Connection
) -> None:
    sandbox_id = await sandbox_id_of(database, initiator.name)
    await initiator.manage("DELETE", "")
    await database.execute(
        "INSERT INTO used_nonce (sandbox_id, digest, expires_at) VALUES ($1, 'late', $2)",
        sandbox_id,
        datetime.now(UTC),
    )

    await sweep(server)

    assert set((await held(database, sandbox_id)).values()) == {0}


async def test_a_reset_and_a_restore_leave_only_the_rows_of_now(
    initiator: Initiator, server: RunningServer, database: asyncpg.Connection
) -> None:
    ids = [await sandbox_id_of(database, initiator.name)]
    await initiator.with_consumer()
    await initiator.manage("POST", "/snapshots", {"name": "s"})
    for path in ("/reset", "/snapshots/s/restore", "/reset"):
        await initiator.manage("POST", path)
        ids.append(await sandbox_id_of(database, initiator.name))

    await sweep(server)

    assert len(set(ids)) == 4
    assert set((await held(database, *ids[:-1])).values()) == {0}
    assert (await initiator.manage("GET", "")).status == 200


async def test_a_sandbox_whose_time_is_over_is_as_gone_as_one_that_was_removed(
    new_sandbox: NewSandbox, server: RunningServer, database: asyncpg.Connection
) -> None:
    initiator = await new_sandbox(ttl="PT2S")
    await initiator.with_consumer()
    await initiator.manage("POST", "/snapshots", {})
    sandbox_id = await sandbox_id_of(database, initiator.name)
    deadline = time.monotonic() + 20
    while (await initiator.manage("GET", "")).status == 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)

    await sweep(server)

    assert set((await held(database, sandbox_id)).values()) == {0}


async def test_a_name_is_free_at_once_and_nothing_of_the_old_sandbox_is_in_the_new(
    new_sandbox: NewSandbox,
) -> None:
    first = await new_sandbox(seed="same", clock=FROZEN)
    await first.with_consumer()
    token = await first.id_token("visa")
    await first.manage("DELETE", "")

    second = await new_sandbox(name=first.name, seed="same", clock=FROZEN)
    people = (await second.manage("GET", "/consumers")).body["consumers"]
    profile = await second.call("visa", "profiles/prepare", {"idTokens": [token]})

    assert people == []
    assert profile.body.get("profiles", []) == []


async def test_a_large_sandbox_is_removed_piece_by_piece(
    new_sandbox: NewSandbox, server: RunningServer, database: asyncpg.Connection
) -> None:
    initiator = await new_sandbox()
    sandbox_id = await sandbox_id_of(database, initiator.name)
    await database.execute(
        "INSERT INTO consumer (sandbox_id, network, src_consumer_id, status, compliance_settings,"
        " exhausted_validations, date_consumer_added)"
        " SELECT $1, 'visa', n::text, 'ACTIVE', $2, 0, $3 FROM generate_series(1, 4500) AS n",
        sandbox_id,
        json.dumps({}),
        datetime.now(UTC),
    )

    removed = await initiator.manage("DELETE", "")

    assert removed.status == 204
    assert (await held(database, sandbox_id))["consumer"] == 0
