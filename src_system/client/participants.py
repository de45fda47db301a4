"""A sandbox's clients and DPAs: listed, shown, added, changed, switched off, removed."""

from typing import Any

from src_system.client.answers import Client, Dpa
from src_system.client.endpoint import Endpoint


class Clients:
    """SRC initiators, issuers, DCFs; members are those of the fixtures' `clients`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def list(self) -> list[Client]:
        """All of them, by srcClientId."""
        return [one async for one in self._endpoint.each(Client, "clients")]

    async def show(self, src_client_id: str) -> Client:
        """One with its keys."""
        return await self._endpoint.at(src_client_id).get(Client)

    async def add(self, **members: Any) -> Client:
        """A new one, `add(name="My initiator", authentication={"scheme": "native"})`."""
        return await self._endpoint.post(Client, document=members)

    async def change(self, src_client_id: str, **members: Any) -> Client:
        """Change the members that are given."""
        return await self._endpoint.at(src_client_id).put(Client, document=members)

    async def remove(self, src_client_id: str) -> None:
        """It is gone, with its keys and DPAs."""
        await self._endpoint.at(src_client_id).delete()

    async def suspend(self, src_client_id: str) -> Client:
        """Its calls are refused from now on."""
        return await self._endpoint.at(src_client_id, "suspend").post(Client)

    async def resume(self, src_client_id: str) -> Client:
        """Its calls are taken again."""
        return await self._endpoint.at(src_client_id, "resume").post(Client)

    async def expire(self, src_client_id: str) -> Client:
        """Its payload keys have expired."""
        return await self._endpoint.at(src_client_id, "expire").post(Client)


class Dpas:
    """Shops; members are those of the fixtures' `dpas`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def list(self) -> list[Dpa]:
        """All of them, by srcDpaId."""
        return [one async for one in self._endpoint.each(Dpa, "dpas")]

    async def show(self, src_dpa_id: str) -> Dpa:
        """One."""
        return await self._endpoint.at(src_dpa_id).get(Dpa)

    async def add(self, **members: Any) -> Dpa:
        """A new one, `add(dpaData={"dpaName": "My shop"}, markets=["US"])`."""
        return await self._endpoint.post(Dpa, document=members)

    async def change(self, src_dpa_id: str, **members: Any) -> Dpa:
        """Change the members that are given."""
        return await self._endpoint.at(src_dpa_id).put(Dpa, document=members)

    async def remove(self, src_dpa_id: str) -> None:
        """It is gone."""
        await self._endpoint.at(src_dpa_id).delete()

    async def suspend(self, src_dpa_id: str) -> Dpa:
        """Calls for it are refused from now on."""
        return await self._endpoint.at(src_dpa_id, "suspend").post(Dpa)

    async def resume(self, src_dpa_id: str) -> Dpa:
        """Calls for it are taken again."""
        return await self._endpoint.at(src_dpa_id, "resume").post(Dpa)
