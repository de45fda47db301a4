"""Writing the journal: noted when a call is answered, written in batches a moment later."""

import asyncio
import contextlib
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from src_system.clock import machine_now, monotonic
from src_system.journal.attention import Attention
from src_system.journal.backlog import Backlog, Batch
from src_system.journal.note import Answered, Note, may_hold_card, record_of
from src_system.journal.record import Frame, FrameWriter, seal_page
from src_system.journal.redaction import HeaderPairs, redact_sealed_cards
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
# A call's bytes are packed while they are still in the processor's cache, with others like them.
_FRAME_SECONDS = 0.02
_FRAME_ENTRIES_MIN = 16
_FRAME_ENTRIES_MAX = 32
_FRAME_BYTES_MAX = 256 * 1024
_FRAMES_WAITING_MIN = 8  # where little may wait, frames are small: the oldest is given up whole
_SORT_SECONDS = 0.1  # what is sealed may take long to look into; others' entries are not to wait
_SORT_AT_ONCE = 64  # then others have their turn on the event loop
_TIMER_SECONDS = 0.001  # a timer may come so much too early
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
    _backlog: Backlog = field(default_factory=Backlog)
    _frames: FrameWriter = field(default_factory=FrameWriter)
    _noted: int = 0
    _settled: int = 0  # so many, from the first on, are written or given up
    _under_way: int = 0  # are being written
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
            # Taken last: what a call made is never older than the call.
            monotonic() - event.started,
            len(request_body) + len(response_body),
        )
        self._backlog.add(note)
        self._noted += 1
        self._keep_within_limits()
        self._tell_waiting()
        self._wake.set()

    def _keep_within_limits(self) -> None:
        limits, backlog = self.installation.limits, self._backlog
        while backlog.entry_count > limits.journal_waiting_max or (
            backlog.size > limits.journal_waiting_bytes_max and backlog.entry_count > 1
        ):
            self._lose(*backlog.drop_oldest())

    def _lose(self, name: SandboxName, count: int) -> None:
        """So many calls of a sandbox are given up."""
        self._lost[name] += count
        self.metrics.journal_lost(count)

    def _tell_waiting(self) -> None:
        self.metrics.journal_waits(self._backlog.entry_count + self._under_way)

    async def run(self) -> None:
        """Write what was noted, again and again, until closed."""
        while not self._is_closing:
            await self._wake.wait()
            await self._let_more_come()
            self._wake.clear()
            await self.flush()
            if self._has_rest():
                self._wake.set()
        while self._has_rest() and not self._is_late:
            await self.flush()

    def _has_rest(self) -> bool:
        """Whether something is left: the database is away, or calls came meanwhile."""
        return bool(self._backlog.entry_count or self._lost)

    async def _let_more_come(self) -> None:
        """Wait as long as the next page may get fuller, and pack what comes."""
        begin, pause = monotonic(), self._pause()
        while not self._is_closing:
            await asyncio.sleep(pause)
            if self._is_late or not self._has_load or self._is_page_full():
                break
            may_take = FLUSH_SECONDS_UNREAD
            if self.attention.is_there():
                may_take = FLUSH_SECONDS_UNDER_LOAD
            left = begin + may_take - monotonic()
            if left <= _TIMER_SECONDS:
                break
            await self._pack(least=_FRAME_ENTRIES_MIN)
            pause = min(_FRAME_SECONDS, left)

    def _pause(self) -> float:
        if self._is_late:
            return RETRY_SECONDS
        return _FRAME_SECONDS if self._has_load else FLUSH_SECONDS

    def _is_page_full(self) -> bool:
        limits, backlog = self.installation.limits, self._backlog
        # Half of what may wait: what comes while a page is written is not to be dropped.
        return backlog.entry_count >= min(
            _FULL_ENTRIES, limits.journal_waiting_max // 2
        ) or backlog.size >= min(_PAGE_BYTES_MAX, limits.journal_waiting_bytes_max // 2)

    async def _pack(self, least: int) -> None:
        """Make frames of what was noted, of *least* calls or more of one sandbox."""
        await self._sort_in()
        limits = self.installation.limits
        entries_max = max(1, limits.journal_waiting_max // _FRAMES_WAITING_MIN)
        bytes_max = limits.journal_waiting_bytes_max // _FRAMES_WAITING_MIN
        for sandbox_id, name, notes in self._backlog.take_notes(
            least, min(_FRAME_ENTRIES_MAX, entries_max), min(_FRAME_BYTES_MAX, bytes_max)
        ):
            try:
                frame = self._frames.frame([record_of(note, world) for note, world in notes])
            except Exception:  # noqa: BLE001 - one bad call must not end the journal
                _log.exception("journal_entries_lost", count=len(notes))
                self._lose(name, len(notes))
            else:
                self._backlog.add_frame(sandbox_id, name, frame)
            await asyncio.sleep(0)

    async def _sort_in(self) -> None:
        """Find the sandboxes of calls that arrived, and look into what is sealed; for a while."""
        arrived, until = self._backlog.arrived, monotonic() + _SORT_SECONDS
        for number in itertools.count(1):
            if not arrived or monotonic() >= until:
                return
            note = arrived[0]
            try:
                # It may have been answered without.
                world = note.world or await self.installation.world(note.event.sandbox)
                if may_hold_card(note):
                    await asyncio.to_thread(self._redact_sealed, note)
            except NotFound:
                self._backlog.drop_arrived(note)
                self._is_late = False  # the database has told
            except (DatabaseUnavailable, DatabaseBusy) as error:
                self._say_late(str(error))
                return
            except Exception:  # noqa: BLE001 - as with a frame
                _log.exception("journal_entries_lost", count=1)
                if self._backlog.drop_arrived(note):
                    self._lose(note.event.sandbox, 1)
            else:
                self._backlog.sort_in(note, world)
            if number % _SORT_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _redact_sealed(self, note: Note) -> None:
        note.request_body = redact_sealed_cards(
            note.request_body, note.event.network, self.installation.keyrings
        )

    async def flush(self) -> None:
        """Write what was noted so far, as far as the database lets us."""
        self._has_load = self._backlog.entry_count >= _LOAD_ENTRIES
        await self._pack(least=1)
        # All that is not in `arrived` any more is in frames now, or given up.
        settled = self._noted - len(self._backlog.arrived)
        while (batches := self._backlog.take(_PAGE_ENTRIES_MAX, _PAGE_BYTES_MAX)) or self._lost:
            if not await self._write(batches):
                return
        self._settled = settled
        self._wrote.set()
        self._tell_waiting()
        await self._remove_surplus()

    async def _write(self, batches: Sequence[Batch]) -> bool:
        """Whether to go on; what could not be written is in the backlog again, or lost."""
        self._under_way = sum(batch.entry_count for batch in batches)
        try:
            await self._append(batches)
        except ForeignKeyViolation:
            self._put_back(batches)  # a sandbox went while we wrote: the next try misses it
        except (DatabaseUnavailable, DatabaseBusy) as error:
            self._put_back(batches)
            self._say_late(str(error))
            return False
        except asyncio.CancelledError:
            self._put_back(batches)
            raise
        except Exception:  # noqa: BLE001 - one bad batch must not end the journal
            _log.exception("journal_entries_lost", count=self._under_way)
            for batch in batches:
                self._lose(batch.name, batch.entry_count)
            self._is_late = True  # what may fail again is not tried at once
            return False
        finally:
            self._under_way = 0
        self._is_late = False
        return True

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
        return self.metrics.journal_waiting() > self._backlog.entry_count + self._under_way

    def _put_back(self, batches: Iterable[Batch]) -> None:
        for batch in batches:
            self._backlog.put_back(batch)
        self._keep_within_limits()

    def _say_late(self, problem: str) -> None:
        if not self._is_late:
            _log.warning("journal_waits", problem=problem)
        self._is_late = True

    async def _append(self, batches: Sequence[Batch]) -> None:
        told = dict(self._lost)
        pages = self._pages(batches, await self._by_sandbox_id(told))
        if pages:
            async with self.installation.database.connection() as tx:
                reached = await journal_entries.append_pages(
                    tx, pages, entries_max=self.installation.limits.journal_entries_max
                )
            self._surplus.update((sandbox_id, place) for sandbox_id, place in reached if place > 1)
        self._lost -= Counter(told)  # also those of sandboxes that are gone

    def _pages(self, batches: Iterable[Batch], lost: dict[str, int]) -> list[NewPage]:
        """A page for each sandbox."""
        frames: dict[str, Sequence[Frame]] = dict.fromkeys(lost, ())
        frames |= {batch.sandbox_id: batch.frames for batch in batches}
        return [
            NewPage(
                sandbox_id,
                sum(frame.entry_count for frame in held),
                set().union(*(frame.holds for frame in held)),
                seal_page(self.installation.vault, sandbox_id, held),
                lost.get(sandbox_id, 0),
            )
            for sandbox_id, held in frames.items()
        ]

    async def _by_sandbox_id(self, named: Mapping[SandboxName, int]) -> dict[str, int]:
        """Numbers by what the sandboxes' rows belong to; those that are gone are left out."""
        found = {}
        for name, number in named.items():
            with contextlib.suppress(NotFound):
                world = await self.installation.world(name)
                found[world.sandbox.sandbox_id] = number
        return found

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
        if self._backlog.entry_count:
            _log.error("journal_entries_lost", count=self._backlog.entry_count)


@contextlib.asynccontextmanager
async def journalling(installation: Installation, metrics: Metrics) -> AsyncIterator[JournalWriter]:
    """A writer that writes until the block ends, and then the rest."""
    writer = JournalWriter(installation, metrics, Attention(metrics.shared))
    running = asyncio.create_task(writer.run(), name="journal")
    try:
        yield writer
    finally:
        await writer.close(running)
