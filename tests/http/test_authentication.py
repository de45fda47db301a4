"""Authentication by the SRC System: every method, on every network, right, wrong and late."""

import base64
import json
from collections.abc import Awaitable, Callable

import pytest

from tests.http.initiator import CARDS, CONSENT, Answer, Initiator, Json

NETWORKS = tuple(CARDS)
ECI = {"visa": "05", "mastercard": "02", "amex": "05", "discover": "05"}
AMOUNT = {"transactionAmount": "12.34", "transactionCurrencyCode": "USD"}
MAIL = {"identityType": "EMAIL_ADDRESS", "identityValue": "ana@shop.test"}


async def card_in_session(initiator: Initiator, network: str, **card: object) -> tuple[str, str]:
    """Ana's card on the network, and a session in which she was validated."""
    number = {
        "network": network,
        "primaryAccountNumber": CARDS[network],
        "panExpirationMonth": "12",
        "panExpirationYear": "2030",
        "cardSecurityCode": "1234" if network == "amex" else "123",
        **card,
    }
    cards = await initiator.with_consumer(cards=[number])
    token = await initiator.id_token(network)
    profile = await initiator.call(network, "profiles/prepare", {"idTokens": [token]})
    return str(cards[0]["srcDigitalCardId"]), str(profile.body["srcCorrelationId"])


async def initiate(
    initiator: Initiator,
    network: str,
    session: str,
    reference: Json,
    method: str,
    **context: object,
) -> Answer:
    attributes = context.pop("methodAttributes", None)
    options = context.pop("options", {})
    assert isinstance(options, dict)
    return await initiator.call(
        network,
        "authentication/initiate",
        {
            "srcCorrelationId": session or None,
            "accountReference": reference,
            "authenticationMethod": {
                "authenticationMethodType": method,
                "methodAttributes": attributes,
            },
            "authenticationContext": {
                "dpaTransactionOptions": {"transactionAmount": AMOUNT, **options},
                **context,
            },
        },
    )


async def complete(
    initiator: Initiator, network: str, begun: Answer, attributes: Json, **members: object
) -> Answer:
    return await initiator.call(
        network,
        "authentication/complete",
        {
            "authenticationSessionId": begun.body["authenticationSessionId"],
            "methodAttributes": attributes,
            **members,
        },
    )


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_card_and_a_person_have_their_methods(initiator: Initiator, network: str) -> None:
    card_id, session = await card_in_session(initiator, network)

    of_card = await initiator.call(
        network,
        "authentication/lookup",
        {"srcCorrelationId": session, "accountReference": {"srcDigitalCardId": card_id}},
    )
    of_person = await initiator.call(
        network, "authentication/lookup", {"accountReference": {"consumerIdentity": MAIL}}
    )
    of_both = await initiator.call(
        network,
        "authentication/lookup",
        {"accountReference": {"consumerIdentity": MAIL, "srcDigitalCardId": card_id}},
    )
    of_stranger = await initiator.call(
        network,
        "authentication/lookup",
        {"accountReference": {"consumerIdentity": {**MAIL, "identityValue": "no@shop.test"}}},
    )

    def names(answer: Answer) -> list[str]:
        return [one["authenticationMethodType"] for one in answer.body["authenticationMethods"]]

    assert names(of_card) == ["3DS", "CARD_SECURITY_CODE", "EMAIL_OTP", "SMS_OTP", "FIDO2"]
    assert names(of_person) == ["EMAIL_OTP", "SMS_OTP", "FIDO2"]
    masked = of_person.body["authenticationMethods"][0]["methodAttributes"]
    assert "@shop.test" in masked["maskedValidationChannel"]
    assert "ana@" not in masked["maskedValidationChannel"]
    assert (of_both.status, of_both.source) == (400, "accountReference")
    assert of_stranger.body["reason"] == "UNRECOGNIZED_CONSUMER_ID"


