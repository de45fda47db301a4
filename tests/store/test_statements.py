"""Every SQL statement fits the schema and names its sandbox; every key begins with it."""

import importlib
import pkgutil
import re
from urllib.parse import urlsplit

import asyncpg
import pytest

import src_system.store
from src_system.store.migrations import discover, migrate, migrations_folder
from tests.model.samples import NOW

DATABASE = "statements"
STATEMENT = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b")
CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")

# Tables of the whole installation, made once and used by all its sandboxes.
INSTALLATION = {"network_key", "vault_check", "schema_migration"}
# Statements of the whole installation, by module and name, with what they are for.
WITHOUT_SANDBOX = {
    ("migrations", "_LOCK"): "one runner of migrations at a time",
    ("migrations", "_LEDGER_EXISTS"): "the ledger of migrations",
    ("migrations", "_READ_LEDGER"): "the ledger of migrations",
    ("migrations", "_RECORD"): "the ledger of migrations",
    ("network_keys", "_LOCK"): "one maker of network keys at a time",
    ("network_keys", "_LIST"): "network_key is the installation's",
    ("network_keys", "_INSERT"): "network_key is the installation's",
    ("network_keys", "_FIND_CHECK"): "vault_check is the installation's",
    ("network_keys", "_INSERT_CHECK"): "vault_check is the installation's",
    ("sandboxes", "_COUNT"): "how many sandboxes there are",
    ("sandboxes", "_LIST_EXPIRED"): "which sandboxes are over",
}


def statements():
    """(module, name, SQL) of every statement of the store."""
    for found in pkgutil.walk_packages(src_system.store.__path__, "src_system.store."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            if CONSTANT.fullmatch(name) and isinstance(value, str) and STATEMENT.match(value):
                yield module.__name__.removeprefix("src_system.store."), name, value


STATEMENTS = list(statements())
each_statement = pytest.mark.parametrize(
    ("module", "name", "sql"),
    STATEMENTS,
    ids=[f"{module}.{name}" for module, name, _ in STATEMENTS],
)


@pytest.fixture(scope="module")
async def connection(postgres):
    """A connection to a migrated database of this file's own."""
    administration = await asyncpg.connect(dsn=postgres.dsn)
    await administration.execute(f"CREATE DATABASE {DATABASE}")
    await administration.close()
    dsn = urlsplit(postgres.dsn)._replace(path=f"/{DATABASE}").geturl()
    await migrate(dsn.replace("//@", "///"), discover(migrations_folder()), now=NOW)
    opened = await asyncpg.connect(dsn=dsn)
    yield opened
    await opened.close()


def test_the_store_is_made_of_statements():
    modules = {module for module, _, _ in STATEMENTS}

    assert len(STATEMENTS) > 40
    assert {"consumers", "digital_cards", "checkouts", "sandboxes", "participants"} <= modules


@each_statement
async def test_a_statement_can_be_prepared_against_the_schema(connection, module, name, sql):
    prepared = await connection.prepare(sql)

    # Parameters are numbered without a gap: what is passed is what is meant.
    numbers = {int(number) for number in re.findall(r"\$(\d+)", sql)}
    assert len(prepared.get_parameters()) == len(numbers) == max(numbers, default=0)


@each_statement
def test_a_statement_names_its_sandbox(module, name, sql):
    """SELECT, UPDATE and DELETE compare sandbox_id; INSERT lists it as its first column."""
    if (module, name) in WITHOUT_SANDBOX:
        tables = set(re.findall(r"(?:FROM|INTO|UPDATE|JOIN)\s+(\w+)", sql))
        assert tables <= INSTALLATION | {"sandbox"}
        return
    columns = re.findall(r"INSERT INTO\s+\w+(?:\s+AS\s+\w+)?\s*\(\s*(\w+)", sql)

    assert all(column == "sandbox_id" for column in columns)
    assert columns or re.search(r"sandbox_id\s*(=|>)", sql)


def test_only_statements_that_exist_are_excused():
    assert set(WITHOUT_SANDBOX) <= {(module, name) for module, name, _ in STATEMENTS}


KEYS = """
SELECT c.relname AS "table", k.conname AS name, k.contype::text AS kind,
       (SELECT a.attname FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1]) AS first_column,
       (SELECT a.attname FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = k.confrelid AND a.attnum = k.confkey[1]) AS first_foreign_column
  FROM pg_catalog.pg_constraint AS k
  JOIN pg_catalog.pg_class AS c ON c.oid = k.conrelid
 WHERE c.relnamespace = 'public'::regnamespace AND k.contype IN ('p', 'u', 'f', 'x')
 ORDER BY c.relname, k.conname
"""

INDEXES = """
SELECT c.relname AS "table", i.relname AS name,
       (SELECT a.attname FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attnum = x.indkey[0]) AS first_column
  FROM pg_catalog.pg_index AS x
  JOIN pg_catalog.pg_class AS c ON c.oid = x.indrelid
  JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
 WHERE c.relnamespace = 'public'::regnamespace
 ORDER BY c.relname, i.relname
"""

TABLES = """
SELECT c.relname AS name,
       EXISTS (SELECT 1 FROM pg_catalog.pg_constraint AS k
                WHERE k.conrelid = c.oid AND k.contype = 'p') AS has_key
  FROM pg_catalog.pg_class AS c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""


async def test_every_table_has_a_primary_key(connection):
    tables = await connection.fetch(TABLES)

    assert {"sandbox", "consumer", "checkout"} | INSTALLATION <= {row["name"] for row in tables}
    assert [row["name"] for row in tables if not row["has_key"]] == []


async def test_every_key_begins_with_the_sandbox(connection):
    rows = [row for row in await connection.fetch(KEYS) if row["table"] not in INSTALLATION]

    assert {"p", "u", "f"} <= {row["kind"] for row in rows}
    assert [row["name"] for row in rows if row["first_column"] != "sandbox_id"] == []
    assert [
        row["name"]
        for row in rows
        if row["kind"] == "f" and row["first_foreign_column"] != "sandbox_id"
    ] == []


async def test_every_index_begins_with_the_sandbox(connection):
    rows = [row for row in await connection.fetch(INDEXES) if row["table"] not in INSTALLATION]

    assert len(rows) > 15
    assert [row["name"] for row in rows if row["first_column"] != "sandbox_id"] == []


async def test_every_constraint_has_a_name_that_was_written_out(connection):
    """A generated name may change with the next PostgreSQL, and names become refusals."""
    rows = await connection.fetch(KEYS)
    folder = migrations_folder()
    written = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.sql"))

    assert [
        row["name"]
        for row in rows
        if row["table"] != "schema_migration" and row["name"] not in written
    ] == []
