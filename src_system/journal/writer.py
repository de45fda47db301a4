"""Writing the journal: noted when a call is answered, written in batches a moment later."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from src_system.clock import machine_now, monotonic
from src_system.journal.record import HeaderPairs, Record, seal_record
from src_system.journal.redaction import (
    may_hold_jwe,
    redact_form,
    redact_headers,
    redact_numbers,
    redact_path,
    redact_sealed_cards,
    redact_token_answer,
)
from src_system.metrics import Metrics
from src_system.model.errors import NotFound
from src_system.model.identifiers import SandboxName, is_sandbox_name
from src_system.store import journal_entries
from src_system.store.database import DatabaseBusy, DatabaseUnavailable, ForeignKeyViolation
from src_system.store.journal_entries import NewEntry, Taken
from src_system.system import Installation
from src_system.world import World

FLUSH_SECONDS = 0.02  # a reader sees an entry within 50 ms of the answer
RETRY_SECONDS = 0.25
REMOVE_SECONDS = 1.0
CLOSE_SECONDS = 5.0
_BATCH_ENTRIES = 250
# A number that is no test number is refused here, so what was taken needs no second look.
_CHECKED_OPERATIONS = frozenset({"enrollCard"})
_TOKEN_OPERATION = "accessToken"

_log = structlog.get_logger()


class Answered(Protocol):
    """What is known of a call when it has been answered: the request event."""

    method: str
    operation: str
    network: str
    sandbox: SandboxName
    src_client_id: str | None
    src_correlation_id: str | None
    reason: str
    source: str | None
    refusal: str
    milliseconds: float
    statements: int
    faults: list[Mapping[str, Any]]
    seen: Mapping[str, Any]


@dataclass(slots=True)
class Note:
    """A call as it was answered, not looked at yet. `world` is None when it was not read."""

    event: Answered
    world: World | None
    path: str
    status: int
    request_headers: HeaderPairs
    request_body: bytes
    response_headers: Mapping[str, str]
    response_body: bytes
    recorded_at: datetime
    size: int  # bytes that it holds in memory, about
    is_redacted: bool = False


@dataclass(slots=True)
class JournalWriter:
    """The calls that one process has answered and not yet written.

    Noting one costs an append. While the database is away they wait, up to the limits; then the
    oldest are dropped and counted.
    """

    installation: Installation
    metrics: Metrics
    _waiting: deque[Note] = field(default_factory=deque)
    _bytes: int = 0
    _lost: Counter[SandboxName] = field(default_factory=Counter)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _surplus: dict[str, int] = field(default_factory=dict)  # sandbox → place to remove below
    _removed_at: float = 0.0
    _is_late: bool = False
    _is_closing: bool = False

    def note(
        self,
        event: Answered,
        world: World | None,
        *,
        path: str,
        status: int,
        request_headers: HeaderPairs,
        request_body: bytes,
        response_headers: Mapping[str, str],
        response_body: bytes,
    ) -> None:
        """Remember a call that has been answered; nothing for one outside every sandbox."""
        if not self.installation.limits.journal_entries_max:
            return
        if world is None and not is_sandbox_name(event.sandbox):
            return
        note = Note(
            event,
            world,
            path,
            status,
            request_headers,
            request_body,
            response_headers,
            response_body,
            machine_now(),
            len(request_body) + len(response_body),
        )
        self._waiting.append(note)
        self._bytes += note.size
        self._keep_within_limits()
        self._wake.set()

    def _keep_within_limits(self) -> None:
        limits = self.installation.limits
        while len(self._waiting) > limits.journal_waiting_max or (
            self._bytes > limits.journal_waiting_bytes_max and len(self._waiting) > 1
        ):
            self._forget(self._waiting.popleft())

    def _forget(self, note: Note) -> None:
        self._bytes -= note.size
        self._lost[note.event.sandbox] += 1
        self.metrics.journal_lost()

    async def run(self) -> None:
        """Write what was noted, again and again, until closed."""
        while not self._is_closing:
            await self._wake.wait()
            if not self._is_closing:
                await asyncio.sleep(RETRY_SECONDS if self._is_late else FLUSH_SECONDS)
            self._wake.clear()
            await self.flush()
            if self._is_late:
                self._wake.set()

    async def flush(self) -> None:
        """Write everything noted so far, as far as the database lets us."""
        while self._waiting or self._lost:
            batch = [
                self._waiting.popleft() for _ in range(min(len(self._waiting), _BATCH_ENTRIES))
            ]
            try:
                await self._write(batch)
            except ForeignKeyViolation:
                self._put_back(batch)  # a sandbox went while we wrote: the next try misses it
            except (DatabaseUnavailable, DatabaseBusy) as error:
                self._put_back(batch)
                self._say_late(str(error))
                return
            except asyncio.CancelledError:
                self._put_back(batch)
                raise
            except Exception:  # noqa: BLE001 - one bad batch must not end the journal
                _log.exception("journal_entries_lost", count=len(batch))
                for note in batch:
                    self._forget(note)
                return
            else:
                self._bytes -= sum(note.size for note in batch)
                self._is_late = False
        await self._remove_surplus()

    def _put_back(self, batch: list[Note]) -> None:
        self._waiting.extendleft(reversed(batch))
        self._keep_within_limits()

    def _say_late(self, problem: str) -> None:
        if not self._is_late:
            _log.warning("journal_waits", problem=problem)
        self._is_late = True

    async def _write(self, batch: list[Note]) -> None:
        await self._redact(batch)
        entries = [entry for note in batch if (entry := await self._entry(note)) is not None]
        told = dict(self._lost)
        lost = await self._by_sandbox_id(told)
        if not (entries or lost):
            self._lost -= Counter(told)  # of sandboxes that are gone
            return
        async with self.installation.database.transaction() as tx:
            taken = await journal_entries.append_entries(
                tx,
                entries,
                lost=lost,
                entries_max=self.installation.limits.journal_entries_max,
            )
        self._lost -= Counter(told)
        self._note_surplus(taken)

    async def _by_sandbox_id(self, named: Mapping[SandboxName, int]) -> dict[str, int]:
        """Numbers by what the sandboxes' rows belong to; those that are gone are left out."""
        found = {}
        for name, number in named.items():
            with contextlib.suppress(NotFound):
                world = await self.installation.world(name)
                found[world.sandbox.sandbox_id] = number
        return found

    async def _redact(self, batch: list[Note]) -> None:
        """Take out of the bodies what must not be kept; JWE are opened in a thread."""
        sealed = []
        for note in batch:
            if not note.is_redacted:
                is_checked = note.event.operation in _CHECKED_OPERATIONS and note.status < 400
                if may_hold_jwe(note.request_body) and not is_checked:
                    sealed.append(note)
                else:
                    note.is_redacted = True
        if sealed:
            await asyncio.to_thread(self._redact_sealed, sealed)

    def _redact_sealed(self, notes: Iterable[Note]) -> None:
        for note in notes:
            note.request_body = redact_sealed_cards(
                note.request_body, note.event.network, self.installation.keyrings
            )
            note.is_redacted = True

    async def _entry(self, note: Note) -> NewEntry | None:
        """The row of a call; None when its sandbox does not exist."""
        event, world = note.event, note.world
        if world is None:
            try:
                world = await self.installation.world(event.sandbox)
            except NotFound:
                return None
        sandbox_id = world.sandbox.sandbox_id
        sealed = seal_record(self.installation.vault, sandbox_id, _record(note, world))
        return NewEntry(
            sandbox_id=sandbox_id,
            recorded_at=note.recorded_at,
            network=event.network,
            operation=event.operation,
            status=note.status,
            reason=event.reason,
            src_client_id=event.src_client_id,
            src_correlation_id=event.src_correlation_id,
            exchange_sealed=sealed,
        )

    def _note_surplus(self, taken: Iterable[Taken]) -> None:
        for one in taken:
            if one.first_place > 1:
                self._surplus[one.sandbox_id] = one.first_place

    async def _remove_surplus(self) -> None:
        """Remove given-up entries of the sandboxes written to, once in a while."""
        if not self._surplus or monotonic() - self._removed_at < REMOVE_SECONDS:
            return
        self._removed_at, surplus, self._surplus = monotonic(), self._surplus, {}
        try:
            async with self.installation.database.connection() as tx:
                for sandbox_id, place in surplus.items():
                    await journal_entries.remove_entries_below(tx, sandbox_id, place)
        except (DatabaseUnavailable, DatabaseBusy) as error:
            self._surplus = surplus | self._surplus
            self._say_late(str(error))

    async def close(self, running: asyncio.Task[None]) -> None:
        """Have *running* write what is left, for a while at most, and end."""
        self._is_closing = True
        self._wake.set()
        _, late = await asyncio.wait([running], timeout=CLOSE_SECONDS)
        if late:
            running.cancel()
            await asyncio.wait([running])
        if self._waiting:
            _log.error("journal_entries_lost", count=len(self._waiting))


