"""The shopper of these tests: published test cards, identities, consents, and what she asks for."""

from typing import Any
from uuid import uuid4

from .dialects import DIALECTS
from .exchange import Json

EMAIL = "anabel@shop.test"
PHONE = {"countryCode": "1", "phoneNumber": "2025550143"}
ADDRESS = {
    "name": "Anabel Li",
    "line1": "100 Main Street",
    "city": "Foster City",
    "state": "CA",
    "zip": "94404",
    "countryCode": "US",
}

PANS = {
    "visa": "4111111111111111",
    "mastercard": "5120350100064537",
    "amex": "378282246310005",
    "discover": "6011111111111117",
}
SECOND_PANS = {
    "visa": "4012888888881881",
    "mastercard": "5120350100064545",
    "amex": "371449635398431",
    "discover": "6445644564456445",
}


def card(network: str, pan: str | None = None) -> Json:
    """A card in clear, as the shopper types it; pan: another one than the network's first."""
    return {
        "primaryAccountNumber": pan or PANS[network],
        "panExpirationMonth": "12",
        "panExpirationYear": "2030",
        "cardSecurityCode": "1234" if network == "amex" else "123",
        "cardholderFullName": "Anabel Li",
        "billingAddress": dict(ADDRESS),
    }


def fixture_consumer(*networks: str) -> Json:
    """Her entry in the fixtures, with one card on each of these networks."""
    cards = [{"network": network, "status": "ACTIVE", **card(network)} for network in networks]
    return {**new_consumer(), "locale": "en_US", "networks": list(networks), "cards": cards}


def new_consumer() -> Json:
    """Her `consumer` member at enrolment and in a combined checkout."""
    return {
        "emailAddress": EMAIL,
        "mobileNumber": dict(PHONE),
        "firstName": "Anabel",
        "lastName": "Li",
        "fullName": "Anabel Li",
        "countryCode": "US",
    }


def by_email(address: str = EMAIL) -> Json:
    """Consumer identity: e-mail address."""
    return {"identityProvider": "SRC", "identityType": "EMAIL_ADDRESS", "identityValue": address}


def by_phone() -> Json:
    """Consumer identity: mobile number, digits with the calling code and no plus."""
    value = PHONE["countryCode"] + PHONE["phoneNumber"]
    return {
        "identityProvider": "SRC",
        "identityType": "MOBILE_PHONE_NUMBER",
        "identityValue": value,
    }


def consent(*, remember_me: bool = False) -> Json:
    """Consent with terms and privacy accepted, and the device bound when asked."""
    types = ["TERMS_AND_CONDITIONS", "PRIVACY_POLICY", *(["REMEMBER_ME"] if remember_me else [])]
    return {
        "complianceResources": [
            {"complianceType": one, "uri": "https://shop.test/legal", "version": "1"}
            for one in types
        ]
    }


def remember_me() -> Json:
    """Consent as sent with a code: only the wish to be remembered, with the empty uri of PSPs."""
    return {"complianceResources": [{"complianceType": "REMEMBER_ME", "uri": ""}]}


def legacy_consent() -> Json:
    """Consent (complianceSettings) in the older shape."""
    accepted = {
        "acceptedVersion": "LATEST",
        "latestVersion": "LATEST",
        "latestVersionUri": "https://shop.test/legal",
    }
    return {"privacy": accepted, "tnc": accepted, "cookie": accepted}


def options(network: str, dynamic_data_type: str | None = None, **changes: Any) -> Json:
    """Transaction options of an order over 49.90 USD.

    No dynamicDataType leaves it to the network.
    """
    document: Json = {
        "dpaLocale": "en_US",
        "transactionAmount": {
            "transactionAmount": DIALECTS[network].amount("49.90"),
            "transactionCurrencyCode": "USD",
        },
        "dpaBillingPreference": "NONE",
        "dpaShippingPreference": "NONE",
        "merchantOrderId": str(uuid4()),
        **changes,
    }
    if dynamic_data_type is not None:
        document["paymentOptions"] = [
            {"dynamicDataType": dynamic_data_type, "dpaDynamicDataTtlMinutes": 15}
        ]
    return document
