"""What an authentication proves: a card's proof makes nobody its owner, a later one hides none."""

import pytest

from tests.http.initiator import CARDS, Answer, Initiator, Json
from tests.http.test_authentication import AMOUNT, MAIL, card_in_session, complete, initiate

NETWORKS = tuple(CARDS)


async def begin(initiator: Initiator, network: str, reference: Json, **method: str) -> Answer:
    return await initiator.call(
        network,
        "authentication/initiate",
        {
            "accountReference": reference,
            "authenticationMethod": method,
            "authenticationContext": {"dpaTransactionOptions": {"transactionAmount": AMOUNT}},
        },
    )


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("method", ["CARD_SECURITY_CODE", "3DS"])
async def test_the_proof_of_a_card_put_into_anothers_profile_opens_not_that_profile(
    initiator: Initiator, network: str, method: str
) -> None:
    await initiator.with_consumer(cards=[], networks=list(NETWORKS))
    enrolled = await initiator.call(
        network,
        "cards",
        {
            "encryptedCard": await initiator.encrypted_card(network, CARDS[network]),
            "consumer": {"emailAddress": "ana@shop.test"},
        },
    )
    card_id = enrolled.body["maskedCard"]["srcDigitalCardId"]

    begun = await begin(
        initiator,
        network,
        {"srcDigitalCardId": card_id},
        authenticationMethodType=method,
        authenticationSubject="CONSUMER",
    )

    assert (begun.status, begun.source) == (400, "authenticationMethod.authenticationSubject")


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("method", ["CARD_SECURITY_CODE", "3DS"])
async def test_a_method_of_cards_wants_a_card(
    initiator: Initiator, network: str, method: str
) -> None:
    await initiator.with_consumer()

    begun = await begin(
        initiator,
        network,
        {"consumerIdentity": MAIL},
        authenticationMethodType=method,
        authenticationSubject="CARDHOLDER",
    )

    assert (begun.status, begun.source) == (400, "accountReference.srcDigitalCardId")


async def test_a_security_code_given_after_three_ds_leaves_its_result_to_the_checkout(
    initiator: Initiator,
) -> None:
    card_id, session = await card_in_session(initiator, "visa")
    reference = {"srcDigitalCardId": card_id}
    await initiate(initiator, "visa", session, reference, "3DS")
    begun = await initiate(initiator, "visa", session, reference, "CARD_SECURITY_CODE")
    await complete(initiator, "visa", begun, {"cardSecurityCode": "123"})

    paid = await initiator.checkout(
        "visa",
        srcCorrelationId=session,
        srcDigitalCardId=card_id,
        dpaTransactionOptions={
            "transactionAmount": AMOUNT,
            "paymentOptions": [{"dynamicDataType": "CARDHOLDER_AUTHENTICATION_CRYPTOGRAM"}],
        },
    )

    assert paid.status == 200, paid.body
