"""A checkout that a DCF finishes: prepared, shown, changed, paid or left."""

import base64
import json
from collections.abc import Awaitable, Callable

import pytest

from tests.http.initiator import CARDS, CONSENT, Answer, Initiator, Json

NETWORKS = tuple(CARDS)
PREPARED = {"visa": "checkoutResponse"}
OPTIONS = {
    "transactionAmount": {"transactionAmount": "12.34", "transactionCurrencyCode": "USD"},
    "dpaLocale": "en_US",
}


def signed(token: str) -> tuple[Json, Json]:
    parts = token.split(".")[:2]
    header, payload = (
        json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in parts
    )
    return header, payload


async def dcf_of(initiator: Initiator) -> str:
    answer = await initiator.manage(
        "POST", "/fixtures", {"clients": [{"kind": "DCF", "name": "Facilitator"}]}
    )
    return str(answer.body["clients"][0]["srcClientId"])


async def prepared(initiator: Initiator, network: str, **members: object) -> tuple[str, Answer]:
    """A prepared checkout of Ana's card, and the whole answer."""
    cards = {card["network"]: card for card in await initiator.with_consumer()}
    answer = await initiator.call(
        network,
        "transaction/preparedata",
        {
            "srcDigitalCardId": cards[network]["srcDigitalCardId"],
            "srciTransactionId": "tx-1",
            "idToken": await initiator.id_token(network),
            "dpaTransactionOptions": OPTIONS,
            "checkoutResponseUri": "https://shop.test/back",
            "dpaData": {"dpaPresentationName": "Sunday sale"},
            "payloadTypeIndicatorCheckout": "FULL",
            **members,
        },
    )
    assert answer.status == 200, answer.body
    return str(answer.body[PREPARED.get(network, "checkoutRequestJws")]), answer


async def from_dcf(initiator: Initiator, network: str, dcf: str, body: Json) -> Answer:
    return await initiator.call(
        network, "transaction/credentials", {"srcClientId": dcf, "srcDpaId": None, **body}
    )


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_prepared_checkout_is_signed_shown_and_finished_by_the_dcf(
    initiator: Initiator, network: str
) -> None:
    dcf = await dcf_of(initiator)
    token, answer = await prepared(initiator, network)
    header, document = signed(token)

    finished = await from_dcf(initiator, network, dcf, {"checkoutRequestJws": token})
    _, response = signed(
        str(finished.body.get("checkoutResponse") or finished.body["checkoutResponseJWS"])
    )

    assert (header["typ"], header["alg"]) == ("JOSE", "RS256")
    assert isinstance(header["iat"], int)
    assert document["srcInitiatorId"] == initiator.client_id
    assert document["srcCorrelationId"] == answer.body["srcCorrelationId"]
    assert document["dpaData"]["dpaPresentationName"] == "Sunday sale"
    assert document["dpaData"]["dpaName"] == "Default Shop"
    assert document["checkoutResponseUri"] == "https://shop.test/back"
    assert document["dpaTransactionOptions"] == OPTIONS
    assert document["maskedCard"]["panLastFour"] == CARDS[network][-4:]
    assert "ana@shop.test" not in json.dumps(document)
    assert finished.body["dcfActionCode"] == "COMPLETE"
    assert response["srciTransactionId"] == "tx-1"
    assert response["encryptedPayload"].count(".") == 4


async def test_the_dcf_may_add_an_address_and_consent_but_not_change_the_amount(
    initiator: Initiator,
) -> None:
    dcf = await dcf_of(initiator)
    token, answer = await prepared(
        initiator, "visa", dpaTransactionOptions={**OPTIONS, "dpaShippingPreference": "FULL"}
    )
    address = await initiator.call(
        "visa",
        "shippingaddresses",
        {
            "srcClientId": dcf,
            "srcDpaId": None,
            "srcCorrelationId": answer.body["srcCorrelationId"],
            "shippingAddress": {
                "line1": "1 Pier",
                "city": "Seattle",
                "state": "WA",
                "countryCode": "US",
                "zip": "98101",
            },
        },
    )
    finished = await from_dcf(
        initiator,
        "visa",
        dcf,
        {
            "checkoutRequestJws": token,
            "shippingAddressId": address.body["addressId"],
            "dpaTransactionOptions": {
                "transactionAmount": {
                    "transactionAmount": "0.01",
                    "transactionCurrencyCode": "USD",
                }
            },
        },
    )
    _, response = signed(str(finished.body["checkoutResponse"]))

    assert address.status == 200, address.body
    assert finished.status == 200, finished.body
    # The address is told because the agreed options ask for it: those sent along count for nothing.
    assert (response["shippingAddressZip"], response["shippingCountryCode"]) == ("98101", "US")


