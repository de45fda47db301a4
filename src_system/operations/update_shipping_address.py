"""updateShippingAddress: another content under the same addressId (spec 4.3)."""

from dataclasses import dataclass

from src_system.model.address import Address, ShippingAddress
from src_system.model.errors import NotFound
from src_system.model.participant import Client
from src_system.payloads.given_address import given_address
from src_system.store import shipping_addresses
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.ownership import own_consumer
from src_system.system import System


@dataclass(frozen=True, slots=True, repr=False)
class UpdateShippingAddressRequest:
    """Which address, whose, and what it becomes."""

    session: SessionOpening
    address_id: str
    id_token: str | None
    address: Address | None
    encrypted_address: str | None


@dataclass(frozen=True, slots=True)
class UpdateShippingAddressResult:
    """The address as kept."""

    src_correlation_id: str
    address_id: str
    address: Address


async def update_shipping_address(
    system: System, caller: Client, request: UpdateShippingAddressRequest
) -> UpdateShippingAddressResult:
    """Replace the address. NotFound unless it is the consumer's own; else as adding one."""
    now = system.now()
    address = given_address(
        request.address,
        request.encrypted_address,
        keyring=system.keyring,
        form=system.profile.address_form,
        member="shippingAddress",
    )
    async with system.database.transaction(system.count) as tx:
        session = await system.open_session(tx, request.session, now=now)
        identified = await system.identified(tx, request.id_token, now=now)
        consumer = await own_consumer(
            tx,
            system.key,
            session,
            identity_hash=identified.identity_hash if identified else None,
            now=now,
        )
        is_own = await shipping_addresses.is_address_of(
            tx, system.key, consumer.src_consumer_id, request.address_id
        )
        if not is_own:
            raise NotFound("There is no such address.", source="addressId", source_type="PATH")
        await shipping_addresses.upsert_address(
            tx,
            system.key,
            consumer.src_consumer_id,
            ShippingAddress(request.address_id, address),
            now=now,
        )
    return UpdateShippingAddressResult(session.src_correlation_id, request.address_id, address)
