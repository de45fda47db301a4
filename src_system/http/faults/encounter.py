"""A call meets its faults: found, counted, ranked; then they happen around the operation.

A sandbox without rules and a call without the header or a magic value never come here.
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from aiohttp import web

from src_system.deferred.state_changes import (
    change_state_now,
    make_due_changes,
    plan_state_change,
)
from src_system.http.events import RequestEvent
from src_system.http.faults.finding import Found, find_faults
from src_system.http.faults.header import HEADER
from src_system.http.faults.tampered import tampering_seals
from src_system.model.errors import ResourceExhausted
from src_system.model.fault import Fault, FaultSource, RequestFacts
from src_system.model.fault_effects import (
    CodeEffect,
    ErrorEffect,
    HttpEffect,
    LatencyEffect,
    Phase,
    QuotaEffect,
    StateEffect,
    TamperEffect,
    TransportEffect,
)
from src_system.store import fault_rules
from src_system.store.database import DatabaseBusy, DatabaseUnavailable
from src_system.store.state_changes import StateChange, SubjectKind
from src_system.system import System
from src_system.wire.simulated import simulated_refusal

Run = Callable[[System], Awaitable[web.Response]]


def is_calm(system: System, request: web.Request) -> bool:
    """Whether nothing can go wrong with the call on purpose: so it is with nearly all."""
    return system.world.faults is None and HEADER not in request.headers


async def encounter(
    system: System,
    request: web.Request,
    event: RequestEvent,
    facts: RequestFacts,
    run: Run,
    magic: Fault | None = None,
) -> web.Response:
    """The answer of *run*, or what its faults make of it; refusals are raised as ever.

    *magic* is what a value in the call asks for.
    """
    faults = system.world.faults
    change_at = None if faults is None else faults.next_change_at
    if change_at is not None and system.now() >= change_at:
        await make_due_changes(system.installation, system.sandbox.name)
    header = ",".join(request.headers.getall(HEADER)) if HEADER in request.headers else None
    found = await find_faults(system, facts, header, magic)
    if not found.faults:
        return await run(system)
    async with _taking_effect(system, event, facts, found) as effects:
        return await effects.around(run)


@contextlib.asynccontextmanager
async def _taking_effect(
    system: System, event: RequestEvent, facts: RequestFacts, found: Found
) -> AsyncIterator["_Effects"]:
    """Effects that are told as they happen; a rule whose effect did not come to pass counts it not.

    So `times` is used up by what a client has met, not by calls that were refused anyway.
    """
    effects = _Effects(system, event, facts, found)
    try:
        yield effects
    finally:
        unused = [
            fault.fault_id
            for fault in found.faults
            if fault.source is FaultSource.RULE and fault not in effects.happened
        ]
        if unused:
            with contextlib.suppress(DatabaseUnavailable, DatabaseBusy):
                async with system.database.connection(system.count) as tx:
                    await fault_rules.give_back(tx, system.sandbox.sandbox_id, unused)


@dataclass(slots=True)
class _Effects:
    """The faults of one call, one for each slot."""

    system: System
    event: RequestEvent
    facts: RequestFacts
    found: Found
    happened: list[Fault] = field(default_factory=list)

    async def around(self, run: Run) -> web.Response:
        """Whatever comes before the operation, the operation, whatever comes after."""
        await self._state(is_after=False)
        try:
            return await self._answered(run)
        finally:  # a refusal, by whomever, is an answer too: this call will not come again
            await self._state(is_after=True)

    async def _answered(self, run: Run) -> web.Response:
        """What is answered, after its delay."""
        await self._latency()
        for fault in self.found.faults:
            if isinstance(fault.effect, TransportEffect):
                self.event.broken = fault.effect
                self._tell(fault)
                if fault.effect.phase is Phase.BEFORE:
                    return web.Response(status=204)  # of which nothing is sent
        answer = self._answer()
        return answer if answer is not None else await self._operate(run)

    async def _operate(self, run: Run) -> web.Response:
        """Run the operation with what it is handed in place of the usual."""
        system, seals = self.system, None
        tampering: list[TamperEffect] = []
        for fault in self.found.faults:
            match fault.effect:
                case TamperEffect():
                    tampering.append(fault.effect)
                case CodeEffect(delivery=delivery):
                    system = msgspec.structs.replace(system, code_delivery=delivery)
        if tampering:
            seals = await tampering_seals(system, self.facts, tampering)
            system = msgspec.structs.replace(system, seals=seals)
        response = await run(system)
        for fault in self.found.faults:
            match fault.effect:
                case CodeEffect():
                    self._tell(fault)
                case TamperEffect(artefact=artefact) if seals is not None:
                    if artefact in seals.used:
                        self._tell(fault)
        return response

    def _tell(self, fault: Fault) -> None:
        self.happened.append(fault)
        self.event.faults.append(fault.told())

    async def _latency(self) -> None:
        for fault in self.found.faults:
            if isinstance(fault.effect, LatencyEffect):
                self._tell(fault)
                delay = fault.effect.delay(self.found.shares.get(fault.fault_id, 0.5))
                await asyncio.sleep(delay.total_seconds())

    def _answer(self) -> web.Response | None:
        """Another answer than the operation's; refusals are raised."""
        for fault in self.found.faults:
            match fault.effect:
                case ErrorEffect():
                    self._tell(fault)
                    raise simulated_refusal(fault.effect)
                case QuotaEffect():
                    self._tell(fault)
                    end = self.found.window_ends[fault.fault_id]
                    refusal = ResourceExhausted(
                        seen={
                            "fault_id": fault.fault_id,
                            "limit": fault.effect.limit,
                            "window_ends_at": end,
                        }
                    )
                    refusal.retry_after_seconds = _seconds_until(end, self.found.now)
                    raise refusal
                case HttpEffect():
                    self._tell(fault)
                    return _http_answer(fault.effect)
        return None

    async def _state(self, *, is_after: bool) -> None:
        for fault in self.found.faults:
            effect = fault.effect
            if isinstance(effect, StateEffect) and (effect.calls is not None) is is_after:
                change = self._change(fault, effect)
                if change is None:
                    continue
                make = change_state_now if effect.after is None else plan_state_change
                if await make(self.system, change):
                    self._tell(fault)

    def _change(self, fault: Fault, effect: StateEffect) -> StateChange | None:
        subject = self.found.subject
        if effect.card is not None:
            kind, subject_id = SubjectKind.CARD, subject.src_digital_card_id
        else:
            kind, subject_id = SubjectKind.CONSUMER, subject.src_consumer_id
        if subject_id is None:
            return None
        now = self.system.now()
        return StateChange(
            network=self.system.key.network,
            cause=fault.fault_id,
            kind=kind,
            subject_id=subject_id,
            status=str(effect.card or effect.consumer),
            due_at=now if effect.after is None else now + effect.after,
        )


def _seconds_until(end: datetime | None, now: datetime) -> int:
    return 1 if end is None else max(1, math.ceil((end - now).total_seconds()))


def _http_answer(effect: HttpEffect) -> web.Response:
    if effect.body is None:
        response = web.Response(status=effect.status)
    elif isinstance(effect.body, str):
        response = web.Response(status=effect.status, text=effect.body)
    else:
        response = web.Response(
            status=effect.status,
            body=msgspec.json.encode(effect.body),
            content_type="application/json",
        )
    if effect.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(effect.retry_after_seconds)
    return response
