"""A card as its holder gives it: the plaintext of encryptedCard (spec 5.7)."""

from dataclasses import dataclass

from src_system.model.address import Address
from src_system.model.pan import CardExpiry, Pan


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """Number, expiry and holder. Of the security code only a keyed fingerprint is ever kept."""

    pan: Pan
    expiry: CardExpiry
    security_code: str | None
    cardholder_full_name: str | None
    billing_address: Address | None
