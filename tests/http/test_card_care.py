"""Cards updated, addresses added and taken away, on every network, by those who may."""

import json

import pytest

from src_system.crypto import jwe
from src_system.crypto.rsa_keys import public_from_jwk
from src_system.networks import PROFILES
from tests.http.initiator import CARDS, Answer, Initiator, Json

NETWORKS = tuple(CARDS)
HOME = {
    "name": "Ana Lopez",
    "line1": "100 Main Street",
    "city": "Foster City",
    "state": "ca",
    "countryCode": "US",
    "zip": "94404",
}


async def put(initiator: Initiator, network: str, resource: str, body: Json) -> Answer:
    full = {"srcClientId": initiator.client_id, "srcDpaId": initiator.dpa_id, **body}
    return await initiator.send(
        "PUT",
        f"{initiator.sandbox['urls'][network]['src']}/{resource}",
        data=json.dumps(full).encode(),
        headers={"Content-Type": "application/json"},
    )


async def fetch(initiator: Initiator, method: str, network: str, resource: str, session: str = ""):
    url = f"{initiator.sandbox['urls'][network]['src']}/{resource}"
    return await initiator.send(
        method, f"{url}?srcClientId={initiator.client_id}&srcCorrelationId={session}"
    )


async def validated(initiator: Initiator, network: str) -> tuple[str, str]:
    """The consumer's card on the network, and a session in which the consumer was validated."""
    cards = {card["network"]: card["srcDigitalCardId"] for card in await initiator.with_consumer()}
    token = await initiator.id_token(network)
    profile = await initiator.call(network, "profiles/prepare", {"idTokens": [token]})
    return cards[network], str(profile.body["srcCorrelationId"])


async def issuer_of(initiator: Initiator, name: str = "Bank") -> str:
    answer = await initiator.manage(
        "POST", "/fixtures", {"clients": [{"kind": "PARTICIPATING_ISSUER", "name": name}]}
    )
    assert answer.status == 200, answer.body
    return str(answer.body["clients"][0]["srcClientId"])


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_validated_consumers_card_gets_a_new_expiry(
    initiator: Initiator, network: str
) -> None:
    card_id, session = await validated(initiator, network)

    answer = await put(
        initiator,
        network,
        f"cards/{card_id}",
        {
            "srcCorrelationId": session,
            "encryptedCard": await initiator.encrypted_card(
                network, CARDS[network], panExpirationMonth="01", panExpirationYear="2034"
            ),
        },
    )
    shown = await fetch(initiator, "GET", network, f"cards/{card_id}", session)

    assert answer.status == 200, answer.body
    card = shown.body["maskedCard"]
    assert (card["panExpirationMonth"], card["panExpirationYear"]) == ("01", "2034")
    assert card == answer.body["maskedCard"]


async def test_another_cards_number_is_refused(initiator: Initiator) -> None:
    card_id, session = await validated(initiator, "visa")

    answer = await put(
        initiator,
        "visa",
        f"cards/{card_id}",
        {
            "srcCorrelationId": session,
            "encryptedCard": await initiator.encrypted_card("visa", "4012888888881881"),
        },
    )

    assert answer.status == 400
    assert answer.source == "encryptedCard.primaryAccountNumber"


@pytest.mark.parametrize("network", NETWORKS)
async def test_the_issuer_suspends_resumes_and_dresses_a_card(
    initiator: Initiator, network: str
) -> None:
    card_id, session = await validated(initiator, network)
    issuer = await issuer_of(initiator)

    async def update(data: Json, **members: str) -> Answer:
        body = {"srcClientId": issuer, "srcDpaId": None, "digitalCardData": data, **members}
        return await put(initiator, network, f"cards/{card_id}", body)

    suspended = await update({"status": "SUSPENDED"})
    twice = await update({"status": "SUSPENDED"})
    resumed = await update(
        {"status": "ACTIVE", "artUri": "https://bank.test/art.png", "presentationName": "Gold"},
        panExpirationMonth="11",
        panExpirationYear="2033",
    )
    shown = await fetch(initiator, "GET", network, f"cards/{card_id}", session)

    assert suspended.body["maskedCard"]["digitalCardData"]["status"] == "SUSPENDED"
    assert twice.status == 200
    assert resumed.status == 200, resumed.body
    data = shown.body["maskedCard"]["digitalCardData"]
    assert (data["status"], data["presentationName"]) == ("ACTIVE", "Gold")
    assert data["artUri"] == "https://bank.test/art.png"
    assert shown.body["maskedCard"]["panExpirationYear"] == "2033"


