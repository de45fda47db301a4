"""Two workers put one sandbox back and fork it at once: it is there for both all the time."""

import aiohttp

from tests.http.initiator import Initiator
from tests.http.test_copies_at_once import FORK, RESET, RESTORE, SNAPSHOT, at_once, told
from tests.workers.conftest import WorkerServer


async def test_through_two_workers_all_are_done_and_a_name_is_given_once(
    crew: WorkerServer,
) -> None:
    # Connections of their own, so that both workers have some of the calls.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.post(f"{crew.control}/v1/sandboxes", json={}) as response:
            initiator = Initiator(session, crew.control, await response.json())
        await initiator.manage("POST", "/snapshots", {"name": "before"})

        mixed = await at_once(initiator, [RESET, RESTORE, FORK, SNAPSHOT] * 4)
        same = await at_once(initiator, [("POST", "/fork", {"name": f"{initiator.name}-f"})] * 20)

    assert {answer.status for answer in mixed} <= {200, 201}, told(mixed)
    assert told(same) == {(201, ""): 1, (409, "A sandbox of this name exists."): 19}
