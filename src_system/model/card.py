"""A card as its holder gives it: the plaintext of encryptedCard (spec 5.7)."""

from dataclasses import dataclass

from src_system.model.address import Address
from src_system.model.pan import CardExpiry, Pan


@dataclass(frozen=True, slots=True)
class Card:
    """Number, expiry and holder. The security code itself is checked for form and forgotten."""

    pan: Pan
    expiry: CardExpiry
    has_security_code: bool
    cardholder_full_name: str | None
    billing_address: Address | None
