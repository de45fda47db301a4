"""The main line of a shopper nobody knows.

Enrolment, one-time code, idToken, profile, first checkout.
"""

import pytest

from .dialects import DIALECTS, NETWORKS
from .expectations import check_full, check_masked_card, check_masked_consumer, same_card_id
from .shopper import (
    EMAIL,
    PANS,
    SECOND_PANS,
    by_email,
    by_phone,
    card,
    consent,
    fixture_consumer,
    new_consumer,
    options,
)
from .src_client import Initiator, Sandbox, Server

MAGIC_CODES = ("123456", "000000", "999999")


def a_wrong_code(code: str) -> str:
    """Another code of the same length, and none that means something to the simulator."""
    candidates = (f"{(int(code) + step) % 10 ** len(code):0{len(code)}}" for step in range(1, 9))
    return next(one for one in candidates if one not in MAGIC_CODES)


@pytest.mark.parametrize("network", NETWORKS)
def test_nobody_is_present_before_enrolment_and_looking_is_not_an_error(
    server: Server, network: str
) -> None:
    initiator = Initiator(Sandbox.create(server.control), network)
    assert initiator.identity_lookup(by_email()).expect(200)["consumerPresent"] is False
    assert initiator.is_recognized().expect(200)["recognized"] is False


@pytest.mark.parametrize("network", NETWORKS)
def test_a_new_consumer_enrols_a_card_and_gets_at_it_again_with_a_code(
    server: Server, network: str
) -> None:
    sandbox = Sandbox.create(server.control)
    initiator = Initiator(sandbox, network)
    enrolled = initiator.enroll_card(
        card(network), consumer=new_consumer(), complianceSettings=consent()
    ).expect(200)
    check_masked_card(initiator.dialect, enrolled["maskedCard"], PANS[network])
    check_masked_consumer(initiator.dialect, enrolled["maskedConsumer"])
    initiator.check_id_token(enrolled["idToken"])

    returning = Initiator(sandbox, network)
    profile, _ = returning.profile_of(returning.validate(by_email())["idToken"])
    check_masked_consumer(returning.dialect, profile["maskedConsumer"])
    (masked,) = profile["maskedCards"]
    check_masked_card(returning.dialect, masked, PANS[network])
    assert masked["srcDigitalCardId"] == enrolled["maskedCard"]["srcDigitalCardId"]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_consumer_is_found_by_mobile_number_too(server: Server, network: str) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(network))
    initiator = Initiator(sandbox, network)
    profile, _ = initiator.profile_of(initiator.validate(by_phone())["idToken"])
    assert len(profile["maskedCards"]) == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_the_code_can_be_sent_again_and_over_the_other_channel(
    server: Server, network: str
) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(network))
    initiator = Initiator(sandbox, network)
    assert initiator.identity_lookup(by_email()).expect(200)["consumerPresent"] is True
    first = initiator.initiate_identity_validation(by_email()).expect(200)
    assert EMAIL not in first["maskedValidationChannel"]
    assert "*" in first["maskedValidationChannel"]
    channels = first["supportedValidationChannels"]
    assert len(channels) >= 2, channels
    old = sandbox.next_code(network=network, identity=EMAIL)

    if initiator.dialect.chooses_channel:
        initiator.initiate_identity_validation(by_email(), "no-such-channel").expect(400)
    for channel in channels:
        again = initiator.initiate_identity_validation(by_email(), channel["validationChannelId"])
        session_id = again.expect(200)["idValidationSessionId"]
        code = sandbox.next_code(network=network, idValidationSessionId=session_id)
        if initiator.dialect.chooses_channel:
            assert again.json()["maskedValidationChannel"] == channel["maskedValidationChannel"]
            assert (code["channel"] == "EMAIL_ADDRESS") == ("EMAIL" in channel["identityType"])

    earlier = next(one for one in sandbox.otps(wait="0")["otps"] if one["id"] == old["id"])
    assert earlier["state"] == "superseded"
    done = initiator.complete_identity_validation(session_id, code["value"]).expect(200)
    initiator.check_id_token(done["idToken"])
    assert "recognitionToken" not in done


@pytest.mark.parametrize("network", NETWORKS)
def test_a_wrong_code_is_forgiven_and_the_right_one_still_counts(
    server: Server, network: str
) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(network))
    initiator = Initiator(sandbox, network)
    started = initiator.initiate_identity_validation(by_email()).expect(200)
    code = sandbox.next_code(network=network)["value"]
    session_id = started["idValidationSessionId"]
    refused = initiator.complete_identity_validation(session_id, a_wrong_code(code))
    assert refused.status == 400
    assert "CODE_INVALID" in refused.reasons()
    assert initiator.complete_identity_validation(session_id, code).expect(200)["idToken"]


@pytest.mark.parametrize("network", NETWORKS)
def test_after_three_wrong_codes_the_right_one_is_refused(server: Server, network: str) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(network))
    initiator = Initiator(sandbox, network)
    started = initiator.initiate_identity_validation(by_email()).expect(200)
    code = sandbox.next_code(network=network)["value"]
    session_id = started["idValidationSessionId"]
    for _ in range(2):
        refused = initiator.complete_identity_validation(session_id, a_wrong_code(code))
        assert "CODE_INVALID" in refused.reasons()
    third = initiator.complete_identity_validation(session_id, a_wrong_code(code))
    assert third.status >= 400
    # Both readings of "3 wrong tries" are in the field: the third itself may say that it was the
    # last.
    assert third.reasons() & {"CODE_INVALID", "RETRIES_EXCEEDED"}
    last = initiator.complete_identity_validation(session_id, code)
    assert last.status >= 400
    assert "RETRIES_EXCEEDED" in last.reasons()


@pytest.mark.parametrize("network", NETWORKS)
def test_a_first_checkout_enrols_the_new_consumer_on_the_way(server: Server, network: str) -> None:
    sandbox = Sandbox.create(server.control)
    initiator = Initiator(sandbox, network)
    answer = initiator.checkout(
        encryptedCard=initiator.seal_card(card(network)),
        consumer=new_consumer(),
        complianceSettings=consent(),
        srciActionCode="NEW_USER",
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions=options(network),
    ).expect(200)
    opened = initiator.open_checkout(answer)
    check_masked_card(initiator.dialect, opened.response["maskedCard"], PANS[network])
    check_full(
        initiator.dialect, opened, PANS[network], DIALECTS[network].default_dynamic_data_type
    )
    assert opened.response.get("isNewUser", True) is True

    returning = Initiator(sandbox, network)
    profile, _ = returning.profile_of(returning.validate(by_email())["idToken"])
    assert [one["panLastFour"] for one in profile["maskedCards"]] == [PANS[network][-4:]]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_known_consumer_pays_with_a_new_card_that_joins_her_profile(
    server: Server, network: str
) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(network))
    initiator = Initiator(sandbox, network)
    _, token = initiator.profile_of(initiator.validate(by_email())["idToken"])
    answer = initiator.checkout(
        token,
        encryptedCard=initiator.seal_card(card(network, SECOND_PANS[network])),
        complianceSettings=consent(),
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions=options(network),
    ).expect(200)
    opened = initiator.open_checkout(answer)
    assert opened.response["maskedCard"]["panLastFour"] == SECOND_PANS[network][-4:]
    assert opened.response.get("isNewUser", False) is False
    profile, _ = initiator.profile_of(token)
    assert len(profile["maskedCards"]) == 2
    used = opened.response["maskedCard"]["srcDigitalCardId"]
    assert any(same_card_id(used, one["srcDigitalCardId"]) for one in profile["maskedCards"])
