"""Every SQL statement fits the schema and keeps to its sandbox; every key begins with it."""

import importlib
import pkgutil
import re
from urllib.parse import urlsplit

import asyncpg
import pytest

import src_system.store
from src_system.store.migrations import discover, migrate, migrations_folder
from tests.model.samples import NOW
from tests.store.statement_plans import plan_of, strangers, tables_of

DATABASE = "statements"
STATEMENT = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b")
CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")

# Tables of the whole installation, made once and used by all its sandboxes.
INSTALLATION = {"network_key", "vault_check", "schema_migration"}
# The one key that does not begin with the sandbox: a name has one sandbox.
NAMES = "sandbox_name_key"
# Statements of the whole installation, by module and name, with what they are for.
WITHOUT_SANDBOX = {
    ("migrations", "_LOCK"): "one runner of migrations at a time",
    ("migrations", "_LEDGER_EXISTS"): "the ledger of migrations",
    ("migrations", "_READ_LEDGER"): "the ledger of migrations",
    ("migrations", "_RECORD"): "the ledger of migrations",
    ("sandbox_copies", "_LOCK_NAME"): "one at a time who gives a name to other rows",
    ("network_keys", "_LOCK"): "one maker of network keys at a time",
    ("network_keys", "_LIST"): "network_key is the installation's",
    ("network_keys", "_INSERT"): "network_key is the installation's",
    ("network_keys", "_FIND_CHECK"): "vault_check is the installation's",
    ("network_keys", "_INSERT_CHECK"): "vault_check is the installation's",
}
# Statements that look for a sandbox among all, and at nothing that it holds.
AMONG_SANDBOXES = {
    ("sandboxes", "_COUNT"): "how many sandboxes there are",
    ("sandboxes", "_LIST"): "which sandboxes there are",
    ("sandboxes", "_LIST_EXPIRED"): "which sandboxes are over",
    ("sandboxes", "_FIND"): "the one called so",
    ("sandboxes", "_VERSION_OF_NAME"): "the one called so",
    ("sandbox_copies", "_END_ERA"): "the one called so",
    ("sandbox_copies", "_LOCK"): "the one called so",
    ("sandbox_copies", "_CLAIM_REMOVABLE"): "one that nobody calls any more",
}
# Statements over all sandboxes, which keep the rows of each together.
OF_ALL_SANDBOXES = {
    ("card_batches", "_LIST_DUE"): "batches that are due by their own sandbox's clock",
    ("card_notifications", "_CLAIM"): "deliveries that are due by their own sandbox's clock",
    ("journal_entries", "_APPEND"): "pages of several sandboxes, each with its own next places",
    ("journal_entries", "_LIST_REACHES"): "how far each journal goes, for who watches all",
    ("dpa_batches", "_LIST_DUE"): "batches that are due by their own sandbox's clock",
    ("state_changes", "_LIST_DUE"): "changes that are due by their own sandbox's clock",
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


@pytest.fixture(scope="module")
async def tenant_tables(connection):
    """Every table that has a sandbox_id."""
    rows = await connection.fetch(
        "SELECT table_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'sandbox_id'"
    )
    return {row["table_name"] for row in rows}


@each_statement
async def test_a_statement_reads_and_writes_rows_of_one_sandbox(
    connection, tenant_tables, module, name, sql
):
    plan = await plan_of(connection, sql)

    if (module, name) in WITHOUT_SANDBOX:
        assert tables_of(plan) & tenant_tables == set()
    elif (module, name) in AMONG_SANDBOXES:
        assert tables_of(plan) == {"sandbox"}
    elif (module, name) in OF_ALL_SANDBOXES:
        assert strangers(plan, tenant_tables, of_all_sandboxes=True) == []
        assert "name IS NOT NULL" in sql  # nothing is done in a snapshot
    else:
        assert strangers(plan, tenant_tables) == []


# Statements that reach for rows of another sandbox, after what they reach for.
PLANTED = """
consumer: SELECT 1 FROM consumer WHERE network = $1
consumer: SELECT 1 FROM consumer WHERE sandbox_id <> $1
consumer: SELECT 1 FROM consumer WHERE sandbox_id = $1 OR network = $2
consumer: SELECT count(*) FROM consumer
cryptogram AS g: SELECT g.ordinal FROM checkout AS c JOIN cryptogram AS g
    ON g.network = c.network AND g.checkout_id = c.checkout_id WHERE c.sandbox_id = $1
digital_card AS d: SELECT d.status FROM consumer AS c LEFT JOIN digital_card AS d
    ON d.sandbox_id = $2 AND d.src_consumer_id = c.src_consumer_id WHERE c.sandbox_id = $1
dpa AS d: SELECT 1 FROM client AS c WHERE c.sandbox_id = $1
    AND EXISTS (SELECT 1 FROM dpa AS d WHERE d.src_client_id = c.src_client_id)
dpa AS d: SELECT (SELECT count(*) FROM dpa AS d WHERE d.src_client_id = c.src_client_id)
    FROM client AS c WHERE c.sandbox_id = $1
dpa AS d: WITH mine AS MATERIALIZED (SELECT d.src_client_id FROM dpa AS d) SELECT c.name
    FROM client AS c JOIN mine AS m ON m.src_client_id = c.src_client_id WHERE c.sandbox_id = $1
consumer: UPDATE consumer SET status = 'LOCKED' WHERE src_consumer_id = $1
dpa AS d: UPDATE client AS c SET name = d.status FROM dpa AS d
    WHERE c.sandbox_id = $1 AND d.src_client_id = c.src_client_id
dpa: DELETE FROM dpa WHERE src_dpa_id = $1
dpa AS d: DELETE FROM dpa AS d USING client AS c
    WHERE c.sandbox_id = $1 AND d.src_client_id = c.src_client_id
dpa: DELETE FROM dpa WHERE ctid = ANY (ARRAY(SELECT ctid FROM dpa LIMIT $1))
INSERT INTO used_nonce: INSERT INTO used_nonce (sandbox_id, digest, expires_at)
    SELECT sandbox_id, digest, expires_at FROM used_nonce WHERE digest = $1
used_nonce: INSERT INTO used_nonce (sandbox_id, digest, expires_at)
    SELECT $1, digest, expires_at FROM used_nonce
consumer AS c: SELECT c.status FROM json_to_recordset($1::json) AS k (sandbox_id text, network text)
    JOIN consumer AS c ON c.network = k.network
INSERT INTO used_nonce: INSERT INTO used_nonce (sandbox_id, digest)
    SELECT c.src_client_id, 'x' FROM json_to_recordset($1::json) AS k (sandbox_id text)
    JOIN client AS c ON c.sandbox_id = k.sandbox_id
"""


@pytest.mark.parametrize("planted", re.split(r"\n(?=\S)", PLANTED.strip()))
async def test_a_statement_that_reaches_for_another_sandboxs_rows_is_noticed(
    connection, tenant_tables, planted
):
    what, sql = planted.split(": ", 1)

    wrong = strangers(await plan_of(connection, sql), tenant_tables)

    assert any(one.startswith(what) for one in wrong), wrong


async def test_a_statement_over_all_sandboxes_that_mixes_their_rows_is_noticed(
    connection, tenant_tables
):
    plan = await plan_of(
        connection,
        "SELECT c.name FROM sandbox AS s JOIN client AS c ON c.name = s.name"
        " WHERE s.name IS NOT NULL",
    )

    assert len(strangers(plan, tenant_tables, of_all_sandboxes=True)) == 1


def test_only_statements_that_exist_are_excused():
    excused = {**WITHOUT_SANDBOX, **AMONG_SANDBOXES, **OF_ALL_SANDBOXES}

    assert set(excused) <= {(module, name) for module, name, _ in STATEMENTS}


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
    rows = [
        row
        for row in await connection.fetch(KEYS)
        if row["table"] not in INSTALLATION and row["name"] != NAMES
    ]

    assert {"p", "u", "f"} <= {row["kind"] for row in rows}
    assert [row["name"] for row in rows if row["first_column"] != "sandbox_id"] == []
    assert [
        row["name"]
        for row in rows
        if row["kind"] == "f" and row["first_foreign_column"] != "sandbox_id"
    ] == []


async def test_every_index_begins_with_the_sandbox(connection):
    rows = [
        row
        for row in await connection.fetch(INDEXES)
        if row["table"] not in INSTALLATION and row["name"] != NAMES
    ]

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
