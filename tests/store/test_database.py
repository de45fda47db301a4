"""Connections, transactions and the names that failures get."""

import asyncio
from dataclasses import dataclass

import asyncpg
import pytest

from src_system.store import database as module
from src_system.store.database import (
    Database,
    DatabaseBusy,
    DatabaseUnavailable,
    ForeignKeyViolation,
    SerializationConflict,
    UniqueViolation,
)
from src_system.store.embedded import EmbeddedPostgres


@dataclass
class Counter:
    statements: int = 0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    started = EmbeddedPostgres.start(None, ephemeral=True, program_cache=cache)
    yield started
    started.stop()


@pytest.fixture
async def other(server):
    """A connection past the pool, as another client has one."""
    connection = await asyncpg.connect(dsn=server.dsn)
    await connection.execute("""
        DROP TABLE IF EXISTS child, parent;
        CREATE TABLE parent (a int CONSTRAINT parent_pkey PRIMARY KEY, body jsonb, plain json);
        CREATE TABLE child (a int CONSTRAINT child_parent_fkey REFERENCES parent (a));
    """)
    yield connection
    await connection.close()


@pytest.fixture
async def connect(server, other):
    opened = []

    async def do(**changed):
        settings: dict[str, float] = {"pool_min": 1, "pool_max": 2, "statement_timeout_ms": 2000}
        settings |= {"connect_timeout_s": 5.0, "acquire_timeout_s": 0.2}
        opened.append(await Database.connect(changed.pop("dsn", server.dsn), **settings | changed))
        return opened[-1]

    yield do
    for database in opened:
        await database.close()


async def test_statements_of_a_connection_commit_by_themselves_and_are_counted(connect, other):
    database = await connect()
    counter = Counter(5)
    async with database.connection(counter) as tx:
        assert await tx.execute("INSERT INTO parent (a) VALUES ($1)", 1) == "INSERT 0 1"
        assert await other.fetchval("SELECT count(*) FROM parent") == 1
        await tx.executemany("INSERT INTO parent (a) VALUES ($1)", [(2,), (3,)])
        await tx.copy_records_to_table("parent", records=[(4,)], columns=["a"])
        assert [row["a"] for row in await tx.fetch("SELECT a FROM parent ORDER BY a")] == [
            1,
            2,
            3,
            4,
        ]
        assert await tx.fetchrow("SELECT a FROM parent WHERE a = 9") is None
        assert await tx.fetchval("SELECT a FROM parent WHERE a = 2") == 2
        assert tx.statements == 6
    assert counter.statements == 11
    assert database.statements_total == 6


async def test_a_transaction_commits_at_its_end_and_vanishes_when_it_raises(connect, other):
    database = await connect()
    counter = Counter()
    async with database.transaction(counter) as tx:
        await tx.execute("INSERT INTO parent (a) VALUES (1)")
        assert await other.fetchval("SELECT count(*) FROM parent") == 0
    with pytest.raises(KeyError):  # noqa: PT012 - the block is tested
        async with database.transaction(counter) as tx:
            await tx.execute("INSERT INTO parent (a) VALUES (2)")
            raise KeyError
    assert [row["a"] for row in await other.fetch("SELECT a FROM parent")] == [1]
    assert counter.statements == 2
    assert database.pool_usage() == (1, 1, 0)


async def test_json_goes_in_and_comes_out_as_python_values(connect):
    database = await connect()
    document = {"cards": [1, None, True, "é"], "nested": {"a": 1.5}}
    async with database.connection() as tx:
        await tx.execute("INSERT INTO parent VALUES (1, $1, $2)", document, document)
        row = await tx.fetchrow("SELECT body, plain FROM parent")
    assert row["body"] == document
    assert row["plain"] == document


async def test_constraints_are_reported_by_the_names_of_the_migration(connect):
    database = await connect()
    async with database.connection() as tx:
        await tx.execute("INSERT INTO parent (a) VALUES (1)")
        with pytest.raises(UniqueViolation) as unique:
            await tx.execute("INSERT INTO parent (a) VALUES (1)")
        with pytest.raises(ForeignKeyViolation) as foreign:
            await tx.execute("INSERT INTO child VALUES (7)")
    assert unique.value.constraint_name == "parent_pkey"
    assert foreign.value.constraint_name == "child_parent_fkey"
    assert database.pool_usage() == (1, 1, 0)


