"""The journal is bounded, outlives an absent database and an orderly end, and counts losses."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from src_system.app import Server, bring_up_to_date, running_server
from src_system.clock import monotonic
from src_system.config import load
from src_system.crypto.vault import Vault
from src_system.http.events import RequestEvent
from src_system.journal.writer import REMOVE_SECONDS, RETRY_SECONDS, JournalWriter, journalling
from src_system.metrics import Metrics
from src_system.model.identifiers import SandboxName
from src_system.store.embedded import EmbeddedPostgres
from src_system.world import World
from tests.faults.restartable_postgres import FAST, RestartablePostgres
from tests.http.initiator import Initiator
from tests.journal.conftest import database_of, settings
from tests.journal.entries import journal, look_up

VAULT = Vault(b"w" * 32)


@contextlib.asynccontextmanager
async def serving(dsn: str, home: Path, **limits: int) -> AsyncIterator[Server]:
    config = load(settings(dsn, home, **limits), {})
    async with running_server(config, dsn, VAULT) as server:
        yield server


@contextlib.asynccontextmanager
async def client_of(server: Server) -> AsyncIterator[Initiator]:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server.control}/v1/sandboxes", json={}) as response,
    ):
        yield Initiator(http, server.control, await response.json())


async def looked_up(initiator: Initiator, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        await initiator.call("visa", "identities/lookup", look_up(number))


async def test_the_oldest_go_when_there_are_more_than_the_limit_and_are_counted(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    dsn = await database_of(postgres, "journal_bounded")
    async with serving(dsn, tmp_path, journal_entries_max=5) as server, client_of(server) as some:
        await looked_up(some, 12)
        await journal(some, "after=11")
        page = await journal(some, least=5)
        gone = await some.manage("GET", "/journal/7")
        # What is given up is removed too, by and by: with a later write.
        connection = await asyncpg.connect(dsn=dsn)
        for number in range(12, 20):
            await asyncio.sleep(REMOVE_SECONDS / 2)
            await looked_up(some, 1, first=number)
            await journal(some, f"after={number}")
            rows = await connection.fetchval("SELECT sum(entry_count) FROM journal_page")
            if rows < 12:
                break
        await connection.close()

    assert [entry["place"] for entry in page["entries"]] == [8, 9, 10, 11, 12]
    assert (page["firstPlace"], page["dropped"]) == (8, 7)
    assert gone.status == 404
    assert rows < 12


async def test_a_server_that_keeps_no_journal_writes_none(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    dsn = await database_of(postgres, "journal_off")
    async with serving(dsn, tmp_path, journal_entries_max=0) as server, client_of(server) as some:
        await looked_up(some, 3)
        empty = await some.manage("GET", "/journal?wait=0.2")

    assert (empty.body["entries"], empty.body["dropped"]) == ([], 0)


async def test_what_was_answered_before_an_orderly_end_is_written(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    dsn = await database_of(postgres, "journal_ends")
    async with serving(dsn, tmp_path) as server, client_of(server) as some:
        await looked_up(some, 7)
    async with serving(dsn, tmp_path) as server, aiohttp.ClientSession() as http:
        again = Initiator(http, server.control, some.sandbox)
        page = await journal(again, least=7)

    assert [entry["place"] for entry in page["entries"]] == list(range(1, 8))


@pytest.fixture
async def restartable(tmp_path: Path) -> AsyncIterator[RestartablePostgres]:
    postgres = RestartablePostgres(tmp_path)
    await postgres.start()
    yield postgres
    await postgres.remove()


async def test_calls_answered_while_the_database_is_away_are_kept_up_to_a_limit(
    restartable: RestartablePostgres, tmp_path: Path
) -> None:
    await bring_up_to_date(restartable.dsn, may_migrate=True)
    limits = {"journal_waiting_max": 4}
    async with serving(restartable.dsn, tmp_path, **limits) as server, client_of(server) as some:
        await looked_up(some, 2)
        await journal(some, least=2)
        await restartable.end(FAST)
        for number in range(6):
            answer = await some.call("visa", "identities/lookup", look_up(number))
            assert answer.status == 503
        await restartable.start()
        page = await journal(some, "status=503", least=4)
        metrics = await some.send("GET", f"{server.control}/metrics")

    assert [entry["place"] for entry in page["entries"]] == [3, 4, 5, 6]
    assert page["dropped"] == 2
    assert metrics.status == 200


@pytest.mark.parametrize("is_known", [True, False], ids=["called before", "never called"])
async def test_a_load_while_the_database_is_away_is_kept_up_to_the_limit_and_the_rest_counted(
    restartable: RestartablePostgres, tmp_path: Path, *, is_known: bool
) -> None:
    await bring_up_to_date(restartable.dsn, may_migrate=True)
    limits = {"journal_waiting_max": 60}
    async with serving(restartable.dsn, tmp_path, **limits) as server, client_of(server) as some:
        if is_known:
            await looked_up(some, 1)
            await journal(some, least=1)
        await restartable.end(FAST)
        for begin in range(0, 200, 40):
            calls = [
                some.call("visa", f"identities/lookup?number={number}", look_up(number))
                for number in range(begin, begin + 40)
            ]
            assert {answer.status for answer in await asyncio.gather(*calls)} == {503}
            await asyncio.sleep(RETRY_SECONDS)
        await restartable.start()
        page = await journal(some, "status=503", least=20)

    kept = len(page["entries"])
    assert 20 <= kept <= 60
    assert page["dropped"] == 200 - kept
    # The newest are there, in the order in which they were answered.
    assert [entry["recordedAt"] for entry in page["entries"]] == sorted(
        entry["recordedAt"] for entry in page["entries"]
    )
    numbers = {int(entry["path"].partition("=")[2]) for entry in page["entries"]}
    assert numbers >= set(range(180, 200))


def note(writer: JournalWriter, world: World, some: Initiator, status: int | None) -> None:
    """An answered call; one without a status is no call that anybody could keep."""
    event = RequestEvent("POST", "/", monotonic())
    event.sandbox = SandboxName(some.sandbox["name"])
    writer.note(
        event,
        world,
        path="/",
        status=status,  # type: ignore[arg-type]
        request_headers=[],
        request_body=b"",
        response_headers={},
        response_body=b"",
    )


async def test_a_call_that_cannot_be_kept_takes_few_others_with_it_and_is_counted(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    dsn = await database_of(postgres, "journal_poisoned")
    async with serving(dsn, tmp_path) as server, client_of(server) as some:
        world = await server.installation.world(SandboxName(some.sandbox["name"]))
        async with journalling(server.installation, Metrics()) as writer:
            for number in range(3):
                note(writer, world, some, number)
            note(writer, world, some, None)
            for number in range(3, 100):
                note(writer, world, some, number)
        page = await journal(some, least=50)

    assert len(page["entries"]) + page["dropped"] == 101
    assert 1 <= page["dropped"] <= 32
