"""Where the goods go: the address that a checkout names, gives, or finds in the profile."""

from datetime import datetime

from src_system.model.address import (
    Address,
    choose_shipping_address,
    refuse_country,
)
from src_system.model.identifiers import SystemKey
from src_system.model.transaction_options import AddressPreference, TransactionOptions
from src_system.networks.address_form import AddressForm, check_address_form
from src_system.networks.market_rules import check_address
from src_system.operations.checkout.request import CheckoutRequest
from src_system.store import consumers
from src_system.store.database import Tx

_GIVEN = "shippingAddress"


def given_address(
    request: CheckoutRequest, options: TransactionOptions, form: AddressForm
) -> Address | None:
    """The address that the call itself brings, in its normal form, when it is the one that counts.

    A DPA that wants postcode and country only need not send more. Raises the refusals of
    `check_address`, and InvalidValue for a country that the DPA does not ship to.
    """
    if (
        options.shipping_preference is AddressPreference.NONE
        or request.shipping_address is None
        or request.shipping_address_id is not None
    ):
        return None
    address = check_address(
        request.shipping_address,
        source=_GIVEN,
        is_shipping=options.shipping_preference is AddressPreference.FULL,
    )
    check_address_form(address, form, source=_GIVEN)
    refuse_country(address, options.accepted_shipping_countries, source=f"{_GIVEN}.countryCode")
    return address


async def kept_address(
    tx: Tx,
    key: SystemKey,
    src_consumer_id: str,
    request: CheckoutRequest,
    options: TransactionOptions,
) -> tuple[Address | None, datetime | None]:
    """The address of the profile, and since when it is there; InvalidValue for an unknown id."""
    if options.shipping_preference is AddressPreference.NONE:
        return None, None
    kept = await consumers.list_shipping_addresses(tx, key, src_consumer_id)
    chosen = choose_shipping_address(
        kept, request.shipping_address_id, options.accepted_shipping_countries
    )
    return (None, None) if chosen is None else (chosen.address, chosen.created_at)
