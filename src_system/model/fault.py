"""Faults that a tester asks for: when a rule matches, and whose effect wins.

A fault comes from the header of the call, from a rule of the sandbox or from a magic value. The
engine asks here and never judges by itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from src_system.model.fault_effects import Effect, LatencyEffect, operations_of, slot_of
from src_system.model.pan import PAN_BIN_DIGITS, PAN_DIGITS_MIN


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What a call says of itself, before anything is looked up. `body` is in the new spelling."""

    operation: str
    network: str
    src_client_id: str | None = None
    dpa_ids: frozenset[str] = frozenset()
    body: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    recognition_token: str | None = None  # of the browser's cookie


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom and which card a call is about: found in the call, or by what it names.

    `consumer_names` are e-mail address, phone number and srcConsumerId in their normal forms,
    `card_names` srcDigitalCardId, panLastFour and, where the call brings it, the number. Of a card
    that is kept the number's first six and last four digits are known, its `pan_ends`.
    """

    src_consumer_id: str | None = None
    src_digital_card_id: str | None = None
    consumer_names: frozenset[str] = frozenset()
    card_names: frozenset[str] = frozenset()
    dpa_ids: frozenset[str] = frozenset()
    pan_ends: tuple[str, str] | None = None

    def has_card(self, names: frozenset[str]) -> bool:
        """Whether the card goes by one of *names*."""
        if not names.isdisjoint(self.card_names):
            return True
        return self.pan_ends is not None and any(
            len(name) >= PAN_DIGITS_MIN
            and name.isdigit()
            and (name[:PAN_BIN_DIGITS], name[-4:]) == self.pan_ends
            for name in names
        )


@dataclass(frozen=True, slots=True)
class Match:
    """Which calls a rule is for; an empty set means any. `nth` counts what fits the others."""

    operation: frozenset[str] = frozenset()
    network: frozenset[str] = frozenset()
    consumer: frozenset[str] = frozenset()
    dpa: frozenset[str] = frozenset()
    card: frozenset[str] = frozenset()
    client: frozenset[str] = frozenset()
    nth: frozenset[int] = frozenset()

    def may_fit(self, facts: RequestFacts) -> bool:
        """Whether the call itself leaves it open that it fits; only then is anything looked up."""
        return (
            (not self.operation or facts.operation in self.operation)
            and (not self.network or facts.network in self.network)
            and (not self.client or facts.src_client_id in self.client)
            and (not self.dpa or not facts.dpa_ids or not self.dpa.isdisjoint(facts.dpa_ids))
        )

    def fits(self, facts: RequestFacts, subject: Subject) -> bool:
        """Whether a call that may fit does, now that its subject is known."""
        return (
            (not self.consumer or not self.consumer.isdisjoint(subject.consumer_names))
            and (not self.card or subject.has_card(self.card))
            and (not self.dpa or not self.dpa.isdisjoint(facts.dpa_ids | subject.dpa_ids))
        )

    def asks_for_subject(self, facts: RequestFacts) -> bool:
        """Whether the call's subject has to be known to say whether it fits."""
        return bool(self.consumer or self.card or (self.dpa and not facts.dpa_ids))


@dataclass(frozen=True, slots=True)
class When:
    """How often a matching call meets the effect, and in which simulated time."""

    probability: float = 1.0
    times: int | None = None
    max_consecutive: int | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether *now*, simulated, lies in the rule's time: from its begin to before its end."""
        return (self.begins_at is None or now >= self.begins_at) and (
            self.ends_at is None or now < self.ends_at
        )


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A rule as its sandbox keeps it. `document` is its effect as it was written."""

    rule_id: str
    name: str | None
    match: Match
    when: When
    effect: Effect
    document: Mapping[str, Any]

    @property
    def needs_roll(self) -> bool:
        """Whether chance has a say."""
        random_delay = isinstance(self.effect, LatencyEffect) and self.effect.is_random
        return self.when.probability < 1 or random_delay

    def may_match(self, facts: RequestFacts, now: datetime) -> bool:
        """Whether the call may match, by all that needs no look-up."""
        makers = operations_of(self.effect)
        return (
            (makers is None or facts.operation in makers)
            and self.match.may_fit(facts)
            and self.when.is_open(now)
        )


@dataclass(frozen=True, slots=True)
class SandboxFaults:
    """The rules of a sandbox in the order they were made, and when a state is to change next."""

    rules: tuple[FaultRule, ...] = ()
    next_change_at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to go wrong."""
        return not self.rules and self.next_change_at is None


class FaultSource(StrEnum):
    """Where a fault comes from, the strongest first."""

    HEADER = "header"
    RULE = "rule"
    MAGIC = "magic"


@dataclass(frozen=True, slots=True)
class Fault:
    """An effect for one call, with who asked for it: header text, rule id or magic id."""

    source: FaultSource
    fault_id: str
    effect: Effect
    document: Mapping[str, Any]

    def told(self) -> dict[str, Any]:
        """What the journal keeps of it."""
        return {"source": str(self.source), "id": self.fault_id, "effect": dict(self.document)}


_STRENGTH = {source: place for place, source in enumerate(FaultSource)}


def strongest(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """One fault for each slot: the header's before a rule's before a magic value's.

    Of two with one source the first wins, so that rules count in the order they were made.
    """
    chosen: dict[str, Fault] = {}
    for fault in sorted(faults, key=lambda one: _STRENGTH[one.source]):
        chosen.setdefault(slot_of(fault.effect), fault)
    return tuple(chosen.values())