@pytest.mark.parametrize("network", NETWORKS)
async def test_the_dcf_reads_the_profile_of_its_session(initiator: Initiator, network: str) -> None:
    dcf = await dcf_of(initiator)
    _, answer = await prepared(initiator, network)
    session = answer.body["srcCorrelationId"]
    base = initiator.sandbox["urls"][network]["src"]

    profile = await initiator.send(
        "GET", f"{base}/consumerprofile?srcClientId={dcf}&srcCorrelationId={session}"
    )
    stranger = await initiator.manage("POST", "/fixtures", {"clients": [{"name": "Other"}]})
    other = stranger.body["clients"][0]["srcClientId"]
    refused = await initiator.send(
        "GET", f"{base}/consumerprofile?srcClientId={other}&srcCorrelationId={session}"
    )

    assert profile.status == 200, profile.body
    assert profile.body["dpaData"]["dpaName"] == "Default Shop"
    assert profile.body["srciTransactionId"] == "tx-1"
    assert len(profile.body["maskedCards"]) == 1
    assert profile.body["maskedConsumer"]["maskedEmailAddress"].endswith("@shop.test")
    assert refused.status == 403


async def test_discovers_own_address_serves_the_profile(initiator: Initiator) -> None:
    dcf = await dcf_of(initiator)
    _, answer = await prepared(initiator, "discover")
    base = initiator.sandbox["urls"]["discover"]["src"].removesuffix("/src/v1")

    profile = await initiator.send(
        "GET",
        f"{base}/dcf/v1.1/consumerprofile?srcClientId={dcf}&srcDpaId={initiator.dpa_id}"
        f"&srciTransactionId=tx-1&srcCorrelationId={answer.body['srcCorrelationId']}",
    )

    assert (profile.status, len(profile.body["maskedCards"])) == (200, 1)


@pytest.mark.parametrize(
    ("action", "later"),
    [("CANCEL", 400), ("ERROR", 400), ("CHANGE_CARD", 200), ("ADD_CARD", 200)],
)
async def test_a_consumer_who_leaves_pays_nothing(
    initiator: Initiator, action: str, later: int
) -> None:
    dcf = await dcf_of(initiator)
    token, _ = await prepared(initiator, "mastercard")

    left = await from_dcf(
        initiator, "mastercard", dcf, {"checkoutRequestJws": token, "dcfActionCode": action}
    )
    afterwards = await from_dcf(initiator, "mastercard", dcf, {"checkoutRequestJws": token})

    assert (left.status, left.body["dcfActionCode"]) == (200, action)
    assert "checkoutResponseJWS" not in left.body
    assert afterwards.status == later


async def test_somebody_else_at_the_screen_is_signed_off(initiator: Initiator) -> None:
    dcf = await dcf_of(initiator)
    token, _ = await prepared(initiator, "visa")

    switched = await from_dcf(
        initiator,
        "visa",
        dcf,
        {"checkoutRequestJws": token, "dcfActionCode": "SWITCH_CONSUMER"},
    )
    afterwards = await from_dcf(initiator, "visa", dcf, {"checkoutRequestJws": token})

    assert switched.body["unbindAppInstance"] is True
    assert afterwards.body["reason"] == "IDENTITY_VALIDATION_REQUIRED"