@contextlib.asynccontextmanager
async def journalling(installation: Installation, metrics: Metrics) -> AsyncIterator[JournalWriter]:
    """A writer that writes until the block ends, and then the rest."""
    writer = JournalWriter(installation, metrics)
    running = asyncio.create_task(writer.run(), name="journal")
    try:
        yield writer
    finally:
        await writer.close(running)


def _record(note: Note, world: World) -> Record:
    event = note.event
    request, response = note.request_body, note.response_body
    if event.operation == _TOKEN_OPERATION:
        request, response = redact_form(request), redact_token_answer(response)
    return Record(
        method=event.method,
        path=redact_path(note.path.encode("utf-8", "surrogateescape")),
        source=event.source,
        at=world.clock.shown_at(note.recorded_at - timedelta(milliseconds=event.milliseconds)),
        milliseconds=event.milliseconds,
        statements=event.statements,
        request_headers=redact_headers(note.request_headers),
        request_body=redact_numbers(request),
        response_headers=redact_headers(_as_bytes(note.response_headers)),
        # What an answer says is ours and masked; only a refusal may repeat what it was sent.
        response_body=response if note.status < 400 else redact_numbers(response),
        faults=[dict(fault) for fault in event.faults],
        seen=dict(event.seen),
        refusal=event.refusal,
    )


def _as_bytes(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in headers.items()
    ]
