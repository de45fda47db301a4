"""Postal addresses of cards and consumers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
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
    """A shipping address in a consumer's list, with its id (UUID)."""

    address_id: str
    address: Address
