"""deleteShippingAddress: take an address out of the consumer's list (spec 4.3)."""

from dataclasses import dataclass

from src_system.model.errors import NotFound
from src_system.model.participant import Client
from src_system.store import shipping_addresses
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.ownership import own_consumer
from src_system.system import System


@dataclass(frozen=True, slots=True, repr=False)
class DeleteShippingAddressRequest:
    """Which address, of the consumer whom the session validated."""

    session: SessionOpening
    address_id: str


@dataclass(frozen=True, slots=True)
class DeleteShippingAddressResult:
    """The address is gone."""

    src_correlation_id: str


async def delete_shipping_address(
    system: System, caller: Client, request: DeleteShippingAddressRequest
) -> DeleteShippingAddressResult:
    """Forget the address. NotFound unless it is the consumer's own; IdentityValidationRequired."""
    now = system.now()
    async with system.database.transaction(system.count) as tx:
        session = await system.open_session(tx, request.session, now=now)
        consumer = await own_consumer(tx, system.key, session, identity_hash=None, now=now)
        is_gone = await shipping_addresses.delete_address(
            tx, system.key, consumer.src_consumer_id, request.address_id
        )
        if not is_gone:
            raise NotFound("There is no such address.", source="addressId", source_type="PATH")
    return DeleteShippingAddressResult(session.src_correlation_id)
