"""Whose session, profile, card and checkout it is: nobody gets at another's."""

import asyncio

import pytest

from src_system.crypto import jws
from tests.http.initiator import CARDS, CONSENT, Initiator, Json

OTHER_CARD = {
    "visa": "4012888888881881",
    "mastercard": "5555555555554444",
    "amex": "371449635398431",
    "discover": "6445644564456445",
}


async def second_client(initiator: Initiator) -> Json:
    """Another client of the sandbox with a DPA of its own."""
    client = await initiator.manage("POST", "/clients", {"name": "Second", "kind": "SRC_INITIATOR"})
    dpa = await initiator.manage(
        "POST",
        "/dpas",
        {"srcClientId": client.body["srcClientId"], "srciDpaId": "second", "dpaData": {}},
    )
    assert dpa.status in (200, 201), dpa.body
    return {"srcClientId": client.body["srcClientId"], "srcDpaId": dpa.body["srcDpaId"]}


def stranger(email: str = "ana@shop.test") -> Json:
    """Somebody who only knows an e-mail address."""
    return {
        "emailAddress": email,
        "mobileNumber": {"countryCode": "1", "phoneNumber": "2025550177"},
    }


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_enrolling_by_email_alone_opens_nobodys_profile(
    initiator: Initiator, network: str
) -> None:
    await initiator.with_consumer()
    token = await initiator.encrypted_card(network, OTHER_CARD[network])

    enrolled = await initiator.call(
        network, "cards", {"encryptedCard": token, "consumer": stranger()}
    )
    profile = await initiator.call(
        network,
        "profiles/prepare",
        {"srcCorrelationId": enrolled.body["srcCorrelationId"]},
    )

    assert enrolled.status == 200
    assert "idToken" not in enrolled.body
    assert profile.body["profiles"] == []


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_a_combined_checkout_by_email_alone_is_refused_and_keeps_no_card(
    initiator: Initiator, network: str
) -> None:
    await initiator.with_consumer()
    token = await initiator.encrypted_card(network, OTHER_CARD[network])

    refused = await initiator.checkout(
        network, encryptedCard=token, consumer=stranger(), complianceSettings=CONSENT
    )
    id_token = await initiator.id_token(network)
    profile = await initiator.call(network, "profiles/prepare", {"idTokens": [id_token]})

    assert (refused.status, refused.body["reason"]) == (400, "IDENTITY_VALIDATION_REQUIRED")
    assert len(profile.body["profiles"][0]["maskedCards"]) == 1


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_a_combined_checkout_can_be_repeated_and_makes_one_consumer_and_one_card(
    initiator: Initiator, network: str
) -> None:
    answers = []
    for _ in range(2):
        token = await initiator.encrypted_card(network, CARDS[network])
        answers.append(
            await initiator.checkout(
                network,
                encryptedCard=token,
                consumer=stranger("new@shop.test"),
                complianceSettings=CONSENT,
                srciTransactionId="one-order",
            )
        )

    assert [answer.status for answer in answers] == [200, 200], answers[1].body
    assert answers[0].body["srcCorrelationId"] == answers[1].body["srcCorrelationId"]


async def test_somebody_elses_phone_number_does_not_lead_into_their_profile(
    initiator: Initiator,
) -> None:
    await initiator.with_consumer()
    token = await initiator.encrypted_card("visa", OTHER_CARD["visa"])
    consumer = {
        "emailAddress": "new@shop.test",
        "mobileNumber": {"countryCode": "1", "phoneNumber": "2025550143"},
    }

    answer = await initiator.call(
        "visa",
        "cards",
        {"encryptedCard": token, "consumer": consumer, "complianceSettings": CONSENT},
    )

    assert answer.status == 200
    assert answer.body["maskedConsumer"]["maskedEmailAddress"].startswith("new")


