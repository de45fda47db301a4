"""getConsumerProfile: what a DCF shows of the person in a checkout session (spec 3, O11)."""

from dataclasses import dataclass

from src_system.model.address import ShippingAddress
from src_system.model.consumer import Consumer
from src_system.model.digital_card import DigitalCard
from src_system.model.errors import NotFound
from src_system.model.participant import Client, Dpa
from src_system.model.payment_token import PaymentToken
from src_system.model.session import refuse_unusable_session
from src_system.store import checkout_sessions, digital_cards, shipping_addresses
from src_system.store.ownership import own_consumer
from src_system.system import System


@dataclass(frozen=True, slots=True)
class GetConsumerProfileRequest:
    """Which session, and the DPA that the DCF believes it to be for."""

    src_correlation_id: str
    dpa_id: str | None


@dataclass(frozen=True, slots=True)
class GetConsumerProfileResult:
    """The session's consumer with cards and addresses, and the merchant."""

    src_correlation_id: str
    srci_transaction_id: str | None
    dpa: Dpa | None
    consumer: Consumer
    cards: tuple[DigitalCard, ...]
    tokens: dict[str, PaymentToken]
    shipping_addresses: tuple[ShippingAddress, ...]


async def get_consumer_profile(
    system: System, caller: Client, request: GetConsumerProfileRequest
) -> GetConsumerProfileResult:
    """The profile of the consumer whom the session validated.

    *caller* is the SRC initiator of the session; a DCF acts for it. Raises NotFound,
    ForeignCorrelation, InvalidState, IdentityValidationRequired, AccountInaccessible.
    """
    now = system.now()
    async with system.database.transaction(system.count) as tx:
        session = await checkout_sessions.find_session(tx, system.key, request.src_correlation_id)
        if session is None:
            raise NotFound(
                "There is no such checkout session.",
                source="srcCorrelationId",
                source_type="QUERY",
            )
        refuse_unusable_session(session, src_client_id=caller.src_client_id, now=now)
        consumer = await own_consumer(tx, system.key, session, identity_hash=None, now=now)
        cards = await digital_cards.list_cards(tx, system.key, consumer.src_consumer_id)
        tokens = await digital_cards.list_tokens(
            tx, system.key, consumer.src_consumer_id, caller.token_requestor_id
        )
        kept = await shipping_addresses.list_addresses(tx, system.key, consumer.src_consumer_id)
    dpa_id = request.dpa_id or session.src_dpa_id
    return GetConsumerProfileResult(
        src_correlation_id=session.src_correlation_id,
        srci_transaction_id=session.srci_transaction_id,
        dpa=None if dpa_id is None else await system.dpa(caller, dpa_id),
        consumer=consumer,
        cards=tuple(cards),
        tokens=tokens,
        shipping_addresses=tuple(kept),
    )
