"""Writing the journal: noted when a call is answered, written in batches a moment later."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from zstandard import ZstdCompressor

from src_system.clock import machine_now, monotonic
from src_system.journal.attention import Attention
from src_system.journal.note import Answered, Note, may_hold_card, record_of
from src_system.journal.record import PageWriter, new_compressor
from src_system.journal.redaction import (
    HeaderPairs,
    redact_sealed_cards,
)
from src_system.metrics import Metrics
from src_system.model.errors import NotFound
from src_system.model.identifiers import SandboxName, is_sandbox_name
from src_system.store import journal_entries
from src_system.store.database import DatabaseBusy, DatabaseUnavailable, ForeignKeyViolation
from src_system.store.journal_entries import NewPage
from src_system.system import Installation
from src_system.world import World

# A reader sees an entry within 50 ms of the answer. Under load each write costs less in a fuller
# page, so that it is worth the wait; and as long as nobody reads, in a page that is full.
FLUSH_SECONDS = 0.01
FLUSH_SECONDS_UNDER_LOAD = 0.04
FLUSH_SECONDS_UNREAD = 0.25
RETRY_SECONDS = 0.25
REMOVE_SECONDS = 1.0
CLOSE_SECONDS = 5.0
SETTLE_SECONDS = 2.0
SETTLE_ELSEWHERE_SECONDS = 0.5  # by then another worker has written what it had, busy or not
_PAGE_ENTRIES_MAX = 128  # who reads one entry opens its page
_PAGE_BYTES_MAX = 1024 * 1024
_FULL_ENTRIES = 96  # some more come before the next look
_ENTRIES_AT_ONCE = 32  # then others have their turn on the event loop
_LOAD_ENTRIES = 8

_log = structlog.get_logger()


@dataclass(slots=True)
class JournalWriter:
    """The calls that one process has answered and not yet written.

    Noting one costs an append. While the database is away they wait, up to the limits; then the
    oldest are dropped and counted.
    """

    installation: Installation
    metrics: Metrics
    attention: Attention
    _compressor: ZstdCompressor = field(default_factory=new_compressor)
    _waiting: deque[Note] = field(default_factory=deque)
    _bytes: int = 0
    _noted: int = 0
    _settled: int = 0  # written or given up
    _lost: Counter[SandboxName] = field(default_factory=Counter)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _wrote: asyncio.Event = field(default_factory=asyncio.Event)
    _surplus: dict[str, int] = field(default_factory=dict)  # sandbox → place to remove below
    _removed_at: float = 0.0
    _has_load: bool = False
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
        self._noted += 1
        self._keep_within_limits()
        self.metrics.journal_waits(self._noted - self._settled)
        self._wake.set()

    def _keep_within_limits(self) -> None:
        limits = self.installation.limits
        while len(self._waiting) > limits.journal_waiting_max or (
            self._bytes > limits.journal_waiting_bytes_max and len(self._waiting) > 1
        ):
            self._forget(self._waiting.popleft())

    def _forget(self, note: Note) -> None:
        self._bytes -= note.size
        self._settle(1)
        self._lost[note.event.sandbox] += 1
        self.metrics.journal_lost()

    def _settle(self, count: int) -> None:
        """So many are written or given up."""
        self._settled += count
        self._wrote.set()
        self.metrics.journal_waits(self._noted - self._settled)

    async def run(self) -> None:
        """Write what was noted, again and again, until closed."""
        while not self._is_closing:
            await self._wake.wait()
            await self._let_more_come()
            self._wake.clear()
            await self.flush()
            if self._is_late:
                self._wake.set()

    async def _let_more_come(self) -> None:
        """Wait as long as the next page may get fuller."""
        begin = monotonic()
        while not self._is_closing:
            await asyncio.sleep(self._pause())
            if (
                not self._has_load
                or self._is_page_full()
                or self.attention.is_there()
                or monotonic() - begin >= FLUSH_SECONDS_UNREAD
            ):
                break

    def _pause(self) -> float:
        if self._is_late:
            return RETRY_SECONDS
        return FLUSH_SECONDS_UNDER_LOAD if self._has_load else FLUSH_SECONDS

    def _is_page_full(self) -> bool:
        return len(self._waiting) >= _FULL_ENTRIES or self._bytes >= _PAGE_BYTES_MAX

    async def flush(self) -> None:
        """Write everything noted so far, as far as the database lets us."""
        self._has_load = len(self._waiting) >= _LOAD_ENTRIES
        while self._waiting or self._lost:
            batch = self._next_batch()
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
                self._settle(len(batch))
                self._is_late = False
        await self._remove_surplus()

    def _next_batch(self) -> list[Note]:
        """The oldest notes, as many as fit a page."""
        batch: list[Note] = []
        size = 0
        while self._waiting and len(batch) < _PAGE_ENTRIES_MAX and size < _PAGE_BYTES_MAX:
            batch.append(self._waiting.popleft())
            size += batch[-1].size
        return batch

    async def show(self) -> None:
        """Somebody reads: what was answered 50 ms ago is there when this returns."""
        noted, left = self._noted, self.attention.attract()
        if left:
            await asyncio.sleep(left)
            await self._until_settled(noted)

    async def settle(self) -> None:
        """Wait until all that was answered so far is written, by any worker; a while at most.

        For whoever judges a journal as a whole: without the last entry it says something else.
        Other workers tell how much they have to write by their metrics alone, so that a busy one
        is given its time instead.
        """
        self.attention.attract()
        await self._until_settled(self._noted)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_ELSEWHERE_SECONDS):
                # No event of another process reaches this one.
                while self._waits_elsewhere():  # noqa: ASYNC110
                    await asyncio.sleep(FLUSH_SECONDS)

    async def _until_settled(self, noted: int) -> None:
        """Wait until so many of this worker's entries are written; a while at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                while self._settled < noted:
                    self._wrote.clear()
                    await self._wrote.wait()

    def _waits_elsewhere(self) -> bool:
        return self.metrics.journal_waiting() > self._noted - self._settled

    def _put_back(self, batch: list[Note]) -> None:
        self._waiting.extendleft(reversed(batch))
        self._keep_within_limits()

    def _say_late(self, problem: str) -> None:
        if not self._is_late:
            _log.warning("journal_waits", problem=problem)
        self._is_late = True

    async def _write(self, batch: list[Note]) -> None:
        await self._find_worlds(batch)
        told = dict(self._lost)
        pages = await self._pages(batch, await self._by_sandbox_id(told))
        if not pages:
            self._lost -= Counter(told)  # of sandboxes that are gone
            return
        async with self.installation.database.connection() as tx:
            reached = await journal_entries.append_pages(
                tx, pages, entries_max=self.installation.limits.journal_entries_max
            )
        self._lost -= Counter(told)
        self._surplus.update((name, place) for name, place in reached if place > 1)

    async def _pages(self, batch: Iterable[Note], lost: Mapping[str, int]) -> list[NewPage]:
        """A page for each sandbox."""
        notes: dict[str, list[tuple[Note, World]]] = {sandbox_id: [] for sandbox_id in lost}
        for note in batch:
            if note.world is not None:
                notes.setdefault(note.world.sandbox.sandbox_id, []).append((note, note.world))
        return [
            await self._page(sandbox_id, some, lost.get(sandbox_id, 0))
            for sandbox_id, some in notes.items()
        ]

    async def _page(
        self, sandbox_id: str, notes: Sequence[tuple[Note, World]], lost: int
    ) -> NewPage:
        """One note after the other: read once, a call's bytes are at hand for all that is done."""
        page = PageWriter(len(notes), self._compressor)
        for number, (note, world) in enumerate(notes, 1):
            if not note.is_redacted:
                if may_hold_card(note):
                    await asyncio.to_thread(self._redact_sealed, note)
                note.is_redacted = True
            page.add(record_of(note, world))
            if number % _ENTRIES_AT_ONCE == 0:
                await asyncio.sleep(0)
        sealed = page.sealed(self.installation.vault, sandbox_id)
        return NewPage(sandbox_id, page.entry_count, page.holds, sealed, lost)

    async def _by_sandbox_id(self, named: Mapping[SandboxName, int]) -> dict[str, int]:
        """Numbers by what the sandboxes' rows belong to; those that are gone are left out."""
        found = {}
        for name, number in named.items():
            with contextlib.suppress(NotFound):
                world = await self.installation.world(name)
                found[world.sandbox.sandbox_id] = number
        return found

    def _redact_sealed(self, note: Note) -> None:
        note.request_body = redact_sealed_cards(
            note.request_body, note.event.network, self.installation.keyrings
        )

    async def _find_worlds(self, batch: Iterable[Note]) -> None:
        """Read the sandbox of calls that were answered without it; some do not exist."""
        for note in batch:
            if note.world is None:
                with contextlib.suppress(NotFound):
                    note.world = await self.installation.world(note.event.sandbox)

    async def _remove_surplus(self) -> None:
        """Remove given-up entries of the sandboxes written to, once in a while."""
        if not self._surplus or monotonic() - self._removed_at < REMOVE_SECONDS:
            return
        self._removed_at, surplus, self._surplus = monotonic(), self._surplus, {}
        try:
            async with self.installation.database.connection() as tx:
                for sandbox_id, place in surplus.items():
                    await journal_entries.remove_pages_below(tx, sandbox_id, place)
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
    writer = JournalWriter(installation, metrics, Attention(metrics.shared))
    running = asyncio.create_task(writer.run(), name="journal")
    try:
        yield writer
    finally:
        await writer.close(running)
