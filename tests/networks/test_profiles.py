"""The network profiles against the contract's table: every difference, as data."""

import dataclasses
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.model.client_authentication import AuthenticationScheme
from src_system.model.consumer import IdentityType
from src_system.model.identifiers import NETWORK_NAMES
from src_system.model.pan import is_luhn_valid, luhn_check_digit
from src_system.model.transaction_options import DynamicDataType
from src_system.networks import PROFILES
from src_system.networks.address_form import AddressForm
from src_system.networks.gateways import EMPTY_BODY, ERRORS_ENVELOPE
from src_system.networks.profile import (
    Credential,
    DateForm,
    DuplicateCard,
    Eci,
    IdForm,
    JtiForm,
    NetworkProfile,
    ParPlace,
    PhoneMask,
)

EMV = {
    "native_scheme": AuthenticationScheme.OAUTH2,
    "gateway": EMPTY_BODY,
    "content_encryption": "A256GCM",
    "checkout_response_member": "checkoutResponse",
    "prepared_checkout_member": "checkoutRequestJws",
    "profile_token_member": "idToken",
    "dynamic_data_is_list": True,
    "par_place": ParPlace.TOP,
    "default_dynamic_data_type": DynamicDataType.CARD_APPLICATION_CRYPTOGRAM_LONG_FORM,
    "dynamic_data_types": frozenset(DynamicDataType),
    "dynamic_data_ttl_is_honoured": True,
    "digital_card_id_form": IdForm.UUID,
    "consumer_id_form": IdForm.UUID,
    "correlation_id_form": IdForm.UUID,
    "duplicate_card": DuplicateCard.SAME_CARD,
    "payload_by_get": True,
    "pending_card_is_refused": False,
    "eci": Eci(authenticated="05", attempted="06", not_authenticated="07"),
    "error_detail_member": "errordetail",
    "error_status_is_text": False,
    "card_date_form": DateForm.ISO_MILLIS,
    "consumer_date_form": DateForm.ISO_MILLIS,
    "dynamic_data_expiration_form": DateForm.ISO_MILLIS,
    "emits_old_card_date_key": False,
    "jti_form": JtiForm.UUID,
    "jws_iat_is_text": False,
    "jws_header_typ": "JOSE",
    "jwe_header_typ": "JOSE",
    "has_token_results_data": False,
    "masked_channels_joined": False,
    "enrolment_identities": frozenset({IdentityType.EMAIL_ADDRESS}),
    "dynamic_data_ttl_minutes": 15,
    "address_form": AddressForm(100, 75, 50),
    "payload_three_ds_member": "threeDsOutputData",
    "native_mounts": (),
    "tells_response_host": False,
    "trace_headers": (),
    "consumer_token_header": None,
    "client_id_header": None,
    "card_content_encryptions": (),
    "card_header_has_iat": False,
}
# What each network has of its own (contract, "what differs between networks is data").
TABLE = {
    "visa": EMV
    | {
        "address_form": AddressForm(140, 140, 100, punctuation=".',:_#/()-"),
        "payload_three_ds_member": "threeDsOutputDatas",
        "native_scheme": AuthenticationScheme.X_PAY_TOKEN,
        "par_prefix": "V001",
        "prepared_checkout_member": "checkoutResponse",
        "consumer_id_form": IdForm.BASE64_OF_32_BYTES,
        "duplicate_card": DuplicateCard.REFUSED,
        "error_detail_member": "errorDetail",
        "error_status_is_text": True,
        "consumer_date_form": DateForm.EPOCH_MILLIS_TEXT,
        "dynamic_data_expiration_form": DateForm.EPOCH_SECONDS,
        "emits_old_card_date_key": True,
        "jti_form": JtiForm.BASE64_OF_UUID,
        "jws_header_iss": None,
        "jws_header_typ": None,
        "masked_channels_joined": True,
        "native_mounts": ("wallet/payments/src/", "wallet/src/"),
        "enrolment_identities": frozenset(
            {IdentityType.EMAIL_ADDRESS, IdentityType.MOBILE_PHONE_NUMBER}
        ),
        "card_content_encryptions": ("A256GCM",),
        "card_header_has_iat": True,
        "card_security_code_digits": 3,
    },
    "mastercard": EMV
    | {
        "address_form": AddressForm(60, 75, 50),
        "native_scheme": AuthenticationScheme.OAUTH1,
        "gateway": ERRORS_ENVELOPE,
        "content_encryption": "A128GCM",
        "checkout_response_member": "checkoutResponseJWS",
        "profile_token_member": "authorization",
        "dynamic_data_is_list": False,
        "par_place": ParPlace.CREDENTIAL,
        "par_prefix": "5001",
        "default_dynamic_data_type": DynamicDataType.CARD_APPLICATION_CRYPTOGRAM_SHORT_FORM,
        "dynamic_data_types": frozenset(DynamicDataType)
        - {
            DynamicDataType.CARD_APPLICATION_CRYPTOGRAM_LONG_FORM,
            DynamicDataType.CARD_APPLICATION_CRYPTOGRAM_OTHER,
        },
        "dynamic_data_ttl_is_honoured": False,
        "digital_card_id_form": IdForm.UUID_WITH_COUNTRY,
        "correlation_id_form": IdForm.PREFIXED_UUID,
        "payload_by_get": False,
        "pending_card_is_refused": True,
        "eci": Eci(authenticated="02", attempted="01", not_authenticated="06"),
        "jws_iat_is_text": True,
        "jws_header_iss": "https://mastercard.src-system.test",
        "jws_header_typ": None,
        "jwe_header_typ": None,
        "has_token_results_data": True,
        "native_mounts": (
            "src/api/digital/payments/",
            "src/api/digital/",
            "src/api/",
            "src/onboarding/",
        ),
        "tells_response_host": True,
        "trace_headers": ("X-MC-Correlation-ID",),
        "client_id_header": "x-openapi-clientid",
        "card_content_encryptions": ("A128GCM", "A256GCM"),
        "card_security_code_digits": 3,
    },
    "amex": EMV
    | {
        "par_prefix": "A001",
        "jws_header_iss": "https://amex.src-system.test",
        "card_security_code_digits": 4,
    },
    "discover": EMV
    | {
        "par_prefix": "D001",
        "jws_header_iss": "https://discover.src-system.test",
        "native_mounts": ("srci/v1.1/", "dcf/v1.1/"),
        "consumer_token_header": "localAuthorization",
        "card_security_code_digits": 3,
    },
}
# The rest is looked at by the tests below or by those of the payloads (masks).
ELSEWHERE = {
    "display_name",
    "authentication_methods",
    "encryption_kid",
    "error_source_types",
    "invented_pan_ranges",
    "issuer",
    "magic_pan_prefix",
    "mask",
    "name",
    "pan_prefixes",
    "payment_card_descriptor",
    "signature_kid",
    "test_pans",
    "token_bin_range_digits",
    "token_range",
    "validation_channel_names",
}
PUBLISHED = (
    "4111111111111111 4012888888881881 4242424242424242 5555555555554444 5105105105105100"
    " 2223003122003222 5120350100064537 5186001700008785 378282246310005 371449635398431"
    " 6011111111111117 6445644564456445"
).split()

