"""A card as its holder gives it: the plaintext of encryptedCard (spec 5.7)."""

from dataclasses import dataclass

from src_system.model.address import Address
from src_system.model.digital_card import DigitalCardStatus
from src_system.model.pan import CardExpiry, Pan


@dataclass(frozen=True, slots=True, repr=False)
class Card:
    """Number, expiry and holder. Of the security code only a keyed fingerprint is ever kept."""

    pan: Pan
    expiry: CardExpiry
    security_code: str | None
    cardholder_full_name: str | None
    billing_address: Address | None


def status_at_enrolment(
    card: Card, *, needs_security_code: bool
) -> tuple[DigitalCardStatus, tuple[str, ...]]:
    """Status and pendingEvents of a card just enrolled (spec 4.1).

    Without its security code it has to be stepped up before it pays, where that is asked for.
    """
    if needs_security_code and card.security_code is None:
        return DigitalCardStatus.PENDING, ("PENDING_SCA",)
    return DigitalCardStatus.ACTIVE, ()
