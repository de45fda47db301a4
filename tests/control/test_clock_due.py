"""What an advance tells, and what can be asked about a time to come: everything, once, in pages."""

import asyncio
from typing import Any

import aiohttp
import asyncpg
import pytest

from src_system.model.dated_artefacts import DATED_ARTEFACTS
from tests.conftest import sandbox_id_of

START = "2027-03-01T10:00:00.000Z"
SESSIONS = """
INSERT INTO checkout_session (
    sandbox_id, network, src_correlation_id, src_client_id, state, origin_digest, origin_ordinal,
    created_at, expires_at)
SELECT $1, 'visa', 'session-' || lpad(n::text, 4, '0'), 'client', 'NEW', sha256(n::text::bytea), 0,
       s.clock_at, s.clock_at + make_interval(secs => n)
  FROM sandbox AS s, generate_series(1, $2::int) AS n
 WHERE s.sandbox_id = $1
"""


@pytest.fixture
async def frozen(control, sandbox) -> dict[str, Any]:
    """A sandbox whose time stands still."""
    body = {"mode": "frozen", "at": START}
    async with control.put(f"{sandbox['path']}/clock", json=body) as answer:
        assert answer.status == 200
    return {**sandbox, "clock": f"{sandbox['path']}/clock"}


async def sessions(server: Any, sandbox: dict[str, Any], number: int) -> None:
    """So many checkout sessions, one of which ends each second."""
    connection = await asyncpg.connect(dsn=server.dsn)
    await connection.execute(SESSIONS, await sandbox_id_of(connection, sandbox["name"]), number)
    await connection.close()


async def advance(control: aiohttp.ClientSession, sandbox: dict[str, Any], by: str) -> Any:
    async with control.post(f"{sandbox['clock']}/advance", json={"by": by}) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def due(control: aiohttp.ClientSession, sandbox: dict[str, Any], **query: str) -> Any:
    async with control.get(f"{sandbox['clock']}/due", params=query) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def test_what_is_too_much_for_one_answer_is_counted_and_can_be_had_in_pages(
    control, frozen, server
):
    await sessions(server, frozen, 1500)

    advanced = await advance(control, frozen, "PT30M")
    rest = await due(
        control,
        frozen,
        **{"from": advanced["from"], "until": advanced["now"], "after": advanced["next"]},
        limit="400",
    )
    last = await due(
        control,
        frozen,
        **{"from": advanced["from"], "until": advanced["now"], "after": rest["next"]},
        limit="400",
    )

    told = [one["id"] for part in (advanced["fired"], rest["due"], last["due"]) for one in part]
    assert told == [f"session-{number:04}" for number in range(1, 1501)]
    assert (len(advanced["fired"]), len(rest["due"]), last["next"]) == (1000, 400, None)
    assert advanced["counts"] == rest["counts"] == {"checkoutSession": 1500}
    assert advanced["fired"][0] == {
        "kind": "checkoutSession",
        "event": "expired",
        "network": "visa",
        "id": "session-0001",
        "dueAt": "2027-03-01T10:00:01.000Z",
    }


async def test_nothing_is_told_twice_by_those_who_advance_at_once(control, frozen, server):
    await sessions(server, frozen, 60)

    answers = await asyncio.gather(*(advance(control, frozen, "PT10S") for _ in range(6)))

    told = [one["id"] for answer in answers for one in answer["fired"]]
    assert sorted(told) == [f"session-{number:04}" for number in range(1, 61)]
    assert max(answer["now"] for answer in answers) == "2027-03-01T10:01:00.000Z"


async def test_a_look_ahead_tells_what_the_advance_will(control, frozen, server):
    await sessions(server, frozen, 10)

    ahead = await due(control, frozen, until="2027-03-01T10:00:04Z")
    again = await due(control, frozen, until="2027-03-01T10:00:04Z")
    advanced = await advance(control, frozen, "PT4S")
    behind = await due(control, frozen)

    assert ahead == again
    assert ahead["due"] == advanced["fired"]
    assert (ahead["from"], ahead["until"]) == (START, "2027-03-01T10:00:04.000Z")
    assert behind["counts"] == {"checkoutSession": 6}
    assert behind["until"] == "2027-03-02T10:00:04.000Z"


async def test_an_offset_clock_tells_what_lies_between(control, sandbox, server):
    frozen = {**sandbox, "clock": f"{sandbox['path']}/clock"}
    async with control.put(frozen["clock"], json={"mode": "frozen", "at": START}) as answer:
        assert answer.status == 200
    await sessions(server, frozen, 3000)
    async with control.put(frozen["clock"], json={"mode": "offset", "at": START}) as answer:
        assert answer.status == 200

    advanced = await advance(control, frozen, "PT10M")

    assert 590 <= advanced["counts"]["checkoutSession"] <= 610
    assert advanced["fired"][0]["dueAt"] > advanced["from"]
    assert advanced["fired"][-1]["dueAt"] <= advanced["now"]


@pytest.mark.parametrize(
    "query",
    [
        "after=x",
        "after=WyJhIl0",
        "from=yesterday",
        "until=2300-01-01T00:00:00Z",
        "until=2027-03-01T09:59:59Z",  # before now, where it begins
        "until=2027-03-01T09:00:00Z&from=2027-03-01T10:00:00Z",
        "limit=0",
    ],
)
async def test_a_time_that_is_none_is_refused(control, frozen, query):
    async with control.get(f"{frozen['clock']}/due?{query}") as answer:
        assert answer.status == 400
        assert (await answer.json())["errordetail"][0]["source"] == query.partition("=")[0]


async def test_the_list_of_dated_artefacts_is_served_with_the_limits_of_this_server(control):
    async with control.get("/v1/dated-artefacts") as answer:
        listed = (await answer.json())["datedArtefacts"]

    assert [one["name"] for one in listed] == [artefact.name for artefact in DATED_ARTEFACTS]
    assert listed[0]["limits"] == [{"name": "one_time_code_minutes", "value": 5, "unit": "minutes"}]
    assert {one["time"] for one in listed} == {"sandbox", "machine"}
