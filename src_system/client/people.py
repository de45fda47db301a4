"""A sandbox's consumers and cards: listed, shown, added, changed, locked, suspended, removed."""

from datetime import datetime
from typing import Any

from src_system.client.answers import Card, Consumer, PlacedConsumer, RefreshedTokens
from src_system.client.endpoint import Endpoint, given


class Consumers:
    """People, each once per network. Members are those of the fixtures' `consumers`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def list(
        self, *, network: str | None = None, identity: str | None = None
    ) -> list[Consumer]:
        """All, or those of a network, or who has this e-mail address or number."""
        query = {"network": network, "identity": identity}
        return [one async for one in self._endpoint.each(Consumer, "consumers", query=query)]

    async def show(self, network: str, src_consumer_id: str) -> Consumer:
        """One, with cards and shipping addresses."""
        return await self._endpoint.at(network, src_consumer_id).get(Consumer)

    async def add(self, **members: Any) -> PlacedConsumer:
        """A new one, `add(emailAddress="ana@shop.test", networks=["visa"])`."""
        return await self._endpoint.post(PlacedConsumer, document=members)

    async def change(self, network: str, src_consumer_id: str, **members: Any) -> Consumer:
        """Change the members that are given."""
        return await self._endpoint.at(network, src_consumer_id).put(Consumer, document=members)

    async def remove(self, network: str, src_consumer_id: str) -> None:
        """Gone, with cards and addresses."""
        await self._endpoint.at(network, src_consumer_id).delete()

    async def lock(
        self, network: str, src_consumer_id: str, *, until: datetime | str | None = None
    ) -> Consumer:
        """Locked for good, or *until* an instant of the sandbox's clock."""
        place = self._endpoint.at(network, src_consumer_id, "lock")
        return await place.post(Consumer, document=given(until=until))

    async def unlock(self, network: str, src_consumer_id: str) -> Consumer:
        """A lock is taken off."""
        return await self._endpoint.at(network, src_consumer_id, "unlock").post(Consumer)

    async def suspend(self, network: str, src_consumer_id: str) -> Consumer:
        """Suspended until resumed."""
        return await self._endpoint.at(network, src_consumer_id, "suspend").post(Consumer)

    async def resume(self, network: str, src_consumer_id: str) -> Consumer:
        """Active again."""
        return await self._endpoint.at(network, src_consumer_id, "resume").post(Consumer)


class Cards:
    """Digital cards. Members are those of the fixtures' `cards`, and `srcConsumerId`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def list(self, *, network: str | None = None) -> list[Card]:
        """All, or those of a network."""
        query = {"network": network}
        return [one async for one in self._endpoint.each(Card, "cards", query=query)]

    async def show(self, network: str, src_digital_card_id: str) -> Card:
        """One."""
        return await self._endpoint.at(network, src_digital_card_id).get(Card)

    async def add(self, **members: Any) -> Card:
        """A new one for a consumer who is there."""
        return await self._endpoint.post(Card, document=members)

    async def change(self, network: str, src_digital_card_id: str, **members: Any) -> Card:
        """Change the members that are given: status, expiry, pendingEvents."""
        return await self._endpoint.at(network, src_digital_card_id).put(Card, document=members)

    async def remove(self, network: str, src_digital_card_id: str) -> None:
        """Cancelled, which is final."""
        await self._endpoint.at(network, src_digital_card_id).delete()

    async def suspend(self, network: str, src_digital_card_id: str) -> Card:
        """Suspended until resumed."""
        return await self._endpoint.at(network, src_digital_card_id, "suspend").post(Card)

    async def resume(self, network: str, src_digital_card_id: str) -> Card:
        """Active again; ends PENDING too."""
        return await self._endpoint.at(network, src_digital_card_id, "resume").post(Card)

    async def expire(self, network: str, src_digital_card_id: str) -> Card:
        """Its expiry date has passed."""
        return await self._endpoint.at(network, src_digital_card_id, "expire").post(Card)

    async def refresh_tokens(
        self, network: str, src_digital_card_id: str, *, change: str = "NUMBER"
    ) -> RefreshedTokens:
        """New payment tokens (NUMBER), or new expiry dates of them (EXPIRY)."""
        place = self._endpoint.at(network, src_digital_card_id, "refresh-tokens")
        return await place.post(RefreshedTokens, document={"change": change})
