"""A sandbox as whoever holds it sees it: its addresses, its clock, its inbox, all that it holds."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

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
from src_system.client.endpoint import Endpoint, given, iso_duration
from src_system.client.errors import Refused
from src_system.client.faults import Faults
from src_system.client.inbox import Inbox
from src_system.client.initiator import Initiator, Registration
from src_system.client.journal import Journal
from src_system.client.magic_answers import MagicSetting
from src_system.client.notifications import NotificationLog
from src_system.client.participants import Clients, Dpas
from src_system.client.people import Cards, Consumers
from src_system.client.snapshots import Snapshots
from src_system.client.transport import Transport
from src_system.client.trust import Receipts
from src_system.client.verdict_answers import Verdict
from src_system.derive import Derivation, random_token


class Sandbox:
    """One sandbox. `details` is its document as it was last read."""

    def __init__(
        self,
        details: SandboxDetails,
        sandboxes: Endpoint,
        transport: Transport,
        *,
        protocol: str | None = None,
        lineage: tuple[str, ...] | None = None,
    ) -> None:
        """*protocol* is where the protocol port is reached from here, if elsewhere than it says.

        *lineage* makes the ids of its initiators: () for whoever made the sandbox, the names of
        forks since then; None where others may have made some, whose ids must not come again.
        """
        endpoint = sandboxes.at(details.name)
        self._protocol = protocol
        self.details = self._moved(details)
        self.clock = SandboxClock(endpoint.at("clock"))
        self.otps = Inbox(endpoint.at("otps"))
        self.clients = Clients(endpoint.at("clients"))
        self.dpas = Dpas(endpoint.at("dpas"))
        self.consumers = Consumers(endpoint.at("consumers"))
        self.cards = Cards(endpoint.at("cards"))
        self.notifications = NotificationLog(endpoint.at("notifications"))
        self.snapshots = Snapshots(endpoint.at("snapshots"))
        self.faults = Faults(endpoint.at("faults"))
        self.journal = Journal(endpoint.at("journal"))
        self._endpoint = endpoint
        self._sandboxes = sandboxes
        self._transport = transport
        self._lineage = (random_token(),) if lineage is None else lineage
        self._receipts: dict[str, Receipts] = {}
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
        self.details = self._moved(await self._endpoint.get(SandboxDetails))
        return self.details

    async def reset(self, *, clock: bool = False, keep_faults: bool = False) -> SandboxDetails:
        """Remove consumers, all they did, and fault rules; clients, DPAs and seed stay.

        With *clock* the clock goes back to what it was in the beginning; else it stays too. With
        *keep_faults* fault rules stay.
        """
        document = {"clock": clock, "keepFaults": keep_faults}
        details = await self._endpoint.at("reset").post(SandboxDetails, document=document)
        self.details = self._moved(details)
        return self.details

    async def restore(self, snapshot: str) -> SandboxDetails:
        """Put it back to what it was when the *snapshot* of that name was taken."""
        place = self._endpoint.at("snapshots", snapshot, "restore")
        self.details = self._moved(await place.post(SandboxDetails))
        return self.details

    async def fork(
        self, name: str | None = None, *, ttl: timedelta | str | None = None
    ) -> "Sandbox":
        """A copy of it all that goes on by itself from here, for its maker to remove."""
        document = given(name=name, ttl=None if ttl is None else iso_duration(ttl))
        details = await self._endpoint.at("fork").post(SandboxDetails, document=document)
        lineage = (*self._lineage, str(self._initiators), details.name)
        return Sandbox(
            details, self._sandboxes, self._transport, protocol=self._protocol, lineage=lineage
        )

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

    async def verdict(
        self,
        *,
        client: str | None = None,
        since: int | str | None = None,
        waivers: Sequence[Mapping[str, Any]] = (),
    ) -> Verdict:
        """What the checks make of the clients' calls.

        Of one *client* (srcClientId), of what came *since* a place in the journal. *waivers* hold
        for this answer: id, reason, until (a day), match.
        """
        place = self._endpoint.at("verdict")
        query = {"client": client, "since": since}
        return await place.post(Verdict, document={"waivers": waivers}, query=query)

    async def verdict_as_sarif(
        self,
        *,
        client: str | None = None,
        since: int | str | None = None,
        waivers: Sequence[Mapping[str, Any]] = (),
    ) -> dict[str, Any]:
        """The same as a log of SARIF 2.1.0."""
        query = {"client": client, "since": since, "format": "sarif"}
        reply = await self._endpoint.send(
            "POST", "/verdict", {"waivers": waivers}, query=query, accept="application/sarif+json"
        )
        return reply.expect(200)

    async def has_magic(self) -> bool:
        """Whether magic values (`ControlPort.magic`) mean anything in it."""
        return (await self._endpoint.get(MagicSetting, "/magic")).enabled

    async def set_magic(self, enabled: bool) -> None:
        """Let them mean something, or nothing."""
        await self._endpoint.put(MagicSetting, "/magic", {"enabled": enabled})

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
        now: Callable[[], Awaitable[datetime]] | None = None,
    ) -> Initiator:
        """An SRC initiator at the beginning of a shopper's session, on all networks or on these.

        *client* and *dpa* are the sandbox's first SRC initiator and its first DPA when left out.
        Every initiator begins a session of its own. Where the sandbox was made by this client, its
        ids follow from the seed and the number of initiators so far: a run can be repeated.
        Tokens are judged by *now*; the sandbox's clock is asked unless it is given.
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
                receipts=self._receipts.setdefault(client.src_client_id, Receipts()),
            ),
            srci_transaction_id=srci_transaction_id
            or ids.uuid("client transaction", *self._lineage, self._initiators),
            now=now or self.clock.now,
        )

    def _moved(self, details: SandboxDetails) -> SandboxDetails:
        """The document with addresses that can be reached from here."""
        if self._protocol is None:
            return details
        target = self._protocol
        urls = {
            network: msgspec.structs.replace(
                found,
                src=_at_origin(found.src, target),
                keys=_at_origin(found.keys, target),
                token=None if found.token is None else _at_origin(found.token, target),
            )
            for network, found in details.urls.items()
        }
        return msgspec.structs.replace(details, urls=urls)

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


def _at_origin(url: str, origin: str) -> str:
    """*url* at another origin."""
    target = urlsplit(origin)
    return f"{target.scheme}://{target.netloc}{target.path.rstrip('/')}{urlsplit(url).path}"
