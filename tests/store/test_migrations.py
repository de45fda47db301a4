"""Migrations: each once, in order, whole or not at all, and no surprises."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from src_system.store.database import Database, DatabaseUnavailable
from src_system.store.embedded import EmbeddedPostgres
from src_system.store.migrations import (
    MigrationError,
    discover,
    migrate,
    migrations_folder,
    pending,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOBODY_THERE = "postgresql://src_system@/src_system?host=/nonexistent"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    started = EmbeddedPostgres.start(None, ephemeral=True, program_cache=cache)
    yield started
    started.stop()


@pytest.fixture
async def dsn(server):
    """An empty database."""
    connection = await asyncpg.connect(dsn=server.dsn)
    try:
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    finally:
        await connection.close()
    return server.dsn


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "0001_sandboxes.sql").write_text(
        "CREATE TABLE one (a int);\nCREATE TABLE two ();\n"
    )
    (tmp_path / "0002_more.sql").write_text("INSERT INTO one VALUES (1);\n")
    return tmp_path


async def ask(dsn, statement):
    connection = await asyncpg.connect(dsn=dsn)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def test_an_empty_database_gets_all_in_order_and_a_second_run_nothing(dsn, folder):
    migrations = discover(folder)
    assert await pending(dsn, migrations) == migrations
    assert await migrate(dsn, migrations, now=NOW) == list(migrations)
    assert await ask(dsn, "SELECT a FROM one") == [(1,)]
    ledger = await ask(dsn, "SELECT version, name, sha256, applied_at FROM schema_migration")
    assert ledger == [
        (1, "sandboxes", migrations[0].sha256, NOW),
        (2, "more", migrations[1].sha256, NOW),
    ]
    assert await pending(dsn, migrations) == ()
    assert await migrate(dsn, migrations, now=NOW) == []


async def test_pending_can_be_asked_within_a_transaction_of_the_caller(dsn, folder):
    migrations = discover(folder)
    await migrate(dsn, migrations[:1], now=NOW)
    database = await Database.connect(
        dsn, pool_min=1, pool_max=1, statement_timeout_ms=1000, connect_timeout_s=5
    )
    try:
        async with database.connection() as tx:
            assert await pending(tx, migrations) == migrations[1:]
    finally:
        await database.close()


async def test_runners_that_come_at_once_apply_each_migration_once(dsn, folder):
    migrations = discover(folder)
    applied = await asyncio.gather(*(migrate(dsn, migrations, now=NOW) for _ in range(4)))
    assert sorted(len(some) for some in applied) == [0, 0, 0, 2]
    assert await ask(dsn, "SELECT a FROM one") == [(1,)]


async def test_a_migration_that_fails_leaves_nothing_and_the_ones_before_it_stay(dsn, folder):
    broken = folder / "0003_broken.sql"
    broken.write_text("CREATE TABLE three ();\nSELECT 1 / 0;\n")
    with pytest.raises(
        MigrationError, match=r"0003_broken\.sql failed and was undone: division"
    ) as told:
        await migrate(dsn, discover(folder), now=NOW)
    assert "\n" not in str(told.value)
    assert await ask(
        dsn, "SELECT to_regclass('three')::text, max(version) FROM schema_migration"
    ) == [(None, 2)]
    broken.write_text("CREATE TABLE three ();\n")
    assert [one.version for one in await migrate(dsn, discover(folder), now=NOW)] == [3]


async def test_an_edited_file_is_refused_by_name(dsn, folder):
    await migrate(dsn, discover(folder), now=NOW)
    (folder / "0001_sandboxes.sql").write_text("CREATE TABLE other ();\n")
    with pytest.raises(MigrationError, match=r"^0001_sandboxes\.sql was edited or renamed"):
        await migrate(dsn, discover(folder), now=NOW)
    with pytest.raises(MigrationError, match=r"^0001_sandboxes\.sql was edited or renamed"):
        await pending(dsn, discover(folder))


async def test_a_renamed_file_is_refused(dsn, folder):
    await migrate(dsn, discover(folder), now=NOW)
    (folder / "0002_more.sql").rename(folder / "0002_less.sql")
    with pytest.raises(MigrationError, match=r"^0002_less\.sql was edited or renamed .*as more"):
        await pending(dsn, discover(folder))


async def test_a_database_newer_than_the_program_is_refused(dsn, folder):
    migrations = discover(folder)
    await migrate(dsn, migrations, now=NOW)
    with pytest.raises(MigrationError, match=r"newer than this program .* migration 2, .* 1"):
        await migrate(dsn, migrations[:1], now=NOW)


def test_line_ends_of_the_checkout_do_not_change_the_digest(folder):
    before = discover(folder)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert discover(folder) == before


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("0004_gap.sql", "SELECT 1;", "0004_gap.sql comes where number 0003 is expected"),
        ("0002_twice.sql", "SELECT 1;", "0002_twice.sql comes where number 0003 is expected"),
        ("3_short.sql", "SELECT 1;", "3_short.sql is not named like"),
        ("0003_own.sql", "BEGIN;\nSELECT 1;\nCOMMIT;", "0003_own.sql has a transaction of its own"),
    ],
)
def test_a_folder_out_of_order_is_refused(folder, name, text, reason):
    (folder / name).write_text(text)
    with pytest.raises(MigrationError, match=reason):
        discover(folder)


def test_a_folder_without_migrations_is_refused(tmp_path):
    with pytest.raises(MigrationError, match="there are no migrations"):
        discover(tmp_path)


async def test_a_missing_server_is_reported_as_such(folder):
    with pytest.raises(DatabaseUnavailable, match=r"cannot connect .* check --database-url"):
        await migrate(NOBODY_THERE, discover(folder), now=NOW)


async def test_the_shipped_migrations_apply_to_an_empty_database(dsn, repository):
    assert migrations_folder() == repository / "migrations"
    migrations = discover(migrations_folder())
    assert await migrate(dsn, migrations, now=NOW) == list(migrations)
