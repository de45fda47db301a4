"""Card update notifications, delivered to a real receiver (spec 4.16, 13.12)."""

import asyncio
import dataclasses
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from jwcrypto.jwe import JWE
from jwcrypto.jwk import JWK
from jwcrypto.jws import InvalidJWSSignature

from tests.http.initiator import CARDS, Initiator, Json
from tests.http.receiver import Receiver, receiving, verified

FROZEN = {"mode": "frozen", "at": "2026-11-23T09:00:00Z"}
NOW_MILLIS = "1795424400000"
NewSandbox = Callable[..., Awaitable[Initiator]]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


async def listen(initiator: Initiator, url: str, **members: Any) -> None:
    """Register the address for the ready-made client."""
    answer = await initiator.manage(
        "PUT", f"/clients/{initiator.client_id}", {"notificationUrl": url, **members}
    )
    assert answer.status == 200, answer.body
    assert answer.body["notificationUrl"] == url


async def paid_card(initiator: Initiator, network: str) -> str:
    """A card that the client has paid with, and so holds a token for."""
    cards = await initiator.with_consumer()
    card_id = next(one["srcDigitalCardId"] for one in cards if one["network"] == network)
    await pay(initiator, network, card_id)
    return str(card_id)


async def pay(initiator: Initiator, network: str, card_id: str) -> Json:
    answer = await initiator.checkout(
        network, srcDigitalCardId=card_id, idToken=await initiator.id_token(network)
    )
    assert answer.status == 200, answer.body
    return answer.body


async def act(initiator: Initiator, network: str, card_id: str, action: str, **body: Any) -> None:
    answer = await initiator.manage("POST", f"/cards/{network}/{card_id}/{action}", body)
    assert answer.status == 200, answer.body


async def kept(initiator: Initiator, query: str = "") -> list[Json]:
    answer = await initiator.manage("GET", f"/notifications?{query}")
    found: list[Json] = answer.body["notifications"]
    return found


async def advance(initiator: Initiator, by: str) -> list[Json]:
    answer = await initiator.manage("POST", "/clock/advance", {"by": by})
    assert answer.status == 200, answer.body
    fired: list[Json] = answer.body["fired"]
    return fired


@pytest.fixture
async def frozen(new_sandbox: NewSandbox) -> Initiator:
    return await new_sandbox(clock=FROZEN)


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_a_change_is_delivered_once_and_signed_over_exactly_the_body(
    frozen: Initiator, receiver: Receiver, network: str
) -> None:
    await listen(frozen, receiver.url)
    card_id = await paid_card(frozen, network)
    await act(frozen, network, card_id, "suspend")

    received = await receiver.next()
    keys_url = frozen.sandbox["urls"][network]["keys"]
    header = await verified(frozen.session, keys_url, received)
    [one] = await kept(frozen, "wait=5&state=DELIVERED")

    assert received.path == "/notifications"
    assert received.entry["eventTimeStamp"] == NOW_MILLIS
    assert received.entry["reasonCode"] == "CARD_SUSPENDED"
    card = received.entry["maskedCard"]
    assert (card["srcDigitalCardId"], card["digitalCardData"]["status"]) == (card_id, "SUSPENDED")
    assert "panLastFour" not in card
    assert (header["aud"], header["jti"]) == (frozen.client_id, one["id"])
    assert (received.id, one["notification"]) == (one["id"], received.entry)
    assert [attempt["status"] for attempt in one["attempts"]] == [204]
    assert (one["nextAttemptAt"], one["deliveredAt"]) == (None, "2026-11-23T09:00:00.000Z")
    assert await receiver.nothing_for(0.6)
    assert await kept(frozen, "state=PENDING") == []


async def test_a_changed_body_or_signature_does_not_verify(
    frozen: Initiator, receiver: Receiver
) -> None:
    await listen(frozen, receiver.url)
    card_id = await paid_card(frozen, "visa")
    await act(frozen, "visa", card_id, "suspend")
    received = await receiver.next()
    keys_url = frozen.sandbox["urls"]["visa"]["keys"]

    changed = received.body.replace(b"SUSPENDED", b"CANCELLED")
    foreign_keys = frozen.sandbox["urls"]["amex"]["keys"]

    assert changed != received.body
    with pytest.raises(InvalidJWSSignature):
        await verified(frozen.session, keys_url, dataclasses.replace(received, body=changed))
    with pytest.raises(KeyError):
        await verified(frozen.session, foreign_keys, received)
    assert await verified(frozen.session, keys_url, received)


