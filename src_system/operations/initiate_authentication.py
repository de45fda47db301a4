"""initiateAuthentication: start proving a cardholder or consumer (spec 4.13)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from src_system.deferred.announcement import announce_card_change
from src_system.model.authentication import (
    OTP_CHANNELS,
    AskedBy,
    Authentication,
    AuthenticationMethod,
    AuthenticationReason,
    AuthenticationState,
    AuthenticationSubject,
    TransStatus,
    decide_three_ds,
    refuse_unfit_method,
)
from src_system.model.consumer import (
    Consumer,
    ConsumerIdentity,
    IdentityType,
    refuse_inaccessible,
)
from src_system.model.digital_card import DigitalCard, refuse_unusable
from src_system.model.errors import (
    InvalidValue,
    NotFound,
    NotSupported,
    UnrecognizedConsumerId,
)
from src_system.model.participant import Client
from src_system.model.transaction_options import ThreeDsWishes, TransactionAmount
from src_system.networks.magic_numbers import may_be_kept_number
from src_system.operations.magic_cards import of_kept_card
from src_system.payloads.assurance_data import AssuranceDataDocument
from src_system.payloads.authentication_result import authentication_assurance, passkey_challenge
from src_system.payloads.masked import mask_identity
from src_system.store import authentications, consumers, digital_cards
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.database import Tx
from src_system.store.ownership import own_card
from src_system.system import System

_METHOD = "authenticationMethod.authenticationMethodType"


@dataclass(frozen=True, slots=True)
class InitiateAuthenticationRequest:
    """Exactly one of card and identity; *wishes* are for 3-D Secure."""

    session: SessionOpening
    src_digital_card_id: str | None
    identity: ConsumerIdentity | None
    method: AuthenticationMethod
    subject: AuthenticationSubject
    reason: AuthenticationReason
    transaction_amount: TransactionAmount | None
    wishes: ThreeDsWishes


@dataclass(frozen=True, slots=True)
class InitiateAuthenticationResult:
    """The authentication begun; what its method wants back stands in *method_attributes*.

    One that needs nothing more (a frictionless 3-D Secure) is over and has its assurance.
    """

    src_correlation_id: str
    authentication: Authentication
    method_attributes: dict[str, str]
    assurance_data: AssuranceDataDocument | None


async def initiate_authentication(
    system: System, caller: Client, request: InitiateAuthenticationRequest
) -> InitiateAuthenticationResult:
    """Begin, and for one-time codes send the code.

    Raises UnrecognizedConsumerId, NotFound, PermissionDenied, NotSupported for a method that this
    network or person does not have, MissingMember and InvalidValue for a method of cards without
    a card or to prove a person, AccountInaccessible, RetriesExceeded, SuspendedCard, InactiveCard.
    """
    now = system.now()
    if request.method not in system.profile.authentication_methods:
        raise NotSupported("This network does not offer the method.", source=_METHOD)
    refuse_unfit_method(
        request.method, request.subject, has_card=request.src_digital_card_id is not None
    )
    async with system.database.transaction(system.count) as tx:
        session = await system.open_session(tx, request.session, now=now)
        consumer, card = await _account(system, tx, caller, request, session.src_consumer_id, now)
        locked = await consumers.lock_consumer(tx, system.key, consumer.src_consumer_id)
        consumer = locked or consumer
        refuse_inaccessible(consumer, now)
        trans_status = None
        if request.method is AuthenticationMethod.THREE_DS:
            usual = None if card is None else await _usual_three_ds(system, tx, card)
            trans_status = decide_three_ds(request.wishes, usual)
        channel = _channel(consumer, request, trans_status)
        asked_by = AskedBy(request.method, request.reason)
        validation_id = await _send_code(system, tx, caller, consumer, channel, asked_by, now)
        begun = await authentications.open_authentication(
            tx,
            system.key,
            system.derivation,
            _draft(
                system,
                caller,
                request,
                session.src_correlation_id,
                consumer,
                validation_id,
                trans_status,
                now,
            ),
            now=now,
        )
        if begun.is_proven and card is not None:
            settled = await authentications.settle_card(tx, system.key, card, begun.method)
            await announce_card_change(system, tx, card, settled, now=now)
    is_over = begun.state is not AuthenticationState.PENDING
    return InitiateAuthenticationResult(
        session.src_correlation_id,
        begun,
        _attributes(system, begun, consumer, channel),
        authentication_assurance(begun, profile=system.profile, derivation=system.derivation)
        if is_over
        else None,
    )


async def _account(
    system: System,
    tx: Tx,
    caller: Client,
    request: InitiateAuthenticationRequest,
    session_consumer_id: str | None,
    now: datetime,
) -> tuple[Consumer, DigitalCard | None]:
    """Whom, and with which card."""
    if request.src_digital_card_id is None:
        consumer = None
        if request.identity is not None:
            consumer = await consumers.find_by_identity(tx, system.key, request.identity)
        if consumer is None:
            raise UnrecognizedConsumerId(
                source="accountReference.consumerIdentity", seen={"has_profile": False}
            )
        return consumer, None
    card, _ = await own_card(
        tx,
        system.key,
        caller,
        request.src_digital_card_id,
        src_consumer_id=session_consumer_id,
    )
    refuse_unusable(card, now)
    consumer = await consumers.find_consumer(tx, system.key, card.src_consumer_id)
    if consumer is None:
        raise NotFound(source="accountReference.srcDigitalCardId")
    return consumer, card


async def _usual_three_ds(system: System, tx: Tx, card: DigitalCard) -> TransStatus | None:
    """How 3-D Secure ends for a card whose number is magic; None for any other."""
    operation = "initiateAuthentication"
    if may_be_kept_number(system.profile, card.pan_bin, card.pan_last_four) is None:
        return None
    found = await digital_cards.find_card(tx, system.key, card.src_digital_card_id)
    value = None if found is None else of_kept_card(system, operation, *found)
    if value is None:
        return None
    system.tell(value.told())
    return value.trans_status


async def _send_code(
    system: System,
    tx: Tx,
    caller: Client,
    consumer: Consumer,
    channel: IdentityType | None,
    asked_by: AskedBy,
    now: datetime,
) -> str | None:
    """The idValidationSessionId of the code sent, None for a method without one.

    A further code while one runs is a resend, and good for the newer authentication alone.
    """
    if channel is None:
        return None
    validation = await system.one_time_codes(now).issue(
        tx,
        consumer,
        src_client_id=caller.src_client_id,
        identity=_identity(consumer, channel),
        channel=channel,
        asked_by=asked_by,
    )
    await authentications.supersede(tx, system.key, validation.id_validation_session_id, now=now)
    return validation.id_validation_session_id


def _channel(
    consumer: Consumer,
    request: InitiateAuthenticationRequest,
    trans_status: TransStatus | None,
) -> IdentityType | None:
    """Where a code goes; None for a method without one. A 3DS challenge prefers the phone."""
    held = [
        channel
        for channel, address in (
            (IdentityType.MOBILE_PHONE_NUMBER, consumer.mobile_number),
            (IdentityType.EMAIL_ADDRESS, consumer.email_address),
        )
        if address is not None
    ]
    wanted = OTP_CHANNELS.get(request.method)
    if wanted is not None:
        if wanted not in held:
            raise NotSupported("The consumer has no such address.", source=_METHOD)
        return wanted
    if trans_status is TransStatus.CHALLENGE:
        if not held:
            raise NotSupported("The consumer has no address for a challenge.", source=_METHOD)
        return held[0]
    return None


def _identity(consumer: Consumer, channel: IdentityType) -> ConsumerIdentity:
    if channel is IdentityType.EMAIL_ADDRESS and consumer.email_address is not None:
        return ConsumerIdentity(channel, consumer.email_address)
    if consumer.mobile_number is not None:
        return ConsumerIdentity(channel, consumer.mobile_number.identity_value)
    raise InvalidValue("The consumer has no such address.", source=_METHOD)


def _draft(
    system: System,
    caller: Client,
    request: InitiateAuthenticationRequest,
    src_correlation_id: str,
    consumer: Consumer,
    validation_id: str | None,
    trans_status: TransStatus | None,
    now: datetime,
) -> Authentication:
    """The authentication as it begins; one without a challenge is over at once."""
    is_over = trans_status is not None and trans_status is not TransStatus.CHALLENGE
    state = AuthenticationState.PENDING
    if is_over:
        is_refused = trans_status is TransStatus.NOT_AUTHENTICATED
        state = (
            AuthenticationState.NOT_AUTHENTICATED
            if is_refused
            else AuthenticationState.AUTHENTICATED
        )
    return Authentication(
        authentication_id="",
        src_correlation_id=src_correlation_id,
        src_client_id=caller.src_client_id,
        src_consumer_id=consumer.src_consumer_id,
        src_digital_card_id=request.src_digital_card_id,
        method=request.method,
        subject=request.subject,
        reason=request.reason,
        state=state,
        wrong_tries=0,
        id_validation_session_id=validation_id,
        transaction_amount=request.transaction_amount,
        trans_status=trans_status,
        expires_at=now + timedelta(minutes=system.limits.one_time_code_minutes),
        completed_at=now if is_over else None,
    )


def _attributes(
    system: System, begun: Authentication, consumer: Consumer, channel: IdentityType | None
) -> dict[str, str]:
    """What the method wants to be answered, or says about itself."""
    if channel is not None:
        identity = _identity(consumer, channel)
        return {
            "maskedValidationChannel": mask_identity(
                system.profile.mask, channel, identity.identity_value
            ),
            "idValidationSessionId": begun.id_validation_session_id or "",
        }
    if begun.method is AuthenticationMethod.FIDO2:
        return {"challenge": passkey_challenge(begun, system.key.network, system.derivation)}
    if begun.method is AuthenticationMethod.CARD_SECURITY_CODE:
        return {"cardSecurityCodeLength": str(system.profile.card_security_code_digits)}
    return {}
