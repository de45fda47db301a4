"""Fixtures and the editing of participants, consumers and cards on the control port."""

import io
import re
from urllib.parse import quote

import pytest

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


async def test_every_state_can_be_put_in_place_and_changed(control, sandbox, ana):
    ana["status"] = "LOCKED"
    ana["cards"][0] |= {"panExpirationYear": "2020"}
    ana["cards"][1] |= {"status": "PENDING"}
    async with control.post(f"{sandbox['path']}/fixtures", json={"consumers": [ana]}) as answer:
        (placed,) = (await answer.json())["consumers"]
    src_consumer_id = placed["profiles"]["visa"]["srcConsumerId"]
    person = f"{sandbox['path']}/consumers/visa/{quote(src_consumer_id, safe='')}"
    async with control.get(person) as answer:
        document = await answer.json()
    assert (document["status"], document["cards"][0]["status"]) == ("LOCKED", "EXPIRED")
    assert document["shippingAddresses"][0]["countryCode"] == "US"
    for action, status in (("unlock", "ACTIVE"), ("suspend", "SUSPENDED"), ("resume", "ACTIVE")):
        async with control.post(f"{person}/{action}") as answer:
            assert (await answer.json())["status"] == status
    card = f"{sandbox['path']}/cards/mastercard/{placed['cards'][1]['srcDigitalCardId']}"
    states = []
    for action in ("resume", "suspend", "resume", "expire"):
        async with control.post(f"{card}/{action}") as answer:
            states.append((await answer.json())["status"])
    assert states == ["ACTIVE", "SUSPENDED", "ACTIVE", "EXPIRED"]
    async with control.delete(card) as answer:
        assert answer.status == 204
    async with control.get(card) as answer:
        assert (await answer.json())["status"] == "CANCELLED"
    async with control.post(f"{card}/resume") as answer:
        assert answer.status == 400  # cancelled is final


async def test_a_client_of_ones_own_brings_its_public_key(control, sandbox):
    public = {
        name: value
        for name, value in sandbox["clients"][0]["jwks"]["keys"][0].items()
        if name in ("kty", "kid", "n", "e")
    }
    body = {"name": "Own initiator", "jwks": {"keys": [public]}, "business": "psp"}
    async with control.post(f"{sandbox['path']}/clients", json=body) as answer:
        assert answer.status == 201
        client = await answer.json()
    (key,) = client["jwks"]["keys"]
    assert (key["n"], key["kid"], "d" in key) == (public["n"], public["kid"], False)
    shop = {"srcClientId": client["srcClientId"], "dpaData": {"dpaName": "Shop"}, "markets": ["KW"]}
    async with control.post(f"{sandbox['path']}/dpas", json=shop) as answer:
        dpa = await answer.json()
        assert (answer.status, dpa["markets"]) == (201, ["KW"])
    async with control.post(f"{sandbox['path']}/dpas/{dpa['srcDpaId']}/suspend") as answer:
        assert (await answer.json())["status"] == "DISABLED"
    async with control.get(f"{sandbox['path']}/clients") as answer:
        listed = (await answer.json())["clients"]
    assert {entry["name"]: "d" in entry["jwks"]["keys"][0] for entry in listed} == {
        "Own initiator": False,
        "Default SRC initiator": True,
    }
    async with control.delete(f"{sandbox['path']}/clients/{client['srcClientId']}") as answer:
        assert answer.status == 204
    async with control.get(f"{sandbox['path']}/dpas/{dpa['srcDpaId']}") as answer:
        assert answer.status == 404


async def test_a_weak_or_broken_key_is_refused(control, sandbox):
    body = {"name": "x", "jwks": {"keys": [{"kty": "EC"}]}}
    async with control.post(f"{sandbox['path']}/clients", json=body) as answer:
        assert answer.status == 400
        detail = (await answer.json())["errordetail"][0]
    assert detail["source"] == "clients[0].jwks.keys[0]"


async def test_reset_removes_people_and_keeps_clients(control, sandbox, ana):
    async with control.post(f"{sandbox['path']}/fixtures", json={"consumers": [ana]}) as answer:
        assert answer.status == 200
    async with control.post(f"{sandbox['path']}/reset") as answer:
        document = await answer.json()
    assert document["clients"] == sandbox["clients"]
    async with control.get(f"{sandbox['path']}/consumers") as answer:
        assert (await answer.json())["consumers"] == []


async def test_a_document_past_a_mebibyte_is_too_large(control, sandbox):
    body = io.BytesIO(b'{"ignored": "' + b"x" * 1024 * 1024 + b'"}')
    async with control.post(f"{sandbox['path']}/fixtures", data=body) as answer:
        assert answer.status == 413
