"""A sandbox as read at one version: settings, clock, fault rules, and the participants seen."""

from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from src_system.clock import Clock
from src_system.crypto.rsa_keys import PublicKey
from src_system.derive import Derivation
from src_system.model.errors import ClientKeyExpired, UnknownRecipient
from src_system.model.fault import SandboxFaults
from src_system.model.identifiers import NETWORK_NAMES, SandboxName, SystemKey
from src_system.model.participant import Client, Dpa, RecipientKey
from src_system.model.sandbox import ClockMode, Sandbox
from src_system.payloads.credentials import Credentials
from src_system.store import fault_rules, sandboxes, state_changes
from src_system.store.database import Tx

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Recipient:
    """A payload key ready to encrypt to."""

    key: RecipientKey
    public: PublicKey


def choose_recipient(
    registered: Collection[Recipient],
    src_client_id: str,
    *,
    now: datetime,
    recipient_id: str | None,
    key_fingerprint_id: str | None,
    source: str,
) -> Recipient:
    """The key of *recipient_id*, by fingerprint or kid, or the client's own (spec 8.1).

    A fingerprint finds a key of any of the client's recipients unless one is named. Raises
    UnknownRecipient, or ClientKeyExpired when every fitting key is past its end.
    """
    fitting = [
        recipient
        for recipient in registered
        if recipient.key.recipient_id == (recipient_id or src_client_id)
        or (recipient_id is None and key_fingerprint_id is not None)
    ]
    if key_fingerprint_id is not None:
        source = "keyFingerprintId"
        fitting = [
            recipient
            for recipient in fitting
            if key_fingerprint_id in (recipient.key.fingerprint, recipient.key.kid)
        ]
    if not fitting:
        raise UnknownRecipient(
            source=source,
            seen={
                "recipient_id": recipient_id,
                "key_fingerprint_id": key_fingerprint_id,
                "registered_recipients": sorted({one.key.recipient_id for one in registered}),
                "registered_keys": sorted({one.key.kid for one in registered}),
            },
        )
    for recipient in fitting:
        if not recipient.key.is_expired(now):
            return recipient
    newest = fitting[0].key
    raise ClientKeyExpired(
        source=source, seen={"kid": newest.kid, "key_not_after": newest.not_after, "now": now}
    )


class StaleWorld(Exception):
    """The sandbox has changed since it was read: begin again with what holds now."""


@dataclass(slots=True)
class Freshness:
    """Whether it is sure that the sandbox is as it was read."""

    is_sure: bool = True


class CallNotes(Protocol):
    """What is noted of a call as it goes: statements counted, faults that took effect."""

    statements: int
    faults: list[Mapping[str, Any]]


@dataclass(slots=True)
class World:
    """A sandbox as read at one version, with the participants seen since then."""

    sandbox: Sandbox
    clock: Clock
    derivation: Derivation
    clients: OrderedDict[str, Client] = field(default_factory=OrderedDict)
    dpas: OrderedDict[tuple[str, str], Dpa] = field(default_factory=OrderedDict)
    recipients: OrderedDict[str, tuple[Recipient, ...]] = field(default_factory=OrderedDict)
    credentials: OrderedDict[str, Credentials] = field(default_factory=OrderedDict)
    credential_owners: OrderedDict[tuple[str, str], str | None] = field(default_factory=OrderedDict)
    origins: OrderedDict[str, str | None] = field(default_factory=OrderedDict)
    faults: SandboxFaults | None = None  # None where nobody has asked for any
    keys: Mapping[str, SystemKey] = field(init=False)  # by network

    def __post_init__(self) -> None:
        self.keys = {name: SystemKey(self.sandbox.sandbox_id, name) for name in NETWORK_NAMES}


async def read_world(tx: Tx, name: SandboxName) -> World | None:
    """The sandbox as it is now with its fault rules; None when there is none of that name."""
    sandbox = await sandboxes.find_sandbox(tx, name)
    if sandbox is None:
        return None
    sandbox_id = sandbox.sandbox_id
    rules = [fault_rules.to_rule(one) for one in await fault_rules.list_rules(tx, sandbox_id)]
    faults = SandboxFaults(
        tuple(rule for rule in rules if rule is not None),
        await state_changes.next_change_at(tx, sandbox.sandbox_id),
    )
    return World(
        sandbox,
        sandbox_clock(sandbox),
        Derivation(sandbox.seed),
        faults=None if faults.is_empty else faults,
    )


def sandbox_clock(sandbox: Sandbox) -> Clock:
    """The clock that the sandbox's settings describe."""
    match sandbox.clock_mode:
        case ClockMode.REAL:
            return Clock.real()
        case ClockMode.FROZEN:
            return Clock(mode="frozen", at=sandbox.clock_at, offset=timedelta())
        case ClockMode.OFFSET:
            return Clock(
                mode="offset", at=None, offset=timedelta(seconds=sandbox.clock_offset_seconds)
            )


def remember_newest(
    cache: OrderedDict[_Key, _Value], key: _Key, value: _Value, entries_max: int
) -> None:
    """Keep the newest *entries_max* entries."""
    cache[key] = value
    while len(cache) > entries_max:
        cache.popitem(last=False)
