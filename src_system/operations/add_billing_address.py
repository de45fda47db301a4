"""addBillingAddress: the address that a card's statements go to; a card has one (spec 4.3)."""

from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from src_system.deferred.announcement import announce_card_change
from src_system.model.address import Address
from src_system.model.digital_card import DigitalCard, DigitalCardStatus
from src_system.model.errors import Aborted
from src_system.model.participant import Client
from src_system.payloads.given_address import given_address
from src_system.store import digital_cards
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.database import Tx
from src_system.store.ownership import own_card_to_change
from src_system.system import System

_PENDING = "PENDING_AVS"


@dataclass(frozen=True, slots=True)
class AddBillingAddressRequest:
    """The card and its address, in clear or encrypted to the network's key."""

    session: SessionOpening
    src_digital_card_id: str
    address: Address | None
    encrypted_address: str | None


@dataclass(frozen=True, slots=True)
class AddBillingAddressResult:
    """The address as kept, and its id."""

    src_correlation_id: str
    address_id: str
    address: Address


async def add_billing_address(
    system: System, caller: Client, request: AddBillingAddressRequest
) -> AddBillingAddressResult:
    """Give the card this billing address in place of the one it has; the id stays with the card.

    A card that only waited for an address (PENDING_AVS) becomes ACTIVE. Raises NotFound,
    PermissionDenied, AccountInaccessible, CorruptData, and the refusals of the address.
    """
    now = system.now()
    address = given_address(
        request.address,
        request.encrypted_address,
        keyring=system.keyring,
        form=system.profile.address_form,
        member="billingAddress",
    )
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
        address_id = card.billing_address_id or system.derivation.uuid(
            "billing_address_id", system.key.network, card.src_digital_card_id
        )
        await digital_cards.update_card(
            tx, system.key, replace(card, billing_address=address, billing_address_id=address_id)
        )
        if _PENDING in card.pending_events:
            await _settle(system, tx, card, now)
    return AddBillingAddressResult(session.src_correlation_id, address_id, address)


async def _settle(system: System, tx: Tx, card: DigitalCard, now: datetime) -> None:
    """The address is there: the card waits for what is left, or for nothing."""
    left = tuple(event for event in card.pending_events if event != _PENDING)
    status = card.status if left else DigitalCardStatus.ACTIVE
    resolved = await digital_cards.set_card_status(
        tx,
        system.key,
        card.src_digital_card_id,
        was=card.status,
        status=status,
        pending_events=left,
    )
    if not resolved:
        raise Aborted
    settled = replace(card, status=status, pending_events=left)
    await announce_card_change(system, tx, card, settled, now=now)
