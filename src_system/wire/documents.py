"""The JSON shapes of requests, in the new spelling: decoded and checked by msgspec."""

import re
from typing import Annotated, Any, TypeVar

import msgspec

from src_system.model.authentication import (
    AuthenticationMethod,
    AuthenticationReason,
    AuthenticationSubject,
)
from src_system.model.checkout import DcfActionCode
from src_system.model.confirmation import CONFIRMATION_STATUSES, EVENT_TYPES
from src_system.model.consumer import IdentityType
from src_system.model.digital_card import DigitalCardStatus
from src_system.model.errors import InvalidFormat, InvalidValue, MissingMember
from src_system.model.transaction_options import PayloadTypeIndicator
from src_system.payloads.documents import CountryCode, Document, Text, choices
from src_system.payloads.transaction_options import (
    Amount,
    TransactionAmountDocument,
    TransactionOptionsDocument,
    read_amount,
)

# Those that live elsewhere and are read here too.
__all__ = [
    "Amount",
    "TransactionAmountDocument",
    "TransactionOptionsDocument",
    "convert",
    "read_amount",
]

_Document = TypeVar("_Document")
_PATH = re.compile(r" - at `\$\.?(.*)`$")
_MISSING = re.compile(r"missing required field `(.+?)`")

# Other words for our methods (spec 5.15).
OTHER_METHOD_NAMES = {
    "CVV": "CARD_SECURITY_CODE",
    "MANAGED_AUTHENTICATION": "FIDO2",
    "SPC": "FIDO2",
}
LongText = Annotated[str, msgspec.Meta(max_length=16_384)]


class ConsumerIdentityDocument(Document):
    """spec 5.2."""

    REQUIRED = ("identityType", "identityValue")

    identity_provider: Text | None = None
    identity_type: Annotated[str, choices(IdentityType)] | None = None
    identity_value: Text | None = None


class PhoneNumberDocument(Document):
    """spec 5.3."""

    country_code: Annotated[str, msgspec.Meta(pattern=r"^\+?\d{1,4}\Z")]
    phone_number: Annotated[str, msgspec.Meta(pattern=r"^[\d ()./-]{4,24}\Z")]


class ConsumerDocument(Document):
    """spec 5.1."""

    consumer_identity: ConsumerIdentityDocument | None = None
    email_address: Text | None = None
    mobile_number: PhoneNumberDocument | None = None
    national_identifier: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    first_name: Annotated[str, msgspec.Meta(max_length=30)] | None = None
    last_name: Annotated[str, msgspec.Meta(max_length=30)] | None = None
    full_name: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    country_code: CountryCode | None = None
    language_code: Text | None = None
    locale: Text | None = None


class AddressDocument(Document):
    """spec 5.12, with the widest of the lengths."""

    address_id: Text | None = None
    name: Annotated[str, msgspec.Meta(max_length=140)] | None = None
    line1: Annotated[str, msgspec.Meta(max_length=140)] | None = None
    line2: Annotated[str, msgspec.Meta(max_length=140)] | None = None
    line3: Annotated[str, msgspec.Meta(max_length=140)] | None = None
    city: Annotated[str, msgspec.Meta(max_length=100)] | None = None
    state: Annotated[str, msgspec.Meta(max_length=30)] | None = None
    country_code: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{2}\Z")] | None = None
    zip: Annotated[str, msgspec.Meta(max_length=16)] | None = None


class ComplianceResourceDocument(Document):
    """spec 5.20; the uri may be empty."""

    compliance_type: Text
    uri: Annotated[str, msgspec.Meta(max_length=1024)] = ""
    version: Text | None = None
    date_published: str | int | float | None = None


class ComplianceSettingsDocument(Document):
    """spec 5.20, the newer form."""

    compliance_resources: list[ComplianceResourceDocument] = msgspec.field(default_factory=list)


class CallDocument(Document):
    """The members that every POST body has (spec 4)."""

    src_client_id: Text | None = None
    src_correlation_id: Text | None = None
    srci_transaction_id: Text | None = None
    src_dpa_id: Text | None = None
    srci_dpa_id: Text | None = None
    service_id: Text | None = None


class IdentityLookupDocument(CallDocument):
    """spec 4.4."""

    REQUIRED = ("consumerIdentity",)

    consumer_identity: ConsumerIdentityDocument | None = None