by_network = pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))


@pytest.mark.parametrize(
    ("network", "name", "expected"),
    [(network, name, value) for network, row in TABLE.items() for name, value in row.items()],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_profile_says_what_the_contract_says(network, name, expected):
    assert getattr(PROFILES[network], name) == expected


def test_no_field_of_the_profiles_is_left_out_of_the_table():
    fields = {field.name for field in dataclasses.fields(NetworkProfile)}

    for network, row in TABLE.items():
        assert fields == set(row) | ELSEWHERE, network


def test_there_are_the_four_networks_each_under_its_own_name():
    assert tuple(PROFILES) == NETWORK_NAMES
    assert [profile.name for profile in PROFILES.values()] == list(PROFILES)
    assert len({profile.issuer for profile in PROFILES.values()}) == 4


@by_network
def test_an_issuer_is_plainly_the_simulators_own(profile):
    assert profile.issuer == f"https://{profile.name}.src-system.test"


def test_visa_names_the_places_of_errors_in_its_own_way():
    visa = PROFILES["visa"].error_source_types

    assert visa == {"BODY": "FIELD", "HEADER": "HEADER", "QUERY": "PARAMETER", "PATH": "PARAMETER"}
    for network in ("mastercard", "amex", "discover"):
        types = PROFILES[network].error_source_types
        assert types == {place: place for place in ("BODY", "HEADER", "QUERY", "PATH")}


@by_network
def test_a_channel_has_a_name_for_each_identity_that_a_code_can_be_sent_to(profile):
    expected = (
        {"EMAIL_ADDRESS": "EMAIL", "MOBILE_PHONE_NUMBER": "SMS"}
        if profile.name == "visa"
        else {name: name for name in ("EMAIL_ADDRESS", "MOBILE_PHONE_NUMBER")}
    )

    assert profile.validation_channel_names == expected


@by_network
def test_masks_are_of_mastercards_form_except_at_visa(profile):
    mask = profile.mask

    assert (mask.phone is PhoneMask.BRACKETS_LAST_THREE) == (profile.name == "mastercard")
    assert (mask.city_is_starred, mask.zip_is_starred) == ((profile.name == "visa",) * 2)


@by_network
def test_the_rules_of_a_checkout_come_from_the_profile(profile):
    rules = profile.dynamic_data_rules

    assert rules.default in rules.supported
    assert rules.supported == profile.dynamic_data_types
    assert rules.ttl_is_honoured == profile.dynamic_data_ttl_is_honoured
    assert rules.ttl_minutes == profile.dynamic_data_ttl_minutes
    assert rules.pending_card_is_refused == profile.pending_card_is_refused


@by_network
def test_key_ids_say_what_the_key_is_for_and_when_it_was_made(profile):
    stamp = "20261123090000"
    signature = profile.signature_kid.format(stamp=stamp)
    encryption = profile.encryption_kid.format(stamp=stamp)

    assert signature != encryption
    if profile.name == "mastercard":
        assert re.fullmatch(r"\d{14}-src-payload-verification", signature)
        assert re.fullmatch(r"\d{14}-src-fpan-encryption", encryption)
    else:
        assert re.fullmatch(rf"{profile.name}-src-payload-verification-\d{{14}}", signature)
        assert re.fullmatch(rf"{profile.name}-src-fpan-encryption-\d{{14}}", encryption)


@by_network
def test_every_test_number_is_luhn_valid_and_one_of_its_networks(profile):
    digits = [entry.digits for entry in profile.test_pans]

    assert digits and len(set(digits)) == len(digits)
    for number in digits:
        assert is_luhn_valid(number)
        assert number.startswith(profile.pan_prefixes)
        assert len(number) == (15 if profile.name == "amex" else 16)


@by_network
def test_every_invented_range_is_one_of_its_networks_and_holds_no_published_number(profile):
    for invented in profile.invented_pan_ranges:
        assert invented.prefix.startswith(profile.pan_prefixes)
        assert invented.digits == (15 if profile.name == "amex" else 16)
        assert not [one for one in PUBLISHED if one.startswith(invented.prefix)]


def test_no_number_is_accepted_by_two_networks():
    taken = [entry.digits for profile in PROFILES.values() for entry in profile.test_pans]
    ranges = [r.prefix for profile in PROFILES.values() for r in profile.invented_pan_ranges]

    assert len(taken) == len(set(taken))
    assert not [(a, b) for a in ranges for b in ranges if a != b and a.startswith(b)]
    assert not [number for number in taken if number.startswith(tuple(ranges))]


@pytest.mark.parametrize("number", PUBLISHED)
def test_a_number_that_the_contract_names_is_accepted_by_one_network(number):
    assert len([profile for profile in PROFILES.values() if profile.test_pan(number)]) == 1


@pytest.mark.parametrize("number", ["4539578763621486", "4111111145551140", "", "4", "59" * 8])
def test_any_other_number_is_accepted_by_none(number):
    assert not [profile for profile in PROFILES.values() if profile.test_pan(number)]


@pytest.mark.parametrize("network", NETWORK_NAMES)
@given(data=st.data())
def test_a_number_of_an_invented_range_is_accepted_at_its_full_length_only(network, data):
    profile = PROFILES[network]
    invented = data.draw(st.sampled_from(profile.invented_pan_ranges))
    free = invented.digits - len(invented.prefix) - 1
    body = invented.prefix + data.draw(st.text("0123456789", min_size=free, max_size=free))
    number = body + luhn_check_digit(body)

    entry = profile.test_pan(number)
    assert entry is not None and entry.digits == number
    assert profile.test_pan(number + "0") is None
    assert profile.test_pan(number[:-1]) is None


@pytest.mark.parametrize("network", NETWORK_NAMES)
@given(data=st.data())
def test_no_token_is_ever_a_number_that_is_accepted_as_a_card(network, data):
    tokens = PROFILES[network].token_range
    free = tokens.digits - len(tokens.prefix)
    number = tokens.prefix + data.draw(st.text("0123456789", min_size=free, max_size=free))

    assert not [profile for profile in PROFILES.values() if profile.test_pan(number)]


def test_token_ranges_keep_apart_from_each_other_and_from_all_numbers():
    ranges = [profile.token_range.prefix for profile in PROFILES.values()]
    invented = [r.prefix for profile in PROFILES.values() for r in profile.invented_pan_ranges]

    assert len(set(ranges)) == 4
    for prefix in ranges:
        assert not [one for one in invented if one.startswith(prefix) or prefix.startswith(one)]
        assert not [one for one in PUBLISHED if one.startswith(prefix)]


@by_network
def test_a_token_is_of_its_networks_length_and_its_bin_range_hides_the_rest(profile):
    assert profile.token_range.digits == (15 if profile.name == "amex" else 16)
    assert profile.token_range.prefix.startswith(profile.pan_prefixes)
    assert profile.token_bin_range_digits == (9 if profile.name == "visa" else 6)


def test_only_the_published_numbers_of_mastercard_are_paid_with_as_numbers():
    paying = {
        entry.digits
        for profile in PROFILES.values()
        for entry in profile.test_pans
        if entry.credential is Credential.PAN
    }

    assert paying == {
        "5186001700008785",
        "5186001700009726",
        "5186001700009908",
        "5186001700008876",
        "5186001700001434",
    }
    assert all(PROFILES["mastercard"].pays_with_pan(one[:6], one[-4:]) for one in paying)
    assert not PROFILES["mastercard"].pays_with_pan("512035", "4537")
    assert not PROFILES["mastercard"].pays_with_pan("518600", "0000")
