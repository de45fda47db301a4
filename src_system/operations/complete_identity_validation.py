"""completeIdentityValidation: judge a one-time code and issue the idToken (spec 4.6)."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from src_system.model.consumer import (
    Consumer,
    ConsumerIdentity,
    IdentityType,
    refuse_inaccessible,
)
from src_system.model.errors import InvalidValue, SrcError, UnrecognizedConsumerId
from src_system.model.identity_validation import IdentityValidation, ValidationPurpose
from src_system.model.participant import Client
from src_system.model.session import CheckoutSession, SessionState
from src_system.operations.remembering import remember
from src_system.payloads.id_token import Identification
from src_system.payloads.masked import mask_identity
from src_system.store import (
    checkout_sessions,
    consumers,
    identity_validations,
)
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.database import Tx
from src_system.store.enrolment import identity_hash
from src_system.system import System

_AMR = {
    IdentityType.EMAIL_ADDRESS: ("email_otp", "otp"),
    IdentityType.MOBILE_PHONE_NUMBER: ("sms_otp", "otp"),
}


@dataclass(frozen=True, slots=True, repr=False)
class CompleteIdentityValidationRequest:
    """A try at a code. *identity* finds the validation when its id is not sent; it has no repr."""

    session: SessionOpening
    id_validation_session_id: str | None
    identity: ConsumerIdentity | None
    validation_data: str
    remember_me: bool


@dataclass(frozen=True, slots=True, repr=False)
class CompleteIdentityValidationResult:
    """The tokens; `recognition_token` only when REMEMBER_ME was asked for."""

    src_correlation_id: str
    id_token: str
    recognition_token: str | None


@dataclass(frozen=True, slots=True, repr=False)
class _Judged:
    """What the transaction kept: the consumer validated, or the refusal to raise after it."""

    validation: IdentityValidation
    consumer: Consumer
    session: CheckoutSession | None
    recognition_token: str | None
    refusal: SrcError | None


async def complete_identity_validation(
    system: System, caller: Client, request: CompleteIdentityValidationRequest
) -> CompleteIdentityValidationResult:
    """The idToken for a right code.

    Raises CodeInvalid, CodeExpired, RetriesExceeded after the try was counted, InvalidValue for an
    unknown idValidationSessionId, AccountInaccessible for a locked consumer.
    """
    now = system.now()
    async with system.database.transaction(system.count) as tx:
        judged = await _judge(system, tx, caller, request, now)
    # Raised after the block: inside it, the count of wrong tries would be rolled back.
    if judged.refusal is not None:
        raise judged.refusal
    validation = judged.validation
    identity = ConsumerIdentity(validation.identity_type, validation.identity_value)
    id_token = system.issue_id_token(
        caller,
        Identification(
            identity_hash=identity_hash(system.derivation, identity),
            is_email=validation.identity_type is IdentityType.EMAIL_ADDRESS,
            masked_identity_value=mask_identity(
                system.profile.mask, validation.identity_type, validation.identity_value
            ),
            amr=_AMR[validation.channel],
            auth_time=now,
        ),
        jti=system.derivation.uuid(
            "id_token_jti", system.key.network, validation.id_validation_session_id
        ),
        now=now,
    )
    assert judged.session is not None  # a right code always opens or finds its session
    return CompleteIdentityValidationResult(
        judged.session.src_correlation_id, id_token, judged.recognition_token
    )


async def _judge(
    system: System,
    tx: Tx,
    caller: Client,
    request: CompleteIdentityValidationRequest,
    now: datetime,
) -> _Judged:
    # A session that the call names may be opened by a parallel call, which then waits for the
    # consumer's row: so it comes first. Then the consumer's row, then the validation's: in this
    # order initiate locks them too.
    session = None
    if request.session.src_correlation_id is not None:
        session = await system.open_session(tx, request.session, now=now)
    owner = await _find_owner(system, tx, caller, request)
    consumer = await consumers.lock_consumer(tx, system.key, owner)
    if consumer is None:
        raise UnrecognizedConsumerId(source="idValidationSessionId", seen={"has_profile": False})
    validation = await _lock_validation(system, tx, caller, request, owner, now)
    refuse_inaccessible(consumer, now)
    outcome = await system.one_time_codes(now).judge(
        tx, consumer, validation, request.validation_data
    )
    if outcome.refusal is not None:
        return _Judged(outcome.validation, consumer, None, None, outcome.refusal)
    if session is None:
        session = await system.open_session(
            tx,
            replace(
                request.session, origin=("complete", outcome.validation.id_validation_session_id)
            ),
            now=now,
        )
    return await _accept(system, tx, caller, request, outcome.validation, consumer, session, now)


async def _accept(
    system: System,
    tx: Tx,
    caller: Client,
    request: CompleteIdentityValidationRequest,
    validation: IdentityValidation,
    consumer: Consumer,
    session: CheckoutSession,
    now: datetime,
) -> _Judged:
    """Keep what a right code leads to: session validated, device remembered."""
    await checkout_sessions.advance_session(
        tx,
        system.key,
        session,
        SessionState.VALIDATED,
        src_consumer_id=consumer.src_consumer_id,
        amr=_AMR[validation.channel],
        auth_time=now,
    )
    recognition_token = None
    if request.remember_me:
        recognition_token = await remember(system, tx, caller, consumer.src_consumer_id, now=now)
    return _Judged(validation, consumer, session, recognition_token, None)


async def _find_owner(
    system: System, tx: Tx, caller: Client, request: CompleteIdentityValidationRequest
) -> str:
    """The srcConsumerId that the validation, or else the identity, belongs to."""
    if request.id_validation_session_id is not None:
        validation = await identity_validations.find_validation(
            tx, system.key, request.id_validation_session_id
        )
        if (
            validation is not None
            and validation.src_client_id == caller.src_client_id
            and validation.purpose is ValidationPurpose.IDENTITY
        ):
            return validation.src_consumer_id
    elif request.identity is not None:
        consumer = await consumers.find_by_identity(tx, system.key, request.identity)
        if consumer is not None:
            return consumer.src_consumer_id
    raise InvalidValue("There is no such identity validation.", source="idValidationSessionId")


async def _lock_validation(
    system: System,
    tx: Tx,
    caller: Client,
    request: CompleteIdentityValidationRequest,
    src_consumer_id: str,
    now: datetime,
) -> IdentityValidation:
    """The validation of that id, or the client's running one of that consumer."""
    if request.id_validation_session_id is not None:
        validation = await identity_validations.lock_validation(
            tx, system.key, request.id_validation_session_id
        )
    else:
        validation = await identity_validations.lock_pending_validation(
            tx,
            system.key,
            src_consumer_id=src_consumer_id,
            src_client_id=caller.src_client_id,
            purpose=ValidationPurpose.IDENTITY,
            now=now,
        )
    if validation is None:
        raise InvalidValue("There is no such identity validation.", source="idValidationSessionId")
    return validation
