"""The signed checkoutResponse: header per network, members, assurance (spec 5.16, 8.2)."""

import json

import pytest

from src_system.crypto import jws
from src_system.model.identifiers import NETWORK_NAMES
from src_system.model.transaction_options import (
    AddressPreference,
    ThreeDsPreference,
    TransactionOptions,
)
from src_system.networks import PROFILES
from src_system.payloads.checkout_response import (
    checkout_response_document,
    sign_checkout_response,
)
from tests.model.samples import ADDRESS, NOW

JTI = "3f1b0a52-7c1d-4e0e-9d57-0a8f5d0a1b2c"
SECONDS = 1795424400
HEADERS = {
    "visa": {
        "alg": "RS256",
        "kid": "visa-sig",
        "iat": SECONDS,
        "jti": "M2YxYjBhNTItN2MxZC00ZTBlLTlkNTctMGE4ZjVkMGExYjJj",
    },
    "mastercard": {
        "alg": "RS256",
        "kid": "mastercard-sig",
        "iss": "https://mastercard.src-system.test",
        "iat": str(SECONDS),
        "jti": JTI,
    },
    "amex": {
        "alg": "RS256",
        "kid": "amex-sig",
        "iss": "https://amex.src-system.test",
        "typ": "JOSE",
        "iat": SECONDS,
        "jti": JTI,
    },
    "discover": {
        "alg": "RS256",
        "kid": "discover-sig",
        "iss": "https://discover.src-system.test",
        "typ": "JOSE",
        "iat": SECONDS,
        "jti": JTI,
    },
}


def answered(**changes):
    members = {
        "src_correlation_id": "correlation-1",
        "srci_transaction_id": "transaction-1",
        "encrypted_payload": "a.b.c.d.e",
        "masked_card": {"panLastFour": "1111"},
        "masked_consumer": {"status": "ACTIVE"},
        "assurance_data": {"eci": "07"},
        "shipping_address": ADDRESS,
        "options": TransactionOptions(shipping_preference=AddressPreference.FULL),
        "is_new_user": False,
        **changes,
    }
    return checkout_response_document(**members)


def test_the_members_come_in_the_order_of_the_specification():
    assert list(answered().items()) == [
        ("srcCorrelationId", "correlation-1"),
        ("srciTransactionId", "transaction-1"),
        ("encryptedPayload", "a.b.c.d.e"),
        ("maskedCard", {"panLastFour": "1111"}),
        ("maskedConsumer", {"status": "ACTIVE"}),
        ("shippingAddressZip", "10011"),
        ("shippingCountryCode", "US"),
        ("assuranceData", {"eci": "07"}),
        ("isNewUser", False),
    ]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"srci_transaction_id": None}, {"srciTransactionId"}),
        ({"encrypted_payload": None}, {"encryptedPayload"}),
        ({"shipping_address": None}, {"shippingAddressZip", "shippingCountryCode"}),
        ({"options": TransactionOptions()}, {"shippingAddressZip", "shippingCountryCode"}),
    ],
)
def test_a_member_without_a_value_is_left_out(changes, missing):
    assert set(answered()) - set(answered(**changes)) == missing


@pytest.mark.parametrize("network", NETWORK_NAMES)
def test_the_answer_is_signed_with_the_header_of_its_network(keys, keyrings, network):
    token = sign_checkout_response(
        answered(), profile=PROFILES[network], keyring=keyrings[network], jti=JTI, now=NOW
    )

    verified = jws.verify(jws.parse(token, max_length=100_000), keys[network, "sig"].public)
    assert verified.header == HEADERS[network]
    assert json.loads(verified.payload) == answered()


OUTPUT = {"transStatus": "Y", "dsTransId": "ds-1"}


@pytest.mark.parametrize(
    ("preference", "told"),
    [
        ("ONBEHALF", [{"key": "transStatus", "value": "Y"}, {"key": "dsTransId", "value": "ds-1"}]),
        ("SELF", None),
        ("NONE", None),
    ],
)
@pytest.mark.parametrize("member", ["threeDsOutputData", "threeDsOutputDatas"])
def test_the_output_of_3ds_is_told_to_a_dpa_that_lets_the_system_do_it(preference, told, member):
    options = TransactionOptions(three_ds_preference=ThreeDsPreference(preference))
    document = answered(options=options, three_ds_output=OUTPUT, three_ds_output_member=member)

    assert document.get(member) == told
    assert member not in answered(options=options, three_ds_output_member=member)


def test_the_history_of_events_is_told():
    assert answered(event_history={"ageOfSrcRelationship": "1"})["eventHistory"] == {
        "ageOfSrcRelationship": "1"
    }