async def test_status_and_art_are_the_issuers_to_change(initiator: Initiator) -> None:
    card_id, session = await validated(initiator, "visa")

    answer = await put(
        initiator,
        "visa",
        f"cards/{card_id}",
        {"srcCorrelationId": session, "digitalCardData": {"status": "SUSPENDED"}},
    )

    assert (answer.status, answer.source) == (403, "digitalCardData")


async def test_a_card_that_one_issuer_enrolled_is_not_anothers(initiator: Initiator) -> None:
    first, second = await issuer_of(initiator), await issuer_of(initiator, "Other bank")
    enrolled = await initiator.call(
        "visa",
        "cards",
        {
            "srcClientId": first,
            "srcDpaId": None,
            "encryptedCard": await initiator.encrypted_card("visa", "4012888888881881"),
            "consumer": {
                "emailAddress": "bo@shop.test",
                "mobileNumber": {"countryCode": "1", "phoneNumber": "2025550147"},
            },
            "complianceSettings": {
                "complianceResources": [
                    {"complianceType": "TERMS_AND_CONDITIONS"},
                    {"complianceType": "PRIVACY_POLICY"},
                ]
            },
        },
    )
    assert enrolled.status == 200, enrolled.body
    card_id = enrolled.body["maskedCard"]["srcDigitalCardId"]

    answers = [
        await put(
            initiator,
            "visa",
            f"cards/{card_id}",
            {"srcClientId": issuer, "srcDpaId": None, "digitalCardData": {"status": "SUSPENDED"}},
        )
        for issuer in (second, first)
    ]

    assert [answer.status for answer in answers] == [403, 200]


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_billing_address_is_added_shown_masked_and_taken_away(
    initiator: Initiator, network: str
) -> None:
    card_id, session = await validated(initiator, network)
    resource = f"cards/{card_id}/billingaddress"

    added = await initiator.call(
        network, resource, {"srcCorrelationId": session, "billingAddress": HOME}
    )
    shown = await fetch(initiator, "GET", network, f"cards/{card_id}", session)
    gone = await fetch(initiator, "DELETE", network, resource, session)
    again = await fetch(initiator, "DELETE", network, resource, session)

    assert added.status == 200, added.body
    masked = shown.body["maskedCard"]["maskedBillingAddress"]
    assert masked == added.body["maskedBillingAddress"]
    assert (masked["state"], masked["countryCode"]) == ("CA", "US")
    assert "Main" not in json.dumps(masked)
    assert (gone.status, again.status) == (204, 404)


@pytest.mark.parametrize("network", NETWORKS)
async def test_shipping_addresses_are_added_changed_and_taken_away(
    initiator: Initiator, network: str
) -> None:
    _, session = await validated(initiator, network)
    key = await initiator.encryption_key(network)
    sealed = jwe.seal(
        json.dumps({**HOME, "line1": "7 Quiet Lane"}).encode(),
        key=public_from_jwk(key),
        enc=PROFILES[network].content_encryption,
        header={"kid": key["kid"]},
    )

    clear = await initiator.call(
        network, "shippingaddresses", {"srcCorrelationId": session, "shippingAddress": HOME}
    )
    same = await initiator.call(
        network, "shippingaddresses", {"srcCorrelationId": session, "address": HOME}
    )
    other = await initiator.call(
        network,
        "shippingaddresses",
        {"srcCorrelationId": session, "encryptedShippingAddress": sealed},
    )
    address_id = other.body["addressId"]
    moved = await put(
        initiator,
        network,
        f"shippingaddresses/{address_id}",
        {"srcCorrelationId": session, "shippingAddress": {**HOME, "zip": "94405"}},
    )
    profile = await initiator.call(network, "profiles/prepare", {"srcCorrelationId": session})
    gone = await fetch(initiator, "DELETE", network, f"shippingaddresses/{address_id}", session)
    once_more = await fetch(
        initiator, "DELETE", network, f"shippingaddresses/{address_id}", session
    )

    assert (clear.status, other.status, moved.status) == (200, 200, 200), other.body
    assert same.body["addressId"] == clear.body["addressId"] != address_id
    listed = profile.body["profiles"][0]["maskedShippingAddresses"]
    assert [entry["addressId"] for entry in listed] == [clear.body["addressId"], address_id]
    assert (gone.status, once_more.status) == (204, 404)