@pytest.mark.parametrize("network", NETWORKS)
async def test_three_ds_without_a_challenge_is_over_at_once(
    initiator: Initiator, network: str
) -> None:
    card_id, session = await card_in_session(initiator, network)

    begun = await initiate(initiator, network, session, {"srcDigitalCardId": card_id}, "3DS")

    assert begun.status == 200, begun.body
    assert begun.body["authenticationStatus"] == "COMPLETE"
    assert begun.body["authenticationResult"] == "AUTHENTICATED"
    assurance = begun.body["assuranceData"]
    entry = assurance["verificationData"][0]
    assert (entry["verificationType"], entry["verificationMethod"]) == ("CARDHOLDER", "01")
    assert (entry["verificationResults"], entry["verificationEvents"]) == ("01", ["01"])
    assert entry["methodResults"]["transStatus"] == "Y"
    assert assurance["eci"] == ECI[network]


@pytest.mark.parametrize("network", NETWORKS)
async def test_three_ds_with_a_challenge_wants_the_code_that_was_sent(
    initiator: Initiator, network: str
) -> None:
    card_id, session = await card_in_session(initiator, network)

    begun = await initiate(
        initiator,
        network,
        session,
        {"srcDigitalCardId": card_id},
        "3DS",
        methodAttributes={"challengeIndicator": "04"},
    )
    code = await initiator.code("12025550143")
    wrong = await complete(
        initiator, network, begun, {"otpValue": "000000" if code != "000000" else "111111"}
    )
    right = await complete(initiator, network, begun, {"otpValue": code})
    again = await complete(initiator, network, begun, {"otpValue": code})

    assert begun.body["authenticationStatus"] == "PENDING"
    assert "assuranceData" not in begun.body
    assert (wrong.status, wrong.body["reason"]) == (400, "CODE_INVALID")
    assert right.body["authenticationResult"] == "AUTHENTICATED"
    assert right.body["assuranceData"]["eci"] == ECI[network]
    assert "idToken" not in right.body
    assert (again.status, again.body["reason"]) == (400, "INVALID_STATE")


async def test_a_suppressed_challenge_ends_as_attempted(initiator: Initiator) -> None:
    card_id, session = await card_in_session(initiator, "visa")

    begun = await initiate(
        initiator,
        "visa",
        session,
        {"srcDigitalCardId": card_id},
        "3DS",
        options={
            "threeDsInputData": {"forceChallenge": True},
            "authenticationPreferences": {"suppressChallenge": True},
        },
    )

    assert begun.body["authenticationResult"] == "NOT_AUTHENTICATED"
    entry = begun.body["assuranceData"]["verificationData"][0]
    assert (entry["methodResults"]["transStatus"], entry["verificationResults"]) == ("A", "02")
    assert begun.body["assuranceData"]["eci"] == "06"


@pytest.mark.parametrize("network", NETWORKS)
async def test_the_cards_own_security_code_is_taken_and_another_counts_as_a_try(
    initiator: Initiator, network: str
) -> None:
    card_id, session = await card_in_session(initiator, network)
    begun = await initiate(
        initiator, network, session, {"srcDigitalCardId": card_id}, "CARD_SECURITY_CODE"
    )
    right = "1234" if network == "amex" else "123"

    wrong = await complete(initiator, network, begun, {"cardSecurityCode": "999"})
    sealed = await initiator.encrypted_card(network, CARDS[network], cardSecurityCode=right)
    good = await complete(initiator, network, begun, {"encryptedCard": sealed})

    assert begun.body["authenticationMethod"]["methodAttributes"] == {
        "cardSecurityCodeLength": str(len(right))
    }
    assert (wrong.status, wrong.body["reason"]) == (400, "AUTHENTICATE_FAILURE")
    assert "2 tries left" in wrong.body["message"]
    assert good.body["authenticationResult"] == "AUTHENTICATED"
    assert good.body["assuranceData"]["verificationData"][0]["verificationType"] == "CARD"


