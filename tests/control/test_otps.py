"""The inbox of one-time codes: filters, cursor, long poll, states."""

import asyncio
import time
from typing import Any

import aiohttp
import pytest


@pytest.fixture
async def placed(control, sandbox, ana) -> dict[str, Any]:
    async with control.post(f"{sandbox['path']}/fixtures", json={"consumers": [ana]}) as answer:
        assert answer.status == 200
    return {**sandbox, "otps": f"{sandbox['path']}/otps"}


async def _send_code(
    control: aiohttp.ClientSession,
    sandbox: dict[str, Any],
    network: str,
    channel: str | None = None,
) -> str:
    body = {
        "srcClientId": sandbox["clients"][0]["srcClientId"],
        "srcDpaId": sandbox["dpas"][0]["srcDpaId"],
        "consumerIdentity": {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"},
    }
    if channel is not None:
        body["requestedValidationChannelId"] = channel
    url = f"{sandbox['urls'][network]['src']}/identities/validation/initiate"
    async with control.post(url, json=body) as answer:
        document = await answer.json()
        assert answer.status == 200, document
    session_id: str = document["idValidationSessionId"]
    return session_id


async def _codes(control: aiohttp.ClientSession, placed: dict[str, Any], **query: str) -> Any:
    async with control.get(placed["otps"], params=query) as answer:
        assert answer.status == 200
        return await answer.json()


async def test_codes_come_oldest_first_behind_a_cursor(control, placed):
    first = await _send_code(control, placed, "visa")
    second = await _send_code(control, placed, "mastercard")
    page = await _codes(control, placed, identity="ANA@shop.test", limit="1")
    assert [code["idValidationSessionId"] for code in page["otps"]] == [first]
    (code,) = page["otps"]
    assert (code["state"], code["identity"], code["network"]) == ("issued", "ana@shop.test", "visa")
    assert len(code["value"]) == 6 and code["value"].isdigit()
    page = await _codes(control, placed, after=page["cursor"])
    assert [code["idValidationSessionId"] for code in page["otps"]] == [second]
    assert (await _codes(control, placed, network="amex"))["otps"] == []
    assert (await _codes(control, placed, identity="bo@shop.test"))["otps"] == []
    last = await _codes(control, placed, after=page["cursor"])
    assert last == {"otps": [], "cursor": page["cursor"]}


async def test_a_code_sent_to_the_phone_is_found_by_mail_and_by_number(control, placed):
    await _send_code(control, placed, "visa", "SMS")
    for query in ({"identity": "ana@shop.test"}, {"identity": "+12025550143"}, {"channel": "SMS"}):
        (code,) = (await _codes(control, placed, **query))["otps"]
        assert (code["channel"], code["destination"]) == ("MOBILE_PHONE_NUMBER", "12025550143")
        assert code["identity"] == "ana@shop.test"


async def test_waiting_ends_when_a_code_comes(control, placed):
    waiting = asyncio.create_task(_codes(control, placed, wait="20"))
    begin = time.monotonic()
    await asyncio.sleep(0.2)
    assert not waiting.done()
    session_id = await _send_code(control, placed, "visa")
    (code,) = (await waiting)["otps"]
    assert code["idValidationSessionId"] == session_id
    assert time.monotonic() - begin < 10


async def test_waiting_in_vain_ends_with_an_empty_list(control, placed):
    begin = time.monotonic()
    assert await _codes(control, placed, wait="0.3") == {"otps": [], "cursor": "0"}
    assert time.monotonic() - begin >= 0.3


async def test_a_code_knows_what_became_of_it(control, placed):
    clock = f"{placed['path']}/clock"
    async with control.put(clock, json={"mode": "frozen"}) as answer:
        assert answer.status == 200
    await _send_code(control, placed, "visa")
    await _send_code(control, placed, "visa")
    states = [code["state"] for code in (await _codes(control, placed))["otps"]]
    assert states == ["superseded", "issued"]
    async with control.post(f"{clock}/advance", json={"by": "PT5M"}) as answer:
        assert answer.status == 200
    states = [code["state"] for code in (await _codes(control, placed))["otps"]]
    assert states == ["superseded", "expired"]


@pytest.mark.parametrize("query", ["after=x", "wait=-1", "wait=nan", "limit=0", "channel=PIGEON"])
async def test_a_bad_query_is_refused(control, placed, query):
    async with control.get(f"{placed['otps']}?{query}") as answer:
        assert answer.status == 400
        assert (await answer.json())["errordetail"][0]["source"] == query.partition("=")[0]
