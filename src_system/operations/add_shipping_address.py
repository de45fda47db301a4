"""addShippingAddress: a further address in the consumer's list (spec 4.3)."""

from dataclasses import dataclass

from src_system.model.address import Address, ShippingAddress
from src_system.model.errors import LimitExceeded
from src_system.model.participant import Client
from src_system.payloads.given_address import given_address
from src_system.store import shipping_addresses
from src_system.store.checkout_sessions import SessionOpening
from src_system.store.ownership import own_consumer
from src_system.system import System


@dataclass(frozen=True, slots=True, repr=False)
class AddShippingAddressRequest:
    """Whose (idToken, or the session's own consumer) and what, in clear or encrypted."""

    session: SessionOpening
    id_token: str | None
    address: Address | None
    encrypted_address: str | None


@dataclass(frozen=True, slots=True)
class AddShippingAddressResult:
    """The address as kept, and its id."""

    src_correlation_id: str
    address_id: str
    address: Address


async def add_shipping_address(
    system: System, caller: Client, request: AddShippingAddressRequest
) -> AddShippingAddressResult:
    """Keep the address; the same address again is the one that is there.

    Raises IdentityValidationRequired, AuthInvalid, AccountInaccessible, LimitExceeded,
    CorruptData, and the refusals of the address.
    """
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
        src_consumer_id = consumer.src_consumer_id
        held = await shipping_addresses.list_addresses(tx, system.key, src_consumer_id)
        for kept in held:
            if kept.address == address:
                return AddShippingAddressResult(
                    session.src_correlation_id, kept.address_id, address
                )
        limit = system.limits.addresses_per_consumer_max
        if len(held) >= limit:
            raise LimitExceeded(
                f"A profile holds at most {limit} addresses.",
                source="shippingAddress",
                seen={"held": len(held), "limit": limit},
            )
        number = await shipping_addresses.count_address(tx, system.key, src_consumer_id)
        address_id = system.derivation.uuid(
            "shipping_address_id", system.key.network, src_consumer_id, number
        )
        await shipping_addresses.upsert_address(
            tx, system.key, src_consumer_id, ShippingAddress(address_id, address), now=now
        )
    return AddShippingAddressResult(session.src_correlation_id, address_id, address)
