"""One person on four networks.

A code at one, its idToken at all, one merged list, a checkout at each.
"""

from uuid import uuid4

import pytest

from .dialects import DIALECTS, NETWORKS
from .expectations import check_full, check_masked_card, check_masked_consumer
from .shopper import EMAIL, PANS, by_email, fixture_consumer, options
from .src_client import Initiator, Sandbox, Server, on_all


def initiators_of(sandbox: Sandbox) -> list[Initiator]:
    """One initiator per network, all in the same shopping trip: one srciTransactionId."""
    transaction = str(uuid4())
    return [Initiator(sandbox, network, transaction) for network in NETWORKS]


@pytest.mark.parametrize("validator", NETWORKS)
def test_one_id_token_opens_the_cards_of_all_networks_and_each_card_pays(
    server: Server, validator: str
) -> None:
    sandbox = Sandbox.create(server.control)
    (placed,) = sandbox.fixtures(fixture_consumer(*NETWORKS))
    initiators = initiators_of(sandbox)
    found = on_all(initiators, lambda one: one.identity_lookup(by_email()).expect(200))
    assert {network: one["consumerPresent"] for network, one in found.items()} == dict.fromkeys(
        NETWORKS, True
    )

    issuer = initiators[NETWORKS.index(validator)]
    id_token = issuer.validate(by_email())["idToken"]
    claims = issuer.check_id_token(id_token)
    assert EMAIL not in str(claims), "the address itself is in the token"

    profiles = on_all(initiators, lambda one: one.profile_of(id_token))
    merged = {
        (network, masked["srcDigitalCardId"])
        for network, (profile, _) in profiles.items()
        for masked in profile["maskedCards"]
    }
    assert merged == {(one["network"], one["srcDigitalCardId"]) for one in placed["cards"]}
    assert len(merged) == 4

    for initiator in initiators:
        network, dialect = initiator.network, initiator.dialect
        profile, token = profiles[network]
        (masked,) = profile["maskedCards"]
        check_masked_card(dialect, masked, PANS[network])
        check_masked_consumer(dialect, profile["maskedConsumer"])
        answer = initiator.checkout(
            token,
            srcDigitalCardId=masked["srcDigitalCardId"],
            payloadTypeIndicatorCheckout="FULL",
            dpaTransactionOptions=options(network),
        ).expect(200)
        opened = initiator.open_checkout(answer)
        check_full(dialect, opened, PANS[network], dialect.default_dynamic_data_type)


def test_four_checkouts_give_four_tokens_that_have_nothing_in_common(server: Server) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(*NETWORKS))
    initiators = initiators_of(sandbox)
    id_token = initiators[0].validate(by_email())["idToken"]

    def pay(initiator: Initiator) -> tuple[str, str]:
        profile, token = initiator.profile_of(id_token)
        answer = initiator.checkout(
            token,
            srcDigitalCardId=profile["maskedCards"][0]["srcDigitalCardId"],
            payloadTypeIndicatorCheckout="FULL",
            dpaTransactionOptions=options(initiator.network),
        ).expect(200)
        payload = initiator.open_checkout(answer).payload
        assert payload is not None
        return payload["token"]["paymentToken"], DIALECTS[initiator.network].par(payload)

    paid = on_all(initiators, pay)
    assert len({token for token, _ in paid.values()}) == 4
    assert len({par for _, par in paid.values()}) == 4


@pytest.mark.parametrize("network", NETWORKS)
def test_a_card_of_another_network_is_not_paid_with_here(server: Server, network: str) -> None:
    sandbox = Sandbox.create(server.control)
    (placed,) = sandbox.fixtures(fixture_consumer(*NETWORKS))
    initiator = Initiator(sandbox, network)
    _, token = initiator.profile_of(initiator.validate(by_email())["idToken"])
    foreign = next(one for one in placed["cards"] if one["network"] != network)
    refused = initiator.checkout(
        token,
        srcDigitalCardId=foreign["srcDigitalCardId"],
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions=options(network),
    )
    assert refused.status in (400, 404), refused.body


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_that_does_not_know_her_answers_a_foreign_id_token_with_no_profiles(
    server: Server, network: str
) -> None:
    sandbox = Sandbox.create(server.control)
    home = next(other for other in NETWORKS if other != network)
    sandbox.fixtures(fixture_consumer(home))
    id_token = Initiator(sandbox, home).validate(by_email())["idToken"]
    assert Initiator(sandbox, network).src_profile(id_token).expect(200)["profiles"] == []


@pytest.mark.parametrize("network", NETWORKS)
def test_an_id_token_of_another_sandbox_opens_nothing(server: Server, network: str) -> None:
    here, there = (Sandbox.create(server.control) for _ in range(2))
    for sandbox in (here, there):
        sandbox.fixtures(fixture_consumer(network))
    foreign = Initiator(there, network).validate(by_email())["idToken"]
    refused = Initiator(here, network).src_profile(foreign)
    assert refused.status == 401, refused.body
