"""deleteCard: take a card out of its profile; its tokens die with it (spec 4.2)."""

from dataclasses import dataclass

from src_system.deferred.announcement import announce_deletion
from src_system.model.digital_card import DigitalCardStatus, change_status
from src_system.model.errors import Aborted
from src_system.model.participant import Client
from src_system.store import digital_cards
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.ownership import own_card
from src_system.system import System


@dataclass(frozen=True, slots=True)
class DeleteCardRequest:
    """Which card."""

    session: SessionOpening
    src_digital_card_id: str


@dataclass(frozen=True, slots=True)
class DeleteCardResult:
    """The card is CANCELLED, which is terminal."""

    src_correlation_id: str


async def delete_card(
    system: System, caller: Client, request: DeleteCardRequest
) -> DeleteCardResult:
    """Delete the card. NotFound when there is none or it was deleted; PermissionDenied, Aborted."""
    now = system.now()
    async with system.database.transaction(system.count) as tx:
        session = await system.open_session(tx, request.session, now=now)
        card, _ = await own_card(
            tx,
            system.key,
            caller,
            request.src_digital_card_id,
            src_consumer_id=session.src_consumer_id,
        )
        was_changed = await digital_cards.set_card_status(
            tx,
            system.key,
            card.src_digital_card_id,
            was=card.status,
            status=change_status(card.status, DigitalCardStatus.CANCELLED),
        )
        if not was_changed:
            raise Aborted
        await announce_deletion(system, tx, [card], now=now)
    return DeleteCardResult(session.src_correlation_id)
