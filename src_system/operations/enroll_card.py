"""enrollCard: add a card to a profile, and make the profile if there is none (spec 4.1)."""

from dataclasses import dataclass
from datetime import datetime

from src_system.model.card import status_at_enrolment
from src_system.model.consumer import Consumer, IdentityType, refuse_inaccessible
from src_system.model.digital_card import DigitalCard
from src_system.model.errors import AlreadyExists, AuthInvalid, MissingMember
from src_system.model.participant import Client
from src_system.model.payment_token import PaymentToken
from src_system.model.sandbox import StrictnessProfile
from src_system.model.session import SessionState
from src_system.model.transaction_options import TransactionOptions
from src_system.networks.profile import DuplicateCard
from src_system.operations.magic_cards import meet_sent_card
from src_system.payloads.encrypted_card import open_encrypted_card
from src_system.payloads.id_token import Identification
from src_system.payloads.masked import mask_identity
from src_system.store import checkout_sessions, consumers
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.database import Tx
from src_system.store.enrolment import Enrolment, NewConsumer, identity_hash
from src_system.system import System

_AMR_VOUCHED = ("mca",)  # nobody was validated: the enrolling client vouches


@dataclass(frozen=True, slots=True, repr=False)
class EnrollCardRequest:
    """The encrypted card, and whose it is: an idToken's owner or the described consumer."""

    session: SessionOpening
    encrypted_card: str
    id_token: str | None
    consumer: NewConsumer | None
    options: TransactionOptions | None = None


@dataclass(frozen=True, slots=True)
class EnrollCardResult:
    """The card in the profile; `id_token` when a profile was made."""

    src_correlation_id: str
    card: DigitalCard
    token: PaymentToken
    consumer: Consumer
    id_token: str | None


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose card it becomes; an enrolment alone validates nobody who had a profile before."""

    consumer: Consumer
    is_new: bool
    is_validated: bool


async def enroll_card(
    system: System, caller: Client, request: EnrollCardRequest
) -> EnrollCardResult:
    """The enrolled card.

    Raises CorruptData, PanIneligible, CardExpired and other refusals of the card, AuthInvalid,
    MissingMember, ComplianceRequired, AlreadyExists (where the network refuses a duplicate),
    MarketNotEnabled.
    """
    now = system.now()
    market = await system.market(caller, request.session.src_dpa_id, request.options)
    card = open_encrypted_card(request.encrypted_card, keyring=system.keyring, now=now)
    enrolment = system.enrolment(now, market)
    enrolment.accept(card)
    pending = meet_sent_card(system, card)
    async with system.database.transaction(system.count) as tx:
        session = await system.open_session(tx, request.session, now=now)
        owner = await _owner(system, tx, enrolment, request, session.src_consumer_id)
        consumer = owner.consumer
        refuse_inaccessible(consumer, now)
        status, events = pending or status_at_enrolment(
            card, needs_security_code=system.sandbox.profile is StrictnessProfile.STRICT
        )
        enrolled = await enrolment.keep_card(
            tx,
            consumer,
            card,
            source="encryptedCard.primaryAccountNumber",
            status=status,
            pending_events=events,
        )
        if not enrolled.is_new and system.profile.duplicate_card is DuplicateCard.REFUSED:
            seen = {"card_status": enrolled.card.status}
            raise AlreadyExists(source="encryptedCard.primaryAccountNumber", seen=seen)
        token, _ = await enrolment.keep_token(
            tx, enrolled.card, card.pan, caller.token_requestor_id
        )
        await checkout_sessions.advance_session(
            tx,
            system.key,
            session,
            SessionState.VALIDATED if owner.is_validated else SessionState.IDENTIFIED,
            src_consumer_id=consumer.src_consumer_id if owner.is_validated else None,
            src_dpa_id=request.session.src_dpa_id,
            amr=_AMR_VOUCHED if owner.is_new else None,
            auth_time=now if owner.is_new else None,
        )
    return EnrollCardResult(
        src_correlation_id=session.src_correlation_id,
        card=enrolled.card,
        token=token,
        consumer=consumer,
        id_token=(
            _id_token(system, caller, request, session.src_correlation_id, now)
            if owner.is_new
            else None
        ),
    )


async def _owner(
    system: System,
    tx: Tx,
    enrolment: Enrolment,
    request: EnrollCardRequest,
    session_consumer_id: str | None,
) -> _Owner:
    """The consumer who gets the card."""
    identified = await system.identified(tx, request.id_token, now=enrolment.now)
    if identified is not None:
        known = await consumers.find_by_identity_hash(tx, system.key, identified.identity_hash)
        if known is not None:
            return _Owner(known, is_new=False, is_validated=True)
        if request.consumer is None:
            raise AuthInvalid(
                "The token's owner has no profile here; send consumer to make one.",
                source="idToken",
                seen={"has_profile": False},
            )
    if request.consumer is None:
        if session_consumer_id is not None:
            own = await consumers.find_consumer(tx, system.key, session_consumer_id)
            if own is not None:
                return _Owner(own, is_new=False, is_validated=True)
        raise MissingMember("consumer or idToken must be given.", source="consumer")
    consumer, is_new = await enrolment.find_or_keep_consumer(
        tx, request.consumer, is_lenient=system.sandbox.profile is StrictnessProfile.LENIENT
    )
    is_validated = is_new or consumer.src_consumer_id == session_consumer_id
    return _Owner(consumer, is_new=is_new, is_validated=is_validated)


def _id_token(
    system: System,
    caller: Client,
    request: EnrollCardRequest,
    src_correlation_id: str,
    now: datetime,
) -> str | None:
    """A token for the consumer just made, on the client's word (spec 4.1)."""
    if request.consumer is None or not request.consumer.identities:
        return None
    identity = request.consumer.identities[0]
    return system.issue_id_token(
        caller,
        Identification(
            identity_hash=identity_hash(system.derivation, identity),
            is_email=identity.identity_type is IdentityType.EMAIL_ADDRESS,
            masked_identity_value=mask_identity(
                system.profile.mask, identity.identity_type, identity.identity_value
            ),
            amr=_AMR_VOUCHED,
            auth_time=now,
        ),
        jti=system.derivation.uuid("id_token_jti", system.key.network, src_correlation_id),
        now=now,
    )