async def test_a_constraint_checked_at_commit_is_reported_as_well(connect, other):
    await other.execute(
        "ALTER TABLE child ALTER CONSTRAINT child_parent_fkey DEFERRABLE INITIALLY DEFERRED"
    )
    database = await connect()
    with pytest.raises(ForeignKeyViolation):
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO child VALUES (7)")
    assert await other.fetchval("SELECT count(*) FROM child") == 0
    await database.ping()


async def test_a_mistake_of_ours_keeps_its_own_name(connect):
    database = await connect()
    async with database.connection() as tx:
        with pytest.raises(asyncpg.UndefinedTableError):
            await tx.fetch("SELECT a FROM nowhere")
        with pytest.raises(asyncpg.InterfaceError) as mistake:
            await tx.fetch("SELECT 1", "one argument too many")
    assert mistake.value.__cause__ is None


async def test_connections_tell_who_they_are_and_how_long_they_may_take(connect):
    database = await connect()
    async with database.connection() as tx:
        assert await tx.fetchval("SHOW application_name") == "src-system"
        assert await tx.fetchval("SHOW statement_timeout") == "2s"


async def test_a_statement_over_its_time_is_busy_and_the_connection_stays(connect):
    database = await connect(statement_timeout_ms=50)
    with pytest.raises(DatabaseBusy, match="statement timeout"):
        async with database.transaction() as tx:
            await tx.execute("SELECT pg_sleep(5)")
    assert database.pool_usage() == (1, 1, 0)
    await database.ping()


async def test_who_lost_against_another_transaction_is_told_so_and_the_connection_stays(connect):
    database = await connect()
    async with database.connection() as tx:
        await tx.execute("CREATE TABLE contested (number int)")
        await tx.execute("INSERT INTO contested VALUES (0)")
    try:
        with pytest.raises(SerializationConflict, match="could not serialize"):  # noqa: PT012
            async with database.transaction() as late:
                await late.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                await late.fetch("SELECT number FROM contested")
                async with database.connection() as other:
                    await other.execute("UPDATE contested SET number = number + 1")
                await late.execute("UPDATE contested SET number = number + 1")
        assert database.pool_usage() == (2, 2, 0)
    finally:
        async with database.connection() as tx:
            await tx.execute("DROP TABLE contested")


async def test_a_server_that_keeps_silent_is_unavailable_and_the_connection_goes(
    connect, monkeypatch
):
    # The server's own limit is switched off below, as a server that hangs would not heed it.
    monkeypatch.setattr(module, "COMMAND_TIMEOUT_MARGIN_SECONDS", 0.1)
    database = await connect(statement_timeout_ms=50)
    with pytest.raises(DatabaseUnavailable):  # noqa: PT012 - the block is tested
        async with database.connection() as tx:
            await tx.execute("SET statement_timeout = 0")
            await tx.execute("SELECT pg_sleep(5)")
    assert database.pool_usage() == (0, 0, 0)
    await database.ping()


async def test_nobody_waits_for_a_connection_longer_than_the_limit(connect):
    database = await connect(pool_max=1)
    async with database.connection():
        with pytest.raises(DatabaseBusy, match=r"no database connection became free within 0\.2 s"):
            await database.ping()
        assert database.pool_usage() == (1, 0, 0)
    await database.ping()


async def test_those_who_wait_are_served_in_the_order_they_came(connect):
    database = await connect(pool_max=1, acquire_timeout_s=5)
    served = []

    async def one(number):
        async with database.connection() as tx:
            await tx.fetchval("SELECT 1")
            served.append(number)

    async with database.connection():
        tasks = [asyncio.create_task(one(number)) for number in range(5)]
        await asyncio.sleep(0)
        assert database.pool_usage() == (1, 0, 5)
    await asyncio.gather(*tasks)
    assert served == [0, 1, 2, 3, 4]
    assert database.pool_usage() == (1, 1, 0)


async def test_a_task_that_gives_up_at_the_last_moment_passes_its_connection_on(connect):
    database = await connect(pool_max=1, acquire_timeout_s=5)

    async def one():
        await database.ping()
        return "served"

    async with database.connection():
        first, second = asyncio.create_task(one()), asyncio.create_task(one())
        await asyncio.sleep(0)
    first.cancel()  # the connection has been handed to it, and it has not run since
    assert await second == "served"
    with pytest.raises(asyncio.CancelledError):
        await first
    assert database.pool_usage() == (1, 1, 0)


