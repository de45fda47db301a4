"""The checkout path goes by key also on empty tables, where a planner has nothing to go by."""

from urllib.parse import urlsplit

import asyncpg
import pytest

from src_system.store import checkout_contexts, checkout_records
from src_system.store.migrations import discover, migrate, migrations_folder
from tests.model.samples import NOW

DATABASE = "checkout_plans"


@pytest.fixture(scope="module")
async def connection(postgres):
    """A connection with our settings to a migrated, empty database that gathers no statistics."""
    administration = await asyncpg.connect(dsn=postgres.dsn)
    await administration.execute(f"CREATE DATABASE {DATABASE}")
    await administration.close()
    dsn = urlsplit(postgres.dsn)._replace(path=f"/{DATABASE}").geturl()
    await migrate(dsn.replace("//@", "///"), discover(migrations_folder()), now=NOW)
    settings = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
    opened = await asyncpg.connect(dsn=dsn, server_settings=settings)
    yield opened
    await opened.close()


async def plan_of(connection, sql):
    """The lines of the generic plan."""
    name = "planned"
    await connection.execute(f"PREPARE {name} AS {sql}")
    count = await connection.fetchval(
        "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = $1", name
    )
    rows = await connection.fetch(f"EXPLAIN EXECUTE {name} ({', '.join(['NULL'] * count)})")
    await connection.execute(f"DEALLOCATE {name}")
    return [row[0].strip() for row in rows]


async def test_a_context_is_found_by_whole_keys(connection):
    plan = await plan_of(connection, checkout_contexts._READ)

    used = [line.split(" using ")[1].split()[0] for line in plan if " using " in line]
    assert sorted(used) == [
        "checkout_session_pkey",
        "consumer_identity_hash_key",
        "consumer_pkey",
        "cryptogram_replay_guard",
        "digital_card_pkey",
        "payment_token_pkey",
        "revoked_id_token_pkey",
        "sandbox_pkey",
    ]
    assert not any("Seq Scan" in line or "Bitmap" in line for line in plan)


async def test_a_record_looks_at_no_table_from_end_to_end(connection):
    plan = await plan_of(connection, checkout_records._RECORD)

    assert [line for line in plan if "Scan on" in line and "CTE" not in line] == [
        line for line in plan if line.startswith("->  Function Scan on")
    ]
