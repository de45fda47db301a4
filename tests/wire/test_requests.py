"""Readers of requests: what they make of good calls, and that no call breaks them."""

import json
import re

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src_system.http.operations import OPERATIONS
from src_system.model.consumer import ConsumerIdentity, IdentityType, PhoneNumber
from src_system.model.errors import (
    ConsumerIdFormatInvalid,
    ConsumerIdMissing,
    IdFormatUnsupported,
    InvalidFormat,
    InvalidValue,
    MissingMember,
    SrcError,
    ValidationDataMissing,
)
from src_system.model.transaction_options import (
    AddressPreference,
    DynamicDataType,
    PayloadTypeIndicator,
    PaymentOption,
)
from src_system.networks import PROFILES
from src_system.wire import documents, requests
from src_system.wire.body import read_body
from src_system.wire.errors import network_error_document, status_of
from src_system.wire.reading import Call
from src_system.wire.spellings import modernise

UUID = "cb2770ae-438a-4a44-8c02-2c3f4c1f1b55"
READERS = {operation.name: operation for operation in OPERATIONS}
EMAIL = {"identityType": "EMAIL_ADDRESS", "identityValue": "Ana@Shop.Test"}


def call(operation="checkout", body=None, query=None, path=None):
    return Call("client-1", operation, PROFILES["visa"], body or {}, query or {}, path or {})


def refused_by(read, **members):
    with pytest.raises(SrcError) as refused:
        read(call(body=members))
    return type(refused.value), refused.value.source


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (EMAIL, ("EMAIL_ADDRESS", "ana@shop.test")),
        (
            {"identityType": "MOBILE_PHONE_NUMBER", "identityValue": "+1 (202) 555-0143"},
            ("MOBILE_PHONE_NUMBER", "12025550143"),
        ),
        (
            {"identityType": "EXTERNAL_ACCOUNT_ID", "identityValue": "Account 7"},
            ("EXTERNAL_ACCOUNT_ID", "Account 7"),
        ),
    ],
)
def test_an_identity_is_read_in_its_normal_form(identity, expected):
    request = requests.read_identity_lookup(call(body={"consumerIdentity": identity}))

    assert request.identity == ConsumerIdentity(IdentityType(expected[0]), expected[1])


@pytest.mark.parametrize(
    ("identity", "refusal", "member"),
    [
        (None, ConsumerIdMissing, "identityValue"),
        ({"identityType": "EMAIL_ADDRESS"}, ConsumerIdMissing, "identityValue"),
        ({"identityValue": "a@b.test"}, ConsumerIdMissing, "identityType"),
        ({**EMAIL, "identityType": "LOYALTY"}, IdFormatUnsupported, "identityType"),
        ({**EMAIL, "identityValue": "ana"}, ConsumerIdFormatInvalid, "identityValue"),
        ({**EMAIL, "identityValue": "ana@shop"}, ConsumerIdFormatInvalid, "identityValue"),
        ({**EMAIL, "identityValue": "a b@shop.test"}, ConsumerIdFormatInvalid, "identityValue"),
        (
            {"identityType": "MOBILE_PHONE_NUMBER", "identityValue": "1234"},
            ConsumerIdFormatInvalid,
            "identityValue",
        ),
    ],
)
def test_an_unusable_identity_is_refused_by_its_member(identity, refusal, member):
    assert refused_by(requests.read_identity_lookup, consumerIdentity=identity) == (
        refusal,
        f"consumerIdentity.{member}",
    )


def test_equal_calls_have_equal_origins_and_others_have_others():
    def origin(**members):
        body = {"consumerIdentity": EMAIL, **members}
        return requests.read_identity_lookup(call("identityLookup", body)).session.origin

    assert origin() == origin(serviceId="x")
    assert origin() != origin(srciTransactionId="t-1")
    assert origin() != origin(consumerIdentity={**EMAIL, "identityValue": "bob@shop.test"})


