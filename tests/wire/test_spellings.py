"""Old spellings are read like new ones, row by row of the specification's table (spec 0.5)."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src_system.wire.spellings import modernise

TERMS = {
    "complianceType": "TERMS_AND_CONDITIONS",
    "uri": "https://shop.test/terms",
    "version": "2",
}
PRIVACY = {"complianceType": "PRIVACY_POLICY", "uri": "", "version": "1"}
REMEMBER_ME = {"complianceType": "REMEMBER_ME", "uri": ""}


def identity(**members):
    return {"consumerIdentity": members}


def options(**members):
    return {"dpaTransactionOptions": members}


def consent(*resources):
    return {"complianceSettings": {"complianceResources": list(resources)}}


ROWS = {
    "identity type key": (
        identity(type="EMAIL_ADDRESS", identityValue="a@b.test"),
        identity(identityType="EMAIL_ADDRESS", identityValue="a@b.test"),
    ),
    "identity type value of an e-mail": (
        identity(identityType="EMAIL"),
        identity(identityType="EMAIL_ADDRESS"),
    ),
    "identity type value of a phone": (
        identity(type="MOBILE_NUMBER"),
        identity(identityType="MOBILE_PHONE_NUMBER"),
    ),
    "identity type value of an account": (
        identity(type="CUSTOM_IDENTIFIER"),
        identity(identityType="EXTERNAL_ACCOUNT_ID"),
    ),
    "identity within the consumer": (
        {"consumer": identity(type="EMAIL")},
        {"consumer": identity(identityType="EMAIL_ADDRESS")},
    ),
    "cryptogram of Visa": (
        options(paymentOptions=[{"dynamicDataType": "TAVV"}]),
        options(paymentOptions=[{"dynamicDataType": "CARD_APPLICATION_CRYPTOGRAM_LONG_FORM"}]),
    ),
    "dynamic code of Visa": (
        options(paymentOptions=[{"dynamicDataType": "DTVV"}]),
        options(paymentOptions=[{"dynamicDataType": "DYNAMIC_CARD_SECURITY_CODE"}]),
    ),
    "address preference of billing": (
        options(dpaBillingPreference="ALL"),
        options(dpaBillingPreference="FULL"),
    ),
    "address preference of shipping": (
        options(dpaShippingPreference="ALL"),
        options(dpaShippingPreference="FULL"),
    ),
    "payment options as one object": (
        options(paymentOptions={"dynamicDataType": "NONE"}),
        options(paymentOptions=[{"dynamicDataType": "NONE"}]),
    ),
    "no payload in the options": (
        options(payloadTypeIndicator="NONE"),
        options(payloadTypeIndicator="SUMMARY"),
    ),
    "no payload in the request": (
        {"payloadTypeIndicatorCheckout": "NONE", "payloadTypeIndicatorPayload": "NONE"},
        {"payloadTypeIndicatorCheckout": "SUMMARY", "payloadTypeIndicatorPayload": "SUMMARY"},
    ),
}


@pytest.mark.parametrize(("old", "new"), ROWS.values(), ids=list(ROWS))
def test_an_old_spelling_becomes_the_new_one_and_the_new_one_stays(old, new):
    assert modernise(copy.deepcopy(old)) == new
    assert modernise(copy.deepcopy(new)) == new


def test_the_old_key_of_the_life_counts_unless_the_new_one_is_there():
    old = modernise(options(paymentOptions={"dpaDynamicDataTTLMinutes": 5}))
    both = modernise(
        options(paymentOptions={"dpaDynamicDataTTLMinutes": 5, "dpaDynamicDataTtlMinutes": 7})
    )

    assert old["dpaTransactionOptions"]["paymentOptions"][0]["dpaDynamicDataTtlMinutes"] == 5
    assert both["dpaTransactionOptions"]["paymentOptions"][0]["dpaDynamicDataTtlMinutes"] == 7


def test_both_forms_of_consent_become_resources():
    old = {
        "complianceSettings": {
            "tnc": {"acceptedVersion": 2, "latestVersionUri": "https://shop.test/terms"},
            "privacy": {"acceptedVersion": "1", "latestVersion": "1"},
            "cookie": {"acceptedVersion": "1"},
        }
    }
    resources = modernise(old)["complianceSettings"]["complianceResources"]

    assert sorted(resources, key=lambda one: one["complianceType"]) == [PRIVACY, TERMS]
    assert modernise(consent(TERMS, PRIVACY)) == consent(TERMS, PRIVACY)


def test_a_policy_that_was_shown_but_not_accepted_is_no_consent():
    settings = {"tnc": {"latestVersion": "2"}, "privacy": {"acceptedVersion": ""}}
    shown = modernise({"complianceSettings": settings})

    assert shown["complianceSettings"]["complianceResources"] == []


def test_a_consent_in_both_forms_is_given_once():
    both = consent(TERMS)
    both["complianceSettings"]["tnc"] = {"acceptedVersion": "3"}

    assert modernise(both)["complianceSettings"]["complianceResources"] == [TERMS]


def test_consent_within_the_consumer_counts_unless_there_is_one_beside_it():
    inner = {"consumer": consent(TERMS)}

    assert (
        modernise(copy.deepcopy(inner))["complianceSettings"]
        == consent(TERMS)["complianceSettings"]
    )
    assert modernise({**inner, **consent(PRIVACY)})["complianceSettings"] == {
        "complianceResources": [PRIVACY]
    }


@pytest.mark.parametrize("wish", ["saveDevice", "requestRecognitionToken"])
def test_a_wish_to_be_remembered_becomes_a_consent(wish):
    assert modernise({wish: True})["complianceSettings"] == {"complianceResources": [REMEMBER_ME]}
    assert "complianceSettings" not in modernise({wish: False})
    assert "complianceSettings" not in modernise({wish: "true"})
    assert modernise({wish: True, **consent(REMEMBER_ME)})["complianceSettings"] == {
        "complianceResources": [REMEMBER_ME]
    }


@pytest.mark.parametrize(
    ("old", "single", "several"),
    [
        ({"authorization": "a"}, "a", ["a"]),
        ({"authorization": "a", "idToken": "b"}, "b", ["b"]),
        ({"idToken": ["a", "b"]}, "a", ["a", "b"]),
        ({"idToken": []}, None, []),
        ({"idToken": "a", "idTokens": ["b"]}, "a", ["b"]),
    ],
)
def test_one_token_and_several_are_both_read(old, single, several):
    body = modernise(old)

    assert (body["idToken"], body["idTokens"]) == (single, several)


def test_a_recognition_token_may_come_alone():
    assert modernise({"recognitionToken": "a"})["recognitionTokens"] == ["a"]


def test_a_flat_identity_is_put_in_its_place():
    flat = {"type": "EMAIL", "identityProvider": "SRC", "identityValue": "a@b.test"}

    assert modernise(flat)["consumerIdentity"] == {
        "identityProvider": "SRC",
        "identityType": "EMAIL_ADDRESS",
        "identityValue": "a@b.test",
    }


def test_the_old_flat_assurance_is_left_as_it_came():
    body = {
        "assuranceData": {"cardVerificationResults": "01", "cardholderVerificationResults": "01"}
    }

    assert modernise(copy.deepcopy(body)) == body


NAMES = st.sampled_from(
    (
        "complianceResources complianceSettings consumer consumerIdentity"
        " dpaBillingPreference dpaDynamicDataTTLMinutes dpaDynamicDataTtlMinutes"
        " dpaTransactionOptions dynamicDataType identityType identityValue"
        " latestVersionUri payloadTypeIndicator payloadTypeIndicatorCheckout paymentOptions privacy"
        " requestRecognitionToken saveDevice tnc type acceptedVersion"
    ).split()
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["EMAIL", "TAVV", "ALL", "NONE"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)
TOKENS = st.none() | st.integers() | st.text(max_size=3) | st.lists(st.text(max_size=3), max_size=3)
TOKEN_NAMES = st.sampled_from(
    ["authorization", "idToken", "idTokens", "recognitionToken", "recognitionTokens"]
)
BODIES = st.builds(
    lambda tokens, others: {**tokens, **others},
    st.dictionaries(TOKEN_NAMES, TOKENS),
    st.dictionaries(NAMES, VALUES, max_size=8),
)


@given(BODIES)
def test_modernising_anything_twice_is_modernising_it_once(body):
    once = modernise(copy.deepcopy(body))

    assert modernise(copy.deepcopy(once)) == once


@pytest.mark.parametrize("odd", [[], {}, [["REMEMBER_ME"]]])
def test_a_compliance_type_of_another_shape_is_left_for_the_reader(odd):
    body = consent({"complianceType": odd})

    assert modernise(copy.deepcopy(body)) == body
