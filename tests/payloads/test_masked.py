"""Masked cards and consumers, as each network masks them (spec 5.4, 5.5, 5.8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from src_system.model.address import Address, ShippingAddress
from src_system.model.consumer import IdentityType, PhoneNumber
from src_system.model.digital_card import DigitalCardStatus
from src_system.model.pan import CardExpiry
from src_system.networks import PROFILES
from src_system.payloads.masked import (
    mask_email,
    mask_identity,
    mask_line,
    mask_name,
    mask_phone,
    masked_address,
    masked_card,
    masked_consumer,
    masked_shipping_address,
)
from tests.model.samples import ADDRESS, CARD, CONSUMER, NOW, TOKEN

VISA, MASTERCARD = PROFILES["visa"], PROFILES["mastercard"]
HERE = "http://127.0.0.1:8080/visa"
EMV_FORM = ("mastercard", "amex", "discover")


# The examples of spec 5.5; Amex and Discover have Mastercard's form but for phones.
@pytest.mark.parametrize("network", EMV_FORM)
def test_the_emv_form_keeps_first_letters_and_lengths(network):
    style = PROFILES[network].mask

    assert mask_email(style, "jdoe7@dummyemail.test") == "j*****7@dummyemail.test"
    assert mask_name(style, "john") == "j***"
    assert mask_name(style, "john doe") == "j*** d**"
    assert mask_line(style, "123 5th Avenue") == "1** 5** A*****"


def test_visa_keeps_three_characters_and_no_lengths():
    style = VISA.mask

    assert mask_email(style, "abhijit@host.test") == "abh**@host.test"
    assert mask_name(style, "Ana") == "A*****"
    assert mask_name(style, "Ana Castillo") == "A***** C*****"
    assert mask_line(style, "100 Main Street") == "100*****"


def test_a_phone_shows_three_digits_at_mastercard_and_four_elsewhere():
    shown = {
        network: mask_phone(profile.mask, "120255502368") for network, profile in PROFILES.items()
    }

    assert shown == {
        "visa": "********2368",
        "mastercard": "(***) ***-*368",
        "amex": "********2368",
        "discover": "********2368",
    }


@pytest.mark.parametrize(
    ("kind", "value", "visa", "mastercard"),
    [
        ("EMAIL_ADDRESS", "jdoe7@host.test", "jdo**@host.test", "j*****7@host.test"),
        ("MOBILE_PHONE_NUMBER", "12025550895", "*******0895", "(***) ***-*895"),
        ("EXTERNAL_ACCOUNT_ID", "account-42", "*****42", "*****42"),
    ],
)
def test_an_identity_is_masked_by_its_kind(kind, value, visa, mastercard):
    assert mask_identity(VISA.mask, IdentityType(kind), value) == visa
    assert mask_identity(MASTERCARD.mask, IdentityType(kind), value) == mastercard


def test_an_address_shows_country_and_state_and_by_network_city_and_zip():
    assert masked_address(MASTERCARD, ADDRESS, "address-1") == {
        "addressId": "address-1",
        "name": "A** L****",
        "line1": "1** 5** A*****",
        "line2": "F**** 1*",
        "city": "New York",
        "state": "NY",
        "countryCode": "US",
        "zip": "10011",
    }
    assert masked_address(VISA, ADDRESS, None) == {
        "name": "A***** L*****",
        "line1": "123*****",
        "line2": "Flo*****",
        "city": "*****",
        "state": "NY",
        "countryCode": "US",
        "zip": "*****",
    }


def test_an_empty_address_has_no_members_and_an_empty_city_is_not_starred():
    assert masked_address(VISA, Address(), None) == {}
    assert masked_address(VISA, Address(city="", zip=""), None) == {"city": "", "zip": ""}


def test_a_shipping_address_has_its_id():
    masked = masked_shipping_address(VISA, ShippingAddress("address-2", Address(country_code="MX")))

    assert masked == {"addressId": "address-2", "countryCode": "MX"}


def test_a_card_of_visa_has_both_spellings_of_its_date():
    assert masked_card(VISA, CARD, token=TOKEN, address=HERE, now=NOW) == {
        "srcDigitalCardId": "card-1",
        "srcPaymentCardId": "payment-card-1",
        "panBin": "411111",
        "panLastFour": "1111",
        "panExpirationMonth": "12",
        "panExpirationYear": "2030",
        "paymentAccountReference": "V001ABCDEFGHIJKLMNOPQRSTUVWXY",
        "paymentCardDescriptor": "visa",
        "paymentCardType": "CREDIT",
        "countryCode": "US",
        "digitalCardData": {
            "status": "ACTIVE",
            "presentationName": "Visa 1111",
            "descriptorName": "Simulated Visa Credit",
            "artUri": f"{HERE}/card-art.svg",
            "artHeight": 400,
            "artWidth": 640,
        },
        "dcf": {
            "name": "Simulated Visa DCF",
            "uri": f"{HERE}/dcf",
            "logoUri": f"{HERE}/card-art.svg",
            "applicationType": "WEB_BROWSER",
        },
        "dateOfCardCreated": "2026-11-22T09:00:00.000Z",
        "dateofCardCreated": 1795338000000,
        "tokenBinRange": "490624000",
        "tokenLastFour": "1238",
        "maskedBillingAddress": {
            "addressId": "address-1",
            "name": "A***** L*****",
            "line1": "123*****",
            "line2": "Flo*****",
            "city": "*****",
            "state": "NY",
            "countryCode": "US",
            "zip": "*****",
        },
    }


@pytest.mark.parametrize("network", EMV_FORM)
def test_any_other_card_has_one_date_and_its_networks_names(network):
    profile = PROFILES[network]
    used = replace(CARD, date_of_card_last_used=NOW, billing_address=None)

    card = masked_card(profile, used, token=None, address=HERE, now=NOW)

    assert card["dateOfCardCreated"] == "2026-11-22T09:00:00.000Z"
    assert card["dateOfCardLastUsed"] == "2026-11-23T09:00:00.000Z"
    assert card["digitalCardData"]["descriptorName"] == f"Simulated {profile.display_name} Credit"
    assert card["dcf"]["name"] == f"Simulated {profile.display_name} DCF"
    assert card["maskedBillingAddress"] == {}
    assert not {"dateofCardCreated", "tokenBinRange", "tokenLastFour"} & set(card)


def test_a_card_past_its_expiry_is_shown_as_expired_and_a_pending_one_with_its_events():
    past = replace(CARD, expiry=CardExpiry("10", "2026"))
    pending = replace(CARD, status=DigitalCardStatus.PENDING, pending_events=("PENDING_SCA",))

    def data(card):
        return masked_card(VISA, card, token=None, address=HERE, now=NOW)["digitalCardData"]

    assert data(past)["status"] == "EXPIRED"
    assert (data(pending)["status"], data(pending)["pendingEvents"]) == ("PENDING", ["PENDING_SCA"])
    assert "pendingEvents" not in data(CARD)


def test_a_consumer_of_visa_is_masked_with_dates_in_milliseconds():
    assert masked_consumer(VISA, CONSUMER, now=NOW) == {
        "srcConsumerId": "consumer-1",
        "status": "ACTIVE",
        "dateConsumerAdded": "1795338000000",
        "maskedConsumerIdentity": {
            "identityProvider": "SRC",
            "identityType": "EMAIL_ADDRESS",
            "maskedIdentityValue": "abh**@dummyemail.test",
        },
        "maskedEmailAddress": "abh**@dummyemail.test",
        "maskedMobileNumber": {"countryCode": "1", "phoneNumber": "******0143"},
        "maskedFirstName": "A*****",
        "maskedLastName": "L*****",
        "maskedFullName": "A***** L*****",
        "maskedNationalIdentifier": "*****01",
        "countryCode": "US",
        "languageCode": "EN",
    }


def test_a_consumer_of_mastercard_is_masked_with_dates_in_iso():
    assert masked_consumer(MASTERCARD, replace(CONSUMER, date_consumer_last_used=NOW), now=NOW) == {
        "srcConsumerId": "consumer-1",
        "status": "ACTIVE",
        "dateConsumerAdded": "2026-11-22T09:00:00.000Z",
        "dateConsumerLastUsed": "2026-11-23T09:00:00.000Z",
        "maskedConsumerIdentity": {
            "identityProvider": "SRC",
            "identityType": "EMAIL_ADDRESS",
            "maskedIdentityValue": "a*****7@dummyemail.test",
        },
        "maskedEmailAddress": "a*****7@dummyemail.test",
        "maskedMobileNumber": {"countryCode": "1", "phoneNumber": "(***) ***-*143"},
        "maskedFirstName": "A**",
        "maskedLastName": "L****",
        "maskedFullName": "A** L****",
        "maskedNationalIdentifier": "*****01",
        "countryCode": "US",
        "languageCode": "EN",
    }


def test_a_consumer_without_an_address_is_known_by_phone_and_one_without_both_by_nothing():
    by_phone = replace(CONSUMER, email_address=None, mobile_number=PhoneNumber("44", "7700900123"))
    nameless = replace(
        by_phone, mobile_number=None, first_name=None, last_name=None, full_name=None, locale=None
    )

    identity = masked_consumer(VISA, by_phone, now=NOW)["maskedConsumerIdentity"]
    assert identity["identityType"] == "MOBILE_PHONE_NUMBER"
    assert identity["maskedIdentityValue"] == "********0123"
    assert not {
        name for name in masked_consumer(VISA, nameless, now=NOW) if name.startswith("masked")
    } - {"maskedNationalIdentifier"}


LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=6, max_size=30)


@pytest.mark.parametrize("network", PROFILES)
@given(local=LETTERS, digits=st.text("0123456789", min_size=8, max_size=18), line=LETTERS)
def test_a_mask_never_shows_more_than_four_neighbouring_characters(network, local, digits, line):
    style = PROFILES[network].mask
    masks = {
        local: mask_email(style, f"{local}@shop.test").partition("@")[0],
        digits: mask_phone(style, digits),
        line: mask_line(style, line),
        f"{line} x": mask_name(style, line),
    }

    for value, mask in masks.items():
        pieces = [value[at : at + 5] for at in range(len(value) - 4)]
        assert "*" in mask and not [piece for piece in pieces if piece in mask]


@pytest.mark.parametrize("network", PROFILES)
@given(text=st.text(max_size=60))
def test_any_text_can_be_masked(network, text):
    profile = PROFILES[network]
    address = Address(text, text, text, text, text, text, "US", text)

    assert masked_address(profile, address, None)["countryCode"] == "US"
    for kind in IdentityType:
        assert isinstance(mask_identity(profile.mask, kind, text), str)
