"""What time it is in the sandbox, asked as seldom as possible."""

from datetime import datetime

from src_system.client import Sandbox


class SandboxTime:
    """The sandbox's time: a clock that stands is read once, until somebody may have moved it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._standing: datetime | None = None

    async def now(self) -> datetime:
        """What the clock shows."""
        if self._standing is not None:
            return self._standing
        reading = await self._sandbox.clock.show()
        if reading.mode == "frozen":
            self._standing = reading.now
        return reading.now

    def forget(self) -> None:
        """The clock may have been moved."""
        self._standing = None
