"""Authentication by the SRC System: the calls read and their answers written (spec 4.13)."""

from typing import Any

from src_system.model.authentication import (
    NEEDING_AMOUNT,
    Authentication,
    AuthenticationMethod,
    AuthenticationReason,
    AuthenticationState,
    AuthenticationSubject,
    no_amount,
)
from src_system.model.compliance import REMEMBER_ME, accepted_types
from src_system.model.consumer import ConsumerIdentity
from src_system.model.errors import InvalidValue, MissingMember
from src_system.model.identifiers import check_identifier
from src_system.model.transaction_options import ThreeDsWishes, TransactionAmount
from src_system.operations.authentication_methods_lookup import (
    AuthenticationMethodsLookupRequest,
    AuthenticationMethodsLookupResult,
    OfferedMethod,
)
from src_system.operations.complete_authentication import (
    CompleteAuthenticationRequest,
    CompleteAuthenticationResult,
)
from src_system.operations.initiate_authentication import (
    InitiateAuthenticationRequest,
    InitiateAuthenticationResult,
)
from src_system.system import System
from src_system.wire.authentication_documents import (
    AuthenticationMethodsLookupAnswer,
    AuthenticationOutcome,
    BegunMethod,
    CompleteAuthenticationAnswer,
    InitiateAuthenticationAnswer,
    OfferedMethodDocument,
)
from src_system.wire.documents import (
    OTHER_METHOD_NAMES,
    AccountReferenceDocument,
    AuthenticationContextDocument,
    AuthenticationMethodsLookupDocument,
    CompleteAuthenticationDocument,
    InitiateAuthenticationDocument,
    convert,
    read_amount,
)
from src_system.wire.reading import (
    Call,
    read_compliance,
    read_enum,
    read_identity,
    read_session,
)

Json = dict[str, Any]

_REFERENCE = "accountReference"
_METHOD = "authenticationMethod"
_CONTEXT = "authenticationContext"
_NO_CURRENCY = "USD"


def read_authentication_methods_lookup(call: Call) -> AuthenticationMethodsLookupRequest:
    """spec 4.13."""
    document = convert(call.body, AuthenticationMethodsLookupDocument)
    card_id, identity = _account(document.account_reference)
    return AuthenticationMethodsLookupRequest(
        read_session(call, document, card_id, identity.identity_value if identity else None),
        card_id,
        identity,
    )


def read_initiate_authentication(call: Call) -> InitiateAuthenticationRequest:
    """spec 4.13: without a reason it is the payment's, or the consumer's identity without a card.

    The amount is needed for a payment and for a card verification, and 0.00 for the others.
    """
    document = convert(call.body, InitiateAuthenticationDocument)
    card_id, identity = _account(document.account_reference)
    wanted = document.authentication_method
    if wanted is None or not wanted.authentication_method_type:
        raise MissingMember(source=f"{_METHOD}.authenticationMethodType")
    name = wanted.authentication_method_type
    method = read_enum(
        AuthenticationMethod,
        OTHER_METHOD_NAMES.get(name, name),
        f"{_METHOD}.authenticationMethodType",
    )
    context = document.authentication_context or AuthenticationContextDocument()
    reason = _reason(context, has_card=card_id is not None)
    subject = read_enum(
        AuthenticationSubject, wanted.authentication_subject, f"{_METHOD}.authenticationSubject"
    )
    if subject is None:
        subject = (
            AuthenticationSubject.CONSUMER if card_id is None else AuthenticationSubject.CARDHOLDER
        )
    if method is None:
        raise MissingMember(source=f"{_METHOD}.authenticationMethodType")
    return InitiateAuthenticationRequest(
        session=read_session(
            call, document, card_id, identity.identity_value if identity else None, name
        ),
        src_digital_card_id=card_id,
        identity=identity,
        method=method,
        subject=subject,
        reason=reason,
        transaction_amount=_amount(context, reason),
        wishes=_wishes(document, context),
    )


def _account(
    reference: AccountReferenceDocument | None,
) -> tuple[str | None, ConsumerIdentity | None]:
    """Exactly one of card and identity (spec 5.15)."""
    if reference is None or (
        not reference.src_digital_card_id and reference.consumer_identity is None
    ):
        raise MissingMember(
            "A srcDigitalCardId or a consumerIdentity is expected.", source=_REFERENCE
        )
    if reference.src_digital_card_id and reference.consumer_identity is not None:
        raise InvalidValue(
            "Either srcDigitalCardId or consumerIdentity is expected.", source=_REFERENCE
        )
    if reference.src_digital_card_id:
        card_id = check_identifier(
            reference.src_digital_card_id,
            source=f"{_REFERENCE}.srcDigitalCardId",
            characters_max=36,
        )
        return card_id, None
    return None, read_identity(reference.consumer_identity, f"{_REFERENCE}.consumerIdentity")


