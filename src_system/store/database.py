"""Connections to PostgreSQL, what runs on them, and how their failures are called."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from typing import Any, NoReturn, Self, TypeVar

import asyncpg

from src_system.store.json_codecs import read_and_write_json
from src_system.store.statement_counter import StatementCounter

_Answer = TypeVar("_Answer")

MINIMUM_MAJOR = 15
ACQUIRE_TIMEOUT_SECONDS = 5.0
# The server cancels a statement at its own limit; only one that is gone lets this margin pass too.
COMMAND_TIMEOUT_MARGIN_SECONDS = 2.0
CLOSE_TIMEOUT_SECONDS = 5.0


class DatabaseUnavailable(Exception):
    """The database cannot be reached or lost us; the message is one line that says what to do."""


class DatabaseBusy(Exception):
    """The database had no time for us: no free connection, a cancelled statement, a deadlock."""


class SerializationConflict(DatabaseBusy):
    """Another transaction changed what this one had seen; begun again, it sees the change."""


class UniqueViolation(Exception):
    """A row with this key exists; `constraint_name` is the name written in the migration."""

    def __init__(self, constraint_name: str) -> None:
        super().__init__(constraint_name)
        self.constraint_name = constraint_name


class ForeignKeyViolation(Exception):
    """The row this one belongs to is gone; `constraint_name` as written in the migration."""

    def __init__(self, constraint_name: str) -> None:
        super().__init__(constraint_name)
        self.constraint_name = constraint_name


_BUSY = (
    asyncpg.QueryCanceledError,
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
)
_UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.ReadOnlySQLTransactionError,
    # What asyncpg raises when the server vanishes in the middle of an exchange.
    asyncpg.InternalClientError,
    OSError,  # TimeoutError is one: the command timeout passed and the server did not even refuse
)
_TRANSLATED = (
    *_BUSY,
    asyncpg.SerializationError,
    *_UNAVAILABLE,
    asyncpg.InterfaceError,
    asyncpg.UniqueViolationError,
    asyncpg.ForeignKeyViolationError,
)


def _raise_translated(error: Exception, connection: asyncpg.Connection) -> NoReturn:
    """Raise what asyncpg reported under our own name, or as it is when it is a mistake of ours."""
    constraint_name = getattr(error, "constraint_name", None) or ""
    if isinstance(error, asyncpg.UniqueViolationError):
        raise UniqueViolation(constraint_name) from error
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        raise ForeignKeyViolation(constraint_name) from error
    if isinstance(error, asyncpg.InterfaceError) and not connection.is_closed():
        raise error
    reason = _one_line(error)
    if isinstance(error, asyncpg.SerializationError):
        raise SerializationConflict(f"another transaction was first: {reason}") from error
    if isinstance(error, _BUSY):
        raise DatabaseBusy(f"the database had no time for a statement: {reason}") from error
    raise DatabaseUnavailable(f"the connection to the database was lost: {reason}") from error


def _one_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


class Tx:
    """What a function of the store runs its statements on: a connection, in a transaction or not.

    Every method raises DatabaseUnavailable, DatabaseBusy, UniqueViolation or ForeignKeyViolation.
    `statements` counts calls, BEGIN and COMMIT excepted. The timeout of the pool holds for each.
    """

    __slots__ = ("connection", "statements")

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.statements = 0

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """All rows."""
        return await self._run(self.connection.fetch(statement, *arguments))

    async def fetchrow(self, statement: str, *arguments: Any) -> asyncpg.Record | None:
        """The first row, or None."""
        return await self._run(self.connection.fetchrow(statement, *arguments))

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        """The first column of the first row, or None."""
        return await self._run(self.connection.fetchval(statement, *arguments))

    async def execute(self, statement: str, *arguments: Any) -> str:
        """The command tag, such as "UPDATE 1"."""
        return await self._run(self.connection.execute(statement, *arguments))

    async def executemany(self, statement: str, arguments: Iterable[Sequence[Any]]) -> None:
        """One statement for many rows, all or none of them; counted once."""
        await self._run(self.connection.executemany(statement, arguments))

    async def copy_records_to_table(
        self, table: str, *, records: Iterable[Sequence[Any]], columns: Sequence[str]
    ) -> str:
        """COPY rows into a table; the command tag. Counted once."""
        copying = self.connection.copy_records_to_table(table, records=records, columns=columns)
        return await self._run(copying)

    async def _run(self, exchange: Awaitable[_Answer]) -> _Answer:
        self.statements += 1
        try:
            return await exchange
        except _TRANSLATED as error:
            _raise_translated(error, self.connection)


class Database:
    """The connections of one process to one database.

    A pool of our own over asyncpg's connections, last used first: asyncpg's own costs 50 µs of CPU
    per request (a task for each release), more than a small statement; this one 11. No session
    state may be left on a connection, for none is reset.
    """

    __slots__ = (
        "_acquire_timeout_s",
        "_closed",
        "_idle",
        "_maximum",
        "_opening",
        "_size",
        "_used",
        "_waiters",
        "statements_total",
    )

    def __init__(self, opening: dict[str, Any], *, maximum: int, acquire_timeout_s: float) -> None:
        self._opening = opening
        self._maximum = maximum
        self._acquire_timeout_s = acquire_timeout_s
        self._idle: list[asyncpg.Connection] = []
        self._used: set[asyncpg.Connection] = set()
        self._size = 0  # open, or being opened
        self._waiters: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._closed = False
        self.statements_total = 0

    @classmethod
    async def connect(
        cls,
        dsn: str,
        *,
        pool_min: int,
        pool_max: int,
        statement_timeout_ms: int,
        connect_timeout_s: float,
        acquire_timeout_s: float = ACQUIRE_TIMEOUT_SECONDS,
    ) -> Self:
        """Open `pool_min` connections (at least one); more follow on demand up to `pool_max`.

        Raises DatabaseUnavailable when the server is missing, refuses us or is older than 15.
        """
        opening = {
            "dsn": dsn,
            "timeout": connect_timeout_s,
            "command_timeout": statement_timeout_ms / 1000 + COMMAND_TIMEOUT_MARGIN_SECONDS,
            "server_settings": {
                "application_name": "src-system",
                "statement_timeout": str(statement_timeout_ms),
                # Every statement here looks up by key: one plan serves all its executions, and
                # that plan must not be the sequential scan that fits an empty table.
                "plan_cache_mode": "force_generic_plan",
                "enable_seqscan": "off",
            },
        }
        database = cls(opening, maximum=max(pool_max, 1), acquire_timeout_s=acquire_timeout_s)
        try:
            for _ in range(max(min(pool_min, pool_max), 1)):
                database._size += 1
                database._idle.append(await open_connection(opening))
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Close every connection; what still runs on one is cut off. Idempotent."""
        self._closed = True
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(DatabaseUnavailable("the server is shutting down"))
        leaving = [*self._idle, *self._used]
        self._idle.clear()
        self._used.clear()
        self._size = 0
        for connection in leaving:
            try:
                await connection.close(timeout=CLOSE_TIMEOUT_SECONDS)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                connection.terminate()

    @contextlib.asynccontextmanager
    async def connection(self, counter: StatementCounter | None = None) -> AsyncIterator[Tx]:
        """A connection without a transaction: each statement commits by itself.

        Statements are added to `counter` at the end. Raises DatabaseBusy when none gets free in
        time.
        """
        connection = await self._take()
        tx = Tx(connection)
        sound = False
        try:
            yield tx
            sound = True
        except Exception as error:
            # A lost answer may still arrive: then nobody must be listening on this connection.
            sound = not isinstance(error, (DatabaseUnavailable, TimeoutError))
            if isinstance(error, DatabaseUnavailable):
                self._drop_idle()
            raise
        finally:
            self.statements_total += tx.statements
            if counter is not None:
                counter.statements += tx.statements
            self._give(connection, sound=sound and not connection.is_in_transaction())

    @contextlib.asynccontextmanager
    async def transaction(self, counter: StatementCounter | None = None) -> AsyncIterator[Tx]:
        """A connection in a transaction: COMMIT at the block's end, ROLLBACK when it raises."""
        async with self.connection(counter) as tx:
            connection = tx.connection
            with _translating(connection):
                await connection.execute("BEGIN")
            try:
                yield tx
            except Exception as error:
                # A lost connection is thrown away, and then the server rolls back by itself.
                if not (isinstance(error, DatabaseUnavailable) or connection.is_closed()):
                    with contextlib.suppress(*_TRANSLATED):
                        await connection.execute("ROLLBACK")
                raise
            with _translating(connection):
                await connection.execute("COMMIT")

    async def ping(self) -> None:
        """One round trip; raises DatabaseUnavailable or DatabaseBusy."""
        async with self.connection() as tx:
            await tx.fetchval("SELECT 1")

    def pool_usage(self) -> tuple[int, int, int]:
        """Connections open, those of them idle, and tasks waiting for one."""
        return self._size, len(self._idle), len(self._waiters)

    async def _take(self) -> asyncpg.Connection:
        while True:
            if self._closed:
                raise DatabaseUnavailable("the server is shutting down")
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    self._used.add(connection)
                    return connection
                self._size -= 1
            if self._size < self._maximum:
                return await self._open_another()
            given = await self._wait()
            if given is not None:
                return given

    async def _open_another(self) -> asyncpg.Connection:
        self._size += 1
        try:
            connection = await open_connection(self._opening)
        except BaseException:
            self._size -= 1
            self._wake(None)
            raise
        self._used.add(connection)
        return connection

    async def _wait(self) -> asyncpg.Connection | None:
        """Until somebody hands a connection over; None means there is room to open one."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                return await waiter
        except BaseException as error:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._pass_on(waiter.result())
            else:
                with contextlib.suppress(ValueError):
                    self._waiters.remove(waiter)
            if isinstance(error, TimeoutError):
                raise DatabaseBusy(
                    f"no database connection became free within {self._acquire_timeout_s} s"
                ) from None
            raise

    def _pass_on(self, connection: asyncpg.Connection | None) -> None:
        """What was handed to a task that had just given up goes to the next."""
        if connection is None:
            self._wake(None)
        else:
            self._give(connection, sound=True)

    def _give(self, connection: asyncpg.Connection, *, sound: bool) -> None:
        self._used.discard(connection)
        if self._closed:
            connection.terminate()
        elif not sound or connection.is_closed():
            connection.terminate()
            self._size -= 1
            self._wake(None)
        elif not self._wake(connection):
            self._idle.append(connection)

    def _drop_idle(self) -> None:
        """A server that left one connection has left the others, whether they know it or not."""
        for connection in self._idle:
            connection.terminate()
        self._size -= len(self._idle)
        self._idle.clear()

    def _wake(self, connection: asyncpg.Connection | None) -> bool:
        """Hand `connection` (or room for one) to the task that has waited longest."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                if connection is not None:
                    self._used.add(connection)
                waiter.set_result(connection)
                return True
        return False


@contextlib.contextmanager
def _translating(connection: asyncpg.Connection) -> Iterator[None]:
    try:
        yield
    except _TRANSLATED as error:
        _raise_translated(error, connection)


async def open_connection(opening: dict[str, Any]) -> asyncpg.Connection:
    """A connection with our codecs; `opening` are arguments of asyncpg.connect."""
    try:
        connection = await asyncpg.connect(**opening)
    except _BUSY as error:
        raise DatabaseBusy(
            f"the database has no room for a connection: {_one_line(error)}"
        ) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, *_UNAVAILABLE, ValueError) as error:
        raise DatabaseUnavailable(
            f"cannot connect to the database ({_one_line(error)}):"
            " check --database-url and that PostgreSQL runs there"
        ) from error
    try:
        major = connection.get_server_version().major
        if major < MINIMUM_MAJOR:
            raise DatabaseUnavailable(  # noqa: TRY301 - the handler below closes the connection
                f"the database is PostgreSQL {major}: {MINIMUM_MAJOR} or newer is needed"
            )
        with _translating(connection):
            await read_and_write_json(connection)
    except BaseException:
        connection.terminate()
        raise
    return connection
