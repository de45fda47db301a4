"""The journal of two workers: whoever follows it misses nothing, and a verdict waits for both."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from uuid import uuid4

import aiohttp

from tests.http.initiator import Initiator, Json
from tests.workers.conftest import WorkerServer
from tests.workers.test_workers import served_by

CALLERS = 16
CALLS_EACH = 25
ROUNDS = 12
SECONDS = 30


@contextlib.asynccontextmanager
async def callers(server: WorkerServer) -> AsyncIterator[list[Initiator]]:
    """One client of one sandbox over many connections, which both workers have some of."""
    async with contextlib.AsyncExitStack() as stack:
        sessions = [
            await stack.enter_async_context(aiohttp.ClientSession()) for _ in range(CALLERS)
        ]
        async with sessions[0].post(f"{server.control}/v1/sandboxes", json={}) as answer:
            sandbox: Json = await answer.json()
        yield [Initiator(session, server.control, sandbox) for session in sessions]


async def look_up(initiator: Initiator) -> str:
    """A call in a session of its own; the session."""
    session = str(uuid4())
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
    body = {"consumerIdentity": identity, "srcCorrelationId": session}
    answer = await initiator.call("visa", "identities/lookup", body)
    assert answer.body["srcCorrelationId"] == session
    return session


async def test_a_reader_who_follows_misses_nothing_and_sees_nothing_twice(
    crew: WorkerServer,
) -> None:
    async def call(initiator: Initiator) -> list[str]:
        return [await look_up(initiator) for _ in range(CALLS_EACH)]

    async def follow(initiators: list[Initiator]) -> list[Json]:
        """Read on from each cursor, over other connections and so from either worker."""
        found: list[Json] = []
        cursor = ""
        async with asyncio.timeout(SECONDS):
            while len(found) < CALLERS * CALLS_EACH:
                reader = initiators[len(found) % CALLERS]
                page = await reader.manage("GET", f"/journal?after={cursor}&wait=2&limit=40")
                found += page.body["entries"]
                cursor = page.body["cursor"]
            last = await initiators[0].manage("GET", f"/journal?after={cursor}&wait=0.3")
        return found + list(last.body["entries"])

    async with callers(crew) as initiators:
        reading = asyncio.create_task(follow(initiators))
        called = await asyncio.gather(*map(call, initiators))
        share = served_by(crew)
        found = await reading

    assert min(share.values()) > 0, "all connections happened to be at one worker"
    assert [entry["place"] for entry in found] == list(range(1, CALLERS * CALLS_EACH + 1))
    assert sorted(entry["srcCorrelationId"] for entry in found) == sorted(
        itertools.chain.from_iterable(called)
    )


async def test_a_verdict_includes_what_either_worker_has_just_answered(
    crew: WorkerServer,
) -> None:
    async with callers(crew) as initiators:
        for number in range(1, ROUNDS + 1):
            await asyncio.gather(*map(look_up, initiators))
            verdict = await initiators[number % CALLERS].manage("GET", "/verdict")
            assert verdict.body["journal"]["entries"] == number * CALLERS
        share = served_by(crew)

    assert min(share.values()) > 0, "all connections happened to be at one worker"


def test_how_much_is_not_written_yet_is_told_over_all_workers(crew: WorkerServer) -> None:
    assert crew.metric("src_system_journal_waiting") == 0
