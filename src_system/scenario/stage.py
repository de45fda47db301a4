"""Where one scenario is played: its sandbox, its shoppers' devices, its variables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from src_system.client import ControlPort, Initiator, Network, Sandbox, SrcSystemError
from src_system.client.answers import Client, Dpa
from src_system.scenario.clock import SandboxTime
from src_system.scenario.problems import Mark
from src_system.scenario.receiving import ScenarioReceiver
from src_system.scenario.variables import NETWORK, fill, fill_address, names_in
from src_system.scenario.words import ALL_NETWORKS, NETWORKS, Json

FIRST_DEVICE = "browser"
# Variables that are always there, beside the story's own.
GIVEN_VARIABLES: Mapping[str, str] = {
    "network": "the network that is called",
    "now": "what the sandbox's clock shows",
    "round": "inside of `repeat`, its round",
    "sandbox": "the sandbox: name, seed",
    "client": "the SRC initiator: srcClientId, name",
    "dpa": "the merchant: srcDpaId, srciDpaId, dpaData, markets",
    "issuer": "the issuer, where the sandbox has one: srcClientId",
    "given": "what `given` and `place` answered: consumers, clients, dpas with their ids",
    "session": "the session of the device: srciTransactionId, srcCorrelationId, idToken,"
    " recognitionToken",
    "receiver": "where the runner takes card update notifications",
    "url": "base address of the network that is called",
}


@dataclass(slots=True)
class Device:
    """What a shopper holds: what it remembers, and the session it is in."""

    name: str
    initiator: Initiator

    def network(self, name: str) -> Network:
        """One of the networks of its session; SrcSystemError for any other."""
        if name not in self.initiator.networks:
            raise SrcSystemError(f"The session of the device {self.name!r} is not on {name}.")
        return self.initiator[name]


@dataclass(slots=True)
class Stage:
    """The world of one attempt. `fault_rules` must be met: their ids, and where they stand."""

    port: ControlPort
    sandbox: Sandbox
    time: SandboxTime
    receiver: ScenarioReceiver
    networks: tuple[str, ...] = NETWORKS[:1]
    variables: dict[str, Any] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    current: str = FIRST_DEVICE
    fault_rules: dict[str, Mark] = field(default_factory=dict)

    def device(self, name: str | None) -> Device:
        """The device of that name, or the one that was last used; it begins a session at need."""
        wanted = name or self.current
        if wanted not in self.devices:
            if name is not None and name != FIRST_DEVICE:
                raise SrcSystemError(f"No `visit` has begun on a device {name!r}.")
            self.visit(wanted)
        self.current = wanted
        return self.devices[wanted]

    def visit(
        self,
        name: str,
        *,
        networks: tuple[str, ...] | None = None,
        client: str | None = None,
        dpa: str | None = None,
        transaction: str | None = None,
    ) -> Device:
        """Begin a new session on a device; recognition tokens that it has go with it."""
        before = self.devices.get(name)
        initiator = self.sandbox.initiator(
            client=self._client(client),
            dpa=self._dpa(dpa),
            networks=networks or NETWORKS,
            srci_transaction_id=transaction,
            now=self.time.now,
        )
        if before is not None:
            initiator.session.recognition_tokens.update(before.initiator.session.recognition_tokens)
        self.devices[name] = Device(name, initiator)
        self.current = name
        return self.devices[name]

    def _client(self, src_client_id: str | None) -> Client | None:
        if src_client_id is None:
            return None
        for one in self.sandbox.details.clients:
            if one.src_client_id == src_client_id:
                return one
        raise SrcSystemError(f"The sandbox has no client {src_client_id!r}.")

    def _dpa(self, src_dpa_id: str | None) -> Dpa | None:
        if src_dpa_id is None:
            return None
        for one in self.sandbox.details.dpas:
            if one.src_dpa_id == src_dpa_id:
                return one
        raise SrcSystemError(f"The sandbox has no DPA {src_dpa_id!r}.")

    def fill(self, value: Any, *, network: str | None = None) -> Any:
        """*value* with its variables, those of the session and of *network* included."""
        return fill(value, self.scope(names_in(value), network))

    def fill_address(self, text: str) -> str:
        """An address with its variables, each percent-encoded."""
        return fill_address(text, self.scope(names_in(text)))

    def scope(self, names: Iterable[str], network: str | None = None) -> dict[str, Any]:
        """The variables as a step sees them."""
        found = dict(self.variables)
        wanted = set(names)
        if network is not None:
            found[NETWORK] = network
            if network in self.sandbox.urls:
                found["url"] = self.sandbox.urls[network].src
        if "session" in wanted and "session" not in found:
            found["session"] = self._session()
        return found

    def _session(self) -> Json:
        initiator = self.device(None).initiator
        return {
            "srciTransactionId": initiator.session.srci_transaction_id,
            "srcCorrelationId": {one.network: one.src_correlation_id or "" for one in initiator},
            "idToken": dict(initiator.session.id_tokens),
            "recognitionToken": dict(initiator.session.recognition_tokens),
        }

    async def prepare(self, value: Any) -> None:
        """Read what variables in *value* need from elsewhere: the time, an address."""
        names = set(names_in(value))
        if "now" in names:
            now = await self.time.now()
            self.variables["now"] = f"{now:%Y-%m-%dT%H:%M:%SZ}"
        if "receiver" in names:
            self.variables["receiver"] = await self.receiver.url()

    def set_sandbox_variables(self) -> None:
        """Name what the sandbox is made of; again after clients or DPAs were put in place."""
        details = self.sandbox.details
        self.variables["sandbox"] = {"name": details.name, "seed": details.seed}
        for name, kind in (("client", "SRC_INITIATOR"), ("issuer", "PARTICIPATING_ISSUER")):
            first = next((one for one in details.clients if one.kind == kind), None)
            if first is not None:
                self.variables.setdefault(name, _shown(first))
        if details.dpas:
            self.variables.setdefault("dpa", _shown(details.dpas[0]))


def _shown(value: Client | Dpa) -> Json:
    shown: Json = msgspec.to_builtins(value)
    return {name: one for name, one in shown.items() if name not in ("jwks", "authentication")}


def networks_of(value: str | list[str]) -> tuple[str, ...]:
    """The networks that `on` names."""
    names = value if isinstance(value, list) else [value]
    if ALL_NETWORKS in names:
        return NETWORKS
    return tuple(dict.fromkeys(names))
