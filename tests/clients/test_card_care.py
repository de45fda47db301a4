"""Cards updated by their owner and their issuer, and the addresses beside them."""

import pytest

from .card_care import (
    add_billing_address,
    add_shipping_address,
    delete_billing_address,
    delete_shipping_address,
    update_card,
    update_shipping_address,
)
from .dialects import NETWORKS, UUID
from .expectations import check_masked_address
from .issuer import Issuer
from .returning_shopper import ReturningShopper
from .shopper import ADDRESS, EMAIL, PANS, SECOND_PANS, card, consent, fixture_consumer
from .src_client import Initiator, Sandbox, Server

PIER = {
    "name": "Anabel Li",
    "line1": "7 Quiet Lane",
    "city": "Seattle",
    "state": "WA",
    "zip": "98101",
    "countryCode": "US",
}
NEXT_EXPIRY = {"panExpirationMonth": "01", "panExpirationYear": "2034"}
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("network", NETWORKS)
def test_her_renewed_card_has_its_new_expiry_in_list_and_payload(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    sealed = shopper.initiator.seal({**card(network), **NEXT_EXPIRY})
    updated = update_card(
        shopper.initiator, shopper.src_digital_card_id, encryptedCard=sealed
    ).expect(200)["maskedCard"]
    shown = shopper.initiator.get_card(shopper.src_digital_card_id).expect(200)["maskedCard"]
    opened = shopper.pay()

    assert (updated["panExpirationMonth"], updated["panExpirationYear"]) == ("01", "2034")
    assert shown == updated
    assert opened.response["maskedCard"]["panExpirationYear"] == "2034"


@pytest.mark.parametrize("network", NETWORKS)
def test_another_number_and_the_issuers_members_are_not_hers_to_change(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    client, card_id = shopper.initiator, shopper.src_digital_card_id
    other = client.seal(card(network, SECOND_PANS[network]))
    swapped = update_card(client, card_id, encryptedCard=other)
    suspended = update_card(client, card_id, digitalCardData={"status": "SUSPENDED"})
    stranger = Initiator(shopper.sandbox, network)
    unproven = update_card(stranger, card_id, encryptedCard=client.seal(card(network)))

    assert swapped.status == 400
    assert swapped.sources() == {"encryptedCard.primaryAccountNumber"}
    assert (suspended.status, suspended.sources()) == (403, {"digitalCardData"})
    assert unproven.status in (400, 401, 403), unproven.body
    assert client.get_card(card_id).expect(200)["maskedCard"]["panLastFour"] == PANS[network][-4:]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_card_its_issuer_suspends_pays_again_when_it_is_resumed_in_new_art(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network, issuer=True)
    issuer, card_id = Issuer.of(shopper.sandbox, network), shopper.src_digital_card_id
    suspended = update_card(issuer, card_id, digitalCardData={"status": "SUSPENDED"}).expect(200)
    refused = shopper.initiator.checkout(shopper.token, srcDigitalCardId=card_id)
    listed = shopper.initiator.profile_of(shopper.token)[0]["maskedCards"][0]["digitalCardData"]
    resumed = update_card(
        issuer,
        card_id,
        digitalCardData={"status": "ACTIVE", "artUri": "https://bank.test/gold.png"},
        **NEXT_EXPIRY,
    ).expect(200)["maskedCard"]

    assert suspended["maskedCard"]["digitalCardData"]["status"] == "SUSPENDED"
    assert listed["status"] == "SUSPENDED"
    assert refused.status == 400, refused.body
    assert resumed["digitalCardData"]["status"] == "ACTIVE"
    assert resumed["digitalCardData"]["artUri"] == "https://bank.test/gold.png"
    assert resumed["panExpirationYear"] == "2034"
    assert shopper.pay().payload is not None


@pytest.mark.parametrize("network", NETWORKS)
def test_no_issuer_touches_a_card_that_another_brought_or_that_nobody_has(
    server: Server, network: str
) -> None:
    sandbox = Sandbox.create(server.control, issuer=True)
    first = Issuer.of(sandbox, network)
    second = Issuer.another(sandbox, network)
    enrolled = first.post(
        "cards",
        encryptedCard=first.seal(card(network)),
        cardSource="ISSUER",
        consumer={"emailAddress": EMAIL, "mobileNumber": fixture_consumer()["mobileNumber"]},
        complianceSettings=consent(),
    ).expect(200)
    card_id = enrolled["maskedCard"]["srcDigitalCardId"]
    nobodys = NOBODY if network != "mastercard" else f"{'A' * 22}000000000000US"
    change = {"digitalCardData": {"status": "SUSPENDED"}}

    assert update_card(second, card_id, **change).status == 403
    assert update_card(first, nobodys, **change).status == 404
    bad_status = update_card(first, card_id, digitalCardData={"status": "ASLEEP"})
    assert (bad_status.status, bad_status.sources()) == (400, {"digitalCardData.status"})
    assert update_card(first, card_id, **change).status == 200


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("in_clear", [True, False])
def test_a_billing_address_replaces_the_cards_and_goes_away_with_its_payload(
    server: Server, network: str, *, in_clear: bool
) -> None:
    shopper = ReturningShopper(server, network)
    client, card_id = shopper.initiator, shopper.src_digital_card_id
    member = (
        {"billingAddress": PIER} if in_clear else {"encryptedBillingAddress": client.seal(PIER)}
    )
    added = add_billing_address(client, card_id, **member).expect(200)
    shown = client.get_card(card_id).expect(200)["maskedCard"]["maskedBillingAddress"]
    paid = shopper.pay(dpaBillingPreference="FULL").payload
    gone = delete_billing_address(client, card_id)
    twice = delete_billing_address(client, card_id)
    bare = client.get_card(card_id).expect(200)["maskedCard"]

    check_masked_address(client.dialect, added["maskedBillingAddress"], PIER)
    assert added["addressId"] == added["maskedBillingAddress"]["addressId"]
    assert shown == added["maskedBillingAddress"]
    assert paid is not None
    assert {name: paid["billingAddress"].get(name) for name in PIER} == PIER
    assert (gone.status, gone.body) == (204, b"")
    assert (twice.status, "NOT_FOUND" in twice.reasons()) == (404, True)
    assert not bare.get("maskedBillingAddress")


@pytest.mark.parametrize("network", NETWORKS)
def test_a_billing_address_needs_a_country_and_a_known_card(server: Server, network: str) -> None:
    shopper = ReturningShopper(server, network)
    client, card_id = shopper.initiator, shopper.src_digital_card_id
    nowhere = add_billing_address(client, card_id, billingAddress={"line1": "7 Quiet Lane"})
    missing = add_billing_address(client, card_id)
    nobodys = NOBODY if network != "mastercard" else f"{'A' * 22}000000000000US"
    unknown = add_billing_address(client, nobodys, billingAddress=PIER)

    assert (nowhere.status, nowhere.sources()) == (400, {"billingAddress.countryCode"})
    assert missing.status == 400
    assert unknown.status == 404, unknown.body


@pytest.mark.parametrize("network", NETWORKS)
def test_a_shipping_address_is_kept_changed_shipped_to_and_taken_away(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    client = shopper.initiator
    home = add_shipping_address(client, shippingAddress=ADDRESS).expect(200)
    pier = add_shipping_address(client, encryptedShippingAddress=client.seal(PIER)).expect(200)
    moved = update_shipping_address(
        client, pier["addressId"], shippingAddress={**PIER, "zip": "98104"}
    ).expect(200)
    listed = client.profile_of(shopper.token)[0]["maskedShippingAddresses"]
    paid = client.checkout(
        shopper.token,
        srcDigitalCardId=shopper.src_digital_card_id,
        shippingAddressId=pier["addressId"],
        payloadTypeIndicatorCheckout="FULL",
        dpaTransactionOptions={"dpaShippingPreference": "FULL"},
    ).expect(200)
    opened = client.open_checkout(paid)

    for answer, address in ((home, ADDRESS), (pier, PIER), (moved, PIER)):
        assert UUID.fullmatch(answer["addressId"])
        check_masked_address(client.dialect, answer["maskedShippingAddress"], address)
    assert moved["addressId"] == pier["addressId"] != home["addressId"]
    assert {one["addressId"] for one in listed} == {home["addressId"], pier["addressId"]}
    assert opened.response["shippingAddressZip"] == "98104"
    assert opened.response["shippingCountryCode"] == "US"
    assert opened.payload is not None
    assert opened.payload["shippingAddress"]["line1"] == PIER["line1"]

    gone = delete_shipping_address(client, pier["addressId"])
    assert (gone.status, gone.body) == (204, b"")
    assert delete_shipping_address(client, pier["addressId"]).status == 404
    assert len(client.profile_of(shopper.token)[0]["maskedShippingAddresses"]) == 1


@pytest.mark.parametrize("network", NETWORKS)
def test_shipping_addresses_want_a_proven_consumer_and_what_the_country_needs(
    server: Server, network: str
) -> None:
    shopper = ReturningShopper(server, network)
    client = shopper.initiator
    no_zip = add_shipping_address(client, shippingAddress={**PIER, "zip": None})
    bad_country = add_shipping_address(client, shippingAddress={**PIER, "countryCode": "USA"})
    unknown = update_shipping_address(client, NOBODY, shippingAddress=PIER)
    kept = add_shipping_address(client, shippingAddress=PIER).expect(200)["addressId"]
    other = ReturningShopper(server, network)
    elsewhere = update_shipping_address(other.initiator, kept, shippingAddress=ADDRESS)
    unproven = add_shipping_address(Initiator(shopper.sandbox, network), shippingAddress=PIER)
    spent = shopper.initiator.checkout(
        shopper.token,
        srcDigitalCardId=shopper.src_digital_card_id,
        shippingAddressId=NOBODY,
        dpaTransactionOptions={"dpaShippingPreference": "FULL"},
    )

    assert (no_zip.status, no_zip.sources()) == (400, {"shippingAddress.zip"})
    assert (bad_country.status, bad_country.sources()) == (400, {"shippingAddress.countryCode"})
    assert (unknown.status, elsewhere.status) == (404, 404)
    assert "IDENTITY_VALIDATION_REQUIRED" in unproven.reasons()
    assert spent.status == 400, spent.body
    assert "INVALID_ARGUMENT" in spent.reasons()