async def test_resuming_expiring_and_deleting_are_told_too(
    frozen: Initiator, receiver: Receiver
) -> None:
    await listen(frozen, receiver.url)
    card_id = await paid_card(frozen, "mastercard")
    path = f"/cards/mastercard/{card_id}"
    found: list[tuple[str, str, bool]] = []
    for method, rest, body in (
        ("POST", "/suspend", {}),
        ("POST", "/resume", {}),
        ("PUT", "", {"panExpirationYear": "2031"}),
        ("PUT", "", {"panExpirationYear": "2031"}),
        ("POST", "/expire", {}),
        ("DELETE", "", None),
    ):
        await frozen.manage(method, path + rest, body)
        if (method, body) != ("PUT", {"panExpirationYear": "2031"}) or len(found) < 3:
            entry = (await receiver.next()).entry
            card = entry["maskedCard"]
            found.append(
                (entry["reasonCode"], card["digitalCardData"]["status"], "panLastFour" in card)
            )

    assert found == [
        ("CARD_SUSPENDED", "SUSPENDED", False),
        ("CARD_RESUMED", "ACTIVE", True),
        ("CARD_UPDATED", "ACTIVE", True),
        ("CARD_UPDATED", "EXPIRED", True),
        ("CARD_CANCELLED", "CANCELLED", True),
    ]
    assert len(await kept(frozen)) == 5


async def test_delete_card_and_the_end_of_a_consumer_cancel_the_cards_held(
    frozen: Initiator, receiver: Receiver
) -> None:
    await listen(frozen, receiver.url)
    cards = await frozen.with_consumer()
    by_network = {one["network"]: one["srcDigitalCardId"] for one in cards}
    for network in ("visa", "amex"):
        await pay(frozen, network, by_network[network])
    consumer = (await frozen.manage("GET", "/consumers?network=amex")).body["consumers"][0]

    url = f"{frozen.sandbox['urls']['visa']['src']}/cards/{by_network['visa']}"
    deleted = await frozen.send("DELETE", f"{url}?srcClientId={frozen.client_id}")
    first = await receiver.next()
    gone = await frozen.manage("DELETE", f"/consumers/amex/{consumer['srcConsumerId']}")
    second = await receiver.next()

    assert (deleted.status, gone.status) == (204, 204)
    for received, network in ((first, "visa"), (second, "amex")):
        assert received.entry["reasonCode"] == "CARD_CANCELLED"
        assert received.entry["maskedCard"]["srcDigitalCardId"] == by_network[network]
    assert await receiver.nothing_for(0.5)


async def test_a_failed_delivery_waits_for_its_time_on_a_frozen_clock(
    frozen: Initiator, receiver: Receiver
) -> None:
    receiver.answers = [500, 503]
    await listen(frozen, receiver.url)
    card_id = await paid_card(frozen, "visa")
    await act(frozen, "visa", card_id, "suspend")
    first = await receiver.next()
    assert await receiver.nothing_for(0.6)
    [waiting] = await kept(frozen, "state=PENDING")

    early = await advance(frozen, "PT4S")
    assert await receiver.nothing_for(0.6)
    fired = await advance(frozen, "PT1S")
    second = await receiver.next()
    assert await receiver.nothing_for(0.4)
    [again] = await kept(frozen, "state=PENDING")
    await advance(frozen, "PT10S")
    third = await receiver.next()
    [done] = await kept(frozen, "state=DELIVERED&wait=5")

    assert (waiting["nextAttemptAt"], early) == ("2026-11-23T09:00:05.000Z", [])
    assert fired == [
        {
            "kind": "cardNotification",
            "event": "due",
            "network": "visa",
            "id": waiting["id"],
            "dueAt": "2026-11-23T09:00:05.000Z",
        }
    ]
    assert again["nextAttemptAt"] == "2026-11-23T09:00:15.000Z"
    assert first.id == second.id == third.id
    assert first.body == second.body == third.body
    assert [attempt["status"] for attempt in done["attempts"]] == [500, 503, 204]