async def test_a_cancelled_statement_does_not_return_its_connection(connect, other):
    database = await connect(pool_max=1)

    async def slow(block):
        async with block() as tx:
            await tx.execute("SELECT pg_sleep(5)")

    async def insert_slowly():
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO parent (a) VALUES (1)")
            await tx.execute("SELECT pg_sleep(5)")

    for cut_off in (insert_slowly(), slow(database.connection), slow(database.transaction)):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(cut_off, 0.1)
        assert database.pool_usage() == (0, 0, 0)
    await database.ping()
    assert database.pool_usage() == (1, 1, 0)
    assert await other.fetchval("SELECT count(*) FROM parent") == 0


async def test_a_lost_connection_is_unavailable_once_and_then_replaced(connect, other):
    database = await connect(pool_max=1)
    with pytest.raises(DatabaseUnavailable):  # noqa: PT012 - the block is tested
        async with database.connection() as tx:
            pid = await tx.fetchval("SELECT pg_backend_pid()")
            await other.execute("SELECT pg_terminate_backend($1)", pid)
            await tx.fetchval("SELECT 1")
    await database.ping()
    assert database.pool_usage() == (1, 1, 0)


async def test_a_connection_that_died_idle_is_replaced_unnoticed(connect, other):
    database = await connect(pool_max=1)
    async with database.connection() as tx:
        pid = await tx.fetchval("SELECT pg_backend_pid()")
    await other.execute("SELECT pg_terminate_backend($1)", pid)
    await asyncio.sleep(0.05)  # until the end of the stream has been read
    await database.ping()
    assert database.pool_usage() == (1, 1, 0)


async def test_a_read_only_server_is_unavailable_as_after_a_switchover(connect):
    database = await connect()
    with pytest.raises(DatabaseUnavailable, match="read-only"):  # noqa: PT012 - a block
        async with database.transaction() as tx:
            await tx.execute("SET TRANSACTION READ ONLY")
            await tx.execute("INSERT INTO parent (a) VALUES (1)")


async def test_a_missing_server_and_a_missing_database_are_told_in_one_line(connect, server):
    for dsn in (
        "postgresql://src_system@/src_system?host=/nonexistent",
        server.dsn.replace("/src_system?", "/nowhere?"),
        "mysql://localhost/x",
    ):
        with pytest.raises(DatabaseUnavailable, match="check --database-url") as told:
            await connect(dsn=dsn)
        assert "\n" not in str(told.value)


async def test_an_old_server_is_refused(connect, monkeypatch):
    monkeypatch.setattr(module, "MINIMUM_MAJOR", 99)
    with pytest.raises(DatabaseUnavailable, match="99 or newer is needed"):
        await connect()


async def test_a_closed_database_refuses_and_releases_those_who_wait(connect):
    database = await connect(pool_max=1, acquire_timeout_s=5)
    async with database.connection():
        waiting = asyncio.create_task(database.ping())
        await asyncio.sleep(0)
        await database.close()
        with pytest.raises(DatabaseUnavailable, match="shutting down"):
            await waiting
    with pytest.raises(DatabaseUnavailable, match="shutting down"):
        await database.ping()
    await database.close()
    assert database.pool_usage() == (0, 0, 0)


async def test_a_list_of_hosts_leads_to_the_one_that_takes_writes(connect, server, tmp_path):
    folder = server.dsn.partition("host=")[2]
    hosts = f"host={tmp_path},{folder}&target_session_attrs=read-write"
    database = await connect(dsn=server.dsn.partition("host=")[0] + hosts)

    async with database.connection() as tx:
        assert await tx.execute("INSERT INTO parent (a) VALUES ($1)", 1) == "INSERT 0 1"


async def test_a_lost_connection_takes_the_idle_ones_along(connect, other):
    database = await connect(pool_min=2)
    async with database.connection() as first, database.connection() as second:
        before = {await one.fetchval("SELECT pg_backend_pid()") for one in (first, second)}
    assert database.pool_usage() == (2, 2, 0)

    with pytest.raises(DatabaseUnavailable):  # noqa: PT012 - the block is tested
        async with database.connection() as tx:
            pid = await tx.fetchval("SELECT pg_backend_pid()")
            await other.execute("SELECT pg_terminate_backend($1)", pid)
            await tx.fetchval("SELECT 1")

    assert database.pool_usage() == (0, 0, 0)
    async with database.connection() as tx:
        assert await tx.fetchval("SELECT pg_backend_pid()") not in before
