"""Snapshots of a sandbox: taken, listed, removed."""

from src_system.client.answers import Snapshot
from src_system.client.endpoint import Endpoint, given


class Snapshots:
    """What the sandbox can be put back to (`sandbox.restore`)."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def list(self) -> list[Snapshot]:
        """Those that were taken, oldest first."""
        return [one async for one in self._endpoint.each(Snapshot, "snapshots")]

    async def take(self, name: str | None = None) -> Snapshot:
        """Keep the sandbox as it stands."""
        return await self._endpoint.post(Snapshot, document=given(name=name))

    async def remove(self, name: str) -> None:
        """It is gone with all it held."""
        await self._endpoint.at(name).delete()
