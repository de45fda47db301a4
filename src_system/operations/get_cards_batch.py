"""getCardsBatch: what has become of each record of an issuer's batch (spec 4.14)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from src_system.deferred.card_batches import process_card_batch
from src_system.model.digital_card import DigitalCard
from src_system.model.errors import NotFound
from src_system.model.participant import Client
from src_system.model.payment_token import PaymentToken
from src_system.store import card_batches
from src_system.store.card_batches import CardBatch, CardBatchRecord
from src_system.system import System


@dataclass(frozen=True, slots=True)
class GetCardsBatchRequest:
    """Which batch."""

    src_correlation_id: str | None
    batch_id: str


@dataclass(frozen=True, slots=True)
class GetCardsBatchResult:
    """The batch, its records, and by srcDigitalCardId the cards that are still there."""

    src_correlation_id: str
    batch: CardBatch
    records: Sequence[CardBatchRecord]
    cards: Mapping[str, tuple[DigitalCard, PaymentToken | None]]


async def get_cards_batch(
    system: System, caller: Client, request: GetCardsBatchRequest
) -> GetCardsBatchResult:
    """The batch; one whose time has come is processed first. NotFound, also for another's."""
    async with system.database.connection(system.count) as tx:
        found = await card_batches.find_batch(tx, system.key, request.batch_id)
    if found is None or found.src_client_id != caller.src_client_id:
        raise _no_batch()
    batch = await process_card_batch(system, request.batch_id)
    if batch is None:
        raise _no_batch()
    async with system.database.connection(system.count) as tx:
        records = await card_batches.list_records(tx, system.key, batch.batch_id)
        cards = await card_batches.list_cards(
            tx, system.key, batch.batch_id, caller.token_requestor_id
        )
    return GetCardsBatchResult(
        request.src_correlation_id or batch.src_correlation_id, batch, records, cards
    )


def _no_batch() -> NotFound:
    return NotFound("There is no such batch.", source="batchId", source_type="PATH")