async def test_an_address_without_what_its_country_needs_is_refused(initiator: Initiator) -> None:
    _, session = await validated(initiator, "visa")

    answers = [
        await initiator.call(
            "visa", "shippingaddresses", {"srcCorrelationId": session, "shippingAddress": address}
        )
        for address in (
            None,
            {**HOME, "zip": None},
            {**HOME, "zip": "ABC"},
            {**HOME, "state": "Bavaria"},
            {**HOME, "countryCode": "USA"},
        )
    ]

    assert [answer.status for answer in answers] == [400] * 5
    assert [answer.source for answer in answers] == [
        "shippingAddress.countryCode",
        "shippingAddress.zip",
        "shippingAddress.zip",
        "shippingAddress.state",
        "shippingAddress.countryCode",
    ]


async def test_nobody_touches_addresses_without_a_validated_consumer(
    initiator: Initiator,
) -> None:
    await initiator.with_consumer()

    answer = await initiator.call("visa", "shippingaddresses", {"shippingAddress": HOME})

    assert answer.body["reason"] == "IDENTITY_VALIDATION_REQUIRED"


async def test_a_profile_holds_twenty_addresses(initiator: Initiator) -> None:
    _, session = await validated(initiator, "amex")

    answers = [
        await initiator.call(
            "amex",
            "shippingaddresses",
            {
                "srcCorrelationId": session,
                "shippingAddress": {**HOME, "line1": f"{number} Main Street"},
            },
        )
        for number in range(21)
    ]

    assert [answer.status for answer in answers] == [200] * 20 + [400]
    assert "LIMIT_EXCEED" in answers[-1].reasons


async def test_a_card_that_waits_for_its_address_becomes_active(initiator: Initiator) -> None:
    cards = await initiator.with_consumer()
    card_id = cards[0]["srcDigitalCardId"]
    token = await initiator.id_token("visa")
    profile = await initiator.call("visa", "profiles/prepare", {"idTokens": [token]})
    session = profile.body["srcCorrelationId"]
    await initiator.manage(
        "POST",
        "/fixtures",
        {
            "consumers": [
                {
                    "emailAddress": "ana@shop.test",
                    "cards": [
                        {
                            "network": "visa",
                            "primaryAccountNumber": "4242424242424242",
                            "panExpirationMonth": "12",
                            "panExpirationYear": "2030",
                            "status": "PENDING",
                            "pendingEvents": ["PENDING_AVS"],
                        }
                    ],
                }
            ]
        },
    )
    profile = await initiator.call("visa", "profiles/prepare", {"srcCorrelationId": session})
    pending = next(
        card
        for card in profile.body["profiles"][0]["maskedCards"]
        if card["srcDigitalCardId"] != card_id
    )

    await initiator.call(
        "visa",
        f"cards/{pending['srcDigitalCardId']}/billingaddress",
        {"srcCorrelationId": session, "billingAddress": HOME},
    )
    shown = await fetch(initiator, "GET", "visa", f"cards/{pending['srcDigitalCardId']}", session)

    assert pending["digitalCardData"]["pendingEvents"] == ["PENDING_AVS"]
    assert shown.body["maskedCard"]["digitalCardData"]["status"] == "ACTIVE"
