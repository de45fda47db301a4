"""getCard: the masked data of one card (spec 4.2)."""

from dataclasses import dataclass

from src_system.model.consumer import Consumer
from src_system.model.digital_card import DigitalCard
from src_system.model.errors import NotFound
from src_system.model.participant import Client
from src_system.model.payment_token import PaymentToken
from src_system.store import consumers
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.ownership import own_card
from src_system.system import System


@dataclass(frozen=True, slots=True)
class GetCardRequest:
    """Which card."""

    session: SessionOpening
    src_digital_card_id: str


@dataclass(frozen=True, slots=True)
class GetCardResult:
    """The card with its owner."""

    src_correlation_id: str
    card: DigitalCard
    token: PaymentToken | None
    consumer: Consumer


async def get_card(system: System, caller: Client, request: GetCardRequest) -> GetCardResult:
    """The card; NotFound for an unknown or deleted one.

    PermissionDenied when the client neither has a token for it nor validated its consumer.
    """
    now = system.now()
    async with system.database.transaction(system.count) as tx:
        session = await system.open_session(tx, request.session, now=now)
        card, token = await own_card(
            tx,
            system.key,
            caller,
            request.src_digital_card_id,
            src_consumer_id=session.src_consumer_id,
        )
        consumer = await consumers.find_consumer(tx, system.key, card.src_consumer_id)
        if consumer is None:
            raise NotFound(source="srcDigitalCardId", source_type="PATH")
    return GetCardResult(session.src_correlation_id, card, token, consumer)
