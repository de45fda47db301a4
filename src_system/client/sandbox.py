"""A sandbox as whoever holds it sees it: its addresses, its clock, its inbox, all that it holds."""

from collections.abc import Mapping, Sequence
from typing import Any

from src_system.client.answers import (
    Client,
    Dpa,
    Federation,
    NetworkUrls,
    Placed,
    PlacedConsumer,
    SandboxDetails,
)
from src_system.client.clocks import SandboxClock
from src_system.client.endpoint import Endpoint
from src_system.client.errors import Refused
from src_system.client.inbox import Inbox
from src_system.client.initiator import Initiator, Registration
from src_system.client.notifications import NotificationLog
from src_system.client.participants import Clients, Dpas
from src_system.client.people import Cards, Consumers
from src_system.client.transport import Transport
from src_system.derive import Derivation


class Sandbox:
    """One sandbox. `details` is its document as it was last read."""

    def __init__(self, details: SandboxDetails, sandboxes: Endpoint, transport: Transport) -> None:
        endpoint = sandboxes.at(details.name)
        self.details = details
        self.clock = SandboxClock(endpoint.at("clock"))
        self.otps = Inbox(endpoint.at("otps"))
        self.clients = Clients(endpoint.at("clients"))
        self.dpas = Dpas(endpoint.at("dpas"))
        self.consumers = Consumers(endpoint.at("consumers"))
        self.cards = Cards(endpoint.at("cards"))
        self.notifications = NotificationLog(endpoint.at("notifications"))
        self._endpoint = endpoint
        self._sandboxes = sandboxes
        self._transport = transport
        self._initiators = 0

    def __repr__(self) -> str:
        return f"Sandbox({self.name!r}, seed={self.seed!r})"

    @property
    def name(self) -> str:
        """Its name."""
        return self.details.name

    @property
    def seed(self) -> str:
        """What everything in it is derived from."""
        return self.details.seed

    @property
    def urls(self) -> Mapping[str, NetworkUrls]:
        """By network, where its SRC System is reached: `urls["visa"].src`."""
        return self.details.urls

    async def refresh(self) -> SandboxDetails:
        """Read its document again."""
        self.details = await self._endpoint.get(SandboxDetails)
        return self.details

    async def reset(self) -> SandboxDetails:
        """Remove consumers and all they did; clients, DPAs, seed and clock stay."""
        self.details = await self._endpoint.at("reset").post(SandboxDetails)
        return self.details

    async def delete(self, *, missing_ok: bool = False) -> None:
        """Remove it with all it holds."""
        try:
            await self._endpoint.delete()
        except Refused as refused:
            if not (missing_ok and refused.status == 404):
                raise

    async def fixtures(
        self,
        *,
        consumers: Sequence[Mapping[str, Any]] = (),
        clients: Sequence[Mapping[str, Any]] = (),
        dpas: Sequence[Mapping[str, Any]] = (),
    ) -> Placed:
        """Put these in place, all or nothing; the same ones twice change nothing."""
        document = {"consumers": consumers, "clients": clients, "dpas": dpas}
        return await self._endpoint.at("fixtures").post(Placed, document=document)

    async def add_consumer(
        self,
        email_address: str,
        *,
        cards: Mapping[str, str] | Sequence[Mapping[str, Any]] = (),
        networks: Sequence[str] = (),
        **members: Any,
    ) -> PlacedConsumer:
        """Put one person in place.

        *cards* are numbers by network, `{"visa": "4111111111111111"}`, good until 12/2035, or
        entries of the fixtures; *networks* where she is known without a card. *members* are further
        ones of the fixtures' `consumers`, such as mobileNumber.
        """
        entries = _cards_by_network(cards) if isinstance(cards, Mapping) else cards
        consumer = {
            "emailAddress": email_address,
            "cards": entries,
            "networks": networks,
            **members,
        }
        return (await self.fixtures(consumers=[consumer])).consumers[0]

    async def federation(self) -> Federation:
        """Whose idTokens each network takes."""
        return await self._endpoint.get(Federation, "/federation")

    async def federate(self, trusted_networks: Mapping[str, Sequence[str]]) -> Federation:
        """Change it: for each network those it trusts; one that is not named trusts all."""
        document = {"trustedNetworks": trusted_networks}
        return await self._endpoint.put(Federation, "/federation", document)

    def initiator(
        self,
        *,
        client: Client | None = None,
        dpa: Dpa | None = None,
        networks: Sequence[str] | None = None,
        srci_transaction_id: str | None = None,
    ) -> Initiator:
        """An SRC initiator at the beginning of a shopper's session, on all networks or on these.

        *client* and *dpa* are the sandbox's first SRC initiator and its first DPA when left out.
        Every initiator begins a session of its own; its ids follow from the sandbox's seed and the
        number of initiators made with this object, so that a run can be repeated.
        """
        client = client or self._first_initiator()
        if dpa is None:
            own = (one for one in self.details.dpas if one.src_client_id == client.src_client_id)
            dpa = next(own, None)
        self._initiators += 1
        ids = Derivation(self.seed)
        return Initiator(
            self._transport,
            {name: self.urls[name] for name in networks or self.urls},
            Registration(
                src_client_id=client.src_client_id,
                src_dpa_id=None if dpa is None else dpa.src_dpa_id,
                private_keys=tuple(client.jwks.keys),
                authentication=client.authentication,
            ),
            srci_transaction_id=srci_transaction_id
            or ids.uuid("client transaction", self._initiators),
            now=self.clock.now,
        )

    def _first_initiator(self) -> Client:
        for client in self.details.clients:
            if client.kind == "SRC_INITIATOR":
                return client
        raise LookupError(f"The sandbox {self.name} has no SRC initiator.")


def _cards_by_network(numbers: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {
            "network": network,
            "primaryAccountNumber": number,
            "panExpirationMonth": "12",
            "panExpirationYear": "2035",
        }
        for network, number in numbers.items()
    ]
