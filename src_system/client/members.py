"""Small documents that calls are made of: consent, identities, what an order is about."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from src_system.client.errors import Json

Amount = str | float | Decimal

# confirmationData of what most confirmations tell.
CONFIRMED: Mapping[str, str] = {
    "checkoutEventType": "01",  # an authorisation
    "checkoutEventStatus": "02",
    "confirmationStatus": "01",  # which succeeded
    "networkTransactionIdentifier": "UNAVLB",
}


def consent(*, remember_me: bool = False, terms: bool = True) -> Json:
    """complianceSettings: terms and privacy accepted, and the wish to be remembered."""
    accepted = ["TERMS_AND_CONDITIONS", "PRIVACY_POLICY"] if terms else []
    kinds = [*accepted, "REMEMBER_ME"] if remember_me else accepted
    return {
        "complianceResources": [
            {"complianceType": kind, "uri": "https://src-system.test/legal", "version": "1"}
            for kind in kinds
        ]
    }


def consumer_identity(identity: str | Mapping[str, Any]) -> Json:
    """consumerIdentity of an e-mail address or a phone number; a document stays as it is."""
    if not isinstance(identity, str):
        return dict(identity)
    is_email = "@" in identity
    return {
        "identityProvider": "SRC",
        "identityType": "EMAIL_ADDRESS" if is_email else "MOBILE_PHONE_NUMBER",
        "identityValue": identity if is_email else identity.lstrip("+"),
    }


def transaction_options(
    amount: Amount | None,
    currency: str,
    *,
    amount_is_text: bool,
    order_id: str,
    further: Mapping[str, Any] | None = None,
) -> Json:
    """dpaTransactionOptions of an order; *further* members are added, or replace these."""
    options: Json = {
        "dpaLocale": "en_US",
        "dpaBillingPreference": "NONE",
        "dpaShippingPreference": "NONE",
        "merchantOrderId": order_id,
    }
    if amount is not None:
        options["transactionAmount"] = {
            "transactionAmount": str(amount) if amount_is_text else float(amount),
            "transactionCurrencyCode": currency,
        }
    return {**options, **(further or {})}
