"""One reader per operation: a call becomes the operation's request."""

import re

from src_system.clock import parse_iso
from src_system.model.checkout import DcfActionCode
from src_system.model.confirmation import (
    CONFIRMATION_STATUSES,
    EVENT_AUTHORISE,
    EVENT_TYPES,
    Confirmation,
)
from src_system.model.errors import (
    ConsumerIdMissing,
    InvalidFormat,
    InvalidValue,
    MissingMember,
    ValidationDataMissing,
)
from src_system.model.identifiers import check_identifier
from src_system.model.transaction_options import PayloadTypeIndicator
from src_system.operations.checkout import CheckoutRequest
from src_system.operations.complete_identity_validation import (
    CompleteIdentityValidationRequest,
)
from src_system.operations.confirmation import ConfirmationRequest
from src_system.operations.delete_card import DeleteCardRequest
from src_system.operations.enroll_card import EnrollCardRequest
from src_system.operations.get_card import GetCardRequest
from src_system.operations.get_payload import GetPayloadRequest
from src_system.operations.get_src_profile import GetSrcProfileRequest
from src_system.operations.identity_lookup import IdentityLookupRequest
from src_system.operations.initiate_identity_validation import (
    InitiateIdentityValidationRequest,
)
from src_system.operations.is_recognized import IsRecognizedRequest
from src_system.operations.unbind_app_instance import UnbindAppInstanceRequest
from src_system.payloads.assurance_data import read_assurance_data
from src_system.payloads.transaction_options import read_transaction_amount
from src_system.store.checkout_sessions import SessionOpening
from src_system.wire.documents import (
    CheckoutDocument,
    CompleteIdentityValidationDocument,
    ConfirmationDataDocument,
    ConfirmationDocument,
    EnrollCardDocument,
    IdentityLookupDocument,
    InitiateIdentityValidationDocument,
    TokensDocument,
    convert,
)
from src_system.wire.origins import amount_origin, person_origin, token_origin
from src_system.wire.queries import PayloadQuery, SessionQuery, read_query
from src_system.wire.reading import (
    Call,
    opening,
    read_address,
    read_compliance,
    read_consumer,
    read_enum,
    read_identity,
    read_options,
    read_session,
)

TOKENS_MAX = 10
_TWO_DIGITS = re.compile("[0-9]{2}")
# Every network's word for a channel; what is none of them stays an id that a network gave.
_CHANNELS = {
    "EMAIL": "EMAIL_ADDRESS",
    "SMS": "MOBILE_PHONE_NUMBER",
    "MOBILE_NUMBER": "MOBILE_PHONE_NUMBER",
}
_DATA = "confirmationData"


def read_identity_lookup(call: Call) -> IdentityLookupRequest:
    """spec 4.4."""
    document = convert(call.body, IdentityLookupDocument)
    identity = read_identity(document.consumer_identity)
    return IdentityLookupRequest(read_session(call, document, identity.identity_value), identity)


def read_initiate_identity_validation(call: Call) -> InitiateIdentityValidationRequest:
    """spec 4.5."""
    document = convert(call.body, InitiateIdentityValidationDocument)
    identity = read_identity(document.consumer_identity)
    return InitiateIdentityValidationRequest(
        read_session(call, document, identity.identity_value),
        identity,
        _CHANNELS.get(
            document.requested_validation_channel_id or "",
            document.requested_validation_channel_id,
        ),
    )


def read_complete_identity_validation(call: Call) -> CompleteIdentityValidationRequest:
    """spec 4.6. Without idValidationSessionId the identity finds the running validation."""
    document = convert(call.body, CompleteIdentityValidationDocument)
    if not document.validation_data:
        raise ValidationDataMissing(source="validationData")
    identity = None
    if document.consumer_identity is not None:
        identity = read_identity(document.consumer_identity)
    if identity is None and document.id_validation_session_id is None:
        raise ConsumerIdMissing(source="idValidationSessionId")
    consent = read_compliance(document.compliance_settings)
    return CompleteIdentityValidationRequest(
        session=read_session(call, document),
        id_validation_session_id=document.id_validation_session_id,
        identity=identity,
        validation_data=document.validation_data.strip(),
        remember_me=any(
            resource["complianceType"] == "REMEMBER_ME"
            for resource in consent.get("complianceResources", ())
        ),
    )


