"""The network token that stands for a PAN towards one token requestor."""

from datetime import datetime, timedelta

import msgspec

from src_system.model.pan import CardExpiry


class PaymentToken(msgspec.Struct, frozen=True):
    """A provisioned token without its number (spec 9.2); it lives and dies with its card."""

    src_digital_card_id: str
    token_requestor_id: str
    token_bin_range: str
    token_last_four: str
    expiry: CardExpiry


def renewed_expiry(current: CardExpiry, *, now: datetime, life: timedelta) -> CardExpiry:
    """The expiry of a token refreshed at *now*: *life* away, and later than *current* by all means.

    A token refreshed in the month of its issue gets a year more.
    """
    end = now + life
    renewed = CardExpiry(f"{end.month:02d}", f"{end.year:04d}")
    if (renewed.year, renewed.month) > (current.year, current.month):
        return renewed
    return CardExpiry(current.month, f"{int(current.year) + 1:04d}")


class SealedToken(msgspec.Struct, frozen=True):
    """A token number as kept: AES-256-GCM sealed by the vault."""

    sealed: bytes

    def __repr__(self) -> str:
        return "SealedToken()"

    @staticmethod
    def context(network: str, src_digital_card_id: str) -> tuple[str, ...]:
        """What the seal is bound to: it opens for its own card only."""
        return ("token", network, src_digital_card_id)
