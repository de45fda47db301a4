"""A careful client has nothing to be ashamed of: the black-box client's own purchases."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.clients import authentication
from tests.clients.card_care import add_shipping_address
from tests.clients.dialects import NETWORKS
from tests.clients.exchange import Json
from tests.clients.facilitator import Facilitator, prepare_checkout, signed_request
from tests.clients.issuer import Issuer
from tests.clients.onboarding import dpa_batch, register, shop
from tests.clients.returning_shopper import ReturningShopper
from tests.clients.shopper import (
    ADDRESS,
    by_email,
    card,
    consent,
    fixture_consumer,
    new_consumer,
    options,
    remember_me,
)
from tests.clients.src_client import Initiator, Sandbox, Server, on_all
from tests.verdict.conftest import Judge

Story = Callable[[Server, str], Sandbox]


def a_returning_shopper_pays(server: Server, network: str) -> Sandbox:
    shopper = ReturningShopper(server, network)
    assert shopper.pay().payload is not None
    assert shopper.initiator.confirmation().status == 204
    assert shopper.initiator.confirmation(checkoutEventType="02").status == 204
    return shopper.sandbox


def the_payload_is_fetched_afterwards(server: Server, network: str) -> Sandbox:
    shopper = ReturningShopper(server, network)
    shopper.pay(scope="SUMMARY")
    shopper.initiator.get_payload(shopper.src_digital_card_id).expect(200)
    assert shopper.initiator.confirmation().status == 204
    return shopper.sandbox


def a_new_consumer_enrols_and_pays(server: Server, network: str) -> Sandbox:
    sandbox = Sandbox.create(server.control)
    client = Initiator(sandbox, network)
    assert client.identity_lookup(by_email()).expect(200)["consumerPresent"] is False
    enrolled = client.enroll_card(
        card(network), consumer=new_consumer(), complianceSettings=consent()
    ).expect(200)
    profile, token = client.profile_of(enrolled["idToken"])
    answer = client.checkout(
        token,
        srcDigitalCardId=profile["maskedCards"][0]["srcDigitalCardId"],
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions=options(network),
    ).expect(200)
    assert client.open_checkout(answer).payload is not None
    assert client.confirmation().status == 204
    return sandbox


def a_new_consumer_pays_in_one_call(server: Server, network: str) -> Sandbox:
    sandbox = Sandbox.create(server.control)
    client = Initiator(sandbox, network)
    answer = client.checkout(
        encryptedCard=client.seal_card(card(network)),
        consumer=new_consumer(),
        complianceSettings=consent(remember_me=True),
        srciActionCode="NEW_USER",
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions=options(network),
    ).expect(200)
    assert client.open_checkout(answer).payload is not None
    assert client.confirmation().status == 204
    return sandbox


def a_remembered_shopper_is_recognised_and_forgotten(server: Server, network: str) -> Sandbox:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(network))
    signed_in = Initiator(sandbox, network).validate(by_email(), remember_me())
    later = Initiator(sandbox, network)
    [id_token] = later.is_recognized(signed_in["recognitionToken"]).expect(200)["idTokens"]
    later.profile_of(id_token)
    later.unbind_app_instance(signed_in["recognitionToken"], id_token=id_token).expect(200)
    return sandbox


def a_cardholder_answers_a_challenge(server: Server, network: str) -> Sandbox:
    shopper = ReturningShopper(server, network)
    client, reference = shopper.initiator, authentication.of_card(shopper.src_digital_card_id)
    begun = authentication.initiate(client, reference, "3DS", **authentication.CHALLENGE)
    code = shopper.sandbox.next_code(network=network)["value"]
    authentication.complete(client, begun.expect(200), {"otpValue": code}).expect(200)
    assert shopper.pay(**authentication.AUTHENTICATED).payload is not None
    assert client.confirmation().status == 204
    return shopper.sandbox


def a_facilitator_finishes_the_checkout(server: Server, network: str) -> Sandbox:
    shopper = ReturningShopper(server, network)
    client = shopper.initiator
    add_shipping_address(client, shippingAddress=ADDRESS).expect(200)
    chosen = {"srcDigitalCardId": shopper.src_digital_card_id}
    prepared = prepare_checkout(client, shopper.token, **chosen).expect(200)
    compact, request = signed_request(client, prepared)
    dcf = Facilitator.of(client, request)
    dcf.consumer_profile().expect(200)
    assert client.open_checkout(dcf.finish(compact).expect(200)).payload is not None
    assert client.confirmation().status == 204
    return shopper.sandbox


def a_bank_and_a_gateway_hand_in_batches(server: Server, network: str) -> Sandbox:
    sandbox = Sandbox.create(server.control, issuer=True)
    issuer = Issuer.of(sandbox, network)
    record = issuer.record(card(network), new_consumer(), "person", "card")
    taken = issuer.enroll_cards_batch("monday", record).expect(202)
    issuer.cards_batch(taken["batchId"]).expect(200)
    gateway = Initiator(sandbox, network)
    registered = register(gateway, "ADD", shop("one")).expect(200)
    dpa_batch(gateway, registered["batchId"]).expect(200)
    return sandbox


STORIES = [
    a_returning_shopper_pays,
    the_payload_is_fetched_afterwards,
    a_new_consumer_enrols_and_pays,
    a_new_consumer_pays_in_one_call,
    a_remembered_shopper_is_recognised_and_forgotten,
    a_cardholder_answers_a_challenge,
    a_facilitator_finishes_the_checkout,
    a_bank_and_a_gateway_hand_in_batches,
]


def shameful(verdict: Json) -> list[tuple[str, str]]:
    return [
        (finding["id"], finding["message"])
        for finding in verdict["findings"]
        if finding["severity"] != "INFO"
    ]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_careful_client_breaks_no_rule(
    server: Server, verdict_of: Judge, story: Story, network: str
) -> None:
    verdict = verdict_of(story(server, network))

    assert shameful(verdict) == []
    assert verdict["verdict"] == "PASSED"
    assert verdict["journal"]["entries"] > 2
    assert verdict["journal"]["dropped"] == 0
    assert len(verdict["checks"]["lookedAt"]) > 5


@pytest.mark.parametrize("validator", NETWORKS)
def test_one_shopping_trip_over_all_networks_breaks_no_rule(
    server: Server, verdict_of: Judge, validator: str
) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(*NETWORKS))
    trip = str(uuid4())
    initiators = [Initiator(sandbox, network, trip) for network in NETWORKS]
    on_all(initiators, lambda one: one.is_recognized().expect(200))
    on_all(initiators, lambda one: one.identity_lookup(by_email()).expect(200))
    signed_in = initiators[NETWORKS.index(validator)].validate(by_email(), remember_me())
    profiles = on_all(initiators, lambda one: one.profile_of(signed_in["idToken"]))
    payer = initiators[-1]
    profile, token = profiles[payer.network]
    answer = payer.checkout(
        token,
        srcDigitalCardId=profile["maskedCards"][0]["srcDigitalCardId"],
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions=options(payer.network),
    ).expect(200)
    assert payer.open_checkout(answer).payload is not None
    assert payer.confirmation().status == 204
    on_all(initiators, lambda one: one.unbind_app_instance(id_token=signed_in["idToken"]))

    verdict = verdict_of(sandbox)

    assert shameful(verdict) == []
    assert verdict["checks"]["lookedAt"]["src.id-token.not-federated"] == 1