def test_a_correlation_id_is_a_uuid_wherever_it_comes():
    identity = {"consumerIdentity": EMAIL}
    sent = requests.read_identity_lookup(call(body={**identity, "srcCorrelationId": UUID}))

    assert sent.session.src_correlation_id == UUID
    assert refused_by(requests.read_identity_lookup, **identity, srcCorrelationId="mine") == (
        InvalidFormat,
        "srcCorrelationId",
    )
    with pytest.raises(InvalidFormat) as refused:
        requests.read_get_payload(call(query={"srcCorrelationId": "mine"}))
    assert (refused.value.source, refused.value.source_type) == ("srcCorrelationId", "QUERY")


def test_a_code_needs_a_code_and_something_to_find_its_validation_by():
    complete = requests.read_complete_identity_validation

    assert refused_by(complete) == (ValidationDataMissing, "validationData")
    assert refused_by(complete, validationData="123456") == (
        ConsumerIdMissing,
        "idValidationSessionId",
    )
    request = complete(
        call(body={"validationData": " 123456 ", "idValidationSessionId": "validation-1"})
    )
    assert (request.validation_data, request.remember_me) == ("123456", False)


def test_the_consent_to_be_remembered_is_read():
    body = {"validationData": "1", "consumerIdentity": EMAIL, "saveDevice": True}
    request = requests.read_complete_identity_validation(call(body=modernise(body)))

    assert request.remember_me is True


def test_at_most_ten_tokens_are_read():
    tokens = ["token"] * 10

    assert len(requests.read_get_src_profile(call(body={"idTokens": tokens})).id_tokens) == 10
    assert refused_by(requests.read_get_src_profile, idTokens=[*tokens, "token"]) == (
        InvalidValue,
        "idTokens",
    )


def test_a_described_consumer_is_read_in_its_normal_form():
    body = {
        "encryptedCard": "a.b.c.d.e",
        "consumer": {
            "emailAddress": "Ana@Shop.Test",
            "mobileNumber": {"countryCode": "+1", "phoneNumber": "(202) 555-0143"},
            "firstName": "Ana",
            "lastName": "Lopez",
            "languageCode": "en",
        },
    }
    consumer = requests.read_enroll_card(call(body=body)).consumer

    assert consumer is not None
    assert consumer.email_address == "ana@shop.test"
    assert consumer.mobile_number == PhoneNumber("1", "2025550143")
    assert (consumer.full_name, consumer.locale) == ("Ana Lopez", "en")
    assert refused_by(requests.read_enroll_card, consumer={}) == (MissingMember, "encryptedCard")


def test_a_checkout_is_read_with_its_options():
    body = modernise(
        {
            "srcDpaId": "dpa-1",
            "srcDigitalCardId": "card-1",
            "payloadTypeIndicatorCheckout": "NONE",
            "dpaTransactionOptions": {
                "transactionAmount": {
                    "transactionAmount": "12.34",
                    "transactionCurrencyCode": "USD",
                },
                "paymentOptions": {"dynamicDataType": "TAVV", "dpaDynamicDataTTLMinutes": "5"},
                "dpaBillingPreference": "ALL",
                "consumerNameRequested": True,
            },
        }
    )
    request = requests.read_checkout(call(body=body))

    assert (request.dpa_id, request.src_digital_card_id) == ("dpa-1", "card-1")
    assert request.payload_type is PayloadTypeIndicator.SUMMARY
    assert request.options is not None and request.options.transaction_amount is not None
    assert str(request.options.transaction_amount.amount) == "12.34"
    assert request.options.payment_options == (
        PaymentOption(DynamicDataType.CARD_APPLICATION_CRYPTOGRAM_LONG_FORM, 5),
    )
    assert request.options.billing_preference is AddressPreference.FULL
    assert request.options.shipping_preference is AddressPreference.NONE
    assert request.options.consumer_name_requested is True


