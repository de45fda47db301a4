"""Whose a card or profile is: what a caller may touch, decided in one place."""

from datetime import datetime

from src_system.model.consumer import Consumer, refuse_inaccessible
from src_system.model.digital_card import DigitalCard, DigitalCardStatus
from src_system.model.errors import (
    AuthInvalid,
    IdentityValidationRequired,
    NotFound,
    PermissionDenied,
)
from src_system.model.identifiers import SystemKey
from src_system.model.participant import Client, ClientKind
from src_system.model.payment_token import PaymentToken
from src_system.model.session import CheckoutSession
from src_system.store import consumers, digital_cards
from src_system.store.database import Tx


async def own_card(
    tx: Tx,
    key: SystemKey,
    caller: Client,
    src_digital_card_id: str,
    *,
    src_consumer_id: str | None,
) -> tuple[DigitalCard, PaymentToken | None]:
    """The card of a path, and the caller's token for it, when *caller* may touch it (spec 4.2).

    That is who has a token for it, or has validated its owner (*src_consumer_id*) in this
    session; and an issuer, unless another issuer enrolled the card. Raises NotFound (also for
    a deleted card), PermissionDenied.
    """
    found = await digital_cards.find_card(tx, key, src_digital_card_id)
    if found is None or found[0].status is DigitalCardStatus.CANCELLED:
        raise _no_card()
    card, _ = found
    token = await digital_cards.find_token(
        tx, key, card.src_digital_card_id, caller.token_requestor_id
    )
    if token is not None or src_consumer_id == card.src_consumer_id:
        return card, token and token[0]
    if caller.kind is ClientKind.PARTICIPATING_ISSUER:
        if not await digital_cards.has_issuer(tx, key, card.src_digital_card_id):
            return card, None
        raise PermissionDenied(
            "Another issuer enrolled the card.",
            source="srcDigitalCardId",
            source_type="PATH",
            seen={"is_of_this_issuer": False},
        )
    raise PermissionDenied(
        "This client has neither enrolled the card nor validated its consumer.",
        source="srcDigitalCardId",
        source_type="PATH",
        seen={
            "has_token_for_the_card": False,
            "card_src_consumer_id": card.src_consumer_id,
            "validated_src_consumer_id": src_consumer_id,
        },
    )


async def own_card_to_change(
    tx: Tx,
    key: SystemKey,
    caller: Client,
    src_digital_card_id: str,
    *,
    src_consumer_id: str | None,
    now: datetime,
) -> tuple[DigitalCard, PaymentToken | None, Consumer]:
    """The same card to be changed, as it is once its consumer's row is locked, and the consumer.

    What was read before the lock may be another call's to change meanwhile. Raises NotFound,
    PermissionDenied, and AccountInaccessible for whoever is no issuer.
    """
    card, token = await own_card(
        tx, key, caller, src_digital_card_id, src_consumer_id=src_consumer_id
    )
    consumer = await consumers.lock_consumer(tx, key, card.src_consumer_id)
    found = await digital_cards.find_card(tx, key, src_digital_card_id)
    if consumer is None or found is None or found[0].status is DigitalCardStatus.CANCELLED:
        raise _no_card()
    if caller.kind is not ClientKind.PARTICIPATING_ISSUER:
        refuse_inaccessible(consumer, now)
    return found[0], token, consumer


def _no_card() -> NotFound:
    return NotFound(
        "There is no such card.",
        source="srcDigitalCardId",
        source_type="PATH",
        seen={"card": None},
    )


async def own_consumer(
    tx: Tx,
    key: SystemKey,
    session: CheckoutSession,
    *,
    identity_hash: bytes | None,
    now: datetime,
) -> Consumer:
    """The idToken's owner (by *identity_hash*), or whom the session validated; locked.

    Raises AuthInvalid when the token's owner has no profile here, IdentityValidationRequired,
    AccountInaccessible.
    """
    if identity_hash is not None:
        found = await consumers.find_by_identity_hash(tx, key, identity_hash)
        if found is None:
            raise AuthInvalid(
                "The token's owner has no profile here.",
                source="idToken",
                seen={"has_profile": False},
            )
        src_consumer_id = found.src_consumer_id
    elif session.src_consumer_id is not None:
        src_consumer_id = session.src_consumer_id
    else:
        raise IdentityValidationRequired(source="idToken", seen={"validated_consumer": None})
    consumer = await consumers.lock_consumer(tx, key, src_consumer_id)
    if consumer is None:
        raise IdentityValidationRequired(source="idToken", seen={"has_profile": False})
    refuse_inaccessible(consumer, now)
    return consumer
