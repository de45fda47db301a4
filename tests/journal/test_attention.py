"""Who reads the journal sees entries at once; as long as nobody does, pages get fuller."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from src_system.app import Server
from src_system.clock import monotonic
from src_system.http.events import RequestEvent
from src_system.journal.attention import NOTICED_SECONDS, Attention
from src_system.journal.writer import FLUSH_SECONDS_UNREAD, JournalWriter
from src_system.metrics import Metrics
from src_system.model.identifiers import SandboxName
from src_system.store.embedded import EmbeddedPostgres
from tests.http.initiator import Initiator
from tests.journal.conftest import database_of
from tests.journal.entries import look_up
from tests.journal.test_writer import client_of, serving

CALLERS = 8
CALLS_EACH = 50
CALLS = CALLERS * CALLS_EACH
A_LOAD = 20


@contextlib.asynccontextmanager
async def writing(server: Server) -> AsyncIterator[JournalWriter]:
    """A writer of the test's own, which has just met a load."""
    writer = JournalWriter(server.installation, Metrics(), Attention())
    running = asyncio.create_task(writer.run())
    await note(writer, A_LOAD)
    await written(writer)
    yield writer
    await writer.close(running)


async def written(writer: JournalWriter) -> None:
    while writer.metrics.journal_waiting():  # noqa: ASYNC110 - as a worker sees another's
        await asyncio.sleep(0.01)


async def note(writer: JournalWriter, count: int) -> None:
    world = await writer.installation.world(SandboxName("default"))
    for _ in range(count):
        writer.note(
            RequestEvent("POST", "/visa/src/v1/identities/lookup", monotonic()),
            world,
            path="/visa/src/v1/identities/lookup",
            status=200,
            request_headers=[],
            request_body=b"{}",
            response_headers={},
            response_body=b"{}",
        )


async def test_while_nobody_reads_entries_are_held_back_for_fuller_pages_and_then_written(
    served: Server,
) -> None:
    async with writing(served) as writer:
        begin = monotonic()
        await note(writer, A_LOAD)
        await written(writer)
        took = monotonic() - begin

    assert took >= FLUSH_SECONDS_UNREAD


async def test_who_begins_to_read_waits_for_what_was_held_back(served: Server) -> None:
    async with writing(served) as writer:
        await note(writer, A_LOAD)
        await writer.show()
        waiting = writer.metrics.journal_waiting()

    assert waiting == 0


async def load(some: Initiator) -> None:
    async def call() -> None:
        for number in range(CALLS_EACH):
            answer = await some.call("visa", "identities/lookup", look_up(number))
            assert answer.status == 200

    await asyncio.gather(*(call() for _ in range(CALLERS)))


async def test_the_first_who_reads_finds_everything_that_was_held_back(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    dsn = await database_of(postgres, "journal_held_back")
    async with serving(dsn, tmp_path) as server, client_of(server) as some:
        await load(some)
        page = await some.manage("GET", f"/journal?limit={CALLS}")

    assert len(page.body["entries"]) == CALLS


def test_whoever_reads_at_one_worker_is_noticed_by_the_others(tmp_path: Path) -> None:
    here, there = Attention(tmp_path), Attention(tmp_path)

    before = here.is_there(), there.is_there()
    left = here.attract()
    after = here.is_there(), there.is_there()

    assert (before, after) == ((False, False), (True, True))
    assert left == pytest.approx(NOTICED_SECONDS)


def test_who_comes_before_all_have_noticed_waits_as_well_at_either_worker(tmp_path: Path) -> None:
    here, there = Attention(tmp_path), Attention(tmp_path)
    begin = monotonic()
    here.attract()
    left = here.attract(), there.attract()
    took = monotonic() - begin

    assert min(left) > NOTICED_SECONDS - took - 0.001
    time.sleep(2 * NOTICED_SECONDS)
    assert (here.attract(), there.attract()) == (0, 0)


def test_one_process_needs_no_file_to_notice_it() -> None:
    attention = Attention()

    assert not attention.is_there()
    assert attention.attract() == pytest.approx(NOTICED_SECONDS)
    assert attention.is_there()
