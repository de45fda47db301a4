"""completeAuthentication: judge the proof of a cardholder or consumer (spec 4.13)."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from src_system.deferred.announcement import announce_card_change
from src_system.model.authentication import (
    OTP_CHANNELS,
    Authentication,
    AuthenticationAttempt,
    AuthenticationMethod,
    AuthenticationSubject,
    fail,
    refuse_over,
    succeed,
)
from src_system.model.consumer import Consumer, IdentityType, refuse_inaccessible
from src_system.model.errors import InvalidValue, MissingMember, SrcError
from src_system.model.identity_validation import ValidationState
from src_system.model.participant import Client
from src_system.model.session import SessionState
from src_system.operations.magic_cards import meet_security_code
from src_system.operations.remembering import remember
from src_system.payloads.assurance_data import AssuranceDataDocument
from src_system.payloads.authentication_result import (
    authentication_assurance,
    passkey_challenge,
)
from src_system.payloads.encrypted_card import open_security_code
from src_system.payloads.id_token import Identification
from src_system.payloads.masked import mask_identity
from src_system.store import (
    authentications,
    checkout_sessions,
    consumers,
    digital_cards,
    identity_validations,
)
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.database import Tx
from src_system.system import System

_SESSION = "authenticationSessionId"
_ATTRIBUTES = "methodAttributes"


@dataclass(frozen=True, slots=True, repr=False)
class CompleteAuthenticationRequest:
    """A proof: a one-time code, a card's security code (or encrypted card), or a passkey's answer.

    It holds secrets and has no repr.
    """

    session: SessionOpening
    authentication_id: str
    otp_value: str | None
    card_security_code: str | None
    encrypted_card: str | None
    passkey_challenge: str | None
    is_user_verified: bool
    remember_me: bool


@dataclass(frozen=True, slots=True, repr=False)
class CompleteAuthenticationResult:
    """The authentication that succeeded; tokens when it proved the consumer."""

    src_correlation_id: str
    authentication: Authentication
    assurance_data: AssuranceDataDocument
    id_token: str | None
    recognition_token: str | None


@dataclass(frozen=True, slots=True, repr=False)
class _Judged:
    """What the transaction kept: the authentication, and the refusal to raise after it."""

    authentication: Authentication
    refusal: SrcError | None
    identification: Identification | None = None
    recognition_token: str | None = None


async def complete_authentication(
    system: System, caller: Client, request: CompleteAuthenticationRequest
) -> CompleteAuthenticationResult:
    """The result of a right proof.

    Raises AuthenticateFailure, CodeInvalid, CodeExpired, RetriesExceeded after the try was
    counted; InvalidValue for an unknown session, InvalidState for one that is over, MissingMember.
    """
    now = system.now()
    async with system.database.transaction(system.count) as tx:
        judged = await _judge(system, tx, caller, request, now)
    # Raised after the block: inside it, the count of wrong tries would be rolled back.
    if judged.refusal is not None:
        raise judged.refusal
    authentication = judged.authentication
    id_token = None
    if judged.identification is not None:
        id_token = system.issue_id_token(
            caller,
            judged.identification,
            jti=system.derivation.uuid(
                "id_token_jti", system.key.network, authentication.authentication_id
            ),
            now=now,
        )
    return CompleteAuthenticationResult(
        authentication.src_correlation_id,
        authentication,
        authentication_assurance(
            authentication, profile=system.profile, derivation=system.derivation
        ),
        id_token,
        judged.recognition_token,
    )


async def _judge(
    system: System,
    tx: Tx,
    caller: Client,
    request: CompleteAuthenticationRequest,
    now: datetime,
) -> _Judged:
    # The consumer's row first, in the order in which every other call locks.
    owner = await authentications.find_owner(
        tx, system.key, request.authentication_id, src_client_id=caller.src_client_id
    )
    consumer = None if owner is None else await consumers.lock_consumer(tx, system.key, owner)
    authentication = await authentications.lock_authentication(
        tx, system.key, request.authentication_id
    )
    if consumer is None or authentication is None:
        raise InvalidValue("There is no such authentication.", source=_SESSION)
    named = request.session.src_correlation_id
    if named not in (None, authentication.src_correlation_id):
        raise InvalidValue(
            "The authentication belongs to another session.", source="srcCorrelationId"
        )
    refuse_inaccessible(consumer, now)
    refuse_over(authentication, now)
    attempt = await _attempt(system, tx, request, authentication, consumer, now)
    await authentications.update_authentication(tx, system.key, attempt.authentication)
    if attempt.refusal is not None:
        return _Judged(attempt.authentication, attempt.refusal)
    return await _accept(system, tx, caller, request, attempt.authentication, consumer, now)


async def _attempt(
    system: System,
    tx: Tx,
    request: CompleteAuthenticationRequest,
    authentication: Authentication,
    consumer: Consumer,
    now: datetime,
) -> AuthenticationAttempt:
    if authentication.id_validation_session_id is not None:
        return await _try_code(system, tx, request, authentication, consumer, now)
    if authentication.method is AuthenticationMethod.CARD_SECURITY_CODE:
        if await _is_worn_out(system, tx, authentication, now):
            return fail(authentication, now, wrong_tries_max=0, is_last=True)
        is_right = await _is_security_code(system, tx, request, authentication, now)
    else:
        is_right = _is_passkey(system, request, authentication)
    if is_right:
        return AuthenticationAttempt(succeed(authentication, now), None)
    return fail(authentication, now, wrong_tries_max=system.limits.one_time_code_wrong_tries_max)


async def _try_code(
    system: System,
    tx: Tx,
    request: CompleteAuthenticationRequest,
    authentication: Authentication,
    consumer: Consumer,
    now: datetime,
) -> AuthenticationAttempt:
    """A one-time code is judged where it was sent; its validation's end is this one's end."""
    if not request.otp_value:
        raise MissingMember("The one-time code is missing.", source=f"{_ATTRIBUTES}.otpValue")
    validation = await identity_validations.lock_validation(
        tx, system.key, authentication.id_validation_session_id or ""
    )
    if validation is None:
        raise InvalidValue("There is no such authentication.", source=_SESSION)
    outcome = await system.one_time_codes(now).judge(tx, consumer, validation, request.otp_value)
    if outcome.refusal is None:
        return AuthenticationAttempt(succeed(authentication, now), None)
    if outcome.validation.state is ValidationState.PENDING:
        return AuthenticationAttempt(
            replace(authentication, wrong_tries=authentication.wrong_tries + 1), outcome.refusal
        )
    over = fail(authentication, now, wrong_tries_max=0, is_last=True)
    return AuthenticationAttempt(over.authentication, outcome.refusal)


async def _is_worn_out(
    system: System, tx: Tx, authentication: Authentication, now: datetime
) -> bool:
    """Whether so many wrong codes were tried at the card that no further one is judged."""
    limits = system.limits
    wrong = await authentications.count_wrong_security_codes(
        tx,
        system.key,
        authentication.src_consumer_id,
        authentication.src_digital_card_id or "",
        since=now - timedelta(minutes=limits.consumer_lock_minutes),
    )
    most = limits.one_time_code_wrong_tries_max * limits.exhausted_validations_before_lock
    return wrong >= most


async def _is_security_code(
    system: System,
    tx: Tx,
    request: CompleteAuthenticationRequest,
    authentication: Authentication,
    now: datetime,
) -> bool:
    """Whether the code is the card's; the first one ever given to a card is taken for right."""
    given = request.card_security_code
    if request.encrypted_card is not None:
        given = open_security_code(
            request.encrypted_card,
            keyring=system.keyring,
            source=f"{_ATTRIBUTES}.encryptedCard",
        )
        if given:
            meet_security_code(system, "completeAuthentication", given)
    if not given:
        raise MissingMember(
            "The card security code is missing.", source=f"{_ATTRIBUTES}.cardSecurityCode"
        )
    card_id = authentication.src_digital_card_id or ""
    given_fingerprint = system.enrolment(now).security_code_fingerprint(card_id, given)
    kept = await digital_cards.find_security_code_fingerprint(tx, system.key, card_id)
    if kept is not None:
        return hmac.compare_digest(kept, given_fingerprint or b"")
    if len(given) != system.profile.card_security_code_digits:
        return False
    found = await digital_cards.find_card(tx, system.key, card_id)
    if found is not None:
        await digital_cards.update_card(
            tx, system.key, found[0], security_code_fingerprint=given_fingerprint
        )
    return True


