"""The primary account number and its expiry: held in memory only, never printed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from src_system.model.errors import CardExpired, InvalidFormat, MissingMember

PAN_DIGITS_MIN = 12
PAN_DIGITS_MAX = 19
PAN_BIN_DIGITS = 6
_LAST_YEAR = 9999


@dataclass(frozen=True, slots=True, repr=False)
class Pan:
    """A Luhn-valid card number of 12 to 19 digits (spec 4.1). Its repr shows nothing of it."""

    digits: str

    def __repr__(self) -> str:
        return "Pan(masked)"

    __str__ = __repr__

    @property
    def bin(self) -> str:
        """The first six digits (`panBin`, spec 5.8)."""
        return self.digits[:PAN_BIN_DIGITS]

    @property
    def last_four(self) -> str:
        """The last four digits (`panLastFour`, spec 5.8)."""
        return self.digits[-4:]


def luhn_check_digit(digits: str) -> str:
    """The digit that makes *digits* followed by it Luhn-valid."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2 == 0:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return str(-total % 10)


def is_luhn_valid(digits: str) -> bool:
    """Whether the last digit of *digits* is the Luhn check digit of the others."""
    return len(digits) > 1 and luhn_check_digit(digits[:-1]) == digits[-1]


def read_pan(digits: str | None, *, source: str) -> Pan:
    """A `Pan` from text, or MissingMember, InvalidFormat naming *source*."""
    if not digits:
        raise MissingMember("The card number is missing.", source=source)
    bare = digits.replace(" ", "")
    if not (bare.isascii() and bare.isdigit() and PAN_DIGITS_MIN <= len(bare) <= PAN_DIGITS_MAX):
        raise InvalidFormat("A card number has 12 to 19 digits.", source=source)
    if not is_luhn_valid(bare):
        raise InvalidFormat("The card number fails the Luhn check.", source=source)
    return Pan(bare)


class CardExpiry(msgspec.Struct, frozen=True):
    """Expiry as two-digit month and four-digit year; the card is good to the month's end."""

    month: str
    year: str

    def __str__(self) -> str:
        return f"{self.month}/{self.year}"

    def is_past(self, now: datetime) -> bool:
        """Whether the last instant of the expiry month lies before *now* (UTC)."""
        month, year = int(self.month), int(self.year)
        following = (year + month // 12, month % 12 + 1)
        if following[0] > _LAST_YEAR:
            return False
        return datetime(following[0], following[1], 1, tzinfo=UTC) <= now


def past_expiry(now: datetime) -> CardExpiry:
    """The month before *now*: the newest expiry that is past."""
    before = now.replace(day=1) - timedelta(days=1)
    return CardExpiry(f"{before.month:02d}", f"{before.year:04d}")


def read_expiry(month: str | None, year: str | None, *, source: str) -> CardExpiry:
    """A `CardExpiry`; a two-digit year is taken as 20YY (spec 5.7). Names *source*.<member>."""
    if not month:
        raise MissingMember("The expiry month is missing.", source=f"{source}.panExpirationMonth")
    if not year:
        raise MissingMember("The expiry year is missing.", source=f"{source}.panExpirationYear")
    if not (month.isascii() and month.isdigit() and len(month) <= 2 and 1 <= int(month) <= 12):
        raise InvalidFormat("The expiry month is 01 to 12.", source=f"{source}.panExpirationMonth")
    if not (year.isascii() and year.isdigit() and len(year) in (2, 4)) or int(year) == 0:
        raise InvalidFormat(
            "The expiry year has four digits.", source=f"{source}.panExpirationYear"
        )
    full_year = year if len(year) == 4 else f"20{year}"
    return CardExpiry(month.zfill(2), full_year)


def refuse_past_expiry(expiry: CardExpiry, now: datetime, *, source: str) -> None:
    """Raise CardExpired when *expiry* lies before *now*."""
    if expiry.is_past(now):
        raise CardExpired(
            "The card's expiry date is past.",
            source=f"{source}.panExpirationYear",
            seen={"card_expiry": str(expiry), "now": now},
        )
