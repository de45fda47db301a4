"""Checkout with a card on file.

Payload scopes, cryptograms, retrieval, confirmation, the published test cards.
"""

import pytest

from .dialects import DIALECTS, DYNAMIC_CODE, NETWORKS
from .exchange import Json
from .expectations import (
    CONSUMER_DATA,
    CREDENTIALS,
    check_dynamic_data,
    check_full,
    check_par,
    check_token,
    luhn_valid,
    same_card_id,
)
from .returning_shopper import ReturningShopper
from .shopper import (
    EMAIL,
    PANS,
    card,
    consent,
    new_consumer,
    options,
)
from .src_client import Initiator, Sandbox, Server

KINDS = [(name, kind) for name in NETWORKS for kind in DIALECTS[name].dynamic_data_types]
EVERYTHING_ABOUT_HER: Json = {
    "consumerNameRequested": True,
    "consumerEmailAddressRequested": True,
    "consumerPhoneNumberRequested": True,
    "dpaBillingPreference": "FULL",
}


@pytest.mark.parametrize(("network", "kind"), KINDS)
def test_each_kind_of_dynamic_data_that_a_network_supports_is_given(
    server: Server, network: str, kind: str
) -> None:
    dialect = DIALECTS[network]
    opened = ReturningShopper(server, network).pay(kind)
    assert opened.payload is not None
    if kind != "NONE":
        assert check_full(dialect, opened, PANS[network], kind)
        return
    assert ("card" in opened.payload) != ("token" in opened.payload)
    check_par(dialect, opened.payload)
    if opened.payload.get("dynamicData"):
        data = dialect.dynamic_data(opened.payload)
        assert data["dynamicDataType"] == "NONE"
        assert not data.get("dynamicDataValue")


@pytest.mark.parametrize("network", NETWORKS)
def test_the_full_payload_carries_what_was_asked_for(server: Server, network: str) -> None:
    payload = ReturningShopper(server, network).pay(**EVERYTHING_ABOUT_HER).payload
    assert payload is not None
    check_token(DIALECTS[network], payload, PANS[network])
    check_dynamic_data(DIALECTS[network], payload, DIALECTS[network].default_dynamic_data_type)
    assert payload["consumerEmailAddress"] == EMAIL
    assert payload["consumerFirstName"] == "Anabel"
    assert payload["consumerLastName"] == "Li"
    assert payload["consumerMobileNumber"] == {"countryCode": "1", "phoneNumber": "2025550143"}
    assert payload["billingAddress"]["line1"] == "100 Main Street"
    assert payload["billingAddress"]["zip"] == "94404"