@pytest.mark.parametrize(
    ("option", "refusal", "member"),
    [
        ({"dynamicDataType": "OTHER"}, InvalidValue, "dynamicDataType"),
        ({"dpaDynamicDataTtlMinutes": "soon"}, InvalidFormat, "dpaDynamicDataTtlMinutes"),
        ({"dpaDynamicDataTtlMinutes": -1}, InvalidFormat, "dpaDynamicDataTtlMinutes"),
    ],
)
def test_an_unusable_payment_option_is_named_by_its_place(option, refusal, member):
    assert refused_by(
        requests.read_checkout,
        srcDpaId="dpa-1",
        dpaTransactionOptions={"paymentOptions": [{}, option]},
    ) == (refusal, f"dpaTransactionOptions.paymentOptions[1].{member}")


CONFIRMATION = {
    "checkoutEventType": "01",
    "checkoutEventStatus": "02",
    "confirmationTimestamp": "2026-11-23T09:00:00.000Z",
    "networkTransactionIdentifier": "UNAVLB",
}


def test_a_confirmation_is_read_with_its_amount():
    amount = {"transactionAmount": 12.34, "transactionCurrencyCode": "USD"}
    data = {**CONFIRMATION, "transactionAmount": amount}
    body = {"srcCorrelationId": UUID, "confirmationData": data}
    request = requests.read_confirmation(call(body=body))

    assert request.confirmation.is_successful_authorisation
    assert request.confirmation.transaction_amount is not None
    assert str(request.confirmation.transaction_amount.amount) == "12.34"
    assert request.confirmation_data == data


@pytest.mark.parametrize(
    ("changes", "refusal", "member"),
    [
        ({"checkoutEventType": "08"}, InvalidValue, "checkoutEventType"),
        ({"checkoutEventStatus": "2"}, InvalidValue, "checkoutEventStatus"),
        ({"checkoutEventStatus": "xx"}, InvalidValue, "checkoutEventStatus"),
        ({"confirmationStatus": "04"}, InvalidValue, "confirmationStatus"),
        ({"confirmationTimestamp": "today"}, InvalidFormat, "confirmationTimestamp"),
        (
            {"confirmationTimestamp": "0001-01-01T00:00:00+14:00"},
            InvalidFormat,
            "confirmationTimestamp",
        ),
        ({"networkTransactionIdentifier": None}, MissingMember, "networkTransactionIdentifier"),
        ({"confirmationReason": "<b>"}, InvalidFormat, "confirmationReason"),
    ],
)
def test_an_unusable_confirmation_is_refused_by_its_member(changes, refusal, member):
    assert refused_by(
        requests.read_confirmation,
        srcCorrelationId=UUID,
        confirmationData={**CONFIRMATION, **changes},
    ) == (refusal, f"confirmationData.{member}")


def test_a_confirmation_needs_its_session_and_its_data():
    assert refused_by(requests.read_confirmation) == (MissingMember, "srcCorrelationId")
    assert refused_by(requests.read_confirmation, srcCorrelationId=UUID) == (
        MissingMember,
        "confirmationData",
    )


def member_names():
    """Every member name of every document, as sent."""
    found = {"authorization", "type", "saveDevice", "dpaDynamicDataTTLMinutes", "tnc", "privacy"}
    for kind in vars(documents).values():
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            found |= set(kind.__struct_encode_fields__)
    # A complianceType that is no text is looked at on its own, in test_spellings.
    return sorted(found - {"complianceType"})


