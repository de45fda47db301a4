"""The only reader of the machine's time, and the clock that each sandbox lives by."""

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
        if self.mode == "frozen" and self.at is not None:
            return self.at
        return machine_now() + self.offset


def epoch_seconds(instant: datetime) -> int:
    """Whole seconds since 1970 (UTC)."""
    return int(instant.timestamp())


def iso_millis(instant: datetime) -> str:
    """*instant* as `YYYY-MM-DDThh:mm:ss.SSSZ` (spec 2.9)."""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def parse_iso(text: str) -> datetime:
    """An ISO 8601 instant as aware UTC; without a zone it is taken as UTC. ValueError if none."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC)
