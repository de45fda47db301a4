"""The payload of a checkout: each network's document for each payload type (spec 5.17, 9)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from src_system.crypto import jwe
from src_system.crypto.vault import Vault, VaultKeyError
from src_system.derive import Derivation
from src_system.model.address import Address, Shipping
from src_system.model.checkout import CheckoutDecision, DcfActionCode
from src_system.model.digital_card import SealedPan
from src_system.model.identifiers import NETWORK_NAMES
from src_system.model.pan import CardExpiry
from src_system.model.payment_token import SealedToken
from src_system.model.transaction_options import (
    AddressPreference,
    DynamicDataType,
    PayloadTypeIndicator,
    TransactionOptions,
)
from src_system.networks import PROFILES
from src_system.payloads.checkout_payload import (
    CredentialInClear,
    PayloadOrder,
    issue_payload,
    needs_pan,
    open_pan,
    pan_credential,
    preferred_address,
    token_credential,
)
from tests.model.samples import ADDRESS, CARD, CONSUMER, NOW, TOKEN

CURIOUS = TransactionOptions(
    billing_preference=AddressPreference.FULL,
    shipping_preference=AddressPreference.POSTAL_COUNTRY,
    consumer_name_requested=True,
    consumer_email_address_requested=True,
    consumer_phone_number_requested=True,
    consumer_national_identifier_requested=True,
)
TOKEN_CREDENTIAL = CredentialInClear("4906240000001238", CardExpiry("11", "2031"), TOKEN)
PAN_CREDENTIAL = CredentialInClear("5186001700008785", CARD.expiry, None)
PAR = CARD.payment_account_reference
NUMBER = {
    "paymentToken": "4906240000001238",
    "tokenExpirationMonth": "11",
    "tokenExpirationYear": "2031",
}
LONG_FORM = "CARD_APPLICATION_CRYPTOGRAM_LONG_FORM"
SHORT_FORM = "CARD_APPLICATION_CRYPTOGRAM_SHORT_FORM"

# The cryptograms are derived from the seed "seed": another value is another derivation.
PAYMENT: dict[str, dict[str, Any]] = {
    "visa": {
        "token": NUMBER,
        "paymentAccountReference": PAR,
        "dynamicData": [
            {
                "dynamicDataType": LONG_FORM,
                "dynamicDataValue": "GR3fb2CzTS7Y7+4scL5m0cXzvYg=",
                "dynamicDataExpiration": 1795425300,
            }
        ],
    },
    "mastercard": {
        "token": {**NUMBER, "paymentAccountReference": PAR},
        "srcTokenResultsData": {"tokenRequestorId": "40010075001"},
        "dynamicData": {
            "dynamicDataType": SHORT_FORM,
            "dynamicDataValue": "VRhY9GnLam9MS0sRgqKs67lYTmo=",
            "dynamicDataExpiration": "2026-11-23T09:15:00.000Z",
        },
    },
    "amex": {
        "token": NUMBER,
        "paymentAccountReference": PAR,
        "dynamicData": [
            {
                "dynamicDataType": LONG_FORM,
                "dynamicDataValue": "po/4onR/9D7L3s6f+LEQeDajI2k=",
                "dynamicDataExpiration": "2026-11-23T09:15:00.000Z",
            }
        ],
    },
    "discover": {
        "token": NUMBER,
        "paymentAccountReference": PAR,
        "dynamicData": [
            {
                "dynamicDataType": LONG_FORM,
                "dynamicDataValue": "lUbtHjh2wl2li2f3N75DSf2H5os=",
                "dynamicDataExpiration": "2026-11-23T09:15:00.000Z",
            }
        ],
    },
}
PERSON: dict[str, Any] = {
    "consumerFirstName": "Ana",
    "consumerLastName": "Lopez",
    "consumerFullName": "Ana Lopez",
    "consumerEmailAddress": "abhijit7@dummyemail.test",
    "consumerMobileNumber": {"countryCode": "1", "phoneNumber": "2025550143"},
    "consumerNationalIdentifier": "12345678901",
    "billingAddress": {
        "name": "Ana Lopez",
        "line1": "123 5th Avenue",
        "line2": "Floor 12",
        "city": "New York",
        "state": "NY",
        "countryCode": "US",
        "zip": "10011",
    },
    "shippingAddress": {"countryCode": "MX", "zip": "06600"},
}
JWE_HEADERS = {
    "visa": {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": "client-key", "typ": "JOSE"},
    "mastercard": {"alg": "RSA-OAEP-256", "enc": "A128GCM", "kid": "client-key"},
    "amex": {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": "client-key", "typ": "JOSE"},
    "discover": {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": "client-key", "typ": "JOSE"},
}


def ordered(profile, payload_type="FULL", *, options=CURIOUS, ordinal=0, order=None, **decision):
    members = {
        "dcf_action_code": DcfActionCode.COMPLETE,
        "payload_type": PayloadTypeIndicator(payload_type),
        "dynamic_data_type": profile.default_dynamic_data_type,
        "dynamic_data_life": timedelta(minutes=profile.dynamic_data_ttl_minutes),
        **decision,
    }
    return PayloadOrder(
        checkout_id="checkout-1",
        ordinal=ordinal,
        decision=CheckoutDecision(**members),
        options=options,
        card=CARD,
        consumer=CONSUMER,
        shipping=Shipping(Address(line1="Calle 1", country_code="MX", zip="06600"), NOW, True),
        **(order or {}),
    )


def issued(profile, order, client_key, credential=TOKEN_CREDENTIAL):
    return issue_payload(
        order,
        profile=profile,
        derivation=Derivation("seed"),
        credential=credential,
        recipient_kid="client-key",
        recipient_key=client_key.public_key(),
        now=NOW,
    )


def document_of(payload, client_key):
    unopened = jwe.parse(payload.encrypted_payload, max_length=100_000)
    plaintext = jwe.open_jwe(unopened, client_key, enc_allowed=("A128GCM", "A256GCM"))
    return json.loads(plaintext)


@pytest.mark.parametrize("network", NETWORK_NAMES)
def test_a_full_payload_holds_payment_and_person_and_the_parts_hold_their_part(network, client_key):
    profile = PROFILES[network]

    def document(payload_type, credential):
        order = ordered(profile, payload_type)
        return document_of(issued(profile, order, client_key, credential), client_key)

    assert document("FULL", TOKEN_CREDENTIAL) == {**PAYMENT[network], **PERSON}
    assert document("PAYMENT", TOKEN_CREDENTIAL) == PAYMENT[network]
    assert document("NON_PAYMENT", None) == PERSON


@pytest.mark.parametrize("network", NETWORK_NAMES)
def test_a_summary_or_a_pending_card_has_no_payload(network, client_key):
    profile = PROFILES[network]
    pending = ordered(profile, dcf_action_code=DcfActionCode.PENDING_AUTHENTICATION)

    for order in (ordered(profile, "SUMMARY"), pending):
        payload = issued(profile, order, client_key, None)
        assert payload.encrypted_payload is None
        assert payload.dynamic_data.dynamic_data_type is DynamicDataType.NONE
        assert payload.dynamic_data.value is None


@pytest.mark.parametrize("network", NETWORK_NAMES)
def test_a_payload_is_sealed_as_its_network_seals(network, client_key):
    profile = PROFILES[network]
    payload = issued(profile, ordered(profile), client_key)
    header = jwe.parse(payload.encrypted_payload or "", max_length=100_000).header

    assert header == JWE_HEADERS[network]
    assert list(header)[:3] == ["alg", "enc", "kid"]


def test_a_number_that_is_paid_with_has_no_dynamic_data(client_key):
    card = {
        "primaryAccountNumber": "5186001700008785",
        "panExpirationMonth": "12",
        "panExpirationYear": "2030",
        "cardholderFullName": "Ana Lopez",
    }
    expected = {
        "mastercard": {
            "card": {**card, "paymentAccountReference": PAR},
            "dynamicData": {"dynamicDataType": "NONE"},
        },
        "visa": {
            "card": card,
            "paymentAccountReference": PAR,
            "dynamicData": [{"dynamicDataType": "NONE"}],
        },
    }

    for network, document in expected.items():
        profile = PROFILES[network]
        payload = issued(profile, ordered(profile, "PAYMENT"), client_key, PAN_CREDENTIAL)
        assert document_of(payload, client_key) == document
        assert payload.dynamic_data.expires_at is None


def test_a_number_is_paid_with_when_no_dynamic_data_is_wanted_or_the_number_says_so():
    profile = PROFILES["mastercard"]
    order = ordered(profile)
    paying = replace(order, card=replace(CARD, pan_bin="518600", pan_last_four="8785"))
    without = ordered(profile, dynamic_data_type=DynamicDataType.NONE)

    assert not needs_pan(profile, order)
    assert needs_pan(profile, paying)
    assert needs_pan(profile, without)
    assert not needs_pan(PROFILES["visa"], paying)


def test_each_answer_has_a_cryptogram_of_its_own_that_is_the_same_again(client_key):
    profile = PROFILES["visa"]
    values = [
        issued(profile, ordered(profile, ordinal=ordinal), client_key).dynamic_data.value
        for ordinal in (0, 1, 2, 0)
    ]

    assert len(set(values)) == 3
    assert values[0] == values[3]


def test_a_dynamic_code_has_three_digits_and_lives_as_long_as_was_decided(client_key):
    profile = PROFILES["visa"]
    order = ordered(
        profile,
        "PAYMENT",
        dynamic_data_type=DynamicDataType.DYNAMIC_CARD_SECURITY_CODE,
        dynamic_data_life=timedelta(hours=1),
    )

    [entry] = document_of(issued(profile, order, client_key), client_key)["dynamicData"]

    assert entry["dynamicDataType"] == "DYNAMIC_CARD_SECURITY_CODE"
    assert entry["dynamicDataValue"].isdigit() and len(entry["dynamicDataValue"]) == 3
    assert entry["dynamicDataExpiration"] == int(NOW.timestamp()) + 3600


CARDHOLDER = DynamicDataType.CARDHOLDER_AUTHENTICATION_CRYPTOGRAM
THREE_DS = {"transStatus": "Y", "authenticationValue": "AAABBBCCCDDDEEEFFFGGGHHHIII="}
CAVV = {
    "dynamicDataType": "CARDHOLDER_AUTHENTICATION_CRYPTOGRAM",
    "dynamicDataValue": THREE_DS["authenticationValue"],
}


@pytest.mark.parametrize("network", ["visa", "amex", "discover"])
@pytest.mark.parametrize("kind", [None, CARDHOLDER])
def test_after_3ds_both_cryptograms_are_in_the_list(network, kind, client_key):
    profile = PROFILES[network]
    decision = {} if kind is None else {"dynamic_data_type": kind}
    order = ordered(profile, "PAYMENT", order={"three_ds_output": THREE_DS}, **decision)
    payload = issued(profile, order, client_key)

    of_token, of_cardholder = document_of(payload, client_key)["dynamicData"]

    assert of_token == PAYMENT[network]["dynamicData"][0]
    assert of_cardholder == {**CAVV, "dynamicDataExpiration": of_token["dynamicDataExpiration"]}
    assert payload.dynamic_data.value == of_token["dynamicDataValue"]


def test_a_network_with_one_object_tells_the_cryptogram_that_was_asked_for(client_key):
    profile = PROFILES["mastercard"]
    order = {"three_ds_output": THREE_DS}
    usual = ordered(profile, "PAYMENT", order=order)
    asked = ordered(profile, "PAYMENT", order=order, dynamic_data_type=CARDHOLDER)

    assert document_of(issued(profile, usual, client_key), client_key) == PAYMENT["mastercard"]
    told = document_of(issued(profile, asked, client_key), client_key)["dynamicData"]
    assert told.items() >= CAVV.items()


def test_a_number_that_is_paid_with_carries_the_cryptogram_of_3ds(client_key):
    profile = PROFILES["visa"]
    order = ordered(profile, "PAYMENT", order={"three_ds_output": THREE_DS})
    told = document_of(issued(profile, order, client_key, PAN_CREDENTIAL), client_key)

    [entry] = told["dynamicData"]
    assert entry.items() >= CAVV.items()


def test_a_3ds_that_failed_leaves_no_cryptogram(client_key):
    profile = PROFILES["visa"]
    order = ordered(profile, "PAYMENT", order={"three_ds_output": {"transStatus": "N"}})

    assert document_of(issued(profile, order, client_key), client_key) == PAYMENT["visa"]


@pytest.mark.parametrize("network", NETWORK_NAMES)
def test_in_a_token_only_market_the_tokens_number_stands_in_for_the_pan(network, client_key):
    profile = PROFILES[network]
    order = ordered(
        profile,
        "PAYMENT",
        order={"is_token_only": True},
        dynamic_data_type=DynamicDataType.NONE,
    )
    document = document_of(issued(profile, order, client_key), client_key)
    data = document["dynamicData"]
    [entry] = data if isinstance(data, list) else [data]

    assert not needs_pan(profile, order)
    assert "token" not in document
    assert document["card"]["primaryAccountNumber"] == NUMBER["paymentToken"]
    assert document["card"]["panExpirationYear"] == NUMBER["tokenExpirationYear"]
    assert entry["dynamicDataType"] == "DYNAMIC_CARD_SECURITY_CODE"
    assert len(entry["dynamicDataValue"]) == 3


def test_nothing_about_the_person_is_told_that_was_not_asked(client_key):
    profile = PROFILES["amex"]
    order = ordered(profile, "NON_PAYMENT", options=TransactionOptions())

    assert document_of(issued(profile, order, client_key, None), client_key) == {}


@pytest.mark.parametrize(
    ("preference", "expected"),
    [
        ("NONE", None),
        ("POSTAL_COUNTRY", {"countryCode": "US", "zip": "10011"}),
        ("FULL", PERSON["billingAddress"]),
    ],
)
def test_an_address_is_told_as_far_as_the_dpa_prefers(preference, expected):
    assert preferred_address(ADDRESS, AddressPreference(preference)) == expected
    assert preferred_address(None, AddressPreference(preference)) is None


def test_numbers_are_opened_for_their_own_card_only():
    box, other = (Vault(bytes(32)).within(name) for name in ("box", "other"))
    pan = SealedPan(box.seal(b"4111111111111111", context=SealedPan.context("visa", "card-1")))
    token_context = SealedToken.context("visa", "card-1")
    token = SealedToken(box.seal(b"4906240000001238", context=token_context))

    assert pan_credential(CARD, open_pan(box, "visa", CARD, pan)).number == "4111111111111111"
    assert token_credential(box, "visa", TOKEN, token).number == "4906240000001238"
    for vault, network in ((other, "visa"), (box, "amex")):
        with pytest.raises(VaultKeyError):
            open_pan(vault, network, CARD, pan)
    with pytest.raises(VaultKeyError):
        open_pan(box, "visa", CARD, SealedPan(token.sealed))
    with pytest.raises(VaultKeyError):
        token_credential(box, "visa", replace(TOKEN, src_digital_card_id="card-2"), token)


def test_what_holds_a_number_in_clear_does_not_print_it(client_key):
    profile = PROFILES["visa"]
    payload = issued(profile, ordered(profile), client_key)

    for text in (repr(TOKEN_CREDENTIAL), repr(payload.credential), repr(payload.dynamic_data)):
        assert "4906240000001238" not in text
        assert payload.dynamic_data.value not in text
