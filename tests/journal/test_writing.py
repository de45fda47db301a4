"""How entries get from calls to the journal under load: who waits for what, and for how long."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from src_system.app import Server
from src_system.clock import machine_now, monotonic
from src_system.http.events import RequestEvent
from src_system.journal.attention import Attention
from src_system.journal.reading import entry_at, reach_of
from src_system.journal.writer import (
    FLUSH_SECONDS_UNDER_LOAD,
    FLUSH_SECONDS_UNREAD,
    JournalWriter,
)
from src_system.metrics import Metrics
from src_system.model.identifiers import SandboxName
from src_system.store.embedded import EmbeddedPostgres
from src_system.world import World
from tests.http.initiator import Initiator
from tests.journal.conftest import database_of
from tests.journal.test_writer import client_of, serving

NewSandbox = Callable[[], Awaitable[Initiator]]
NOBODYS = SandboxName("nobodys")
A_LOAD = 20
BODY = b"{}" * 500


class Desk:
    """A writer of the test's own beside the server's, and calls for it."""

    def __init__(self, server: Server, world: World, initiator: Initiator) -> None:
        self.installation = server.installation
        self.world = world
        self.initiator = initiator
        self.writer = JournalWriter(server.installation, Metrics(), Attention())

    def note(self, count: int = 1, body: bytes = BODY) -> None:
        """So many calls of the sandbox were answered."""
        for _ in range(count):
            self._note(self.world.sandbox.name, self.world, body)

    def note_nobodys(self) -> None:
        """A call was answered that names a sandbox which does not exist."""
        self._note(NOBODYS, None, BODY)

    def note_unkeepable(self) -> None:
        """A call without a status: nothing that anybody could keep."""
        self._note(self.world.sandbox.name, self.world, BODY, status=None)

    def _note(
        self, name: SandboxName | None, world: World | None, body: bytes, status: int | None = 200
    ) -> None:
        event = RequestEvent("POST", "/", monotonic())
        event.sandbox = name or NOBODYS
        self.note_event(event, world, body, status)

    def note_event(
        self,
        event: RequestEvent,
        world: World | None,
        body: bytes = BODY,
        status: int | None = 200,
    ) -> None:
        """This call was answered."""
        self.writer.note(
            event,
            world,
            path="/",
            status=status,  # type: ignore[arg-type]
            request_headers=[],
            request_body=body,
            response_headers={},
            response_body=b"",
        )

    async def entries(self) -> int:
        """How many are in the journal."""
        reach = await reach_of(self.installation, self.world.sandbox.sandbox_id)
        return reach.last_place

    async def until_entries(self, count: int, seconds: float) -> float:
        """How long it takes until so many are there; fails after *seconds*."""
        begin = monotonic()
        while await self.entries() < count:
            assert monotonic() - begin < seconds
            await asyncio.sleep(0.002)
        return monotonic() - begin


async def desk_of(server: Server, initiator: Initiator) -> Desk:
    name = SandboxName(initiator.sandbox["name"])
    return Desk(server, await server.installation.world(name), initiator)


@contextlib.asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[None]:
    task = asyncio.create_task(desk.writer.run())
    try:
        yield
    finally:
        await desk.writer.close(task)


@pytest.fixture
async def desk(served: Server, initiator: Initiator) -> Desk:
    return await desk_of(served, initiator)


@pytest.fixture
async def loaded(desk: Desk) -> AsyncIterator[Desk]:
    """Its writer runs and has just met a load."""
    async with running(desk):
        desk.note(A_LOAD)
        await desk.until_entries(A_LOAD, seconds=2)
        yield desk


async def test_while_somebody_reads_a_load_is_written_within_the_promised_time(
    loaded: Desk,
) -> None:
    loaded.writer.attention.attract()
    loaded.note(A_LOAD)
    took = await loaded.until_entries(2 * A_LOAD, seconds=2)

    assert took < (FLUSH_SECONDS_UNDER_LOAD + FLUSH_SECONDS_UNREAD) / 2


async def test_a_full_page_is_written_at_once_though_nobody_reads(loaded: Desk) -> None:
    loaded.note(200)
    took = await loaded.until_entries(A_LOAD + 200, seconds=2)

    assert took < FLUSH_SECONDS_UNREAD / 2


async def test_calls_are_packed_long_before_they_are_written(loaded: Desk) -> None:
    loaded.note(A_LOAD)
    before = loaded.writer._backlog.size
    await asyncio.sleep(FLUSH_SECONDS_UNREAD / 2)

    assert await loaded.entries() == A_LOAD
    assert loaded.writer._backlog.size < before / 4


async def test_who_settles_waits_for_every_sandbox_also_behind_a_busy_one(
    served: Server, new_sandbox: NewSandbox
) -> None:
    busy = await desk_of(served, await new_sandbox())
    quiet = await desk_of(served, await new_sandbox())
    quiet.writer = busy.writer
    async with running(busy):
        busy.note()
        quiet.note()
        settling = asyncio.create_task(busy.writer.settle())
        await asyncio.sleep(0)
        busy.note(500)
        await settling
        entries = await quiet.entries()

    assert entries == 1


async def test_calls_of_no_sandbox_settle_nothing_that_is_not_written(desk: Desk) -> None:
    async with running(desk):
        desk.note()
        settling = asyncio.create_task(desk.writer.settle())
        await asyncio.sleep(0)
        desk.note_nobodys()
        await settling
        entries = await desk.entries()

    assert entries == 1


async def test_a_call_given_up_while_its_sandbox_is_looked_for_is_counted_once(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    dsn = await database_of(postgres, "journal_given_up")
    async with serving(dsn, tmp_path, journal_waiting_max=3) as server, client_of(server) as some:
        desk = await desk_of(server, some)
        desk.note_nobodys()
        flushing = asyncio.create_task(desk.writer.flush())
        await asyncio.sleep(0)  # it has begun to look
        desk.note(3)
        await flushing
        await desk.writer.flush()
        waiting = desk.writer.metrics.journal_waiting()
        lost = desk.writer.metrics.registry.get_sample_value("src_system_journal_lost_total")
        entries = await desk.entries()

    assert (entries, waiting, lost) == (3, 0, 1)


async def test_others_need_not_wait_until_all_that_is_sealed_was_looked_into(
    served: Server, new_sandbox: NewSandbox
) -> None:
    slow = await desk_of(served, await new_sandbox())
    other = await desk_of(served, await new_sandbox())
    other.writer = slow.writer
    sealed = await slow.initiator.encrypted_card("visa", "4111111111111111")
    body = ('{"cards":[' + ",".join([f'"{sealed}"'] * 60) + "]}").encode()
    async with running(slow):
        slow.note(5, body)
        other.note()
        begin = monotonic()
        # They come faster than anybody can open what is in them.
        while await other.entries() == 0:
            slow.note(1, body)
            await asyncio.sleep(0.005)
            assert monotonic() - begin < 5


async def test_what_could_not_be_kept_is_told_without_another_call(desk: Desk) -> None:
    async with running(desk):
        desk.note_unkeepable()
        await asyncio.sleep(0)
        reach = await reach_of(desk.installation, desk.world.sandbox.sandbox_id)
        begin = monotonic()
        while reach.dropped == 0:
            assert monotonic() - begin < 2
            await asyncio.sleep(0.01)
            reach = await reach_of(desk.installation, desk.world.sandbox.sandbox_id)

    assert reach.dropped == 1


@pytest.mark.parametrize("turns", [1, 2, 3, 5, 8, 13, 21, 34])
async def test_nothing_is_lost_when_the_writer_is_cancelled_anywhere(
    desk: Desk, turns: int
) -> None:
    desk.note(100)
    flushing = asyncio.create_task(desk.writer.flush())
    for _ in range(turns):
        await asyncio.sleep(0)
    flushing.cancel()
    await asyncio.wait([flushing])
    await desk.writer.flush()

    # A page that was being written when it happened may be there twice.
    assert await desk.entries() in (100, 200)


async def test_a_sandbox_that_goes_takes_no_others_entries_along(
    served: Server, new_sandbox: NewSandbox
) -> None:
    stays = await desk_of(served, await new_sandbox())
    goes = await desk_of(served, await new_sandbox())
    goes.writer = stays.writer
    stays.note(3)
    goes.note(3)
    await goes.initiator.manage("DELETE", "")
    stays.note(3)
    await stays.writer.flush()

    assert await stays.entries() == 6
    assert stays.writer.metrics.journal_waiting() == 0


async def test_a_call_began_before_what_it_made_however_late_it_is_noted(desk: Desk) -> None:
    begun = machine_now()
    event = RequestEvent("POST", "/", monotonic())
    event.sandbox = desk.world.sandbox.name or NOBODYS
    await asyncio.sleep(0.02)
    event.finish(200, desk.writer.metrics)
    await asyncio.sleep(0.2)  # the machine had something else to do
    desk.note_event(event, desk.world)
    await desk.writer.flush()
    entry = await entry_at(desk.installation, desk.world.sandbox.sandbox_id, 1)

    assert entry is not None
    assert abs((entry.at - begun).total_seconds()) < 0.1
    assert 20 <= entry.milliseconds < 200
