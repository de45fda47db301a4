"""Authentication by the SRC System: each method, wrong and right; checkouts that wait for it."""

import pytest

from .authentication import (
    AUTHENTICATED,
    CHALLENGE,
    another_code,
    complete,
    initiate,
    methods_lookup,
    of_card,
    of_person,
)
from .dialects import NETWORKS
from .exchange import Json
from .expectations import check_assurance, check_three_ds, check_token
from .returning_shopper import ReturningShopper
from .shopper import (
    EMAIL,
    PANS,
    by_email,
    by_phone,
    card,
    consent,
    fixture_consumer,
    new_consumer,
    options,
    remember_me,
)
from .src_client import Initiator, OpenedCheckout, Sandbox, Server

CARDHOLDER_CRYPTOGRAM = "CARDHOLDER_AUTHENTICATION_CRYPTOGRAM"


def person(server: Server, network: str) -> Initiator:
    """An initiator where Anabel has a card and has not proven herself."""
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(network))
    return Initiator(sandbox, network)


def names(answer: Json) -> set[str]:
    return {one["authenticationMethodType"] for one in answer["authenticationMethods"]}


@pytest.mark.parametrize("network", NETWORKS)
def test_the_methods_of_a_card_and_of_a_person_are_told_with_channels_masked(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    client = shopper.initiator
    of_her_card = methods_lookup(client, of_card(shopper.src_digital_card_id)).expect(200)
    of_her = methods_lookup(client, of_person(by_email())).expect(200)
    both = methods_lookup(client, {**of_card(shopper.src_digital_card_id), **of_person(by_email())})
    neither = methods_lookup(client, {})
    stranger = methods_lookup(client, of_person(by_email("nobody@shop.test")))

    assert names(of_her_card) >= {"3DS", "CARD_SECURITY_CODE", "EMAIL_OTP", "SMS_OTP", "FIDO2"}
    assert names(of_her) == {"EMAIL_OTP", "SMS_OTP", "FIDO2"}
    assert EMAIL not in str(of_her)
    assert "2025550143" not in str(of_her)
    assert {one["authenticationSubject"] for one in of_her["authenticationMethods"]} == {"CONSUMER"}
    for refused in (both, neither):
        assert (refused.status, refused.sources()) == (400, {"accountReference"})
    assert "UNRECOGNIZED_CONSUMER_ID" in stranger.reasons()


@pytest.mark.parametrize("network", NETWORKS)
def test_three_ds_without_friction_is_complete_at_once(server: Server, network: str) -> None:
    shopper = ReturningShopper(server, network)
    begun = initiate(shopper.initiator, of_card(shopper.src_digital_card_id), "3DS").expect(200)

    assert begun["authenticationStatus"] == "COMPLETE"
    assert begun["authenticationResult"] == "AUTHENTICATED"
    dialect = shopper.initiator.dialect
    entry = check_assurance(dialect, begun["assuranceData"], "CARDHOLDER", "01")
    assert entry["verificationEvents"] == ["01"]
    assert set(entry["methodResults"]) == {"transStatus", "dsTransId", "acsTransId"}
    assert entry["methodResults"]["transStatus"] == "Y"


@pytest.mark.parametrize("network", NETWORKS)
def test_a_challenge_wants_the_code_it_sent_and_wants_it_once(server: Server, network: str) -> None:
    shopper = ReturningShopper(server, network)
    client = shopper.initiator
    reference = of_card(shopper.src_digital_card_id)
    begun = initiate(client, reference, "3DS", {"challengeIndicator": "04"}).expect(200)
    code = shopper.sandbox.next_code(network=network)["value"]
    wrong = complete(client, begun, {"otpValue": another_code(code)})
    right = complete(client, begun, {"otpValue": code}).expect(200)
    again = complete(client, begun, {"otpValue": code})

    assert begun["authenticationStatus"] == "PENDING"
    assert "assuranceData" not in begun
    assert (wrong.status, "CODE_INVALID" in wrong.reasons()) == (400, True)
    assert right["authenticationStatus"] == "COMPLETE"
    check_assurance(client.dialect, right["assuranceData"], "CARDHOLDER", "01")
    assert (again.status, "INVALID_STATE" in again.reasons()) == (400, True)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_challenge_she_is_spared_leaves_an_attempt(server: Server, network: str) -> None:
    shopper = ReturningShopper(server, network)
    spared = {**CHALLENGE, "authenticationPreferences": {"suppressChallenge": True}}
    reference = of_card(shopper.src_digital_card_id)
    begun = initiate(shopper.initiator, reference, "3DS", **spared).expect(200)

    assert begun["authenticationStatus"] == "COMPLETE"
    assert begun["authenticationResult"] == "NOT_AUTHENTICATED"
    assert begun["assuranceData"]["eci"] == shopper.initiator.dialect.eci_attempted
    [entry] = begun["assuranceData"]["verificationData"]
    assert entry["verificationResults"] == "02"
    assert entry["methodResults"]["transStatus"] == "A"


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("in_clear", [True, False])
def test_the_security_code_proves_the_card_in_clear_and_encrypted(
    server: Server, network: str, *, in_clear: bool
) -> None:
    shopper = ReturningShopper(server, network)
    client = shopper.initiator
    typed = card(network)
    code = typed["cardSecurityCode"]
    proof = {"cardSecurityCode": code} if in_clear else {"encryptedCard": client.seal(typed)}
    reference = of_card(shopper.src_digital_card_id)
    begun = initiate(client, reference, "CARD_SECURITY_CODE").expect(200)
    wrong = complete(client, begun, {"cardSecurityCode": "9" * len(code)})
    right = complete(client, begun, proof).expect(200)

    told = begun["authenticationMethod"]["methodAttributes"]
    assert told["cardSecurityCodeLength"] == str(len(code))
    assert (wrong.status, "AUTHENTICATE_FAILURE" in wrong.reasons()) == (400, True)
    assert right["authenticationResult"] == "AUTHENTICATED"
    [entry] = right["assuranceData"]["verificationData"]
    assert entry["verificationType"] == "CARD"
    assert entry["verificationResults"] == "01"


@pytest.mark.parametrize("network", NETWORKS)
def test_three_wrong_security_codes_end_it_for_the_right_one_too(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    client, right = shopper.initiator, card(network)["cardSecurityCode"]
    begun = initiate(client, of_card(shopper.src_digital_card_id), "CVV").expect(200)
    *tries, last = [
        complete(client, begun, {"cardSecurityCode": code}).reasons()
        for code in (*(digit * len(right) for digit in "789"), right)
    ]

    assert ["RETRIES_EXCEEDED" in one for one in tries] == [False, False, True]
    assert "INVALID_STATE" in last


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(
    ("method", "identity"), [("EMAIL_OTP", by_email()), ("SMS_OTP", by_phone())]
)
def test_a_code_proves_a_person_whose_id_token_opens_the_profile(
    server: Server, network: str, method: str, identity: Json
) -> None:
    client = person(server, network)
    begun = initiate(client, of_person(identity), method).expect(200)
    sent = client.sandbox.next_code(network=network)
    wrong = complete(client, begun, {"otpValue": another_code(sent["value"])})
    done = complete(
        client, begun, {"otpValue": sent["value"]}, complianceSettings=remember_me()
    ).expect(200)

    assert sent["channel"] == identity["identityType"]
    assert "CODE_INVALID" in wrong.reasons()
    check_assurance(client.dialect, done["assuranceData"], "CONSUMER", "04")
    client.check_id_token(done["idToken"])
    profile, _ = client.profile_of(done["idToken"])
    assert profile["maskedCards"][0]["panLastFour"] == PANS[network][-4:]
    later = Initiator(client.sandbox, network).is_recognized(done["recognitionToken"])
    assert later.expect(200)["recognized"] is True


@pytest.mark.parametrize("network", NETWORKS)
def test_a_passkey_proves_a_person_who_verified_herself_to_it(server: Server, network: str) -> None:
    client = person(server, network)
    begun = initiate(client, of_person(by_email()), "FIDO2").expect(200)
    challenge = begun["authenticationMethod"]["methodAttributes"]["challenge"]
    absent = complete(client, begun, {"challenge": challenge, "userVerified": False})
    forged = complete(client, begun, {"challenge": "ab" * 32, "userVerified": True})
    done = complete(client, begun, {"challenge": challenge, "userVerified": True}).expect(200)

    for refused in (absent, forged):
        assert (refused.status, "AUTHENTICATE_FAILURE" in refused.reasons()) == (400, True)
    check_assurance(client.dialect, done["assuranceData"], "CONSUMER", "07")
    assert "fido" in client.check_id_token(done["idToken"])["amr"][0]


@pytest.mark.parametrize("network", NETWORKS)
def test_what_cannot_begin_and_what_never_began_are_refused(server: Server, network: str) -> None:
    shopper = ReturningShopper(server, network)
    client, reference = shopper.initiator, of_card(shopper.src_digital_card_id)
    unknown = initiate(client, reference, "RETINA")
    no_amount = initiate(client, reference, "3DS", transactionAmount=None)
    unbegun = complete(client, {"authenticationSessionId": "x" * 36}, {"otpValue": "123456"})
    unnamed = complete(client, {"authenticationSessionId": None}, {"otpValue": "123456"})

    method = "authenticationMethod.authenticationMethodType"
    amount = "authenticationContext.dpaTransactionOptions.transactionAmount"
    assert (unknown.status, unknown.sources()) == (400, {method})
    assert (no_amount.status, no_amount.sources()) == (400, {amount})
    for refused in (unbegun, unnamed):
        assert (refused.status, refused.sources()) == (400, {"authenticationSessionId"})


def pay(shopper: ReturningShopper, **changes: object) -> tuple[str, OpenedCheckout]:
    """A checkout the SRC System is to authenticate: its dcfActionCode, and what was opened."""
    answer = shopper.initiator.checkout(
        shopper.token,
        srcDigitalCardId=shopper.src_digital_card_id,
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions=options(shopper.initiator.network, **{**AUTHENTICATED, **changes}),
    ).expect(200)
    return answer["dcfActionCode"], shopper.initiator.open_checkout(answer)


@pytest.mark.parametrize("network", NETWORKS)
def test_an_authenticated_checkout_hands_over_what_three_ds_gave(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    action, opened = pay(shopper)
    alone = shopper.pay()

    assert action == "COMPLETE"
    check_three_ds(shopper.initiator.dialect, opened.response)
    assert opened.payload is not None
    check_token(shopper.initiator.dialect, opened.payload, PANS[network])
    assert "threeDsOutputData" not in alone.response


@pytest.mark.parametrize("network", NETWORKS)
def test_the_cardholders_cryptogram_is_that_of_three_ds(server: Server, network: str) -> None:
    shopper = ReturningShopper(server, network)
    wanted = [{"dynamicDataType": CARDHOLDER_CRYPTOGRAM}]
    _, opened = pay(shopper, paymentOptions=wanted)
    dialect = shopper.initiator.dialect
    value = check_three_ds(dialect, opened.response)

    assert opened.payload is not None
    told = opened.payload["dynamicData"]
    values = {
        one["dynamicDataType"]: one["dynamicDataValue"]
        for one in (told if dialect.dynamic_data_is_list else [told])
    }
    assert values[CARDHOLDER_CRYPTOGRAM] == value
    assert len(set(values.values())) == (2 if dialect.dynamic_data_is_list else 1)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_checkout_waits_for_its_step_up_and_is_completed_afterwards(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    client, reference = shopper.initiator, of_card(shopper.src_digital_card_id)
    waiting, held = pay(shopper, **CHALLENGE)
    begun = initiate(client, reference, "3DS", **CHALLENGE).expect(200)
    code = shopper.sandbox.next_code(network=network)["value"]
    still, _ = pay(shopper, **CHALLENGE)
    complete(client, begun, {"otpValue": code}).expect(200)
    done, opened = pay(shopper, **CHALLENGE)

    assert (waiting, still, done) == ("PENDING_AUTHENTICATION",) * 2 + ("COMPLETE",)
    assert held.payload is None
    assert "threeDsOutputData" not in held.response
    check_three_ds(client.dialect, opened.response)
    assert opened.payload is not None
    check_token(client.dialect, opened.payload, PANS[network])


@pytest.mark.parametrize("network", NETWORKS)
def test_a_card_enrolled_without_its_code_pays_once_the_code_was_given(
    server: Server, network: str
) -> None:
    client = Initiator(Sandbox.create(server.control, profile="strict"), network)
    typed = card(network)
    code = typed.pop("cardSecurityCode")
    enrolled = client.enroll_card(
        typed, consumer=new_consumer(), complianceSettings=consent()
    ).expect(200)
    masked = enrolled["maskedCard"]
    card_id = masked["srcDigitalCardId"]
    order = options(network)
    before = client.checkout(srcDigitalCardId=card_id, dpaTransactionOptions=order)
    begun = initiate(client, of_card(card_id), "CARD_SECURITY_CODE").expect(200)
    complete(client, begun, {"cardSecurityCode": code}).expect(200)
    after = client.checkout(srcDigitalCardId=card_id, dpaTransactionOptions=order).expect(200)

    assert masked["digitalCardData"]["pendingEvents"] == ["PENDING_SCA"]
    if network == "mastercard":
        assert "CVC_VERIFICATION_REQUIRED" in before.reasons()
    else:
        assert before.expect(200)["dcfActionCode"] == "PENDING_AUTHENTICATION"
        assert client.open_checkout(before.json()).payload is None
    assert after["dcfActionCode"] == "COMPLETE"
    assert client.open_checkout(after).payload is not None


@pytest.mark.parametrize("network", NETWORKS)
def test_a_dearer_order_needs_a_step_up_of_its_own(server: Server, network: str) -> None:
    shopper = ReturningShopper(server, network)
    client = shopper.initiator
    begun = initiate(client, of_card(shopper.src_digital_card_id), "3DS", **CHALLENGE).expect(200)
    code = shopper.sandbox.next_code(network=network)["value"]
    complete(client, begun, {"otpValue": code}).expect(200)
    amount = {
        "transactionAmount": client.dialect.amount("499.00"),
        "transactionCurrencyCode": "USD",
    }
    action, held = pay(shopper, **CHALLENGE, transactionAmount=amount)

    assert action == "PENDING_AUTHENTICATION"
    assert held.payload is None


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(
    "member", sorted(set(AUTHENTICATED) - {"authenticationPreferences", "threeDsPreference"})
)
def test_an_authenticated_payload_wants_each_of_the_acquirers_data(
    server: Server, network: str, member: str
) -> None:
    shopper = ReturningShopper(server, network)
    rest = {name: value for name, value in AUTHENTICATED.items() if name != member}
    refused = shopper.initiator.checkout(
        shopper.token,
        srcDigitalCardId=shopper.src_digital_card_id,
        dpaTransactionOptions=options(network, **rest),
    )

    assert (refused.status, refused.sources()) == (400, {f"dpaTransactionOptions.{member}"})
    assert "CANNOT_BE_NULL" in refused.reasons()
