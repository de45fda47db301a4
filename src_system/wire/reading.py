"""From documents to operation requests: identities, options and consent in their normal form."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from src_system.model.address import Address
from src_system.model.consumer import ConsumerIdentity, IdentityType, PhoneNumber
from src_system.model.errors import (
    ConsumerIdFormatInvalid,
    ConsumerIdMissing,
    IdFormatUnsupported,
    InvalidFormat,
    InvalidValue,
)
from src_system.model.identifiers import is_correlation_id
from src_system.model.transaction_options import TransactionOptions
from src_system.networks.consumer_rules import (
    check_national_identifier,
    locale_of_person,
    market_of_person,
)
from src_system.networks.phone_numbers import check_phone, lookup_value
from src_system.networks.profile import NetworkProfile
from src_system.payloads import transaction_options
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.enrolment import NewConsumer
from src_system.wire.documents import (
    AddressDocument,
    CallDocument,
    ComplianceSettingsDocument,
    ConsumerDocument,
    ConsumerIdentityDocument,
    PhoneNumberDocument,
    TransactionOptionsDocument,
)

read_enum = transaction_options.read_enum
# Deliberately plain: what looks like an address is one; nothing is ever sent to it.
_EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")


class Call(msgspec.Struct, frozen=True):
    """One call as the readers see it: JSON body in the new spelling, query and path parameters."""

    src_client_id: str
    operation: str
    profile: NetworkProfile
    body: dict[str, Any]
    query: Mapping[str, str]
    path: Mapping[str, str]
    recognition_cookie: str | None = None

    __repr__ = object.__repr__


def read_session(call: Call, document: CallDocument, *origin: str | None) -> SessionOpening:
    """Which checkout session the call belongs to; *origin* is what else makes it this call."""
    return opening(
        call,
        src_correlation_id=document.src_correlation_id,
        srci_transaction_id=document.srci_transaction_id,
        dpa_id=document.src_dpa_id or document.srci_dpa_id,
        origin=origin,
    )


def opening(
    call: Call,
    *,
    src_correlation_id: str | None,
    srci_transaction_id: str | None,
    dpa_id: str | None,
    origin: tuple[str | None, ...],
    source_type: str = "BODY",
) -> SessionOpening:
    """The same, from single values."""
    if src_correlation_id is not None and not is_correlation_id(src_correlation_id):
        raise InvalidFormat(
            "A srcCorrelationId is a UUID, with or without a prefix.",
            source="srcCorrelationId",
            source_type=source_type,
        )
    return SessionOpening(
        src_correlation_id=src_correlation_id,
        src_client_id=call.src_client_id,
        src_dpa_id=dpa_id,
        srci_transaction_id=srci_transaction_id,
        origin=(call.operation, srci_transaction_id or "", *(part or "" for part in origin)),
    )


def read_identity(
    document: ConsumerIdentityDocument | None, source: str = "consumerIdentity"
) -> ConsumerIdentity:
    """An identity in its normal form; the refusals of spec 4.4."""
    if document is None or not document.identity_value:
        raise ConsumerIdMissing(source=f"{source}.identityValue")
    if not document.identity_type:
        raise ConsumerIdMissing(source=f"{source}.identityType")
    try:
        identity_type = IdentityType(document.identity_type)
    except ValueError as error:
        raise IdFormatUnsupported(source=f"{source}.identityType") from error
    value_source = f"{source}.identityValue"
    match identity_type:
        case IdentityType.EMAIL_ADDRESS:
            value = read_email(document.identity_value, value_source)
        case IdentityType.MOBILE_PHONE_NUMBER:
            value = lookup_value(document.identity_value, source=value_source)
        case IdentityType.EXTERNAL_ACCOUNT_ID:
            value = document.identity_value
    return ConsumerIdentity(identity_type, value)


def read_email(text: str, source: str) -> str:
    """The address in lower case."""
    if _EMAIL.fullmatch(text) is None:
        raise ConsumerIdFormatInvalid(source=source)
    return text.lower()


def read_phone(document: PhoneNumberDocument, source: str) -> PhoneNumber:
    """The number as digits only, its length possible for its calling code."""
    return check_phone(PhoneNumber(document.country_code, document.phone_number), source=source)


def read_consumer(
    document: ConsumerDocument | None, compliance: ComplianceSettingsDocument | None
) -> NewConsumer | None:
    """A described consumer; identities from their own members or from consumerIdentity."""
    if document is None:
        return None
    email = document.email_address and read_email(document.email_address, "consumer.emailAddress")
    mobile = None
    if document.mobile_number is not None:
        mobile = read_phone(document.mobile_number, "consumer.mobileNumber")
    external = None
    if document.consumer_identity is not None:
        identity = read_identity(document.consumer_identity, "consumer.consumerIdentity")
        if identity.identity_type is IdentityType.EMAIL_ADDRESS:
            email = email or identity.identity_value
        elif identity.identity_type is IdentityType.MOBILE_PHONE_NUMBER:
            if mobile is None or mobile.identity_value != identity.identity_value:
                raise InvalidValue(
                    "Send the number as mobileNumber, with its calling code apart.",
                    source="consumer.mobileNumber",
                )
        elif identity.identity_type is IdentityType.EXTERNAL_ACCOUNT_ID:
            external = identity.identity_value
    full_name = document.full_name or " ".join(
        name for name in (document.first_name, document.last_name) if name
    )
    market = market_of_person(document.country_code, mobile)
    locale, language = document.locale, document.language_code
    return NewConsumer(
        email_address=email or None,
        mobile_number=mobile or None,
        first_name=document.first_name,
        last_name=document.last_name,
        full_name=full_name or None,
        national_identifier=check_national_identifier(
            document.national_identifier, market, source="consumer.nationalIdentifier"
        ),
        country_code=document.country_code,
        locale=locale_of_person(
            locale or (language and language.lower()), market, source="consumer.locale"
        ),
        external_account_id=external,
        compliance_settings=read_compliance(compliance),
    )


def read_compliance(document: ComplianceSettingsDocument | None) -> dict[str, Any]:
    """Consent as kept: {"complianceResources": [{"complianceType", "uri", "version"}]}."""
    if document is None:
        return {}
    return {
        "complianceResources": [
            {
                "complianceType": resource.compliance_type,
                "uri": resource.uri,
                "version": resource.version,
            }
            for resource in document.compliance_resources
        ]
    }


def read_address(document: AddressDocument | None) -> Address | None:
    """An address, or None."""
    if document is None:
        return None
    return Address(
        name=document.name,
        line1=document.line1,
        line2=document.line2,
        line3=document.line3,
        city=document.city,
        state=document.state,
        country_code=document.country_code,
        zip=document.zip,
    )


def read_options(document: TransactionOptionsDocument | None) -> TransactionOptions | None:
    """dpaTransactionOptions, or None when the DPA's registered ones shall hold."""
    return None if document is None else transaction_options.read_options(document)


def options_document(options: TransactionOptions | None) -> dict[str, Any]:
    """Options as kept with a DPA."""
    return {} if options is None else msgspec.to_builtins(options)
