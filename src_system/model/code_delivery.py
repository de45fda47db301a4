"""How a one-time code reaches its consumer: as it should, late, twice, elsewhere, or not at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from src_system.model.consumer import Consumer, ConsumerIdentity, IdentityType


class DeliveryMode(StrEnum):
    """What becomes of a code on its way; the words are those of fault rules."""

    NORMAL = "normal"
    LOST = "lost"
    LATE = "late"
    DUPLICATE = "duplicate"
    OTHER_CHANNEL = "otherChannel"


@dataclass(frozen=True, slots=True)
class CodeDelivery:
    """How codes are delivered during one call; `delay` is how late a late one comes."""

    mode: DeliveryMode
    delay: timedelta = timedelta()

    def __post_init__(self) -> None:
        if (self.mode is DeliveryMode.LATE) != (self.delay > timedelta()):
            raise ValueError("A late code, and no other, has a delay.")


NORMAL_DELIVERY = CodeDelivery(DeliveryMode.NORMAL)


@dataclass(frozen=True, slots=True)
class Message:
    """One message with a code: where it goes, how, and when a late one arrives."""

    copy_number: int
    channel: IdentityType
    destination: str
    mode: DeliveryMode
    arrives_at: datetime | None


def messages(
    delivery: CodeDelivery,
    consumer: Consumer,
    identity: ConsumerIdentity,
    channel: IdentityType,
    *,
    now: datetime,
) -> tuple[Message, ...]:
    """What is sent for one code that was asked for on *channel*.

    Somebody who can be reached in one way only gets it there, whatever the delivery.
    """
    mode, arrives_at, copies = delivery.mode, None, 1
    if mode is DeliveryMode.LATE:
        arrives_at = now + delivery.delay
    elif mode is DeliveryMode.DUPLICATE:
        copies = 2
    elif mode is DeliveryMode.OTHER_CHANNEL:
        other = _other(channel)
        if _address(consumer, other) is None:
            mode = DeliveryMode.NORMAL
        else:
            channel = other
    # The inbox is searched by this value.
    destination = _address(consumer, channel) or identity.identity_value
    return tuple(
        Message(copy_number, channel, destination, mode, arrives_at)
        for copy_number in range(1, copies + 1)
    )


def _other(channel: IdentityType) -> IdentityType:
    if channel is IdentityType.EMAIL_ADDRESS:
        return IdentityType.MOBILE_PHONE_NUMBER
    return IdentityType.EMAIL_ADDRESS


def _address(consumer: Consumer, channel: IdentityType) -> str | None:
    if channel is IdentityType.EMAIL_ADDRESS:
        return consumer.email_address
    return None if consumer.mobile_number is None else consumer.mobile_number.identity_value
