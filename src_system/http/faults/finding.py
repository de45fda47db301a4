"""Which faults a call meets: the header's, those of matching rules, a magic value's.

What a rule needs to know is looked up only when everything else about the call fits it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from src_system.http.faults.header import read_header
from src_system.http.faults.subject import names_in, roll_subject
from src_system.model.fault import (
    Fault,
    FaultRule,
    FaultSource,
    RequestFacts,
    Subject,
    strongest,
)
from src_system.model.fault_effects import StateEffect, operations_of, slot_of
from src_system.model.sandbox import StrictnessProfile
from src_system.store import fault_rules
from src_system.store.database import Tx
from src_system.store.fault_subjects import SubjectNames, find_subject
from src_system.system import System

_SHARES = 2**53  # as many as a float tells apart
_NOBODY = Subject()


@dataclass(slots=True)
class Found:
    """The faults of a call, one for each slot, with what they need to happen.

    `shares` are rolls from 0 to 1 for delays, `window_ends` the ends of quotas' periods; both by
    fault id.
    """

    now: datetime
    faults: tuple[Fault, ...] = ()
    subject: Subject = _NOBODY
    shares: dict[str, float] = field(default_factory=dict)
    window_ends: dict[str, datetime | None] = field(default_factory=dict)


async def find_faults(
    system: System, facts: RequestFacts, header: str | None, magic: Fault | None
) -> Found:
    """What *facts* meet; InvalidFormat for a header that cannot be understood.

    Rules are counted here. In a strict sandbox the header is not read.
    """
    found = Found(now=system.now())
    asked: list[Fault] = []
    if header is not None and system.sandbox.profile is not StrictnessProfile.STRICT:
        asked = [one for one in read_header(header) if _can_meet(one, facts)]
    taken = {slot_of(one.effect) for one in asked}
    rules = [] if system.world.faults is None else system.world.faults.rules
    candidates = [
        rule
        for rule in rules
        if rule.may_match(facts, found.now) and slot_of(rule.effect) not in taken
    ]
    if candidates or asked:
        await system.refuse_stale_before_writing()
    met = await _meet(system, facts, found, candidates, asked)
    if magic is not None:
        await system.refuse_stale_before_writing()
    found.faults = strongest([*asked, *met, *([] if magic is None else [magic])])
    return found


def _can_meet(fault: Fault, facts: RequestFacts) -> bool:
    makers = operations_of(fault.effect)
    return makers is None or facts.operation in makers


async def _meet(
    system: System,
    facts: RequestFacts,
    found: Found,
    candidates: Sequence[FaultRule],
    asked: Iterable[Fault],
) -> list[Fault]:
    """Count the call with every rule that it matches; those that take effect, in their order."""
    wanted = [*(one.effect for one in candidates), *(one.effect for one in asked)]
    needs_state = any(isinstance(effect, StateEffect) for effect in wanted)
    needs_subject = needs_state or any(
        one.needs_roll or one.match.asks_for_subject(facts) for one in candidates
    )
    if not (candidates or needs_subject):
        return []
    names = SubjectNames()
    if needs_subject:
        with_number = any(one.match.card for one in candidates)
        names = names_in(facts, system, with_number=with_number)
    async with system.database.connection(system.count) as tx:
        if needs_subject and not names.is_empty:
            found.subject = await find_subject(tx, system.key, names)
        matching = [rule for rule in candidates if _fits(rule, facts, found.subject)]
        if not matching:
            return []
        whom = roll_subject(facts, names, found.subject)
        rolled = await _roll(system, tx, matching, whom, found)
        counted = await fault_rules.meet_rules(tx, system.sandbox.sandbox_id, rolled, now=found.now)
    found.window_ends.update({one.rule_id: one.window_ends_at for one in counted})
    applying = {one.rule_id for one in counted}
    return [
        Fault(FaultSource.RULE, rule.rule_id, rule.effect, rule.document)
        for rule in matching
        if rule.rule_id in applying
    ]


def _fits(rule: FaultRule, facts: RequestFacts, subject: Subject) -> bool:
    if isinstance(rule.effect, StateEffect):
        wanted = subject.src_digital_card_id if rule.effect.card else subject.src_consumer_id
        if wanted is None:
            return False
    return rule.match.fits(facts, subject)


async def _roll(
    system: System, tx: Tx, matching: Sequence[FaultRule], subject: str, found: Found
) -> dict[str, bool]:
    """For each rule whether chance is for it. The same calls about somebody roll the same."""
    chancy = [rule.rule_id for rule in matching if rule.needs_roll]
    counts = (
        await fault_rules.count_rolls(tx, system.sandbox.sandbox_id, chancy, subject)
        if chancy
        else {}
    )
    rolled = {}
    for rule in matching:
        count = counts.get(rule.rule_id)
        if count is None:  # chance has no say, or the rule is gone
            rolled[rule.rule_id] = not rule.needs_roll
            continue
        parts = (rule.rule_id, subject, count)
        share = system.derivation.number("fault_roll", *parts, below=_SHARES) / _SHARES
        rolled[rule.rule_id] = share < rule.when.probability
        delay = system.derivation.number("fault_delay", *parts, below=_SHARES) / _SHARES
        found.shares[rule.rule_id] = delay
    return rolled