TEXTS = st.text(max_size=12) | st.sampled_from(
    [UUID, "a@b.test", "EMAIL", "EMAIL_ADDRESS", "NONE", "FULL", "TAVV", "USD", "US", "01", "02"]
)
NAMES = st.sampled_from(member_names())
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)
AMOUNTS = st.fixed_dictionaries(
    {"transactionAmount": TEXTS | st.floats(allow_nan=False) | st.integers()},
    optional={"transactionCurrencyCode": TEXTS},
)
IDENTITIES = st.fixed_dictionaries(
    {"identityValue": TEXTS | JSON},
    optional={"identityType": TEXTS | st.sampled_from(IdentityType), "type": TEXTS},
)
# Bodies that come near enough to good ones to be read deeply.
PLAUSIBLE = st.fixed_dictionaries(
    {},
    optional={
        "srcCorrelationId": st.just(UUID) | TEXTS,
        "srcDpaId": TEXTS,
        "srciTransactionId": TEXTS,
        "consumerIdentity": IDENTITIES,
        "validationData": TEXTS,
        "idValidationSessionId": TEXTS,
        "idToken": TEXTS | st.lists(TEXTS, max_size=12),
        "recognitionToken": TEXTS,
        "encryptedCard": TEXTS,
        "srcDigitalCardId": TEXTS,
        "payloadTypeIndicatorCheckout": TEXTS,
        "consumer": st.fixed_dictionaries(
            {},
            optional={
                "emailAddress": TEXTS,
                "consumerIdentity": IDENTITIES,
                "mobileNumber": st.fixed_dictionaries({"countryCode": TEXTS, "phoneNumber": TEXTS}),
                "firstName": TEXTS,
            },
        ),
        "complianceSettings": st.fixed_dictionaries(
            {},
            optional={
                "complianceResources": st.lists(
                    st.fixed_dictionaries({"complianceType": TEXTS}), max_size=3
                ),
                "tnc": JSON,
            },
        ),
        "dpaTransactionOptions": st.fixed_dictionaries(
            {},
            optional={
                "transactionAmount": AMOUNTS,
                "paymentOptions": JSON
                | st.lists(
                    st.fixed_dictionaries(
                        {"dynamicDataType": TEXTS, "dpaDynamicDataTtlMinutes": TEXTS | JSON}
                    ),
                    max_size=2,
                ),
                "dpaBillingPreference": TEXTS,
            },
        ),
        "confirmationData": st.fixed_dictionaries(
            {
                "checkoutEventType": st.just("01") | TEXTS,
                "checkoutEventStatus": st.just("02") | TEXTS,
                "confirmationTimestamp": TEXTS | st.datetimes().map(str),
            },
            optional={"transactionAmount": AMOUNTS, "networkTransactionIdentifier": TEXTS},
        ),
    },
)
BODIES = PLAUSIBLE | st.dictionaries(NAMES, JSON, max_size=8)
QUERIES = st.dictionaries(
    st.sampled_from(
        ["srcCorrelationId", "srciTransactionId", "srcDpaId", "payloadTypeIndicator", "recipientId"]
    ),
    TEXTS,
)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=BODIES, query=QUERIES, card=TEXTS)
def test_no_json_object_gives_a_reader_anything_but_a_request_or_a_refusal(name, body, query, card):
    path = dict.fromkeys(re.findall(r"{(\w+)}", READERS[name].resource), card)
    refusal = None
    try:
        sent = modernise(read_body(json.dumps(body).encode(), depth_max=32))
        request = READERS[name].read(call(name, sent, query, path))
    except SrcError as raised:
        refusal, request = raised, None

    assert (request is None) != (refusal is None)
    if refusal is not None:
        status = status_of(refusal)
        assert 400 <= status < 500
        for profile in PROFILES.values():
            assert msgspec.json.encode(network_error_document(refusal, status, profile))


@pytest.mark.parametrize(
    "body",
    [
        {"consumerIdentity": {**EMAIL, "identityValue": "ana@shop.test\n"}},
        {"consumerIdentity": {"identityType": "MOBILE_PHONE_NUMBER", "identityValue": "12025\n"}},
    ],
)
def test_a_line_end_is_no_part_of_an_identity(body):
    with pytest.raises(ConsumerIdFormatInvalid):
        requests.read_identity_lookup(call(body=body))


@pytest.mark.parametrize("name", ["srciTransactionId", "srcDpaId"])
def test_a_nul_character_in_the_query_is_refused(name):
    with pytest.raises(InvalidFormat):
        requests.read_delete_card(call(query={name: "a\x00"}, path={"srcDigitalCardId": "card-1"}))
