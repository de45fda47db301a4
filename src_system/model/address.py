"""Postal addresses of cards and consumers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from src_system.model.errors import InvalidValue


class Address(msgspec.Struct, frozen=True):
    """An address as the consumer gave it (spec 5.12)."""

    name: str | None = None
    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    city: str | None = None
    state: str | None = None
    country_code: str | None = None
    zip: str | None = None


@dataclass(frozen=True, slots=True)
class ShippingAddress:
    """A shipping address in a consumer's list, with its id (UUID) and when it came there."""

    address_id: str
    address: Address
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Shipping:
    """Where a checkout's goods go, and since when that is known.

    `since` is when the address came into the profile, or when the call that brought it was made.
    """

    address: Address
    since: datetime
    is_on_file: bool


def choose_shipping_address(
    kept: Sequence[ShippingAddress], address_id: str | None, accepted: Collection[str]
) -> ShippingAddress | None:
    """The address of that id; without one the oldest in a country that the DPA ships to.

    None when the consumer has no address. Raises InvalidValue for an unknown id, and when the
    country is not among *accepted* (empty: every country, spec 5.14).
    """
    if address_id is not None:
        for candidate in kept:
            if candidate.address_id == address_id:
                refuse_country(candidate.address, accepted, source="shippingAddressId")
                return candidate
        raise InvalidValue("There is no such shipping address.", source="shippingAddressId")
    for candidate in kept:
        if not accepted or candidate.address.country_code in accepted:
            return candidate
    if kept:
        raise InvalidValue(
            "None of the consumer's addresses is in an accepted country.",
            source="dpaTransactionOptions.dpaAcceptedShippingCountries",
        )
    return None


def refuse_country(address: Address | None, accepted: Collection[str], *, source: str) -> None:
    """Raise InvalidValue when the address's country is known and not accepted (spec 5.14)."""
    if address is None or address.country_code is None or not accepted:
        return
    if address.country_code not in accepted:
        raise InvalidValue(
            f"The DPA accepts addresses in {', '.join(accepted)} only.", source=source
        )