async def test_a_new_consumer_is_prepared_with_a_card_and_finished_with_a_profile(
    initiator: Initiator,
) -> None:
    dcf = await dcf_of(initiator)
    answer = await initiator.call(
        "amex",
        "transaction/preparedata",
        {
            "encryptedCard": await initiator.encrypted_card("amex", CARDS["amex"]),
            "consumer": {"emailAddress": "new@shop.test", "firstName": "New"},
            "complianceSettings": CONSENT,
            "dpaTransactionOptions": OPTIONS,
            "checkoutResponseUri": "https://shop.test/back",
        },
    )
    finished = await from_dcf(
        initiator, "amex", dcf, {"checkoutRequestJws": answer.body["checkoutRequestJws"]}
    )

    assert finished.status == 200, finished.body
    assert signed(str(finished.body["checkoutResponse"]))[1]["isNewUser"] is True


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_validated_consumer_pays_with_a_new_card_without_being_described(
    initiator: Initiator, network: str
) -> None:
    dcf = await dcf_of(initiator)
    other = {"visa": "4242424242424242", "mastercard": "5105105105105100"}
    number = {**other, "amex": "371449635398431", "discover": "6445644564456445"}[network]
    sealed = await initiator.encrypted_card(network, number)

    token, _ = await prepared(initiator, network, srcDigitalCardId=None, encryptedCard=sealed)
    finished = await from_dcf(initiator, network, dcf, {"checkoutRequestJws": token})
    nobody = await initiator.call(
        network,
        "transaction/credentials",
        {"encryptedCard": sealed, "dpaTransactionOptions": OPTIONS},
    )

    assert finished.status == 200, finished.body
    compact = finished.body.get("checkoutResponse") or finished.body["checkoutResponseJWS"]
    response = signed(str(compact))[1]
    assert response["isNewUser"] is False
    assert response["maskedCard"]["panLastFour"] == number[-4:]
    assert (nobody.status, nobody.source) == (400, "consumer")


async def test_only_its_own_network_sandbox_and_initiator_finish_a_prepared_checkout(
    initiator: Initiator, new_sandbox: Callable[..., Awaitable[Initiator]]
) -> None:
    token, _ = await prepared(initiator, "visa")
    made = await initiator.manage("POST", "/fixtures", {"clients": [{"name": "Other"}]})
    other = made.body["clients"][0]["srcClientId"]
    elsewhere = await new_sandbox()
    head, payload, signature = token.split(".")
    half = len(payload) // 2
    flipped = payload[:half] + ("A" if payload[half] != "A" else "B") + payload[half + 1 :]

    by_other = await from_dcf(initiator, "visa", other, {"checkoutRequestJws": token})
    at_amex = await initiator.call("amex", "transaction/credentials", {"checkoutRequestJws": token})
    in_another = await elsewhere.call(
        "visa", "transaction/credentials", {"checkoutRequestJws": token}
    )
    tampered = await initiator.call(
        "visa",
        "transaction/credentials",
        {"checkoutRequestJws": f"{head}.{flipped}.{signature}"},
    )

    assert by_other.status == 403
    for answer in (at_amex, in_another, tampered):
        assert answer.status == 400
        assert "CORRUPT_DATA" in answer.reasons
        assert answer.source == "checkoutRequestJws"


async def test_a_prepared_checkout_ends_with_its_session(
    new_sandbox: Callable[..., Awaitable[Initiator]],
) -> None:
    initiator = await new_sandbox(clock={"mode": "frozen", "at": "2026-03-01T10:00:00Z"})
    token, _ = await prepared(initiator, "discover")

    await initiator.manage("POST", "/clock/advance", {"by": "PT30M"})
    late = await initiator.call(
        "discover", "transaction/credentials", {"checkoutRequestJws": token}
    )

    assert (late.status, late.body["reason"]) == (400, "INVALID_STATE")


@pytest.mark.parametrize(
    ("missing", "source"),
    [("checkoutResponseUri", "checkoutResponseUri"), ("idToken", "idToken")],
)
async def test_a_preparation_names_what_it_lacks(
    initiator: Initiator, missing: str, source: str
) -> None:
    cards = await initiator.with_consumer()
    body = {
        "srcDigitalCardId": cards[0]["srcDigitalCardId"],
        "idToken": await initiator.id_token("visa"),
        "checkoutResponseUri": "https://shop.test/back",
    }

    answer = await initiator.call(
        "visa",
        "transaction/preparedata",
        {name: value for name, value in body.items() if name != missing},
    )

    assert (answer.status, answer.source) == (400, source)


async def test_options_that_were_not_agreed_on_are_not_added_later(initiator: Initiator) -> None:
    dcf = await dcf_of(initiator)
    token, _ = await prepared(initiator, "visa", dpaTransactionOptions=None)

    finished = await from_dcf(
        initiator,
        "visa",
        dcf,
        {
            "checkoutRequestJws": token,
            "dpaTransactionOptions": {"consumerEmailAddressRequested": True, "bad": 1},
            "srciTransactionId": "another",
        },
    )

    assert finished.status == 200, finished.body
    assert signed(str(finished.body["checkoutResponse"]))[1]["srciTransactionId"] == "tx-1"