def read_is_recognized(call: Call) -> IsRecognizedRequest:
    """spec 4.8."""
    document = convert(call.body, TokensDocument)
    tokens = _tokens(document.recognition_tokens, "recognitionTokens")
    return IsRecognizedRequest(
        read_session(call, document, *map(token_origin, tokens)), tokens, call.recognition_cookie
    )


def read_get_src_profile(call: Call) -> GetSrcProfileRequest:
    """spec 4.7."""
    document = convert(call.body, TokensDocument)
    tokens = _tokens(document.id_tokens, "idTokens")
    return GetSrcProfileRequest(
        read_session(call, document, *map(token_origin, tokens)),
        tokens,
        read_options(document.dpa_transaction_options),
    )


def read_unbind_app_instance(call: Call) -> UnbindAppInstanceRequest:
    """spec 4.8."""
    document = convert(call.body, TokensDocument)
    recognition = _tokens(document.recognition_tokens, "recognitionTokens")
    identity = _tokens(document.id_tokens, "idTokens")
    return UnbindAppInstanceRequest(
        read_session(call, document, *map(token_origin, (*recognition, *identity))),
        recognition,
        identity,
        call.recognition_cookie,
    )


def _tokens(tokens: list[str] | None, source: str) -> tuple[str, ...]:
    if tokens is not None and len(tokens) > TOKENS_MAX:
        raise InvalidValue(f"At most {TOKENS_MAX} tokens are read.", source=source)
    return tuple(tokens or ())


def read_enroll_card(call: Call) -> EnrollCardRequest:
    """spec 4.1."""
    document = convert(call.body, EnrollCardDocument)
    if not document.encrypted_card:
        raise MissingMember(source="encryptedCard")
    read_assurance_data(document.assurance_data)  # refused when malformed; nothing hangs on it
    return EnrollCardRequest(
        # The ciphertext differs at each call; the consumer and transaction make equal calls equal.
        session=read_session(
            call, document, person_origin(document.consumer) or token_origin(document.id_token)
        ),
        encrypted_card=document.encrypted_card,
        id_token=document.id_token or None,
        consumer=read_consumer(document.consumer, document.compliance_settings),
        options=read_options(document.dpa_transaction_options),
    )


def read_get_card(call: Call) -> GetCardRequest:
    """spec 4.2."""
    return GetCardRequest(query_session(call), card_id_of(call))


def read_delete_card(call: Call) -> DeleteCardRequest:
    """spec 4.2."""
    return DeleteCardRequest(query_session(call), card_id_of(call))


def card_id_of(call: Call) -> str:
    """The srcDigitalCardId in the path."""
    return check_identifier(
        call.path["srcDigitalCardId"], source="srcDigitalCardId", characters_max=36
    )


def query_session(call: Call, query: SessionQuery | None = None) -> SessionOpening:
    """The checkout session of a call without a body: named in the query, if at all."""
    query = query or read_query(call, SessionQuery)
    return opening(
        call,
        src_correlation_id=query.src_correlation_id or None,
        srci_transaction_id=query.srci_transaction_id or None,
        dpa_id=query.src_dpa_id or None,
        origin=tuple(call.path.values()),
        source_type="QUERY",
    )


