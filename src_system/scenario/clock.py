"""What time it is in the sandbox, asked as seldom as possible."""

import asyncio
from datetime import datetime

from src_system.client import Sandbox
from src_system.client.answers import ClockReading


class SandboxTime:
    """The sandbox's time: a clock that stands is not read again until somebody may have moved it.

    Where it stood when *sandbox*, which has just been made, was answered is known.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._standing = _standing(sandbox.details.clock)
        self._asking = asyncio.Lock()

    async def now(self) -> datetime:
        """What the clock shows."""
        async with self._asking:  # calls to four networks at once ask it at once
            if self._standing is not None:
                return self._standing
            reading = await self._sandbox.clock.show()
            self._standing = _standing(reading)
            return reading.now

    def forget(self) -> None:
        """The clock may have been moved."""
        self._standing = None


def _standing(reading: ClockReading) -> datetime | None:
    return reading.now if reading.mode == "frozen" else None
