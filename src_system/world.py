"""A sandbox as read at one version: settings, clock, derivation, and the participants seen."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from src_system.clock import Clock
from src_system.crypto.rsa_keys import PublicKey
from src_system.derive import Derivation
from src_system.model.participant import Client, Dpa, RecipientKey
from src_system.model.sandbox import ClockMode, Sandbox
from src_system.payloads.credentials import Credentials

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Recipient:
    """A payload key ready to encrypt to."""

    key: RecipientKey
    public: PublicKey


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