def read_checkout(call: Call) -> CheckoutRequest:
    """spec 4.10. If both a card id and an encrypted card are given, the id wins."""
    document = convert(call.body, CheckoutDocument)
    dpa_id = document.src_dpa_id or document.srci_dpa_id
    card_id = document.src_digital_card_id or None
    return CheckoutRequest(
        session=read_session(
            call,
            document,
            card_id or person_origin(document.consumer) or token_origin(document.id_token),
            amount_origin(document.dpa_transaction_options) if card_id else None,
        ),
        dpa_id=dpa_id or None,
        src_digital_card_id=card_id,
        encrypted_card=document.encrypted_card or None,
        id_token=document.id_token or None,
        consumer=read_consumer(document.consumer, document.compliance_settings),
        options=read_options(document.dpa_transaction_options),
        payload_type=read_enum(
            PayloadTypeIndicator,
            document.payload_type_indicator_checkout,
            "payloadTypeIndicatorCheckout",
        ),
        recipient_id=document.recipient_id_checkout or None,
        key_fingerprint_id=document.key_fingerprint_id or None,
        payload_type_later=read_enum(
            PayloadTypeIndicator,
            document.payload_type_indicator_payload,
            "payloadTypeIndicatorPayload",
        ),
        recipient_id_later=document.recipient_id_payload or None,
        shipping_address_id=document.shipping_address_id or None,
        shipping_address=read_address(document.shipping_address),
        encrypted_shipping_address=document.encrypted_shipping_address or None,
        compliance_settings=read_compliance(document.compliance_settings),
        assurance_data=read_assurance_data(document.assurance_data),
        dcf_action_code=read_enum(DcfActionCode, document.dcf_action_code, "dcfActionCode"),
    )


def read_get_payload(call: Call) -> GetPayloadRequest:
    """spec 4.11, all in the query string."""
    query = read_query(call, PayloadQuery)
    session = query_session(call, query)
    if session.src_correlation_id is None:
        raise MissingMember(source="srcCorrelationId", source_type="QUERY")
    return GetPayloadRequest(
        src_correlation_id=session.src_correlation_id,
        srci_transaction_id=session.srci_transaction_id,
        src_digital_card_id=query.src_digital_card_id or None,
        payload_type=read_enum(
            PayloadTypeIndicator, query.payload_type_indicator, "payloadTypeIndicator"
        ),
        recipient_id=query.recipient_id or None,
    )


def read_confirmation(call: Call) -> ConfirmationRequest:
    """spec 4.12."""
    document = convert(call.body, ConfirmationDocument)
    session = read_session(call, document)
    if session.src_correlation_id is None:
        raise MissingMember(source="srcCorrelationId")
    if document.confirmation_data is None:
        raise MissingMember(source=_DATA)
    return ConfirmationRequest(
        src_correlation_id=session.src_correlation_id,
        confirmation=_confirmation(document.confirmation_data),
        confirmation_data=call.body[_DATA],
    )


def _confirmation(data: ConfirmationDataDocument) -> Confirmation:
    read_assurance_data(data.assurance_data, source=f"{_DATA}.assuranceData")
    if data.checkout_event_type not in EVENT_TYPES:
        raise InvalidValue("01 to 07 is expected.", source=f"{_DATA}.checkoutEventType")
    if _TWO_DIGITS.fullmatch(data.checkout_event_status) is None:
        raise InvalidValue("Two digits are expected.", source=f"{_DATA}.checkoutEventStatus")
    if data.confirmation_status not in (None, *CONFIRMATION_STATUSES):
        raise InvalidValue("01 to 03 is expected.", source=f"{_DATA}.confirmationStatus")
    if data.checkout_event_type == EVENT_AUTHORISE and not data.network_transaction_identifier:
        raise MissingMember(
            "An authorisation needs it; UNAVLB when it is unknown.",
            source=f"{_DATA}.networkTransactionIdentifier",
        )
    try:
        timestamp = parse_iso(data.confirmation_timestamp)
    except ValueError as error:
        raise InvalidFormat(
            "An ISO 8601 time is expected.", source=f"{_DATA}.confirmationTimestamp"
        ) from error
    amount = data.transaction_amount
    return Confirmation(
        checkout_event_type=data.checkout_event_type,
        checkout_event_status=data.checkout_event_status,
        confirmation_timestamp=timestamp,
        confirmation_status=data.confirmation_status,
        confirmation_reason=data.confirmation_reason,
        network_authorization_code=data.network_authorization_code,
        network_transaction_identifier=data.network_transaction_identifier,
        payment_network_reference=data.payment_network_reference,
        transaction_amount=None
        if amount is None
        else read_transaction_amount(amount, source=f"{_DATA}.transactionAmount"),
    )
