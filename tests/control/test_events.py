"""Server-sent events: told within a second, gone on with where one was, bounded in number."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from src_system.client.server import start_server
from tests.conftest import RunningServer
from tests.http.initiator import Initiator
from tests.journal.entries import journal, look_up

Json = dict[str, Any]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def initiator(server: RunningServer, http: aiohttp.ClientSession) -> Initiator:
    """An SRC initiator in a fresh sandbox."""
    async with http.post(f"{server.control}/v1/sandboxes", json={"seed": "42"}) as response:
        return Initiator(http, server.control, await response.json())


class Stream:
    """An open stream and the events that came over it."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def next(self, kind: str) -> tuple[str, Json]:
        """Id and document of the next event of that kind; the others are passed over."""
        async with asyncio.timeout(10):
            while True:
                name, number, document = await self._event()
                if name == kind:
                    return number, document

    async def _event(self) -> tuple[str, str, Json]:
        members: dict[str, str] = {}
        while True:
            line = (await self.response.content.readline()).decode()
            assert line, "the stream ended"
            if line == "\n":
                if "data" in members:
                    return members["event"], members.get("id", ""), json.loads(members["data"])
                members = {}
            else:
                name, _, value = line.rstrip("\n").partition(": ")
                members[name] = value


def stream(initiator: Initiator, query: str = "", **headers: str) -> Any:
    url = f"{initiator.control}/v1/sandboxes/{initiator.name}/events{query}"
    return initiator.session.get(url, headers=headers)


async def looked_up(initiator: Initiator, number: int, network: str = "visa") -> None:
    answer = await initiator.call(network, "identities/lookup", look_up(number))
    assert answer.status == 200


async def test_a_call_is_told_within_a_second_with_its_summary(initiator: Initiator) -> None:
    async with stream(initiator) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        events = Stream(response)
        await events.next("clock")
        begun = time.monotonic()
        await looked_up(initiator, 1)
        number, call = await events.next("call")

    assert time.monotonic() - begun < 1.5
    assert number == "1.0"
    assert (call["operation"], call["network"], call["status"]) == ("identityLookup", "visa", 200)
    assert "body" not in call


async def test_a_listener_who_was_away_goes_on_where_he_was(initiator: Initiator) -> None:
    for number in range(3):
        await looked_up(initiator, number)
    await journal(initiator, least=3)
    async with stream(initiator, **{"Last-Event-ID": "1.0"}) as response:
        events = Stream(response)
        places = [(await events.next("call"))[1]["place"] for _ in range(2)]
    async with stream(initiator, "?after=2") as response:
        _, call = await Stream(response).next("call")

    assert places == [2, 3]
    assert call["place"] == 3


async def test_only_calls_that_are_looked_for_are_told(initiator: Initiator) -> None:
    async with stream(initiator, "?network=amex&after=0") as response:
        events = Stream(response)
        await looked_up(initiator, 1)
        await looked_up(initiator, 2, network="amex")
        number, call = await events.next("call")

    assert (number, call["network"]) == ("2.0", "amex")


async def test_a_code_is_told_when_it_is_sent_and_when_it_is_used(initiator: Initiator) -> None:
    person = {"emailAddress": "ana@shop.test", "networks": ["visa"]}
    await initiator.manage("POST", "/fixtures", {"consumers": [person]})
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
    async with stream(initiator) as response:
        events = Stream(response)
        begun = await initiator.call(
            "visa", "identities/validation/initiate", {"consumerIdentity": identity}
        )
        _, issued = await events.next("code")
        await initiator.call(
            "visa",
            "identities/validation/complete",
            {
                "idValidationSessionId": begun.body["idValidationSessionId"],
                "validationData": issued["value"],
            },
        )
        _, used = await events.next("code")

    assert (issued["state"], issued["identity"]) == ("issued", "ana@shop.test")
    assert (used["state"], used["id"]) == ("consumed", issued["id"])


async def test_clock_faults_and_resets_are_told(initiator: Initiator) -> None:
    rule = {
        "effect": {"error": {"reason": "UNAVAILABLE"}},
        "match": {"operation": "identityLookup"},
    }
    async with stream(initiator) as response:
        events = Stream(response)
        await initiator.manage("PUT", "/clock", {"mode": "frozen", "at": "2026-11-23T09:00:00Z"})
        await initiator.manage("POST", "/clock/advance", {"by": "PT10M"})
        while (clock := (await events.next("clock"))[1])["now"] != "2026-11-23T09:10:00.000Z":
            assert clock["mode"] in ("real", "frozen")
        made = (await initiator.manage("POST", "/faults", rule)).body
        _, added = await events.next("fault")
        assert (await initiator.call("visa", "identities/lookup", look_up(1))).status == 503
        _, applied = await events.next("fault")
        await initiator.manage("DELETE", f"/faults/{made['id']}")
        _, removed = await events.next("faultRemoved")
        await initiator.manage("POST", "/reset", {})
        _, reset = await events.next("reset")
        await initiator.manage("DELETE", "")
        await events.next("removed")
        assert await response.content.read() == b""

    assert (added["id"], added["applied"]) == (made["id"], 0)
    assert (applied["id"], applied["matched"], applied["applied"]) == (made["id"], 1, 1)
    assert removed == {"id": made["id"]}
    assert reset == {"name": initiator.name}


async def test_calls_of_all_sandboxes_are_told_with_the_sandbox(
    server: RunningServer, initiator: Initiator
) -> None:
    async with initiator.session.get(f"{server.control}/v1/events") as response:
        events = Stream(response)
        await looked_up(initiator, 1)
        while (call := (await events.next("call"))[1])["sandbox"] != initiator.name:
            assert call["operation"]
        async with initiator.session.post(f"{server.control}/v1/sandboxes", json={}) as made:
            name = (await made.json())["name"]
        while (await events.next("sandbox"))[1]["name"] != name:
            assert name

    assert call["operation"] == "identityLookup"


@pytest.mark.parametrize("after", ["x", "-1", "1.x", "1.2.3", "9" * 19])
async def test_an_id_that_no_event_has_is_refused(initiator: Initiator, after: str) -> None:
    async with stream(initiator, f"?after={after}") as response:
        answer = await response.json()

    assert response.status == 400
    assert answer["errordetail"][0]["source"] == "after"


async def test_streams_are_bounded_hear_of_other_workers_and_end_with_the_server(
    tmp_path: Path,
) -> None:
    other = start_server(tmp_path, "--ephemeral", "--workers=2", "--event-streams-max=2")
    try:
        async with contextlib.AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            async with session.post(f"{other.control}/v1/sandboxes", json={}) as response:
                initiator = Initiator(session, other.control, await response.json())
            streams = [await stack.enter_async_context(stream(initiator)) for _ in range(5)]
            statuses = [one.status for one in streams]
            await looked_up(initiator, 1)
            heard = [
                (await Stream(one).next("call"))[1]["operation"]
                for one in streams
                if one.status == 200
            ]
            stopped = await asyncio.to_thread(other.stop)
    finally:
        other.stop()

    assert 429 in statuses
    assert 2 <= statuses.count(200) <= 4
    assert set(heard) == {"identityLookup"}
    assert stopped == 0
