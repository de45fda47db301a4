"""Card update notifications: why one is sent, when it is tried again, where it may go (4.16)."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from src_system.model.digital_card import DigitalCard, DigitalCardStatus
from src_system.model.errors import InvalidFormat

URL_CHARACTERS_MAX = 1_024
_DOUBLINGS_MAX = 64  # beyond it every wait is the longest one


class ReasonCode(StrEnum):
    """Why a client hears of a card. Only TOKEN_REFRESH is known from public pages (spec 4.16)."""

    CARD_SUSPENDED = "CARD_SUSPENDED"
    CARD_RESUMED = "CARD_RESUMED"
    CARD_CANCELLED = "CARD_CANCELLED"
    CARD_UPDATED = "CARD_UPDATED"
    TOKEN_REFRESH = "TOKEN_REFRESH"


class NotificationState(StrEnum):
    """How far a delivery has come."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    GIVEN_UP = "GIVEN_UP"


class ReachableHosts(StrEnum):
    """Where notifications may be sent."""

    LOOPBACK = "loopback"
    PRIVATE = "private"
    ANY = "any"


_STATUS_REASONS = {
    DigitalCardStatus.SUSPENDED: ReasonCode.CARD_SUSPENDED,
    DigitalCardStatus.ACTIVE: ReasonCode.CARD_RESUMED,
    DigitalCardStatus.CANCELLED: ReasonCode.CARD_CANCELLED,
}


def reason_for(before: DigitalCard, after: DigitalCard) -> ReasonCode | None:
    """Why clients are told of the change, None when it is none of their business.

    A change of status outweighs one of the expiry: the message shows the card as it is anyway.
    """
    if after.status is not before.status:
        return _STATUS_REASONS.get(after.status)
    if after.expiry != before.expiry:
        return ReasonCode.CARD_UPDATED
    return None


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """Exponential back-off: *first*, then each wait *factor* times the one before, up to *longest*.

    After *attempts_max* failures nothing is tried any more.
    """

    first: timedelta
    factor: int
    longest: timedelta
    attempts_max: int

    def next_attempt(self, failures: int, now: datetime) -> datetime | None:
        """When to try again after *failures* (1 or more) in a row; None: never."""
        if failures >= self.attempts_max:
            return None
        wait, doublings = self.first, 1
        while doublings < min(failures, _DOUBLINGS_MAX) and wait < self.longest:
            wait, doublings = wait * self.factor, doublings + 1
        return now + min(wait, self.longest)


def read_notification_url(text: str, *, source: str) -> str | None:
    """An http or https address without credentials, None for empty text; InvalidFormat."""
    if not text:
        return None
    try:
        parts = urlsplit(text)
        sound = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.username is None
            and not parts.fragment
            and parts.port != 0
            and len(text) <= URL_CHARACTERS_MAX
            and text.isascii()
            and text.isprintable()
            and " " not in text
        )
    except ValueError:
        sound = False
    if not sound:
        raise InvalidFormat(
            f"An http or https URL of at most {URL_CHARACTERS_MAX} characters is expected,"
            " without user and fragment.",
            source=source,
        )
    return text


def may_reach(address: str, hosts: ReachableHosts) -> bool:
    """Whether a notification may go to the IP *address*.

    Link-local addresses, where clouds keep their metadata, are never private here.
    """
    if hosts is ReachableHosts.ANY:
        return True
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback:
        return True
    return hosts is ReachableHosts.PRIVATE and (
        found.is_private
        and not (found.is_link_local or found.is_unspecified or found.is_multicast)
        and not found.is_reserved
    )
