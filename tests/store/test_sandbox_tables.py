"""No table of a sandbox is forgotten: each is copied by a fork, or said not to be, and emptied."""

import re
from urllib.parse import urlsplit

import asyncpg
import pytest

from src_system.store.copied_tables import (
    COLUMNS_NOT_COPIED,
    FAULTS,
    NOT_COPIED,
    PARTICIPANTS,
    PEOPLE,
)
from src_system.store.emptied_tables import EMPTYING
from src_system.store.migrations import discover, migrate, migrations_folder
from src_system.store.sandbox_copies import _INSERT_COPY
from tests.model.samples import NOW

DATABASE = "tables"
COPIED = {**PARTICIPANTS, **PEOPLE, **FAULTS}
# Removed with the sandbox's own row, or by name when the sandbox is removed.
REMOVED_OTHERWISE = {"sandbox", "snapshot"}


@pytest.fixture(scope="module")
async def tables(postgres):
    """The columns of every table that has a sandbox_id, by the table's name."""
    administration = await asyncpg.connect(dsn=postgres.dsn)
    await administration.execute(f"CREATE DATABASE {DATABASE}")
    await administration.close()
    dsn = urlsplit(postgres.dsn)._replace(path=f"/{DATABASE}").geturl().replace("//@", "///")
    await migrate(dsn, discover(migrations_folder()), now=NOW)
    connection = await asyncpg.connect(dsn=dsn)
    rows = await connection.fetch(
        "SELECT table_name, array_agg(column_name::text) AS columns"
        "  FROM information_schema.columns WHERE table_schema = 'public'"
        " GROUP BY table_name HAVING bool_or(column_name = 'sandbox_id')"
    )
    await connection.close()
    return {row["table_name"]: set(row["columns"]) for row in rows}


def listed(statement):
    """The columns that an INSERT fills."""
    [columns] = re.findall(r"INSERT INTO \w+ \(([^)]*)\)", statement)
    return {column.strip() for column in columns.split(",")}


def test_every_table_is_copied_or_said_not_to_be(tables):
    assert {"client", "consumer", "checkout"} <= set(tables)
    assert set(COPIED) | set(NOT_COPIED) == set(tables)
    assert set(COPIED) & set(NOT_COPIED) == set()
    assert len(COPIED) == len(PARTICIPANTS) + len(PEOPLE) + len(FAULTS)
    assert all(NOT_COPIED.values())


def test_every_column_is_copied_or_said_not_to_be(tables):
    forgotten = {
        name: left
        for name, statement in COPIED.items()
        if (left := tables[name] - listed(statement) - COLUMNS_NOT_COPIED.get(name, frozenset()))
    }

    assert forgotten == {}
    assert listed(_INSERT_COPY) == tables["sandbox"]


def test_a_statement_copies_the_table_that_it_stands_for(tables):
    for name, statement in COPIED.items():
        assert re.findall(r"(?:INSERT INTO|FROM) (\w+)", statement) == [name, name]


def test_every_table_is_emptied_before_what_it_refers_to(tables):
    assert set(EMPTYING) | REMOVED_OTHERWISE == set(tables)
    assert [name for name in EMPTYING if name in COPIED] == list(reversed(COPIED))
    for name, statement in EMPTYING.items():
        assert re.findall(r"FROM (\w+)", statement) == [name, name]