async def test_a_repeated_checkout_stays_in_its_session(initiator: Initiator) -> None:
    cards = await initiator.with_consumer()
    card = next(one["srcDigitalCardId"] for one in cards if one["network"] == "visa")
    token = await initiator.id_token("visa")
    same = {"srcDigitalCardId": card, "idToken": token, "srciTransactionId": "one-order"}

    first = await initiator.checkout("visa", **same)
    second = await initiator.checkout("visa", **same)
    confirmed = await initiator.call(
        "visa",
        "confirmations",
        {
            "srcCorrelationId": second.body["srcCorrelationId"],
            "confirmationData": {
                "checkoutEventType": "01",
                "checkoutEventStatus": "02",
                "confirmationTimestamp": "2026-11-23T10:00:00Z",
                "networkTransactionIdentifier": "UNAVLB",
            },
        },
    )

    assert first.body["srcCorrelationId"] == second.body["srcCorrelationId"]
    assert first.body["checkoutResponse"] != second.body["checkoutResponse"]
    assert confirmed.status == 204


async def test_one_self_made_correlation_id_serves_one_client_only(initiator: Initiator) -> None:
    cards = await initiator.with_consumer()
    card = next(one["srcDigitalCardId"] for one in cards if one["network"] == "amex")
    token = await initiator.id_token("amex")
    other = await second_client(initiator)
    for number in range(6):
        correlation = f"00000000-0000-4000-8000-00000000000{number}"
        same = {"srcDigitalCardId": card, "idToken": token, "srcCorrelationId": correlation}

        answers = await asyncio.gather(
            initiator.checkout("amex", **same), initiator.checkout("amex", **same, **other)
        )

        assert sorted(answer.status for answer in answers) == [200, 403]


async def test_another_client_can_neither_read_nor_delete_a_card(initiator: Initiator) -> None:
    cards = await initiator.with_consumer()
    card = next(one["srcDigitalCardId"] for one in cards if one["network"] == "discover")
    other = await second_client(initiator)
    url = (
        f"{initiator.sandbox['urls']['discover']['src']}/cards/{card}"
        f"?srcClientId={other['srcClientId']}"
    )

    read = await initiator.send("GET", url)
    deleted = await initiator.send("DELETE", url)

    assert (read.status, deleted.status) == (403, 403)


async def test_mastercards_second_leg_needs_the_session_and_the_card_only(
    initiator: Initiator,
) -> None:
    cards = await initiator.with_consumer()
    card = next(one["srcDigitalCardId"] for one in cards if one["network"] == "mastercard")
    token = await initiator.id_token("mastercard")
    first = await initiator.checkout(
        "mastercard",
        srcDigitalCardId=card,
        authorization=token,
        srciTransactionId="order-7",
        payloadTypeIndicatorCheckout="SUMMARY",
        payloadTypeIndicatorPayload="FULL",
    )

    second = await initiator.call(
        "mastercard",
        "transaction/credentials",
        {
            "srcDpaId": "",
            "srcCorrelationId": first.body["srcCorrelationId"],
            "srcDigitalCardId": card,
        },
    )

    assert second.status == 200, second.body
    response = jws.parse(second.body["checkoutResponseJWS"], max_length=20_000)
    assert b'"srciTransactionId":"order-7"' in response.payload
    assert b'"encryptedPayload"' in response.payload


async def test_resending_and_trying_at_once_never_locks_up(initiator: Initiator) -> None:
    await initiator.with_consumer()
    identity = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
    for _ in range(6):
        validation = await initiator.call(
            "visa", "identities/validation/initiate", {"consumerIdentity": identity}
        )
        if validation.status != 200:
            break
        calls = [
            initiator.call(
                "visa", "identities/validation/initiate", {"consumerIdentity": identity}
            ),
            initiator.call(
                "visa",
                "identities/validation/complete",
                {
                    "idValidationSessionId": validation.body["idValidationSessionId"],
                    "validationData": "000000",
                },
            ),
        ]
        answers = await asyncio.gather(*calls)

        assert all(answer.status in (200, 400, 403) for answer in answers), answers
