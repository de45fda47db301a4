"""The inbox of one-time codes: filters, cursor, long poll, states."""

import asyncio
import time

import aiohttp
import pytest

from src_system.client import Refused, Sandbox

ANA = "ana@shop.test"


@pytest.fixture
async def placed(box: Sandbox, ana) -> Sandbox:
    await box.fixtures(consumers=[ana])
    return box


async def send_code(sandbox: Sandbox, network: str, channel: str | None = None) -> str:
    one = sandbox.initiator()[network]
    started = await one.initiate_identity_validation(ANA, channel=channel)
    return started.id_validation_session_id


async def test_codes_come_oldest_first_behind_a_cursor(placed):
    first = await send_code(placed, "visa")
    second = await send_code(placed, "mastercard")
    page = await placed.otps.page("ANA@shop.test", limit=1)
    (code,) = page.otps
    assert code.id_validation_session_id == first
    assert (code.state, code.identity, code.network) == ("issued", ANA, "visa")
    assert len(code.value) == 6 and code.value.isdigit()
    page = await placed.otps.page(after=page.cursor)
    assert [code.id_validation_session_id for code in page.otps] == [second]
    assert await placed.otps.list(network="amex") == []
    assert await placed.otps.list("bo@shop.test") == []
    last = await placed.otps.page(after=page.cursor)
    assert (last.otps, last.cursor) == ([], page.cursor)


async def test_a_code_sent_to_the_phone_is_found_by_mail_and_by_number(placed):
    await send_code(placed, "visa", "SMS")
    for query in ({"identity": ANA}, {"identity": "+12025550143"}, {"channel": "SMS"}):
        (code,) = await placed.otps.list(**query)
        assert (code.channel, code.destination) == ("MOBILE_PHONE_NUMBER", "12025550143")
        assert code.identity == ANA


async def test_waiting_ends_when_a_code_comes(placed):
    waiting = asyncio.create_task(placed.otps.page(wait=20))
    begin = time.monotonic()
    await asyncio.sleep(0.2)
    assert not waiting.done()
    session_id = await send_code(placed, "visa")
    (code,) = (await waiting).otps
    assert code.id_validation_session_id == session_id
    assert time.monotonic() - begin < 10


async def test_waiting_in_vain_ends_with_an_empty_list(placed):
    begin = time.monotonic()
    page = await placed.otps.page(wait=0.3)
    assert (page.otps, page.cursor) == ([], "0")
    assert time.monotonic() - begin >= 0.3


async def test_a_code_knows_what_became_of_it(placed):
    await placed.clock.freeze()
    await send_code(placed, "visa")
    await send_code(placed, "visa")
    assert [code.state for code in await placed.otps.list()] == ["superseded", "issued"]
    await placed.clock.advance("PT5M")
    assert [code.state for code in await placed.otps.list()] == ["superseded", "expired"]


@pytest.mark.parametrize(
    ("query", "source"),
    [
        ({"after": "x"}, "after"),
        ({"wait": -1}, "wait"),
        ({"wait": float("nan")}, "wait"),
        ({"limit": 0}, "limit"),
        ({"channel": "PIGEON"}, "channel"),
    ],
)
async def test_a_bad_query_is_refused(placed, query, source):
    with pytest.raises(Refused) as refused:
        await placed.otps.page(**query)
    assert (refused.value.status, refused.value.source) == (400, source)


async def test_the_json_of_the_inbox_is_that_of_its_document(
    control: aiohttp.ClientSession, placed
):
    await send_code(placed, "visa")
    async with control.get(f"/v1/sandboxes/{placed.name}/otps") as answer:
        document = await answer.json()
    assert set(document) == {"otps", "cursor"}
    assert {"id", "network", "identity", "channel", "value", "state", "issuedAt"} <= set(
        document["otps"][0]
    )
