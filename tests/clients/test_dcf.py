"""A checkout that a DCF finishes: prepared and signed, shown, and paid or left."""

from urllib.parse import urlsplit

import pytest

from .card_care import add_shipping_address
from .dialects import NETWORKS
from .exchange import Json
from .expectations import check_full, check_masked_address, check_masked_consumer, same_card_id
from .facilitator import RETURN_ADDRESS, Facilitator, prepare_checkout, signed_request
from .returning_shopper import ReturningShopper
from .shopper import (
    ADDRESS,
    EMAIL,
    PANS,
    card,
    consent,
    new_consumer,
    options,
)
from .src_client import Initiator, Sandbox, Server


def prepared(shopper: ReturningShopper, **members: object) -> tuple[str, Json, Facilitator]:
    """A prepared checkout of her card: the signed request, what it says, and the DCF it goes to."""
    answer = prepare_checkout(
        shopper.initiator,
        shopper.token,
        **{"srcDigitalCardId": shopper.src_digital_card_id, **members},
    ).expect(200)
    compact, request = signed_request(shopper.initiator, answer)
    assert request["srcCorrelationId"] == answer["srcCorrelationId"]
    return compact, request, Facilitator.of(shopper.initiator, request)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_prepared_checkout_tells_the_dcf_all_it_needs_and_nothing_in_clear(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    client, order = shopper.initiator, options(network)
    add_shipping_address(client, shippingAddress=ADDRESS).expect(200)
    _, request, _ = prepared(
        shopper, dpaTransactionOptions=order, dpaData={"dpaPresentationName": "Sunday sale"}
    )

    assert request["srcInitiatorId"] == shopper.sandbox.src_client_id
    assert request["srcDpaId"] == shopper.sandbox.src_dpa_id
    assert request["srciTransactionId"] == client.srci_transaction_id
    assert request["dpaTransactionOptions"] == order
    assert request["dpaData"]["dpaPresentationName"] == "Sunday sale"
    assert request["dpaData"]["dpaName"]
    assert request["checkoutResponseUri"] == RETURN_ADDRESS
    assert request["checkoutRequestUri"] == f"{client.base}/transaction/credentials"
    assert request["payloadTypeIndicatorCheckout"] == "FULL"
    assert same_card_id(request["maskedCard"]["srcDigitalCardId"], shopper.src_digital_card_id)
    assert request["maskedCard"]["panLastFour"] == PANS[network][-4:]
    check_masked_consumer(client.dialect, request["maskedConsumer"])
    [shown] = request["maskedShippingAddresses"]
    check_masked_address(client.dialect, shown, ADDRESS)
    assert EMAIL not in str(request)
    assert PANS[network] not in str(request)


@pytest.mark.parametrize("network", NETWORKS)
def test_the_dcf_reads_the_profile_and_finishes_with_the_initiators_payload(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    compact, request, dcf = prepared(shopper)
    profile = dcf.consumer_profile().expect(200)
    finished = dcf.finish(compact, dcfActionCode="COMPLETE").expect(200)
    opened = shopper.initiator.open_checkout(finished)

    [masked] = profile["maskedCards"]
    assert same_card_id(masked["srcDigitalCardId"], shopper.src_digital_card_id)
    assert profile["srciTransactionId"] == request["srciTransactionId"]
    assert profile["srcDpaId"] == request["srcDpaId"]
    assert profile["dpaData"]["dpaName"] == request["dpaData"]["dpaName"]
    assert profile["maskedShippingAddresses"] == []
    check_masked_consumer(dcf.dialect, profile["maskedConsumer"])
    assert finished["dcfActionCode"] == "COMPLETE"
    dialect = dcf.dialect
    check_full(dialect, opened, PANS[network], dialect.default_dynamic_data_type)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_profile_is_only_for_the_session_it_was_prepared_in(server: Server, network: str) -> None:
    shopper = ReturningShopper(server, network)
    _, _, dcf = prepared(shopper)
    itself = {"srcClientId": dcf.sandbox.src_client_id}
    nameless = dcf.send("GET", "consumerprofile", query=itself)
    elsewhere = {**itself, "srcCorrelationId": "00000000-0000-4000-8000-000000000000"}
    unknown = dcf.send("GET", "consumerprofile", query=elsewhere)

    assert (nameless.status, nameless.sources()) == (400, {"srcCorrelationId"})
    assert unknown.status == 404, unknown.body
    assert "maskedCards" not in unknown.json()


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("action", ["CANCEL", "ERROR", "CHANGE_CARD", "ADD_CARD"])
def test_a_shopper_who_leaves_the_dcf_pays_nothing_and_may_come_back_for_another_card(
    server: Server, network: str, action: str
) -> None:
    shopper = ReturningShopper(server, network)
    compact, _, dcf = prepared(shopper)
    left = dcf.finish(compact, dcfActionCode=action).expect(200)
    back = dcf.finish(compact)

    assert left["dcfActionCode"] == action
    assert dcf.dialect.checkout_member not in left
    if action in ("CANCEL", "ERROR"):
        assert back.status == 400, back.body
    else:
        assert shopper.initiator.open_checkout(back.expect(200)).payload is not None


@pytest.mark.parametrize("network", NETWORKS)
def test_somebody_else_at_the_screen_is_unbound_and_has_to_prove_herself(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    compact, _, dcf = prepared(shopper)
    switched = dcf.finish(compact, dcfActionCode="SWITCH_CONSUMER").expect(200)
    afterwards = dcf.finish(compact)

    assert switched["dcfActionCode"] == "SWITCH_CONSUMER"
    assert switched["unbindAppInstance"] is True
    assert dcf.dialect.checkout_member not in switched
    assert "IDENTITY_VALIDATION_REQUIRED" in afterwards.reasons()


@pytest.mark.parametrize("network", NETWORKS)
def test_an_action_nobody_knows_and_a_forged_request_are_refused(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    compact, _, dcf = prepared(shopper)
    head, payload, signature = compact.split(".")
    place = len(payload) // 2
    other = "A" if payload[place] != "A" else "B"
    forged = f"{head}.{payload[:place]}{other}{payload[place + 1 :]}.{signature}"
    danced = dcf.finish(compact, dcfActionCode="DANCE")
    tampered = dcf.finish(forged)
    neighbour = next(one for one in NETWORKS if one != network)
    elsewhere = Initiator(shopper.sandbox, neighbour).post(
        "transaction/credentials", checkoutRequestJws=compact
    )

    assert (danced.status, danced.sources()) == (400, {"dcfActionCode"})
    for refused in (tampered, elsewhere):
        assert (refused.status, refused.sources()) == (400, {"checkoutRequestJws"})
        assert "CORRUPT_DATA" in refused.reasons()
    assert dcf.finish(compact).expect(200)["dcfActionCode"] == "COMPLETE"


@pytest.mark.parametrize("network", NETWORKS)
def test_a_preparation_without_a_return_address_or_a_consumer_is_refused(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    client, chosen = shopper.initiator, {"srcDigitalCardId": shopper.src_digital_card_id}
    stranger = Initiator(shopper.sandbox, network)
    no_return = prepare_checkout(client, shopper.token, **chosen, checkoutResponseUri=None)
    no_consumer = prepare_checkout(stranger, **chosen)
    bad_token = prepare_checkout(client, "not.a.token", **chosen)

    assert (no_return.status, no_return.sources()) == (400, {"checkoutResponseUri"})
    assert "IDENTITY_VALIDATION_REQUIRED" in no_consumer.reasons()
    assert bad_token.status in (400, 401), bad_token.body


@pytest.mark.parametrize("network", NETWORKS)
def test_a_new_consumer_leaves_the_dcf_with_a_card_on_file(server: Server, network: str) -> None:
    client = Initiator(Sandbox.create(server.control), network)
    answer = prepare_checkout(
        client,
        encryptedCard=client.seal(card(network)),
        consumer=new_consumer(),
        complianceSettings=consent(),
    ).expect(200)
    compact, request = signed_request(client, answer)
    finished = Facilitator.of(client, request).finish(compact).expect(200)
    opened = client.open_checkout(finished)

    assert "maskedCard" not in request
    assert urlsplit(request["checkoutRequestUri"]).path.endswith("/transaction/credentials")
    assert opened.response["isNewUser"] is True
    assert opened.payload is not None
