"""A storm of resends on two workers: whoever waits for a code gets one that can be used."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from tests.http.initiator import Initiator, Json
from tests.workers.conftest import WorkerServer

CALLERS, CALLS, WAITERS = 6, 25, 4
IDENTITY = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerServer]:
    """A server on which a code may be asked for again without end."""
    server = WorkerServer(
        tmp_path_factory.mktemp("patient"), "--ephemeral", "--one-time-code-resends-max=100000"
    )
    yield server
    assert server.end() == 0, server.log.read_text()[-2000:]
    assert "Traceback" not in server.log.read_text()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Every call on a connection of its own: the kernel deals hundreds out to both workers."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True, limit=0)
    ) as opened:
        yield opened


def issue_number(code: Json) -> int:
    """Which code of its validation it is, from 1."""
    return int(code["id"].rpartition("-")[2])


async def test_a_storm_of_resends_never_shows_a_waiter_a_superseded_code(
    patient: WorkerServer, session: aiohttp.ClientSession
) -> None:
    async with session.post(f"{patient.control}/v1/sandboxes", json={}) as answer:
        initiator = Initiator(session, patient.control, json.loads(await answer.read()))
    await initiator.with_consumer()
    answered, over = 0, asyncio.Event()
    problems: list[str] = []
    seen: set[int] = set()

    async def resend() -> None:
        nonlocal answered
        for _ in range(CALLS):
            sent = await initiator.call(
                "visa", "identities/validation/initiate", {"consumerIdentity": IDENTITY}
            )
            assert sent.status == 200, sent.body
            answered += 1

    async def wait() -> None:
        cursor = "0"
        while True:
            least = answered  # so many codes were sent for certain before we asked
            is_last = over.is_set()
            page = await initiator.manage(
                "GET", f"/otps?identity=ana@shop.test&wait=0.2&after={cursor}"
            )
            codes = page.body["otps"]
            if len(codes) > 1:
                problems.append(f"{len(codes)} codes of one validation at once")
            for code in codes:
                seen.add(issue_number(code))
                if code["state"] != "issued" or issue_number(code) < least:
                    problems.append(f"{code['id']} is {code['state']}, {least} were sent")
            if codes and int(page.body["cursor"]) <= int(cursor):
                problems.append(f"the cursor stayed at {cursor}")
            cursor = page.body["cursor"]
            if is_last and not codes:
                return

    async def storm() -> None:
        await asyncio.gather(*(resend() for _ in range(CALLERS)))
        over.set()

    await asyncio.gather(storm(), *(wait() for _ in range(WAITERS)))

    assert problems == []
    assert max(seen) == answered == CALLERS * CALLS
    print(f"{len(seen)} of {answered} codes were seen while they could be used")