class InitiateIdentityValidationDocument(CallDocument):
    """spec 4.5."""

    REQUIRED = ("consumerIdentity",)

    consumer_identity: ConsumerIdentityDocument | None = None
    requested_validation_channel_id: Text | None = None


class CompleteIdentityValidationDocument(CallDocument):
    """spec 4.6."""

    REQUIRED = ("validationData",)

    id_validation_session_id: Text | None = None
    consumer_identity: ConsumerIdentityDocument | None = None
    validation_data: Text | None = None
    compliance_settings: ComplianceSettingsDocument | None = None


class TokensDocument(CallDocument):
    """spec 4.7, 4.8: recognition, profile and unbinding."""

    id_tokens: list[LongText] | None = None
    recognition_tokens: list[LongText] | None = None
    dpa_transaction_options: TransactionOptionsDocument | None = None


class EnrollCardDocument(CallDocument):
    """spec 4.1."""

    REQUIRED = ("encryptedCard",)

    assurance_data: dict[str, Any] | None = None
    dpa_transaction_options: TransactionOptionsDocument | None = None
    encrypted_card: LongText | None = None
    id_token: LongText | None = None
    consumer: ConsumerDocument | None = None
    compliance_settings: ComplianceSettingsDocument | None = None


class UpdateCardDataDocument(Document):
    """What an issuer changes of DigitalCardData (spec 4.2, 5.9)."""

    status: Annotated[str, choices(DigitalCardStatus)] | None = None
    presentation_name: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    art_uri: Annotated[str, msgspec.Meta(max_length=1024, pattern=r"^https?://\S+\Z")] | None = None


class UpdateCardDocument(CallDocument):
    """spec 4.2."""

    id_token: LongText | None = None
    encrypted_card: LongText | None = None
    pan_expiration_month: Annotated[str, msgspec.Meta(max_length=2)] | None = None
    pan_expiration_year: Annotated[str, msgspec.Meta(max_length=4)] | None = None
    cardholder_full_name: Annotated[str, msgspec.Meta(max_length=256)] | None = None
    billing_address: AddressDocument | None = None
    digital_card_data: UpdateCardDataDocument | None = None


class BillingAddressDocument(CallDocument):
    """spec 4.3: the address under its own name or plainly as `address`."""

    address: AddressDocument | None = None
    billing_address: AddressDocument | None = None
    encrypted_billing_address: LongText | None = None


class ShippingAddressDocument(CallDocument):
    """spec 4.3: the address under its own name or plainly as `address`."""

    id_token: LongText | None = None
    address: AddressDocument | None = None
    shipping_address: AddressDocument | None = None
    encrypted_shipping_address: LongText | None = None


class CheckoutDocument(CallDocument):
    """spec 4.10."""

    src_digital_card_id: Annotated[str, msgspec.Meta(max_length=36)] | None = None
    encrypted_card: LongText | None = None
    id_token: LongText | None = None
    consumer: ConsumerDocument | None = None
    compliance_settings: ComplianceSettingsDocument | None = None
    dpa_transaction_options: TransactionOptionsDocument | None = None
    payload_type_indicator_checkout: Annotated[str, choices(PayloadTypeIndicator)] | None = None
    payload_type_indicator_payload: Annotated[str, choices(PayloadTypeIndicator)] | None = None
    recipient_id_checkout: Text | None = None
    recipient_id_payload: Text | None = None
    key_fingerprint_id: Text | None = None
    shipping_address_id: Text | None = None
    shipping_address: AddressDocument | None = None
    encrypted_shipping_address: LongText | None = None
    assurance_data: dict[str, Any] | None = None
    checkout_request_jws: Annotated[str, msgspec.Meta(max_length=65_536)] | None = None
    dcf_action_code: Annotated[str, choices(DcfActionCode)] | None = None


class PrepareCheckoutDocument(CheckoutDocument):
    """spec 4.9."""

    REQUIRED = ("checkoutResponseUri",)

    checkout_response_uri: Annotated[str, msgspec.Meta(max_length=1024)] | None = None
    dpa_data: dict[str, Any] | None = None


