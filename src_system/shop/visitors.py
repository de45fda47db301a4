"""A visitor's sandbox: made at the first visit, found again by its name, gone after two hours."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from src_system.client import ControlPort, Refused, Sandbox
from src_system.client.answers import Client, Dpa
from src_system.derive import random_id
from src_system.shop.shoppers import shopper_of
from src_system.shop.switches import DISTRUST, fault_rules, trusted_networks

_PREFIX = "shop-"
_NAME = re.compile(_PREFIX + "[0-9a-f]{20}")
_TTL = timedelta(hours=2)
_GONE = 404


class ShopFull(Exception):
    """As many people are in the shop as it takes."""


class Visitors:
    """Their sandboxes, over the control port.

    A name is a secret of 80 bits: whoever knows it holds the sandbox, and nobody any other. At
    most *visitors_max* are let in at a time; each further worker may let in one more.
    """

    def __init__(self, control: ControlPort, visitors_max: int) -> None:
        self._control, self._visitors_max = control, visitors_max
        self._door = asyncio.Lock()  # who comes in is counted before the next one is let in

    async def find(self, name: str | None) -> Sandbox | None:
        """The sandbox of that name; None where there is none, or it is not a visitor's."""
        if name is None or not _NAME.fullmatch(name):
            return None
        try:
            return await self._control.sandbox(name)
        except Refused as refused:
            if refused.status == _GONE:
                return None
            raise

    async def welcome(self, name: str | None) -> Sandbox:
        """The visitor's sandbox, a new one for somebody new; ShopFull."""
        found = await self.find(name)
        if found is not None:
            return found
        query = f"/v1/sandboxes?name={_PREFIX}&limit={self._visitors_max}"
        async with self._door:
            present = (await self._control.send("GET", query)).expect(200)["sandboxes"]
            if len(present) >= self._visitors_max:
                raise ShopFull
            made = await self._control.create_sandbox(_PREFIX + random_id(), ttl=_TTL)
        client = initiator_of(made)
        if client.authentication.get("scheme") != "open":
            # A page cannot keep a secret, and so cannot sign its calls.
            await made.clients.change(client.src_client_id, authentication={"scheme": "open"})
        return made


async def receive(sandbox: Sandbox, market: str) -> dict[str, Any]:
    """Put the market's person in place, and tell who it is."""
    person = shopper_of(market)
    await sandbox.fixtures(consumers=[person])
    return person


async def switch(
    sandbox: Sandbox, switches: Mapping[str, Sequence[str]], networks: Sequence[str]
) -> None:
    """Let this go wrong from the next call on, and nothing else."""
    await sandbox.faults.clear()
    rules = fault_rules(switches)
    if rules:
        await sandbox.faults.add_all(rules)
    await sandbox.federate(trusted_networks(switches, networks))


async def switched(sandbox: Sandbox) -> dict[str, list[str]]:
    """What is on at the moment, as `switch` takes it."""
    found: dict[str, list[str]] = {}
    for rule in await sandbox.faults.list():
        networks = rule.match.get("network", [])
        found[str(rule.name)] = [networks] if isinstance(networks, str) else networks
    trusted = (await sandbox.federation()).trusted_networks
    distrusting = [name for name, others in trusted.items() if others == [name]]
    return {**found, DISTRUST: distrusting} if distrusting else found


def initiator_of(sandbox: Sandbox) -> Client:
    """The shop's SRC initiator: the sandbox's ready-made one."""
    return next(one for one in sandbox.details.clients if one.kind == "SRC_INITIATOR")


def dpa_of(sandbox: Sandbox) -> Dpa:
    """The shop's DPA."""
    return sandbox.details.dpas[0]
