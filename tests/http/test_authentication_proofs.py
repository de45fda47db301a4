"""A proof is good for what it was asked for, and nobody guesses one by trying long enough."""

import pytest

from tests.http.initiator import CARDS, Initiator
from tests.http.test_authentication import (
    AMOUNT,
    card_in_session,
    complete,
    initiate,
    pay,
    response_of,
)

MAIL = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}
CHALLENGE = {"challengeIndicator": "04"}


async def test_a_code_for_the_dear_payment_does_not_prove_the_cheap_one(
    initiator: Initiator,
) -> None:
    card_id, session = await card_in_session(initiator, "visa")
    reference = {"srcDigitalCardId": card_id}

    cheap = await initiate(initiator, "visa", session, reference, "3DS", methodAttributes=CHALLENGE)
    dear = await initiate(
        initiator,
        "visa",
        session,
        reference,
        "3DS",
        methodAttributes=CHALLENGE,
        options={"transactionAmount": {**AMOUNT, "transactionAmount": "9000.00"}},
    )
    code = await initiator.code("12025550143")
    crossed = await complete(initiator, "visa", cheap, {"otpValue": code})
    right = await complete(initiator, "visa", dear, {"otpValue": code})

    assert (crossed.status, crossed.body["reason"]) == (400, "INVALID_STATE")
    assert right.body["authenticationResult"] == "AUTHENTICATED"


@pytest.mark.parametrize("network", tuple(CARDS))
async def test_codes_of_identity_and_authentication_know_nothing_of_each_other(
    initiator: Initiator, network: str
) -> None:
    await initiator.with_consumer()
    begun = await initiate(initiator, network, "", {"consumerIdentity": MAIL}, "EMAIL_OTP")
    for_authentication = await initiator.code()
    validation = await initiator.initiated(network)
    for_identity = await initiator.code()
    sent = begun.body["authenticationMethod"]["methodAttributes"]["idValidationSessionId"]

    stolen = await initiator.call(
        network,
        "identities/validation/complete",
        {"idValidationSessionId": sent, "validationData": for_authentication},
    )
    crossed = await complete(initiator, network, begun, {"otpValue": for_identity})
    proven = await complete(initiator, network, begun, {"otpValue": for_authentication})
    validated = await initiator.call(
        network,
        "identities/validation/complete",
        {
            "idValidationSessionId": validation["idValidationSessionId"],
            "validationData": for_identity,
        },
    )

    assert (stolen.status, stolen.source) == (400, "idValidationSessionId")
    assert crossed.body["reason"] == "CODE_INVALID"
    assert proven.body["authenticationResult"] == "AUTHENTICATED"
    assert validated.status == 200


async def test_nobody_finds_a_security_code_by_trying(initiator: Initiator) -> None:
    card_id, session = await card_in_session(initiator, "visa")
    reasons = []
    for attempt in range(12):
        begun = await initiate(
            initiator, "visa", session, {"srcDigitalCardId": card_id}, "CARD_SECURITY_CODE"
        )
        answer = await complete(initiator, "visa", begun, {"cardSecurityCode": f"9{attempt:02d}"})
        reasons.append(answer.body["reason"])
    begun = await initiate(
        initiator, "visa", session, {"srcDigitalCardId": card_id}, "CARD_SECURITY_CODE"
    )
    right = await complete(initiator, "visa", begun, {"cardSecurityCode": "123"})

    assert reasons == ["AUTHENTICATE_FAILURE"] * 9 + ["RETRIES_EXCEEDED"] * 3
    assert right.body["reason"] == "RETRIES_EXCEEDED"


async def test_who_failed_the_challenge_does_not_get_through_without_one(
    initiator: Initiator,
) -> None:
    card_id, session = await card_in_session(initiator, "amex")
    begun = await initiate(
        initiator,
        "amex",
        session,
        {"srcDigitalCardId": card_id},
        "3DS",
        methodAttributes=CHALLENGE,
    )
    code = await initiator.code("12025550143")
    wrong = [one for one in ("000000", "111111", "222222", "333333") if one != code][:3]
    for guess in wrong:
        await complete(initiator, "amex", begun, {"otpValue": guess})

    waiting = await pay(initiator, "amex", session, card_id)
    other = await pay(
        initiator,
        "amex",
        session,
        card_id,
        transactionAmount={**AMOUNT, "transactionAmount": "1.00"},
    )

    assert waiting.body["dcfActionCode"] == "PENDING_AUTHENTICATION"
    assert other.body["dcfActionCode"] == "COMPLETE"
    assert response_of(other)["assuranceData"]["eci"] == "05"


async def test_an_authentication_is_completed_in_its_own_session(initiator: Initiator) -> None:
    card_id, session = await card_in_session(initiator, "discover")
    begun = await initiate(
        initiator, "discover", session, {"srcDigitalCardId": card_id}, "CARD_SECURITY_CODE"
    )

    answer = await complete(
        initiator,
        "discover",
        begun,
        {"cardSecurityCode": "123"},
        srcCorrelationId="11111111-1111-4111-8111-111111111111",
    )

    assert (answer.status, answer.source) == (400, "srcCorrelationId")
