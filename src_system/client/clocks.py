"""The clock of a sandbox: everything in it that has a date obeys it."""

from datetime import datetime, timedelta

from src_system.client.answers import ClockAdvance, ClockReading, FiredWork
from src_system.client.endpoint import Endpoint, given, iso_duration


class SandboxClock:
    """Reads and sets it. Instants are aware datetimes or ISO 8601 text."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def show(self) -> ClockReading:
        """How it runs, and what it shows."""
        return await self._endpoint.get(ClockReading)

    async def now(self) -> datetime:
        """What it shows."""
        return (await self.show()).now

    async def due(
        self, *, from_: datetime | str | None = None, until: datetime | str | None = None
    ) -> list[FiredWork]:
        """What an advance to *until* would let fire; a day ahead unless said otherwise."""
        query = {"from": _text(from_), "until": _text(until)}
        return [one async for one in self._endpoint.each(FiredWork, "due", "/due", query=query)]

    async def freeze(self, at: datetime | str | None = None) -> ClockReading:
        """Stop it at an instant, or where the machine's time is now."""
        return await self._endpoint.put(ClockReading, document=given(mode="frozen", at=at))

    async def run(self) -> ClockReading:
        """Let it show the machine's time."""
        return await self._endpoint.put(ClockReading, document={"mode": "real"})

    async def run_from(self, at: datetime | str) -> ClockReading:
        """Set it to an instant, and let it run on from there."""
        return await self._endpoint.put(ClockReading, document={"mode": "offset", "at": at})

    async def shift(self, by: timedelta | float) -> ClockReading:
        """Let it run that far ahead of the machine's time (seconds, or a timedelta)."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        document = {"mode": "offset", "offsetSeconds": seconds}
        return await self._endpoint.put(ClockReading, document=document)

    async def advance(self, by: timedelta | str) -> ClockAdvance:
        """Move a frozen or shifted clock on (a timedelta, or text such as PT10M).

        A clock that shows the machine's time is refused: freeze it first.
        """
        return await self._endpoint.at("advance").post(
            ClockAdvance, document={"by": iso_duration(by)}
        )


def _text(instant: datetime | str | None) -> str | None:
    return instant.isoformat() if isinstance(instant, datetime) else instant
