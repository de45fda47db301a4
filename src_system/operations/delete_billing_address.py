"""deleteBillingAddress: take a card's billing address away (spec 4.3)."""

from dataclasses import dataclass

from msgspec.structs import replace

from src_system.model.errors import NotFound
from src_system.model.participant import Client
from src_system.store import digital_cards
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.ownership import own_card_to_change
from src_system.system import System


@dataclass(frozen=True, slots=True)
class DeleteBillingAddressRequest:
    """Whose address."""

    session: SessionOpening
    src_digital_card_id: str


@dataclass(frozen=True, slots=True)
class DeleteBillingAddressResult:
    """The card has no billing address."""

    src_correlation_id: str


async def delete_billing_address(
    system: System, caller: Client, request: DeleteBillingAddressRequest
) -> DeleteBillingAddressResult:
    """Forget the address. NotFound when it has none; PermissionDenied, AccountInaccessible."""
    now = system.now()
    async with system.database.transaction(system.count) as tx:
        session = await system.open_session(tx, request.session, now=now)
        card, _, _ = await own_card_to_change(
            tx,
            system.key,
            caller,
            request.src_digital_card_id,
            src_consumer_id=session.src_consumer_id,
            now=now,
        )
        if card.billing_address is None:
            raise NotFound("The card has no billing address.", source_type="PATH")
        await digital_cards.update_card(
            tx, system.key, replace(card, billing_address=None, billing_address_id=None)
        )
    return DeleteBillingAddressResult(session.src_correlation_id)