def _is_passkey(
    system: System, request: CompleteAuthenticationRequest, authentication: Authentication
) -> bool:
    """The simulated passkey: the right challenge, and its holder was verified."""
    if not request.passkey_challenge:
        raise MissingMember("The challenge is missing.", source=f"{_ATTRIBUTES}.challenge")
    expected = passkey_challenge(authentication, system.key.network, system.derivation)
    given = request.passkey_challenge.encode(errors="surrogatepass")
    return hmac.compare_digest(expected.encode(), given) and request.is_user_verified


async def _accept(
    system: System,
    tx: Tx,
    caller: Client,
    request: CompleteAuthenticationRequest,
    authentication: Authentication,
    consumer: Consumer,
    now: datetime,
) -> _Judged:
    """Keep what the proof leads to: a settled card, a validated session, a remembered device."""
    if authentication.src_digital_card_id is not None:
        found = await digital_cards.find_card(tx, system.key, authentication.src_digital_card_id)
        if found is not None:
            settled = await authentications.settle_card(
                tx, system.key, found[0], authentication.method
            )
            await announce_card_change(system, tx, found[0], settled, now=now)
    if authentication.subject is not AuthenticationSubject.CONSUMER:
        return _Judged(authentication, None)
    amr = _amr(authentication)
    session = await checkout_sessions.find_session(
        tx, system.key, authentication.src_correlation_id
    )
    if session is not None:
        await checkout_sessions.advance_session(
            tx,
            system.key,
            session,
            SessionState.VALIDATED,
            src_consumer_id=consumer.src_consumer_id,
            amr=amr,
            auth_time=now,
        )
    recognition_token = None
    if request.remember_me:
        recognition_token = await remember(system, tx, caller, consumer.src_consumer_id, now=now)
    identification = await _identification(system, tx, consumer, amr, now)
    return _Judged(authentication, None, identification, recognition_token)


async def _identification(
    system: System, tx: Tx, consumer: Consumer, amr: tuple[str, ...], now: datetime
) -> Identification | None:
    """By the consumer's first identity, as other tokens of this network."""
    identities = await consumers.list_identities(tx, system.key, consumer.src_consumer_id)
    if not identities:
        return None
    identity_type, value, hashed = identities[0]
    kind = IdentityType(identity_type)
    return Identification(
        identity_hash=hashed,
        is_email=kind is IdentityType.EMAIL_ADDRESS,
        masked_identity_value=mask_identity(system.profile.mask, kind, value),
        amr=amr,
        auth_time=now,
    )


def _amr(authentication: Authentication) -> tuple[str, ...]:
    """How the person was proven, in the words of an idToken (spec 5.22)."""
    channel = OTP_CHANNELS.get(authentication.method)
    if channel is IdentityType.EMAIL_ADDRESS:
        return ("email_otp", "otp")
    if channel is IdentityType.MOBILE_PHONE_NUMBER:
        return ("sms_otp", "otp")
    return ("fido",)
