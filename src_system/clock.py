"""The only reader of the machine's time, and the clock that each sandbox lives by."""

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, Self


def machine_now() -> datetime:
    """The machine's time, aware, in UTC. Everything simulated asks a `Clock` instead."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds of a clock that only runs forward: for durations and deadlines."""
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class Clock:
    """A sandbox's clock: `real`, `frozen` at an instant, or `offset` from the machine's time."""

    mode: Literal["real", "frozen", "offset"]
    at: datetime | None
    offset: timedelta

    def __post_init__(self) -> None:
        if (self.mode == "frozen") != (self.at is not None):
            raise ValueError("A frozen clock, and no other, stands at an instant.")
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError("A clock's instant needs a time zone.")

    @classmethod
    def real(cls) -> Self:
        """The machine's own time."""
        return cls("real", None, timedelta())

    @classmethod
    def frozen(cls, at: datetime) -> Self:
        """A clock that stands still at *at* (aware)."""
        return cls("frozen", at, timedelta())

    def now(self) -> datetime:
        """The simulated instant, aware, in UTC."""
        return self.shown_at(machine_now())

    def shown_at(self, machine_time: datetime) -> datetime:
        """What the clock, set as it is, shows at an instant of the machine's; aware, in UTC."""
        if self.at is not None:
            return self.at.astimezone(UTC)
        return machine_time + self.offset


def epoch_seconds(instant: datetime) -> int:
    """Whole seconds since 1970 (UTC)."""
    return math.floor(instant.timestamp())


def iso_millis(instant: datetime) -> str:
    """*instant* as `YYYY-MM-DDThh:mm:ss.SSSZ` (spec 2.9)."""
    text = instant.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00") + "Z"


def iso_millis_or_none(instant: datetime | None) -> str | None:
    """The same, and None for None."""
    return None if instant is None else iso_millis(instant)


def parse_iso(text: str) -> datetime:
    """An ISO 8601 instant as aware UTC; without a zone it is taken as UTC. ValueError if none."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("The instant lies outside the years 1 to 9999.") from error
