"""The combined flow: a card that is enrolled by the checkout itself (spec 10a, 10e)."""

from dataclasses import dataclass
from datetime import datetime

from src_system.model.address import refuse_country
from src_system.model.card import status_at_enrolment
from src_system.model.consumer import Consumer, refuse_inaccessible
from src_system.model.digital_card import DigitalCard
from src_system.model.errors import (
    CardMissing,
    IdentityValidationRequired,
    MissingMember,
)
from src_system.model.participant import Client
from src_system.model.sandbox import StrictnessProfile
from src_system.model.session import SessionState, refuse_unusable_session
from src_system.model.transaction_options import TransactionOptions
from src_system.networks.market import Market
from src_system.operations.checkout.request import CheckoutRequest, checkout_id_of
from src_system.operations.checkout.shipping import kept_shipping
from src_system.operations.magic_cards import meet_sent_card
from src_system.payloads.encrypted_card import open_encrypted_card
from src_system.payloads.id_token import IdToken
from src_system.store import checkout_sessions, checkouts, consumers
from src_system.store.database import Tx
from src_system.store.enrolment import Enrolment
from src_system.system import System


@dataclass(frozen=True, slots=True)
class EnrolledByCheckout:
    """What the enrolment left: the card, whose it is, and the session, where it has opened one."""

    src_digital_card_id: str
    src_consumer_id: str
    is_new_user: bool
    src_correlation_id: str | None


async def enrol(
    system: System,
    caller: Client,
    request: CheckoutRequest,
    options: TransactionOptions,
    id_token: IdToken | None,
    market: Market | None,
    now: datetime,
) -> EnrolledByCheckout:
    """The first half of the combined flow (spec 10a, 10e), in a transaction of its own.

    A new profile is kept together with the session that made it: should this call be cut off
    before its checkout is recorded, its repetition is known by that session.
    """
    if request.encrypted_card is None:
        raise CardMissing(source="srcDigitalCardId")
    card = open_encrypted_card(request.encrypted_card, keyring=system.keyring, now=now)
    enrolment = system.enrolment(now, market)
    enrolment.accept(card)
    pending = meet_sent_card(system, card)
    refuse_country(
        card.billing_address,
        options.accepted_billing_countries,
        source="encryptedCard.billingAddress.countryCode",
    )
    async with system.database.transaction(system.count) as tx:
        owner = await _owner(system, tx, caller, enrolment, request, id_token, now)
        consumer = owner.consumer
        refuse_inaccessible(consumer, now)
        if request.shipping_address_id is not None or not request.sends_shipping:
            await kept_shipping(tx, system.key, consumer.src_consumer_id, request, options, now)
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
        correlation_id = None
        if owner.is_new:
            correlation_id = await _open(system, tx, request, consumer.src_consumer_id, now)
        elif not owner.is_validated:
            correlation_id = await _session_of_repetition(
                system, tx, caller, request, enrolled.card, now
            )
        await enrolment.keep_token(tx, enrolled.card, card.pan, caller.token_requestor_id)
    return EnrolledByCheckout(
        enrolled.card.src_digital_card_id, consumer.src_consumer_id, owner.is_new, correlation_id
    )


@dataclass(frozen=True, slots=True)
class _Owner:
    consumer: Consumer
    is_new: bool
    is_validated: bool


async def _owner(
    system: System,
    tx: Tx,
    caller: Client,
    enrolment: Enrolment,
    request: CheckoutRequest,
    id_token: IdToken | None,
    now: datetime,
) -> _Owner:
    """Whose card it becomes: the idToken's person, else the one described, else the session's."""
    if id_token is not None:
        await system.refuse_revoked(tx, id_token, source="idToken")
        known = await consumers.find_by_identity_hash(
            tx, system.key, id_token.identification.identity_hash
        )
        if known is not None:
            return _Owner(known, is_new=False, is_validated=True)
    if request.consumer is None:
        validated = await _of_session(system, tx, caller, request, now)
        if validated is None:
            raise MissingMember("consumer or idToken must be given.", source="consumer")
        return _Owner(validated, is_new=False, is_validated=True)
    consumer, is_new = await enrolment.find_or_keep_consumer(
        tx,
        request.consumer,
        is_lenient=system.sandbox.profile is StrictnessProfile.LENIENT,
    )
    return _Owner(consumer, is_new=is_new, is_validated=False)


async def _of_session(
    system: System, tx: Tx, caller: Client, request: CheckoutRequest, now: datetime
) -> Consumer | None:
    """Whom the named session validated: a prepared checkout bears no idToken (spec 4.9)."""
    correlation_id = request.session.src_correlation_id
    if correlation_id is None:
        return None
    session = await checkout_sessions.find_session(tx, system.key, correlation_id)
    if session is None or session.src_consumer_id is None:
        return None
    refuse_unusable_session(session, src_client_id=caller.src_client_id, now=now)
    return await consumers.lock_consumer(tx, system.key, session.src_consumer_id)


async def _open(
    system: System, tx: Tx, request: CheckoutRequest, src_consumer_id: str, now: datetime
) -> str:
    """The session of a new profile, which is the profile's first proof of who made it."""
    session = await system.open_session(tx, request.session, now=now)
    await checkout_sessions.advance_session(
        tx, system.key, session, SessionState.IDENTIFIED, src_consumer_id=src_consumer_id
    )
    return session.src_correlation_id


async def _session_of_repetition(
    system: System,
    tx: Tx,
    caller: Client,
    request: CheckoutRequest,
    card: DigitalCard,
    now: datetime,
) -> str | None:
    """Knowing an e-mail address opens nobody's profile: IdentityValidationRequired.

    Unless the session has validated this consumer, or this call repeats the client's checkout
    that made the profile, or the attempt at it that was cut off: then its srcCorrelationId. Raised
    inside the transaction: the card is not kept then.
    """
    opening = request.session
    if opening.src_correlation_id is not None:
        session = await checkout_sessions.find_session(tx, system.key, opening.src_correlation_id)
        if session is not None and session.src_consumer_id == card.src_consumer_id:
            return opening.src_correlation_id
    reference = opening.srci_transaction_id or opening.src_correlation_id
    if reference is not None:
        checkout_id = checkout_id_of(system, caller, reference, card.src_digital_card_id)
        if await checkouts.find_checkout_by_id(tx, system.key, checkout_id) is not None:
            return None  # whoever opens the session finds the one of that checkout
    if opening.srci_transaction_id is not None and opening.src_correlation_id is None:
        begun = await checkout_sessions.find_repeated(
            tx, system.key, opening, card.src_consumer_id, now=now
        )
        if begun is not None:
            return begun
    raise IdentityValidationRequired(
        "The consumer has a profile here: validate the person, then send the idToken.",
        source="idToken",
        seen={"has_profile": True, "validated_consumer": None},
    )