def _reason(context: AuthenticationContextDocument, *, has_card: bool) -> AuthenticationReason:
    for place, reason in enumerate(context.authentication_reasons or ()):
        read = read_enum(AuthenticationReason, reason, f"{_CONTEXT}.authenticationReasons[{place}]")
        if read is not None:
            return read
    if has_card:
        return AuthenticationReason.TRANSACTION_AUTHENTICATION
    return AuthenticationReason.CONSUMER_IDENTITY_VALIDATION


def _amount(
    context: AuthenticationContextDocument, reason: AuthenticationReason
) -> TransactionAmount | None:
    options = context.dpa_transaction_options
    amount = None if options is None else options.transaction_amount
    source = f"{_CONTEXT}.dpaTransactionOptions.transactionAmount"
    if amount is None:
        if reason in NEEDING_AMOUNT:
            raise MissingMember(f"{reason} needs an amount.", source=source)
        return no_amount(_NO_CURRENCY)
    return TransactionAmount(
        read_amount(amount.transaction_amount, source=f"{source}.transactionAmount"),
        amount.transaction_currency_code,
    )


def _wishes(
    document: InitiateAuthenticationDocument, context: AuthenticationContextDocument
) -> ThreeDsWishes:
    method, options = document.authentication_method, context.dpa_transaction_options
    attributes = (method and method.method_attributes) or {}
    three_ds = (options and options.three_ds_input_data) or {}
    preferences = (options and options.authentication_preferences) or {}
    indicator = attributes.get("challengeIndicator")
    return ThreeDsWishes(
        challenge_indicator=indicator if isinstance(indicator, str) else None,
        force_challenge=three_ds.get("forceChallenge") is True,
        suppress_challenge=preferences.get("suppressChallenge") is True,
    )


def read_complete_authentication(call: Call) -> CompleteAuthenticationRequest:
    """spec 4.13: the proof stands in methodAttributes, a code also as validationData."""
    document = convert(call.body, CompleteAuthenticationDocument)
    if not document.authentication_session_id:
        raise MissingMember(source="authenticationSessionId")
    attributes = document.method_attributes
    method = document.authentication_method
    if attributes is None and method is not None:
        attributes = method.method_attributes
    attributes = attributes or {}
    consent = read_compliance(document.compliance_settings)
    return CompleteAuthenticationRequest(
        session=read_session(call, document, document.authentication_session_id),
        authentication_id=check_identifier(
            document.authentication_session_id,
            source="authenticationSessionId",
            characters_max=64,
        ),
        otp_value=_text(attributes, "otpValue") or document.validation_data,
        card_security_code=_text(attributes, "cardSecurityCode"),
        encrypted_card=_text(attributes, "encryptedCard"),
        passkey_challenge=_text(attributes, "challenge"),
        is_user_verified=attributes.get("userVerified") is True,
        remember_me=REMEMBER_ME in accepted_types(consent),
    )


def _text(attributes: Json, name: str) -> str | None:
    value = attributes.get(name)
    if value is None or isinstance(value, str):
        return value or None
    raise InvalidValue("Text is expected.", source=f"methodAttributes.{name}")


def write_authentication_methods_lookup(
    result: AuthenticationMethodsLookupResult, _system: System
) -> AuthenticationMethodsLookupAnswer:
    """spec 4.13."""
    return {"authenticationMethods": [_offered(method) for method in result.methods]}


def _offered(offered: OfferedMethod) -> OfferedMethodDocument:
    document: OfferedMethodDocument = {
        "authenticationMethodType": offered.method,
        "authenticationSubject": offered.subject,
    }
    if offered.masked_validation_channel is not None:
        document["methodAttributes"] = {
            "maskedValidationChannel": offered.masked_validation_channel
        }
    return document


def write_initiate_authentication(
    result: InitiateAuthenticationResult, _system: System
) -> InitiateAuthenticationAnswer:
    """spec 4.13: PENDING with what the method wants, or COMPLETE with its result."""
    begun = result.authentication
    method: BegunMethod = {
        "authenticationMethodType": begun.method,
        "authenticationSubject": begun.subject,
        "methodAttributes": result.method_attributes,
    }
    document: InitiateAuthenticationAnswer = {
        "authenticationSessionId": begun.authentication_id,
        "authenticationMethod": method,
        "authenticationStatus": "PENDING",
    }
    if begun.state is not AuthenticationState.PENDING:
        document["authenticationStatus"] = "COMPLETE"
        document["authenticationResult"] = _outcome(begun)
        document["assuranceData"] = result.assurance_data
    return document


def write_complete_authentication(
    result: CompleteAuthenticationResult, _system: System
) -> CompleteAuthenticationAnswer:
    """spec 4.13."""
    document: CompleteAuthenticationAnswer = {
        "authenticationSessionId": result.authentication.authentication_id,
        "authenticationStatus": "COMPLETE",
        "authenticationResult": _outcome(result.authentication),
        "assuranceData": result.assurance_data,
    }
    if result.id_token is not None:
        document["idToken"] = result.id_token
    if result.recognition_token is not None:
        document["recognitionToken"] = result.recognition_token
    return document


def _outcome(authentication: Authentication) -> AuthenticationOutcome:
    return "AUTHENTICATED" if authentication.is_proven else "NOT_AUTHENTICATED"