async def test_a_refused_connection_is_tried_again_and_a_redirection_is_not_followed(
    frozen: Initiator, receiver: Receiver
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        await listen(frozen, f"http://127.0.0.1:{closed.getsockname()[1]}/")
        card_id = await paid_card(frozen, "discover")
        await act(frozen, "discover", card_id, "suspend")
        refused: list[Json] = []
        for _ in range(100):
            refused = [one for one in await kept(frozen) if one["attempts"]]
            if refused:
                break
            assert await receiver.nothing_for(0.05)
    receiver.answers = [302]
    await listen(frozen, receiver.url)
    await advance(frozen, "PT5S")
    redirected = await receiver.next()
    assert await receiver.nothing_for(0.5)
    await advance(frozen, "PT10S")
    await receiver.next()
    [done] = await kept(frozen, "state=DELIVERED&wait=5")

    assert redirected.path == "/notifications"
    assert [attempt["status"] for attempt in refused[0]["attempts"]] == [None]
    assert "Connect call failed" in refused[0]["attempts"][0]["error"]
    assert [attempt["status"] for attempt in done["attempts"]] == [None, 302, 204]


async def test_after_ten_failures_it_is_given_up_until_it_is_replayed(
    frozen: Initiator, receiver: Receiver
) -> None:
    receiver.answers = [500] * 10
    await listen(frozen, receiver.url)
    card_id = await paid_card(frozen, "amex")
    await act(frozen, "amex", card_id, "suspend")
    for _ in range(9):
        await receiver.next()
        while len((await kept(frozen))[0]["attempts"]) == 10 - len(receiver.answers) - 1:
            assert await receiver.nothing_for(0.02)
        await advance(frozen, "PT1H")
    await receiver.next()
    [lost] = await kept(frozen, "state=GIVEN_UP&wait=5")
    await advance(frozen, "P30D")
    assert await receiver.nothing_for(0.5)

    replayed = await frozen.manage("POST", f"/notifications/{lost['id']}/replay")
    received = await receiver.next()
    [done] = await kept(frozen, "state=DELIVERED&wait=5")
    again = await frozen.manage("POST", f"/notifications/{lost['id']}/replay")
    repeated = await receiver.next()
    unknown = await frozen.manage("POST", "/notifications/nothing/replay")

    assert len(lost["attempts"]) == 10 and lost["nextAttemptAt"] is None
    assert (replayed.status, again.status, unknown.status) == (200, 200, 404)
    assert received.id == repeated.id == lost["id"]
    assert len(done["attempts"]) == 11


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_a_refreshed_token_comes_encrypted_and_is_the_one_that_pays(
    frozen: Initiator, receiver: Receiver, network: str
) -> None:
    await listen(frozen, receiver.url)
    card_id = await paid_card(frozen, network)
    numbers, expiries = [], []
    for change in ("NUMBER", "EXPIRY"):
        await act(frozen, network, card_id, "refresh-tokens", change=change)
        received = await receiver.next()
        payload = opened(frozen, received.entry["paymentData"])
        token = payload["token"]
        numbers.append(token["paymentToken"])
        expiries.append((token["tokenExpirationYear"], token["tokenExpirationMonth"]))
        shown = received.entry["maskedCard"]
        assert received.entry["reasonCode"] == "TOKEN_REFRESH"
        assert shown["tokenLastFour"] == token["paymentToken"][-4:]
        par = {**payload, **token}["paymentAccountReference"]
        assert par == shown["paymentAccountReference"]
    answer = await pay(frozen, network, card_id)
    response = answer.get("checkoutResponse") or answer["checkoutResponseJWS"]
    paid = opened(frozen, json.loads(_unverified(response))["encryptedPayload"])

    assert numbers[0] == numbers[1] == paid["token"]["paymentToken"]
    assert expiries[0] < expiries[1]
    assert paid["token"]["tokenExpirationYear"] == expiries[1][0]


def opened(initiator: Initiator, compact: str) -> Json:
    """What was encrypted to the ready-made client's key."""
    sealed = JWE()
    sealed.allowed_algs = ["RSA-OAEP-256", "A128GCM", "A256GCM"]
    sealed.deserialize(compact)
    keys = initiator.sandbox["clients"][0]["jwks"]["keys"]
    key = next(one for one in keys if one["kid"] == sealed.jose_header["kid"])
    sealed.decrypt(JWK(**key))
    document: Json = json.loads(sealed.payload)
    return document


def _unverified(compact: str) -> bytes:
    from jwcrypto.common import base64url_decode

    return bytes(base64url_decode(compact.split(".")[1]))


async def test_changes_of_one_card_at_the_same_time_are_all_told(
    frozen: Initiator, receiver: Receiver
) -> None:
    await listen(frozen, receiver.url)
    card_id = await paid_card(frozen, "visa")
    path = f"/cards/visa/{card_id}"

    answers = await asyncio.gather(
        frozen.manage("POST", f"{path}/suspend"),
        *(frozen.manage("POST", f"{path}/refresh-tokens") for _ in range(4)),
        *(frozen.manage("PUT", path, {"panExpirationYear": f"203{n}"}) for n in range(1, 4)),
    )
    arrived = [await receiver.next() for _ in answers]

    assert [answer.status for answer in answers] == [200] * 8
    assert len({one.id for one in arrived}) == 8


async def test_the_whole_message_is_encrypted_on_request_and_signed_as_it_is_sent(
    frozen: Initiator, receiver: Receiver
) -> None:
    await listen(frozen, receiver.url, notificationEncrypted=True)
    card_id = await paid_card(frozen, "visa")
    await act(frozen, "visa", card_id, "suspend")
    received = await receiver.next()
    document = json.loads(received.body)

    assert set(document) == {"encryptedNotification"}
    message = opened(frozen, document["encryptedNotification"])
    [entry] = message["digitalCardUpdateNotifications"]
    assert entry["maskedCard"]["srcDigitalCardId"] == card_id
    assert await verified(frozen.session, frozen.sandbox["urls"]["visa"]["keys"], received)


async def test_only_who_holds_the_card_is_told(frozen: Initiator, receiver: Receiver) -> None:
    await listen(frozen, receiver.url)
    async with receiving() as other:
        await frozen.manage("POST", "/clients", {"name": "Idle", "notificationUrl": other.url})
        cards = await frozen.with_consumer()
        held = next(one["srcDigitalCardId"] for one in cards if one["network"] == "visa")
        unused = next(one["srcDigitalCardId"] for one in cards if one["network"] == "amex")
        await pay(frozen, "visa", held)
        await act(frozen, "amex", unused, "suspend")
        await act(frozen, "visa", held, "suspend")

        received = await receiver.next()

        assert received.entry["maskedCard"]["srcDigitalCardId"] == held
        assert await other.nothing_for(0.5)
    assert len(await kept(frozen)) == 1


async def test_who_was_paid_with_the_number_itself_is_told_too(
    frozen: Initiator, receiver: Receiver
) -> None:
    await listen(frozen, receiver.url)
    number = {
        "network": "mastercard",
        "primaryAccountNumber": "5186001700008785",
        "panExpirationMonth": "12",
        "panExpirationYear": "2030",
    }
    [card] = await frozen.with_consumer(cards=[number])
    await pay(frozen, "mastercard", card["srcDigitalCardId"])
    await act(frozen, "mastercard", card["srcDigitalCardId"], "suspend")

    assert (await receiver.next()).entry["reasonCode"] == "CARD_SUSPENDED"


async def test_another_sandbox_with_the_same_seed_hears_nothing(
    new_sandbox: NewSandbox, receiver: Receiver
) -> None:
    one = await new_sandbox(seed="twin", clock=FROZEN)
    two = await new_sandbox(seed="twin", clock=FROZEN)
    async with receiving() as other:
        await listen(one, receiver.url)
        await listen(two, other.url)
        card_id = await paid_card(one, "visa")
        assert await paid_card(two, "visa") == card_id
        await act(one, "visa", card_id, "suspend")

        received = await receiver.next()

        assert one.client_id == two.client_id
        assert await other.nothing_for(0.6)
        assert await kept(two) == []
        unknown = await two.manage("POST", f"/notifications/{received.id}/replay")
        assert unknown.status == 404


async def test_several_cards_make_several_messages_in_any_order(
    frozen: Initiator, receiver: Receiver
) -> None:
    await listen(frozen, receiver.url)
    cards = await frozen.with_consumer()
    for one in cards:
        await pay(frozen, one["network"], one["srcDigitalCardId"])
    for one in cards:
        await act(frozen, one["network"], one["srcDigitalCardId"], "suspend")

    arrived = [await receiver.next() for _ in cards]
    listed = await kept(frozen)
    page = await frozen.manage("GET", "/notifications?limit=2&client=" + frozen.client_id)
    rest = await kept(frozen, f"after={page.body['cursor']}")

    assert {one.entry["maskedCard"]["srcDigitalCardId"] for one in arrived} == {
        one["srcDigitalCardId"] for one in cards
    }
    assert [one["id"] for one in listed] == [
        one["id"] for one in [*page.body["notifications"], *rest]
    ]
    assert await kept(frozen, "network=visa&client=nobody") == []


@pytest.mark.parametrize(
    "url",
    ["ftp://shop.test/x", "http://", "shop.test", "http://u:p@shop.test/", "http://shop.test/#x"],
)
async def test_an_address_must_be_a_plain_http_url(frozen: Initiator, url: str) -> None:
    refused = await frozen.manage("PUT", f"/clients/{frozen.client_id}", {"notificationUrl": url})

    assert (refused.status, refused.source) == (400, "clients[0].notificationUrl")


async def test_an_address_outside_private_networks_is_never_called(frozen: Initiator) -> None:
    await listen(frozen, "http://192.0.2.1/hook")
    await frozen.manage("PUT", f"/clients/{frozen.client_id}", {"notificationUrl": ""})
    gone = await frozen.manage("GET", f"/clients/{frozen.client_id}")
    await listen(frozen, "http://8.8.8.8/hook")
    card_id = await paid_card(frozen, "visa")
    await act(frozen, "visa", card_id, "suspend")
    tried: list[Json] = []
    while not tried:
        tried = [one for one in await kept(frozen) if one["attempts"]]

    assert gone.body["notificationUrl"] is None
    assert "--notification-hosts" in tried[0]["attempts"][0]["error"]