async def test_three_wrong_security_codes_end_the_authentication(initiator: Initiator) -> None:
    card_id, session = await card_in_session(initiator, "visa")
    begun = await initiate(initiator, "visa", session, {"srcDigitalCardId": card_id}, "CVV")

    answers = [
        await complete(initiator, "visa", begun, {"cardSecurityCode": code})
        for code in ("000", "001", "002", "123")
    ]

    assert [answer.body["reason"] for answer in answers] == [
        "AUTHENTICATE_FAILURE",
        "AUTHENTICATE_FAILURE",
        "RETRIES_EXCEEDED",
        "INVALID_STATE",
    ]


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_person_is_proven_by_code_and_gets_an_id_token(
    initiator: Initiator, network: str
) -> None:
    await initiator.with_consumer()
    begun = await initiate(initiator, network, "", {"consumerIdentity": MAIL}, "EMAIL_OTP")

    done = await complete(
        initiator,
        network,
        begun,
        {"otpValue": await initiator.code()},
        complianceSettings={"complianceResources": [{"complianceType": "REMEMBER_ME"}]},
    )
    profile = await initiator.call(
        network, "profiles/prepare", {"idTokens": [done.body["idToken"]]}
    )
    recognised = await initiator.call(
        network,
        "identities/recognize",
        {"recognitionTokens": [done.body["recognitionToken"]]},
    )

    assert done.body["assuranceData"]["verificationData"][0]["verificationType"] == "CONSUMER"
    assert len(profile.body["profiles"]) == 1
    assert recognised.body["recognized"] is True


async def test_a_simulated_passkey_gives_the_challenge_back(initiator: Initiator) -> None:
    await initiator.with_consumer()
    begun = await initiate(initiator, "mastercard", "", {"consumerIdentity": MAIL}, "FIDO2")
    challenge = begun.body["authenticationMethod"]["methodAttributes"]["challenge"]

    unverified = await complete(
        initiator, "mastercard", begun, {"challenge": challenge, "userVerified": False}
    )
    other = await complete(
        initiator, "mastercard", begun, {"challenge": "ab" * 32, "userVerified": True}
    )
    done = await complete(
        initiator, "mastercard", begun, {"challenge": challenge, "userVerified": True}
    )

    assert [unverified.body["reason"], other.body["reason"]] == ["AUTHENTICATE_FAILURE"] * 2
    assert done.body["assuranceData"]["verificationData"][0]["verificationMethod"] == "07"
    assert done.body["idToken"].count(".") == 2


@pytest.mark.parametrize(
    ("method", "events", "left"),
    [
        ("3DS", ["PENDING_SCA"], []),
        ("CARD_SECURITY_CODE", ["PENDING_CONSUMER_IDV"], []),
        ("EMAIL_OTP", ["PENDING_CONSUMER_IDV"], []),
        ("EMAIL_OTP", ["PENDING_SCA"], ["PENDING_SCA"]),
        ("CARD_SECURITY_CODE", ["PENDING_CSC"], []),
        ("CARD_SECURITY_CODE", ["PENDING_CSC", "PENDING_AVS"], ["PENDING_AVS"]),
        ("3DS", ["PENDING_CSC"], ["PENDING_CSC"]),
        ("EMAIL_OTP", ["PENDING_CSC"], ["PENDING_CSC"]),
        ("3DS", ["PENDING_SCA", "PENDING_AVS"], ["PENDING_AVS"]),
    ],
)
async def test_a_step_up_settles_what_the_card_waits_for(
    initiator: Initiator, method: str, events: list[str], left: list[str]
) -> None:
    card_id, session = await card_in_session(
        initiator, "visa", status="PENDING", pendingEvents=events
    )
    before = await initiator.checkout("visa", srcCorrelationId=session, srcDigitalCardId=card_id)
    begun = await initiate(initiator, "visa", session, {"srcDigitalCardId": card_id}, method)
    if method == "EMAIL_OTP":
        await complete(initiator, "visa", begun, {"otpValue": await initiator.code()})
    elif method == "CARD_SECURITY_CODE":
        await complete(initiator, "visa", begun, {"cardSecurityCode": "123"})
    after = await initiator.checkout("visa", srcCorrelationId=session, srcDigitalCardId=card_id)
    profile = await initiator.call("visa", "profiles/prepare", {"srcCorrelationId": session})
    data = profile.body["profiles"][0]["maskedCards"][0]["digitalCardData"]

    assert before.body["dcfActionCode"] == "PENDING_AUTHENTICATION"
    assert data.get("pendingEvents", []) == left
    assert after.body["dcfActionCode"] == ("PENDING_AUTHENTICATION" if left else "COMPLETE")