class AccountReferenceDocument(Document):
    """spec 5.15: a card or a person."""

    src_digital_card_id: Annotated[str, msgspec.Meta(max_length=36)] | None = None
    consumer_identity: ConsumerIdentityDocument | None = None


class AuthenticationMethodDocument(Document):
    """spec 5.15."""

    authentication_method_type: (
        Annotated[str, choices((*AuthenticationMethod, *OTHER_METHOD_NAMES))] | None
    ) = None
    authentication_subject: Annotated[str, choices(AuthenticationSubject)] | None = None
    uri_data: dict[str, Any] | None = None
    method_attributes: dict[str, Any] | None = None


class AuthenticationOptionsDocument(Document):
    """The part of dpaTransactionOptions that decides an authentication (spec 4.13)."""

    transaction_amount: TransactionAmountDocument | None = None
    three_ds_input_data: dict[str, Any] | None = None
    authentication_preferences: dict[str, Any] | None = None


class AuthenticationContextDocument(Document):
    """spec 4.13."""

    authentication_reasons: list[Annotated[str, choices(AuthenticationReason)]] | None = None
    acquirer_merchant_id: Text | None = None
    dpa_transaction_options: AuthenticationOptionsDocument | None = None


class AuthenticationMethodsLookupDocument(CallDocument):
    """spec 4.13."""

    REQUIRED = ("accountReference",)

    account_reference: AccountReferenceDocument | None = None
    authentication_context: AuthenticationContextDocument | None = None


class InitiateAuthenticationDocument(CallDocument):
    """spec 4.13."""

    REQUIRED = ("accountReference", "authenticationMethod")

    account_reference: AccountReferenceDocument | None = None
    authentication_method: AuthenticationMethodDocument | None = None
    authentication_context: AuthenticationContextDocument | None = None


class CompleteAuthenticationDocument(CallDocument):
    """spec 4.13."""

    REQUIRED = ("authenticationSessionId",)

    authentication_session_id: Text | None = None
    authentication_method: AuthenticationMethodDocument | None = None
    method_attributes: dict[str, Any] | None = None
    validation_data: Text | None = None
    compliance_settings: ComplianceSettingsDocument | None = None


class ConfirmationDataDocument(Document):
    """spec 4.12."""

    checkout_event_type: Annotated[str, choices(EVENT_TYPES)]
    checkout_event_status: Annotated[
        str, msgspec.Meta(max_length=255, extra_json_schema={"pattern": "^[0-9]{2}$"})
    ]
    confirmation_timestamp: Text
    confirmation_status: Annotated[str, choices(CONFIRMATION_STATUSES)] | None = None
    confirmation_reason: (
        Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[0-9a-zA-Z ,;!?.\-_]*\Z")] | None
    ) = None
    network_authorization_code: (
        Annotated[str, msgspec.Meta(max_length=25, pattern=r"^[0-9a-zA-Z]*\Z")] | None
    ) = None
    network_transaction_identifier: (
        Annotated[str, msgspec.Meta(max_length=25, pattern=r"^[ A-Za-z0-9_-]*\Z")] | None
    ) = None
    payment_network_reference: (
        Annotated[str, msgspec.Meta(max_length=25, pattern=r"^[ A-Za-z0-9_-]*\Z")] | None
    ) = None
    transaction_amount: TransactionAmountDocument | None = None
    assurance_data: dict[str, Any] | None = None


class ConfirmationDocument(CallDocument):
    """spec 4.12."""

    REQUIRED = ("srcCorrelationId", "confirmationData")

    confirmation_data: ConfirmationDataDocument | None = None


def convert(members: dict[str, Any], kind: type[_Document]) -> _Document:
    """*members* as a document of *kind*.

    Raises MissingMember, InvalidValue or InvalidFormat naming the member by its JSON path.
    """
    try:
        return msgspec.convert(members, kind)
    except msgspec.ValidationError as error:
        text = str(error)
        found = _PATH.search(text)
        path = found.group(1) if found else ""
        missing = _MISSING.search(text)
        if missing is not None:
            name = missing.group(1)
            raise MissingMember(source=f"{path}.{name}" if path else name) from error
        message = text[: found.start()] if found else text
        refusal = InvalidValue if "enum" in message else InvalidFormat
        raise refusal(f"{message}.", source=path or None) from error
