"""The digital card: an enrolled PAN of one consumer on one network, and its states."""

from datetime import datetime
from enum import StrEnum

import msgspec

from src_system.model.address import Address
from src_system.model.errors import InactiveCard, InvalidState, SuspendedCard
from src_system.model.pan import CardExpiry


class DigitalCardStatus(StrEnum):
    """State of a digital card (spec 6, DigitalCardStatus; 10j)."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    PENDING = "PENDING"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"  # derived from the expiry date, never kept


# spec 10j; CANCELLED is terminal.
_TRANSITIONS: dict[DigitalCardStatus, frozenset[DigitalCardStatus]] = {
    DigitalCardStatus.PENDING: frozenset({DigitalCardStatus.ACTIVE, DigitalCardStatus.CANCELLED}),
    DigitalCardStatus.ACTIVE: frozenset({DigitalCardStatus.SUSPENDED, DigitalCardStatus.CANCELLED}),
    DigitalCardStatus.SUSPENDED: frozenset({DigitalCardStatus.ACTIVE, DigitalCardStatus.CANCELLED}),
    DigitalCardStatus.CANCELLED: frozenset(),
    DigitalCardStatus.EXPIRED: frozenset(),
}


class DigitalCard(msgspec.Struct, frozen=True):
    """A digital card without its PAN; the sealed PAN travels beside it as `SealedPan`."""

    src_digital_card_id: str
    src_consumer_id: str
    src_payment_card_id: str
    pan_bin: str
    pan_last_four: str
    expiry: CardExpiry
    status: DigitalCardStatus
    pending_events: tuple[str, ...]
    cardholder_full_name: str | None
    payment_account_reference: str
    payment_card_descriptor: str
    payment_card_type: str
    country_code: str
    presentation_name: str
    billing_address: Address | None
    billing_address_id: str | None
    date_of_card_created: datetime
    date_of_card_last_used: datetime | None
    art_uri: str | None = None  # the issuer's own; None: the network's

    def status_at(self, now: datetime) -> DigitalCardStatus:
        """The status shown at *now*: a card past its expiry is EXPIRED unless CANCELLED."""
        if self.status is not DigitalCardStatus.CANCELLED and self.expiry.is_past(now):
            return DigitalCardStatus.EXPIRED
        return self.status


class SealedPan(msgspec.Struct, frozen=True):
    """A PAN as kept: AES-256-GCM sealed by the vault."""

    sealed: bytes

    def __repr__(self) -> str:
        return "SealedPan()"

    @staticmethod
    def context(network: str, src_digital_card_id: str) -> tuple[str, ...]:
        """What the seal is bound to: it opens for its own card only."""
        return ("pan", network, src_digital_card_id)


def change_status(current: DigitalCardStatus, target: DigitalCardStatus) -> DigitalCardStatus:
    """*target*, or InvalidState when the state machine of spec 10j has no such step."""
    if target not in _TRANSITIONS[current]:
        raise InvalidState(
            f"A card cannot go from {current} to {target}.",
            seen={
                "card_status": current,
                "wanted_card_status": target,
                "allowed_card_statuses": sorted(
                    status for status, steps in _TRANSITIONS.items() if target in steps
                ),
            },
        )
    return target


def refuse_unusable(card: DigitalCard, now: datetime) -> None:
    """Raise SuspendedCard or InactiveCard unless *card* is ACTIVE or PENDING at *now*."""
    status = card.status_at(now)
    if status in (DigitalCardStatus.ACTIVE, DigitalCardStatus.PENDING):
        return
    seen = {"card_status": status, "card_expiry": str(card.expiry), "now": now}
    if status is DigitalCardStatus.SUSPENDED:
        raise SuspendedCard(source="srcDigitalCardId", seen=seen)
    if status is DigitalCardStatus.EXPIRED:
        raise InactiveCard("The card has expired.", source="srcDigitalCardId", seen=seen)
    if status is DigitalCardStatus.CANCELLED:
        raise InactiveCard("The card was deleted.", source="srcDigitalCardId", seen=seen)