@pytest.mark.parametrize(
    ("body", "source"),
    [
        ({"accountReference": None}, "accountReference"),
        ({"authenticationMethod": None}, "authenticationMethod.authenticationMethodType"),
        (
            {"authenticationMethod": {"authenticationMethodType": "RETINA"}},
            "authenticationMethod.authenticationMethodType",
        ),
        (
            {"authenticationContext": None},
            "authenticationContext.dpaTransactionOptions.transactionAmount",
        ),
        (
            {"authenticationContext": {"authenticationReasons": ["CURIOSITY"]}},
            "authenticationContext.authenticationReasons[0]",
        ),
    ],
)
async def test_what_is_missing_or_wrong_is_named(
    initiator: Initiator, body: Json, source: str
) -> None:
    card_id, session = await card_in_session(initiator, "visa")

    answer = await initiator.call(
        "visa",
        "authentication/initiate",
        {
            "srcCorrelationId": session,
            "accountReference": {"srcDigitalCardId": card_id},
            "authenticationMethod": {"authenticationMethodType": "3DS"},
            "authenticationContext": {"dpaTransactionOptions": {"transactionAmount": AMOUNT}},
            **body,
        },
    )

    assert (answer.status, answer.source) == (400, source)


async def test_nobody_authenticates_another_clients_card_or_session(
    initiator: Initiator,
) -> None:
    card_id, session = await card_in_session(initiator, "visa")
    begun = await initiate(
        initiator, "visa", session, {"srcDigitalCardId": card_id}, "CARD_SECURITY_CODE"
    )
    made = await initiator.manage("POST", "/fixtures", {"clients": [{"name": "Other"}]})
    other = {"srcClientId": made.body["clients"][0]["srcClientId"], "srcDpaId": None}

    looked = await initiator.call(
        "visa",
        "authentication/lookup",
        {**other, "accountReference": {"srcDigitalCardId": card_id}},
    )
    finished = await complete(initiator, "visa", begun, {"cardSecurityCode": "123"}, **other)

    assert looked.status == 403
    assert (finished.status, finished.source) == (400, "authenticationSessionId")


async def test_an_authentication_ends_with_its_five_minutes(
    new_sandbox: Callable[..., Awaitable[Initiator]],
) -> None:
    initiator = await new_sandbox(clock={"mode": "frozen", "at": "2026-03-01T10:00:00Z"})
    card_id, session = await card_in_session(initiator, "visa")
    begun = await initiate(
        initiator, "visa", session, {"srcDigitalCardId": card_id}, "CARD_SECURITY_CODE"
    )

    await initiator.manage("POST", "/clock/advance", {"by": "PT5M"})
    late = await complete(initiator, "visa", begun, {"cardSecurityCode": "123"})

    assert (late.status, late.body["reason"]) == (400, "CODE_EXPIRED")


AUTHENTICATED = {
    "authenticationPreferences": {"payloadRequested": "AUTHENTICATED"},
    "acquirerMerchantId": "SRC3DS",
    "acquirerBIN": "545301",
    "merchantCategoryCode": "5995",
    "merchantCountryCode": "US",
    "threeDsPreference": "ONBEHALF",
}


def response_of(answer: Answer) -> Json:
    token = answer.body.get("checkoutResponse") or answer.body["checkoutResponseJWS"]
    payload = str(token).split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


