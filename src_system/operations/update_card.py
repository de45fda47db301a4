"""updateCard: new expiry, holder, art, status or billing address of an enrolled card (spec 4.2)."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from src_system.deferred.announcement import announce_card_change
from src_system.model.address import Address
from src_system.model.card import Card
from src_system.model.consumer import Consumer
from src_system.model.digital_card import DigitalCard, DigitalCardStatus, change_status
from src_system.model.errors import (
    Aborted,
    InvalidValue,
    MissingMember,
    PermissionDenied,
)
from src_system.model.pan import CardExpiry, read_expiry, refuse_past_expiry
from src_system.model.participant import Client, ClientKind
from src_system.model.payment_token import PaymentToken
from src_system.networks.market_rules import check_address
from src_system.payloads.encrypted_card import open_encrypted_card
from src_system.store import consumers, digital_cards
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.database import Tx
from src_system.store.ownership import own_card_to_change
from src_system.system import System


@dataclass(frozen=True, slots=True, repr=False)
class UpdateCardRequest:
    """What shall be different; None leaves it. Status, art and presentation are the issuer's."""

    session: SessionOpening
    src_digital_card_id: str
    id_token: str | None = None
    encrypted_card: str | None = None
    pan_expiration_month: str | None = None
    pan_expiration_year: str | None = None
    cardholder_full_name: str | None = None
    billing_address: Address | None = None
    status: DigitalCardStatus | None = None
    presentation_name: str | None = None
    art_uri: str | None = None

    @property
    def is_for_issuers(self) -> bool:
        """Whether it changes what is the issuer's to say."""
        return any(
            value is not None for value in (self.status, self.presentation_name, self.art_uri)
        )


@dataclass(frozen=True, slots=True)
class UpdateCardResult:
    """The card as it is now."""

    src_correlation_id: str
    card: DigitalCard
    token: PaymentToken | None
    consumer: Consumer


async def update_card(
    system: System, caller: Client, request: UpdateCardRequest
) -> UpdateCardResult:
    """The card after the change.

    An encryptedCard must hold the card's own number: another number is another card. Raises
    NotFound, PermissionDenied, InvalidValue, CardExpired, InvalidState (spec 10j), Aborted.
    """
    now = system.now()
    if request.is_for_issuers and caller.kind is not ClientKind.PARTICIPATING_ISSUER:
        raise PermissionDenied(
            "Only an issuer changes a card's status, art or presentation.",
            source="digitalCardData",
        )
    given = _given_card(system, request, now)
    async with system.database.transaction(system.count) as tx:
        session = await system.open_session(tx, request.session, now=now)
        owner = session.src_consumer_id
        identified = await system.identified(tx, request.id_token, now=now)
        if identified is not None:
            known = await consumers.find_by_identity_hash(tx, system.key, identified.identity_hash)
            owner = known.src_consumer_id if known is not None else None
        card, token, consumer = await own_card_to_change(
            tx, system.key, caller, request.src_digital_card_id, src_consumer_id=owner, now=now
        )
        changed = await _change(system, tx, request, card, given, now)
    return UpdateCardResult(session.src_correlation_id, changed, token, consumer)


def _given_card(system: System, request: UpdateCardRequest, now: datetime) -> Card | None:
    if request.encrypted_card is None:
        return None
    return open_encrypted_card(request.encrypted_card, keyring=system.keyring, now=now)


async def _change(
    system: System,
    tx: Tx,
    request: UpdateCardRequest,
    card: DigitalCard,
    given: Card | None,
    now: datetime,
) -> DigitalCard:
    """Keep the change: the members in one statement, the status by its state machine."""
    enrolment = system.enrolment(now)
    if given is not None and not await digital_cards.has_pan(
        tx, system.key, card.src_digital_card_id, enrolment.fingerprint(given.pan)
    ):
        raise InvalidValue(
            "This is another card's number: enrol that card and delete this one.",
            source="encryptedCard.primaryAccountNumber",
        )
    changed = _changed(system, request, card, given, now)
    await digital_cards.update_card(
        tx,
        system.key,
        changed,
        security_code_fingerprint=None
        if given is None
        else enrolment.security_code_fingerprint(card.src_digital_card_id, given.security_code),
    )
    if request.status is None or request.status is card.status:
        await announce_card_change(system, tx, card, changed, now=now)
        return changed
    was_set = await digital_cards.set_card_status(
        tx,
        system.key,
        card.src_digital_card_id,
        was=card.status,
        status=change_status(card.status, request.status),
    )
    if not was_set:
        raise Aborted
    changed = replace(changed, status=request.status, pending_events=())
    await announce_card_change(system, tx, card, changed, now=now)
    return changed


def _changed(
    system: System,
    request: UpdateCardRequest,
    card: DigitalCard,
    given: Card | None,
    now: datetime,
) -> DigitalCard:
    billing = request.billing_address
    if billing is None and given is not None:
        billing = given.billing_address
    billing_id = card.billing_address_id
    if billing is not None:
        billing = check_address(billing, source="billingAddress", is_shipping=False)
        billing_id = billing_id or system.derivation.uuid(
            "billing_address_id", system.key.network, card.src_digital_card_id
        )
    return replace(
        card,
        expiry=_expiry(request, card, given, now),
        cardholder_full_name=request.cardholder_full_name
        or (given and given.cardholder_full_name)
        or card.cardholder_full_name,
        presentation_name=request.presentation_name or card.presentation_name,
        art_uri=request.art_uri or card.art_uri,
        billing_address=billing or card.billing_address,
        billing_address_id=billing_id,
    )


def _expiry(
    request: UpdateCardRequest, card: DigitalCard, given: Card | None, now: datetime
) -> CardExpiry:
    if given is not None:
        return given.expiry
    month, year = request.pan_expiration_month, request.pan_expiration_year
    if month is None and year is None:
        return card.expiry
    if month is None or year is None:
        raise MissingMember(
            "An expiry has a month and a year.",
            source="panExpirationMonth" if month is None else "panExpirationYear",
        )
    expiry = read_expiry(month, year, source="")
    refuse_past_expiry(expiry, now, source="")
    return expiry
