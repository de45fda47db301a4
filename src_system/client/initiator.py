"""An SRC initiator in one shopper's session: on one network, or on all of them at once."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

from src_system.client.answers import NetworkUrls
from src_system.client.authentication_operations import AuthenticationOperations
from src_system.client.batch_operations import BatchOperations
from src_system.client.card_operations import CardOperations
from src_system.client.checkout_operations import CheckoutOperations
from src_system.client.errors import SrcSystemError
from src_system.client.identity_operations import IdentityOperations
from src_system.client.network_calls import Registration, SharedSession
from src_system.client.src_answers import (
    Lookup,
    Profiles,
    Recognition,
    Unbound,
)
from src_system.client.transport import TIMEOUT_SECONDS, HttpTransport, Transport
from src_system.clock import machine_now
from src_system.derive import Derivation, random_token

__all__ = ["Initiator", "Network", "Registration", "initiator_at"]

Result = TypeVar("Result")
Identity = str | Mapping[str, Any]


class Network(
    CardOperations,
    IdentityOperations,
    CheckoutOperations,
    AuthenticationOperations,
    BatchOperations,
):
    """Every operation of one network's SRC System, in a session."""


class Initiator:
    """One shopper's session: `initiator["visa"]` is a network, the methods here ask all of them.

    What one network tells of the shopper is carried on to the others: idTokens for profiles and
    checkouts, recognition tokens to each that gave one.
    """

    def __init__(
        self,
        transport: Transport,
        urls: Mapping[str, NetworkUrls],
        registration: Registration,
        *,
        srci_transaction_id: str | None = None,
        now: Callable[[], Awaitable[datetime]] | None = None,
    ) -> None:
        """*now* is the time that tokens are judged by; the machine's unless given."""
        self.registration = registration
        self.session = SharedSession(
            srci_transaction_id or Derivation(random_token()).uuid("client transaction")
        )
        self._networks = {
            name: Network(transport, name, found, registration, self.session, now or _machine_now)
            for name, found in urls.items()
        }

    def __getitem__(self, network: str) -> Network:
        return self._networks[network]

    def __iter__(self) -> Iterator[Network]:
        return iter(self._networks.values())

    def __len__(self) -> int:
        return len(self._networks)

    @property
    def networks(self) -> tuple[str, ...]:
        """The names of the networks of this session."""
        return tuple(self._networks)

    async def on_all(self, ask: Callable[[Network], Awaitable[Result]]) -> dict[str, Result]:
        """Ask every network at the same time; the answers by network.

        When some refuse, the others are still heard out; then the first refusal is raised.
        """
        answers = await self._ask(ask)
        for answer in answers.values():
            if isinstance(answer, BaseException):
                raise answer
        return {name: one for name, one in answers.items() if not isinstance(one, BaseException)}

    async def on_each(
        self, ask: Callable[[Network], Awaitable[Result]]
    ) -> dict[str, Result | SrcSystemError]:
        """The same, with what went wrong at a network in place of its answer."""
        found: dict[str, Result | SrcSystemError] = {}
        for name, answer in (await self._ask(ask)).items():
            if isinstance(answer, BaseException) and not isinstance(answer, SrcSystemError):
                raise answer
            found[name] = answer
        return found

    async def identity_lookup(self, identity: Identity) -> dict[str, Lookup]:
        """Is this person known, and where?"""
        return await self.on_all(lambda network: network.identity_lookup(identity))

    async def is_recognized(self) -> dict[str, Recognition]:
        """Is the device known, by the session's recognition tokens?"""
        return await self.on_all(lambda network: network.is_recognized())

    async def get_src_profile(self) -> dict[str, Profiles]:
        """The shopper's cards at all networks, by the session's idTokens."""
        return await self.on_all(lambda network: network.get_src_profile())

    async def confirmation(self, **data: Any) -> None:
        """Tell all networks of the authorisation."""
        await self.on_all(lambda network: network.confirmation(**data))

    async def unbind_app_instance(self) -> dict[str, Unbound]:
        """Have the device forgotten everywhere."""
        return await self.on_all(lambda network: network.unbind_app_instance())

    async def sign_in(
        self,
        identity: str,
        read_code: Callable[[str, str], Awaitable[str]],
        *,
        network: str | None = None,
        remember_me: bool = False,
    ) -> dict[str, Profiles]:
        """From an identity to the cards at all networks: one code, one idToken, every profile.

        *read_code* is asked for the one-time code with the identity and the network that sent it,
        as `sandbox.otps.code` is. *network* validates; the first that knows her unless given.
        """
        found = await self.on_each(lambda one: one.identity_lookup(identity))
        known = [
            name
            for name, answer in found.items()
            if not isinstance(answer, Exception) and answer.consumer_present
        ]
        chosen = network or next(iter(known), None)
        if chosen is None:
            raise SrcSystemError(f"No network knows {identity}.")
        started = await self[chosen].initiate_identity_validation(identity)
        code = await read_code(identity, chosen)
        await self[chosen].complete_identity_validation(
            started.id_validation_session_id, code, remember_me=remember_me
        )
        answers = await self.on_each(lambda one: one.get_src_profile())
        return {
            name: answer for name, answer in answers.items() if not isinstance(answer, Exception)
        }

    async def _ask(
        self, ask: Callable[[Network], Awaitable[Result]]
    ) -> dict[str, Result | BaseException]:
        answers = await asyncio.gather(*(ask(one) for one in self), return_exceptions=True)
        return dict(zip(self._networks, answers, strict=True))


@asynccontextmanager
async def initiator_at(
    urls: Mapping[str, str],
    registration: Registration,
    *,
    timeout: float = TIMEOUT_SECONDS,
    ssl_context: ssl.SSLContext | None = None,
) -> AsyncIterator[Initiator]:
    """An SRC initiator that knows no control port: base addresses (`…/src/v1`) by network.

    The keys of each network are expected below its base address.
    """
    transport = HttpTransport(timeout=timeout, ssl_context=ssl_context)
    found = {
        name: NetworkUrls(src=url.rstrip("/"), keys=f"{url.rstrip('/')}/keys")
        for name, url in urls.items()
    }
    try:
        yield Initiator(transport, found, registration)
    finally:
        await transport.close()


async def _machine_now() -> datetime:
    return machine_now()