async def pay(
    initiator: Initiator, network: str, session: str, card_id: str, **options: object
) -> Answer:
    return await initiator.checkout(
        network,
        srcCorrelationId=session,
        srcDigitalCardId=card_id,
        dpaTransactionOptions={"transactionAmount": AMOUNT, **AUTHENTICATED, **options},
    )


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_checkout_authenticates_the_cardholder_when_the_dpa_leaves_it_to_the_network(
    initiator: Initiator, network: str
) -> None:
    card_id, session = await card_in_session(initiator, network)

    paid = await pay(initiator, network, session, card_id)
    response = response_of(paid)
    told = {entry["key"]: entry["value"] for entry in response["threeDsOutputData"]}

    assert paid.body["dcfActionCode"] == "COMPLETE"
    assert response["assuranceData"]["eci"] == ECI[network] == told["eci"]
    cardholder = [
        entry
        for entry in response["assuranceData"]["verificationData"]
        if entry["verificationType"] == "CARDHOLDER"
    ]
    assert cardholder[0]["methodResults"]["dsTransId"] == told["dsTransId"]
    assert (told["transStatus"], len(told["authenticationValue"])) == ("Y", 28)


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_checkout_that_needs_a_challenge_waits_and_is_sent_again(
    initiator: Initiator, network: str
) -> None:
    card_id, session = await card_in_session(initiator, network)
    wishes = {"threeDsInputData": {"forceChallenge": True}}

    waiting = await pay(initiator, network, session, card_id, **wishes)
    begun = await initiate(
        initiator, network, session, {"srcDigitalCardId": card_id}, "3DS", options=wishes
    )
    await complete(initiator, network, begun, {"otpValue": await initiator.code("12025550143")})
    paid = await pay(initiator, network, session, card_id, **wishes)
    dearer = await pay(
        initiator,
        network,
        session,
        card_id,
        **wishes,
        transactionAmount={**AMOUNT, "transactionAmount": "99.99"},
    )

    assert waiting.body["dcfActionCode"] == "PENDING_AUTHENTICATION"
    assert "encryptedPayload" not in response_of(waiting)
    assert paid.body["dcfActionCode"] == "COMPLETE"
    assert response_of(paid)["assuranceData"]["eci"] == ECI[network]
    assert dearer.body["dcfActionCode"] == "PENDING_AUTHENTICATION"


async def test_a_stranger_cannot_have_anothers_card_authenticated(initiator: Initiator) -> None:
    card_id, _ = await card_in_session(initiator, "visa")

    answer = await pay(initiator, "visa", "11111111-1111-4111-8111-111111111111", card_id)

    assert answer.body["reason"] == "IDENTITY_VALIDATION_REQUIRED"


@pytest.mark.parametrize("network", NETWORKS)
async def test_a_strict_sandbox_wants_the_security_code_before_a_card_pays(
    new_sandbox: Callable[..., Awaitable[Initiator]], network: str
) -> None:
    initiator = await new_sandbox(profile="strict")
    enrolled = await initiator.call(
        network,
        "cards",
        {
            "encryptedCard": await initiator.encrypted_card(
                network, CARDS[network], cardSecurityCode=""
            ),
            "consumer": {
                "emailAddress": "new@shop.test",
                "mobileNumber": {"countryCode": "1", "phoneNumber": "2025550147"},
            },
            "complianceSettings": CONSENT,
        },
    )
    assert enrolled.status == 200, enrolled.body
    card = enrolled.body["maskedCard"]
    session, card_id = enrolled.body["srcCorrelationId"], card["srcDigitalCardId"]

    before = await initiator.checkout(network, srcCorrelationId=session, srcDigitalCardId=card_id)
    begun = await initiate(
        initiator, network, session, {"srcDigitalCardId": card_id}, "CARD_SECURITY_CODE"
    )
    await complete(
        initiator,
        network,
        begun,
        {"cardSecurityCode": "1234" if network == "amex" else "123"},
    )
    after = await initiator.checkout(network, srcCorrelationId=session, srcDigitalCardId=card_id)

    assert card["digitalCardData"]["pendingEvents"] == ["PENDING_SCA"]
    if network == "mastercard":
        assert before.body["reason"] == "CVC_VERIFICATION_REQUIRED"
    else:
        assert before.body["dcfActionCode"] == "PENDING_AUTHENTICATION"
    assert after.body["dcfActionCode"] == "COMPLETE"
