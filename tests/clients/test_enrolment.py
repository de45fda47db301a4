"""Enrolment at its edges.

Duplicates, old spellings, careless encryption, cards that are not test cards.
"""

import pytest

from .careless_sealing import half_url_safe, seal_carelessly
from .dialects import DIALECTS, DYNAMIC_CODE, LONG_FORM, NETWORKS
from .exchange import Json
from .expectations import check_dynamic_data, check_masked_card, luhn_valid
from .shopper import (
    EMAIL,
    PANS,
    PHONE,
    by_email,
    card,
    consent,
    fixture_consumer,
    legacy_consent,
    new_consumer,
    options,
)
from .src_client import Initiator, Sandbox, Server

# Stems in the networks' ranges that nobody publishes as test numbers; the check digit is added
# below.
UNPUBLISHED_STEMS = {
    "visa": "491600000000731",
    "mastercard": "542500000000731",
    "amex": "34110000000731",
    "discover": "644800000000731",
}
OLD_IDENTITIES: list[Json] = [
    {"type": "EMAIL", "identityValue": EMAIL},
    {"type": "EMAIL_ADDRESS", "identityValue": EMAIL},
    {"identityType": "EMAIL", "identityValue": EMAIL},
    {"identityType": "MOBILE_NUMBER", "identityValue": PHONE["countryCode"] + PHONE["phoneNumber"]},
    {"type": "MOBILE_NUMBER", "identityValue": PHONE["countryCode"] + PHONE["phoneNumber"]},
]


def unpublished_pan(network: str) -> str:
    """A well-formed number of the network that is not among the published ones."""
    stem = UNPUBLISHED_STEMS[network]
    return next(stem + digit for digit in "0123456789" if luhn_valid(stem + digit))


@pytest.mark.parametrize("network", NETWORKS)
def test_enrolling_a_card_twice_follows_the_rule_of_the_network(
    server: Server, network: str
) -> None:
    sandbox = Sandbox.create(server.control)
    first = (
        Initiator(sandbox, network)
        .enroll_card(card(network), consumer=new_consumer(), complianceSettings=consent())
        .expect(200)
    )
    initiator = Initiator(sandbox, network)
    again = initiator.enroll_card(
        card(network),
        consumer=new_consumer(),
        complianceSettings=consent(),
        idToken=first["idToken"],
    )
    if initiator.dialect.refuses_duplicate_card:
        assert again.status in (400, 409), again.body
        assert "ALREADY_EXISTS" in again.reasons()
    else:
        known = first["maskedCard"]["srcDigitalCardId"]
        assert again.expect(200)["maskedCard"]["srcDigitalCardId"] == known
    profile, _ = initiator.profile_of(first["idToken"])
    assert len(profile["maskedCards"]) == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_a_card_that_is_no_test_card_is_refused_and_not_repeated(
    server: Server, network: str
) -> None:
    initiator = Initiator(Sandbox.create(server.control), network)
    pan = unpublished_pan(network)
    refused = initiator.enroll_card(
        card(network, pan), consumer=new_consumer(), complianceSettings=consent()
    )
    assert refused.status == 400, refused.body
    details = refused.json()[initiator.dialect.error_details_member]
    assert "PAN_INELIGIBLE" in [detail["reason"] for detail in details]
    assert pan not in refused.body.decode()
    assert initiator.identity_lookup(by_email()).expect(200)["consumerPresent"] is False


@pytest.mark.parametrize("network", NETWORKS)
def test_an_encrypted_card_that_nobody_can_open_is_called_corrupt(
    server: Server, network: str
) -> None:
    initiator = Initiator(Sandbox.create(server.control), network)
    head, key, iv, text, _ = initiator.seal_card(card(network)).split(".")
    broken = ".".join([head, key, iv, text, half_url_safe(bytes(16))])
    refused = initiator.enroll_card(broken, consumer=new_consumer(), complianceSettings=consent())
    assert refused.status == 400
    assert "CORRUPT_DATA" in refused.reasons()


def test_mastercard_opens_a_card_sealed_with_a_long_iv_and_slashes(server: Server) -> None:
    initiator = Initiator(Sandbox.create(server.control), "mastercard")
    sealed = seal_carelessly(card("mastercard"), initiator.keys.for_cards(), "A128GCM")
    assert "/" in sealed
    enrolled = initiator.enroll_card(
        sealed, consumer=new_consumer(), complianceSettings=consent()
    ).expect(200)
    check_masked_card(initiator.dialect, enrolled["maskedCard"], PANS["mastercard"])


@pytest.mark.parametrize("network", NETWORKS)
def test_consent_in_the_older_shape_is_consent(server: Server, network: str) -> None:
    initiator = Initiator(Sandbox.create(server.control), network)
    enrolled = initiator.enroll_card(
        card(network), consumer=new_consumer(), complianceSettings=legacy_consent()
    ).expect(200)
    check_masked_card(initiator.dialect, enrolled["maskedCard"], PANS[network])


@pytest.mark.parametrize("network", NETWORKS)
def test_identities_in_the_older_spelling_are_understood(server: Server, network: str) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(network))
    initiator = Initiator(sandbox, network)
    for identity in OLD_IDENTITIES:
        found = initiator.identity_lookup(identity).expect(200)
        assert found["consumerPresent"] is True, identity
    started = initiator.initiate_identity_validation(OLD_IDENTITIES[0]).expect(200)
    assert started["idValidationSessionId"]


@pytest.mark.parametrize(
    ("network", "old", "new"),
    [
        ("visa", "TAVV", LONG_FORM),
        ("visa", "DTVV", DYNAMIC_CODE),
        *((one, *[DIALECTS[one].default_dynamic_data_type] * 2) for one in NETWORKS),
    ],
)
def test_payment_options_in_the_older_shape_are_understood_and_answered_in_the_newer(
    server: Server, network: str, old: str, new: str
) -> None:
    sandbox = Sandbox.create(server.control)
    sandbox.fixtures(fixture_consumer(network))
    initiator = Initiator(sandbox, network)
    profile, token = initiator.profile_of(initiator.validate(by_email())["idToken"])
    single = {"dynamicDataType": old, "dpaDynamicDataTTLMinutes": 15}
    answer = initiator.checkout(
        token,
        srcDigitalCardId=profile["maskedCards"][0]["srcDigitalCardId"],
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions=options(network, paymentOptions=single),
    ).expect(200)
    payload = initiator.open_checkout(answer).payload
    assert payload is not None
    check_dynamic_data(initiator.dialect, payload, new)
