"""Where the goods go: the address that a checkout names, gives, or finds in the profile."""

from datetime import datetime

from src_system.model.address import Shipping, choose_shipping_address, refuse_country
from src_system.model.identifiers import SystemKey
from src_system.model.transaction_options import AddressPreference, TransactionOptions
from src_system.operations.checkout.request import CheckoutRequest
from src_system.payloads.given_address import given_address
from src_system.store import shipping_addresses
from src_system.store.database import Tx
from src_system.system import System

_SENT = "shippingAddress"


def sent_shipping(
    system: System, request: CheckoutRequest, options: TransactionOptions, now: datetime
) -> Shipping | None:
    """The address that the call itself brings, in its normal form, when it is the one that counts.

    A DPA that wants postcode and country only need not send more. Raises the refusals of
    `given_address`, and InvalidValue for a country that the DPA does not ship to.
    """
    if (
        options.shipping_preference is AddressPreference.NONE
        or not request.sends_shipping
        or request.shipping_address_id is not None
    ):
        return None
    address = given_address(
        request.shipping_address,
        request.encrypted_shipping_address,
        keyring=system.keyring,
        form=system.profile.address_form,
        member=_SENT,
        is_whole=options.shipping_preference is AddressPreference.FULL,
    )
    refuse_country(address, options.accepted_shipping_countries, source=f"{_SENT}.countryCode")
    return Shipping(address, since=now, is_on_file=False)


async def kept_shipping(
    tx: Tx,
    key: SystemKey,
    src_consumer_id: str,
    request: CheckoutRequest,
    options: TransactionOptions,
    now: datetime,
) -> Shipping | None:
    """The address of the profile that counts; InvalidValue for an unknown id or country."""
    if options.shipping_preference is AddressPreference.NONE:
        return None
    kept = await shipping_addresses.list_addresses(tx, key, src_consumer_id)
    chosen = choose_shipping_address(
        kept, request.shipping_address_id, options.accepted_shipping_countries
    )
    if chosen is None:
        return None
    return Shipping(chosen.address, since=chosen.created_at or now, is_on_file=True)
