"""Magic values that only an operation sees: in a card that was encrypted, or that is on file.

A refusal is raised as MagicMet; what the port makes of it is the refusal asked for.
"""

from src_system.model.card import Card
from src_system.model.digital_card import DigitalCard, DigitalCardStatus, SealedPan
from src_system.model.magic import MagicMet, MagicValue
from src_system.networks.magic_numbers import (
    is_magic,
    may_be_kept_number,
    security_code,
    sent_number,
)
from src_system.payloads.checkout_payload import open_pan
from src_system.system import System

PendingCard = tuple[DigitalCardStatus, tuple[str, ...]]


def meet_sent_card(system: System, card: Card) -> PendingCard | None:
    """Status and pendingEvents that number or security code ask for; None for any other card.

    Raises MagicMet for a refusal.
    """
    if not system.sandbox.has_magic:
        return None
    value = sent_number(system.profile, card.pan.digits)
    if value is None and card.security_code is not None:
        value = security_code(system.profile, card.security_code)
        if value is not None and "enrollCard" not in value.operations:
            value = None
    if value is None:
        return None
    if value.fault is not None:
        raise MagicMet(value)
    system.tell(value.told())
    return DigitalCardStatus.PENDING, value.pending_events


def meet_security_code(system: System, operation: str, code: str) -> None:
    """Raise MagicMet for a code that is to be refused, however right it be."""
    if system.sandbox.has_magic:
        value = security_code(system.profile, code)
        if value is not None and operation in value.operations:
            raise MagicMet(value)


def of_kept_card(
    system: System, operation: str, card: DigitalCard, sealed: SealedPan | None
) -> MagicValue | None:
    """What the card on file is for; its number is opened only if the rest of it fits."""
    value = may_be_kept_number(system.profile, card.pan_bin, card.pan_last_four)
    if value is None or sealed is None or not system.sandbox.has_magic:
        return None
    if operation not in value.operations:
        return None
    pan = open_pan(system.vault, system.key.network, card, sealed)
    return value if is_magic(system.profile, pan.digits) else None
