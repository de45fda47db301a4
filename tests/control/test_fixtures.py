"""Fixtures and the editing of participants, consumers and cards on the control port."""

import io
import re

import pytest

from src_system.client import Refused

PAN = re.compile(rb"4111111111111111|5555555555554444|4000000000000002")


async def test_fixtures_are_idempotent_and_show_no_number(control, sandbox, ana):
    answers = []
    for _ in range(2):
        async with control.post(f"{sandbox['path']}/fixtures", json={"consumers": [ana]}) as answer:
            assert answer.status == 200
            assert PAN.search(await answer.read()) is None
            answers.append(await answer.json())
    assert answers[0] == answers[1]
    (placed,) = answers[0]["consumers"]
    assert placed["emailAddress"] == "ana@shop.test"
    assert placed["mobileNumber"] == {"countryCode": "1", "phoneNumber": "2025550143"}
    assert list(placed["profiles"]) == ["visa", "mastercard", "amex"]
    assert [card["network"] for card in placed["cards"]] == ["visa", "mastercard"]
    async with control.get(f"{sandbox['path']}/cards") as answer:
        assert PAN.search(await answer.read()) is None
        cards = (await answer.json())["cards"]
    assert [card["panLastFour"] for card in cards] == ["1111", "4444"]


@pytest.mark.parametrize(
    ("member", "value", "source", "reason"),
    [
        ("primaryAccountNumber", "4000000000000002", "primaryAccountNumber", "PAN_INELIGIBLE"),
        ("primaryAccountNumber", "4111111111111112", "primaryAccountNumber", "INVALID_FORMAT"),
        ("primaryAccountNumber", 4111111111111111, "primaryAccountNumber", "INVALID_FORMAT"),
        ("primaryAccountNumber", None, "primaryAccountNumber", "CANNOT_BE_NULL"),
        ("panExpirationMonth", "13", "panExpirationMonth", "INVALID_FORMAT"),
        ("network", "diners", "network", "INVALID_VALUE"),
        ("status", "LOST", "status", "INVALID_VALUE"),
    ],
)
async def test_a_wrong_card_is_refused_naming_the_member(
    control, sandbox, ana, member, value, source, reason
):
    ana["cards"][1][member] = value
    async with control.post(f"{sandbox['path']}/fixtures", json={"consumers": [ana]}) as answer:
        assert answer.status == 400
        assert PAN.search(await answer.read()) is None
        (detail,) = (await answer.json())["errordetail"]
    assert (detail["source"], detail["reason"]) == (f"consumers[0].cards[1].{source}", reason)
    async with control.get(f"{sandbox['path']}/consumers") as answer:
        assert (await answer.json())["consumers"] == []  # all or nothing


async def test_every_state_can_be_put_in_place_and_changed(box, ana):
    ana["status"] = "LOCKED"
    ana["cards"][0] |= {"panExpirationYear": "2020"}
    ana["cards"][1] |= {"status": "PENDING"}
    (placed,) = (await box.fixtures(consumers=[ana])).consumers
    person = ("visa", placed.profiles["visa"].src_consumer_id)
    shown = await box.consumers.show(*person)
    assert (shown.status, shown.cards[0].status) == ("LOCKED", "EXPIRED")
    assert shown.shipping_addresses[0].country_code == "US"
    for act, status in (
        (box.consumers.unlock, "ACTIVE"),
        (box.consumers.suspend, "SUSPENDED"),
        (box.consumers.resume, "ACTIVE"),
    ):
        assert (await act(*person)).status == status
    card = ("mastercard", placed.card_on("mastercard"))
    acts = (box.cards.resume, box.cards.suspend, box.cards.resume, box.cards.expire)
    states = [(await act(*card)).status for act in acts]
    assert states == ["ACTIVE", "SUSPENDED", "ACTIVE", "EXPIRED"]
    await box.cards.remove(*card)
    assert (await box.cards.show(*card)).status == "CANCELLED"
    with pytest.raises(Refused, match="400"):
        await box.cards.resume(*card)  # cancelled is final


async def test_a_client_of_ones_own_brings_its_public_key(box):
    own = box.details.clients[0].jwks.keys[0]
    public = {name: own[name] for name in ("kty", "kid", "n", "e")}
    client = await box.clients.add(name="Own initiator", jwks={"keys": [public]}, business="psp")
    (key,) = client.jwks.keys
    assert (key["n"], key["kid"], "d" in key) == (public["n"], public["kid"], False)
    dpa = await box.dpas.add(
        srcClientId=client.src_client_id, dpaData={"dpaName": "Shop"}, markets=["KW"]
    )
    assert dpa.markets == ["KW"]
    assert (await box.dpas.suspend(dpa.src_dpa_id)).status == "DISABLED"
    assert {one.name: "d" in one.jwks.keys[0] for one in await box.clients.list()} == {
        "Own initiator": False,
        "Default SRC initiator": True,
    }
    await box.clients.remove(client.src_client_id)
    with pytest.raises(Refused, match="404"):
        await box.dpas.show(dpa.src_dpa_id)


async def test_what_is_added_is_answered_with_201(control, sandbox):
    for path, body in (
        ("dpas", {"dpaData": {"dpaName": "Shop"}}),
        ("clients", {"name": "Own"}),
        ("consumers", {"emailAddress": "bo@shop.test", "networks": ["visa"]}),
    ):
        async with control.post(f"{sandbox['path']}/{path}", json=body) as answer:
            assert answer.status == 201, path


async def test_a_weak_or_broken_key_is_refused(control, sandbox):
    body = {"name": "x", "jwks": {"keys": [{"kty": "EC"}]}}
    async with control.post(f"{sandbox['path']}/clients", json=body) as answer:
        assert answer.status == 400
        detail = (await answer.json())["errordetail"][0]
    assert detail["source"] == "clients[0].jwks.keys[0]"


async def test_reset_removes_people_and_keeps_clients(box, ana):
    before = box.details
    await box.fixtures(consumers=[ana])
    assert (await box.reset()).clients == before.clients
    assert await box.consumers.list() == []


async def test_a_document_past_a_mebibyte_is_too_large(control, sandbox):
    body = io.BytesIO(b'{"ignored": "' + b"x" * 1024 * 1024 + b'"}')
    async with control.post(f"{sandbox['path']}/fixtures", data=body) as answer:
        assert answer.status == 413