@pytest.mark.parametrize("network", NETWORKS)
def test_the_full_payload_carries_nothing_about_her_unless_asked(
    server: Server, network: str
) -> None:
    payload = ReturningShopper(server, network).pay().payload
    assert payload is not None
    assert not set(CONSUMER_DATA) & set(payload)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_payment_payload_has_credentials_and_nothing_about_her(
    server: Server, network: str
) -> None:
    payload = ReturningShopper(server, network).pay(scope="PAYMENT", **EVERYTHING_ABOUT_HER).payload
    assert payload is not None
    assert not set(CONSUMER_DATA) & set(payload)
    check_token(DIALECTS[network], payload, PANS[network])
    check_dynamic_data(DIALECTS[network], payload, DIALECTS[network].default_dynamic_data_type)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_non_payment_payload_has_her_data_and_no_credentials(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    payload = shopper.pay(scope="NON_PAYMENT", **EVERYTHING_ABOUT_HER).payload
    assert payload is not None
    assert not set(CREDENTIALS) & set(payload)
    assert payload["consumerEmailAddress"] == EMAIL


@pytest.mark.parametrize("network", NETWORKS)
def test_a_summary_has_no_payload_and_the_payload_is_fetched_afterwards(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    summary = shopper.pay(scope="SUMMARY")
    assert summary.payload is None
    masked_id = summary.response["maskedCard"]["srcDigitalCardId"]
    assert same_card_id(masked_id, shopper.src_digital_card_id)

    initiator = shopper.initiator
    answer = initiator.get_payload(shopper.src_digital_card_id).expect(200)
    if initiator.dialect.checkout_member in answer:
        payload = initiator.open_checkout(answer).payload
    else:
        assert answer["maskedCard"]["panLastFour"] == PANS[network][-4:]
        payload = initiator.open_payload(answer["encryptedPayload"])[1]
    assert payload is not None
    check_token(initiator.dialect, payload, PANS[network])
    check_dynamic_data(initiator.dialect, payload, initiator.dialect.default_dynamic_data_type)


@pytest.mark.parametrize("network", NETWORKS)
def test_the_same_checkout_twice_is_one_card_one_token_and_a_fresh_cryptogram(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    dialect = DIALECTS[network]
    one, other = (shopper.pay() for _ in range(2))
    assert one.payload is not None
    assert other.payload is not None
    assert one.header["jti"] != other.header["jti"]
    assert one.payload["token"]["paymentToken"] == other.payload["token"]["paymentToken"]
    assert dialect.par(one.payload) == dialect.par(other.payload)
    values = [
        dialect.dynamic_data(x.payload)["dynamicDataValue"] for x in (one, other) if x.payload
    ]
    assert values[0] != values[1]
    profile, _ = shopper.initiator.profile_of(shopper.token)
    assert len(profile["maskedCards"]) == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_an_authorisation_is_confirmed_with_an_empty_answer(server: Server, network: str) -> None:
    shopper = ReturningShopper(server, network)
    assert shopper.pay().payload
    confirmed = shopper.initiator.confirmation()
    assert (confirmed.status, confirmed.body) == (204, b"")
    captured = shopper.initiator.confirmation(checkoutEventType="02")
    assert (captured.status, captured.body) == (204, b"")


@pytest.mark.parametrize("network", NETWORKS)
def test_a_confirmation_without_its_event_type_names_the_member(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    assert shopper.pay().payload
    refused = shopper.initiator.confirmation(checkoutEventType=None)
    assert refused.status == 400
    details = refused.json()[shopper.initiator.dialect.error_details_member]
    assert any("checkoutEventType" in detail["source"] for detail in details), details


def test_the_published_mastercard_fpan_card_gives_a_card(server: Server) -> None:
    pan = "5186001700008785"
    payload = ReturningShopper(server, "mastercard", pan).pay().payload
    assert payload is not None
    assert "token" not in payload
    assert payload["card"]["primaryAccountNumber"] == pan
    assert payload["card"]["panExpirationMonth"] == "12"
    assert payload["card"]["panExpirationYear"] == "2030"
    check_par(DIALECTS["mastercard"], payload)


def test_the_published_mastercard_token_card_gives_a_token(server: Server) -> None:
    payload = ReturningShopper(server, "mastercard", "5120350100064537").pay().payload
    assert payload is not None
    number = check_token(DIALECTS["mastercard"], payload, "5120350100064537")
    assert luhn_valid(number)


@pytest.mark.parametrize("network", NETWORKS)
def test_par_and_token_stay_with_the_card_whatever_the_dynamic_data(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    dialect = DIALECTS[network]
    payloads = [shopper.pay(kind).payload for kind in (None, DYNAMIC_CODE)]
    found = {(x["token"]["paymentToken"], dialect.par(x)) for x in payloads if x}
    assert len(found) == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_mastercard_takes_the_id_token_under_either_name_and_so_do_the_others(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    for member in ("idToken", "authorization"):
        answer = shopper.initiator.checkout(
            **{member: shopper.token},
            srcDigitalCardId=shopper.src_digital_card_id,
            payloadTypeIndicatorCheckout="FULL",
            dpaTransactionOptions=options(network),
        ).expect(200)
        assert shopper.initiator.open_checkout(answer).payload


@pytest.mark.parametrize("network", NETWORKS)
def test_a_deleted_card_can_no_longer_pay(server: Server, network: str) -> None:
    sandbox = Sandbox.create(server.control)
    initiator = Initiator(sandbox, network)
    enrolled = initiator.enroll_card(
        card(network), consumer=new_consumer(), complianceSettings=consent()
    ).expect(200)
    card_id = enrolled["maskedCard"]["srcDigitalCardId"]
    _, token = initiator.profile_of(enrolled["idToken"])
    seen = initiator.get_card(card_id).expect(200)
    assert seen["maskedCard"]["panLastFour"] == PANS[network][-4:]

    deleted = initiator.delete_card(card_id)
    assert (deleted.status, deleted.body) == (204, b"")
    refused = initiator.checkout(
        token,
        srcDigitalCardId=card_id,
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions=options(network),
    )
    assert refused.status in (400, 404), refused.body
    assert initiator.dialect.checkout_member not in refused.json()
