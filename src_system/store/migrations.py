"""Brings a database up to date with numbered .sql files, forward only, one runner at a time."""

import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg

from src_system.store.database import DatabaseUnavailable, Tx, open_connection

CONNECT_TIMEOUT_SECONDS = 10.0
# A number that nothing else in the database locks; the same in every version of the program.
_LOCK_KEY = 0x5352435F4D4947
_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_OWN_TRANSACTION = re.compile(
    r"^[ \t]*(BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK)\b[^;\n]*;", re.IGNORECASE | re.MULTILINE
)

_LOCK = "SELECT pg_advisory_lock($1)"

_LEDGER_EXISTS = "SELECT to_regclass('schema_migration') IS NOT NULL"

_CREATE_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migration (
    version int NOT NULL CONSTRAINT schema_migration_pkey PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL
)
"""

_READ_LEDGER = "SELECT version, name, sha256 FROM schema_migration ORDER BY version"

_RECORD = """
INSERT INTO schema_migration (version, name, sha256, applied_at) VALUES ($1, $2, $3, $4)
"""


class MigrationError(Exception):
    """The database cannot be brought up to date; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: `0001_sandboxes.sql` is version 1, name "sandboxes"."""

    version: int
    name: str
    sha256: str
    statements: str

    @property
    def file_name(self) -> str:
        """As it lies in the folder."""
        return f"{self.version:04}_{self.name}.sql"


def migrations_folder() -> Path:
    """Where the files lie: in the package when it was installed, else beside it in the checkout."""
    package = Path(__file__).parent.parent
    for folder in (package / "_migrations", package.parent / "migrations"):
        if folder.is_dir():
            return folder
    raise MigrationError(
        "the migrations are missing from this installation: install src-system anew"
    )


def discover(folder: Path) -> tuple[Migration, ...]:
    """The migrations of a folder in order; a gap, a duplicate or a stray file is refused."""
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        parts = _FILE_NAME.fullmatch(path.name)
        if parts is None:
            raise MigrationError(f"{path.name} is not named like 0001_sandboxes.sql: rename it")
        # Text mode, so that a checkout with other line ends has the same digest.
        statements = path.read_text(encoding="utf-8")
        if _OWN_TRANSACTION.search(statements):
            raise MigrationError(
                f"{path.name} has a transaction of its own: remove BEGIN and COMMIT,"
                " the file and its ledger row must commit together"
            )
        digest = hashlib.sha256(statements.encode()).hexdigest()
        found.append(Migration(int(parts[1]), parts[2], digest, statements))
        if found[-1].version != len(found):
            raise MigrationError(
                f"{path.name} comes where number {len(found):04} is expected: renumber it"
            )
    if not found:
        raise MigrationError(f"there are no migrations in {folder}: install src-system anew")
    return tuple(found)


async def pending(database: str | Tx, migrations: Sequence[Migration]) -> tuple[Migration, ...]:
    """What the database (its DSN, or a Tx in it) still lacks; it is only read.

    Raises MigrationError when the database and the files contradict each other, and
    DatabaseUnavailable.
    """
    if isinstance(database, Tx):
        return await _pending(database, migrations)
    async with _connected(database) as connection:
        return await _pending(Tx(connection), migrations)


async def migrate(dsn: str, migrations: Sequence[Migration], *, now: datetime) -> list[Migration]:
    """Apply what is pending and return it; `now` is the time written into the ledger.

    Each file commits together with its ledger row, so an interrupted run is continued by the next.
    A second runner waits for the first. Raises MigrationError, DatabaseUnavailable, DatabaseBusy.
    """
    async with _connected(dsn) as connection:
        tx = Tx(connection)
        # Held until this connection closes. Even CREATE TABLE IF NOT EXISTS races without it.
        await tx.fetchval(_LOCK, _LOCK_KEY)
        await tx.execute(_CREATE_LEDGER)
        todo = await _pending(tx, migrations)
        for migration in todo:
            try:
                async with connection.transaction():
                    await connection.execute(migration.statements)
                    await tx.execute(
                        _RECORD, migration.version, migration.name, migration.sha256, now
                    )
            except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                reason = str(error).splitlines()[0]
                raise MigrationError(
                    f"{migration.file_name} failed and was undone: {reason}; mend it and run again"
                ) from error
            except OSError as error:
                raise DatabaseUnavailable(
                    f"the database was lost during {migration.file_name}: run again"
                ) from error
        return list(todo)


@contextlib.asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await open_connection(
        {
            "dsn": dsn,
            "timeout": CONNECT_TIMEOUT_SECONDS,
            # Waiting for another runner, or for a large table, may take long.
            "server_settings": {"application_name": "src-system migrate", "statement_timeout": "0"},
        }
    )
    try:
        yield connection
    finally:
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            await connection.close(timeout=CONNECT_TIMEOUT_SECONDS)


async def _pending(tx: Tx, migrations: Sequence[Migration]) -> tuple[Migration, ...]:
    if not await tx.fetchval(_LEDGER_EXISTS):
        return tuple(migrations)
    applied = await tx.fetch(_READ_LEDGER)
    if len(applied) > len(migrations):
        raise MigrationError(
            f"the database is newer than this program (it has migration {applied[-1]['version']},"
            f" the program {len(migrations)}): upgrade src-system"
        )
    for row, migration in zip(applied, migrations, strict=False):
        if row["version"] != migration.version:
            raise MigrationError(
                f"the database lacks migration {migration.version} and has a later one:"
                " restore it from a backup"
            )
        if (row["name"], row["sha256"]) != (migration.name, migration.sha256):
            raise MigrationError(
                f"{migration.file_name} was edited or renamed after the database had applied it"
                f" (as {row['name']}): undo that and put the change into a new migration"
            )
    return tuple(migrations[len(applied) :])
