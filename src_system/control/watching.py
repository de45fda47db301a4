"""What happened since somebody last looked: in one sandbox, or in all of them.

Read from the database, where every worker writes. A watch keeps places, never events: whoever
reads slowly falls behind in the journal, not in our memory.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from src_system.clock import machine_now
from src_system.control.faults import rule_view
from src_system.control.journal_views import summary
from src_system.control.otps import code_view
from src_system.fixtures.answer_documents import ClockView
from src_system.fixtures.new_sandbox import clock_document
from src_system.journal.masking import Masking
from src_system.journal.reading import entries_of
from src_system.model.identifiers import SandboxName
from src_system.store import fault_rules, issued_codes, journal_entries, sandboxes
from src_system.store.issued_codes import CodeFilter
from src_system.store.journal_entries import JournalSearch, Reach
from src_system.system import Installation
from src_system.world import World

CALLS_AT_ONCE = 100
_CODES_WATCHED = 50  # the newest: what becomes of them is told as well
_IDLE_LOOKS = 5  # how many go by until codes are looked at again, though nobody has called
_SANDBOXES_AT_ONCE = 20
_CALLS_OF_EACH = 20
_ANY_CODE = CodeFilter()
_ANY_CALL = JournalSearch()


class Places(NamedTuple):
    """How far somebody has seen: calls up to one place, codes up to another."""

    calls: int
    codes: int

    def __str__(self) -> str:
        return f"{self.calls}.{self.codes}"


class Event(NamedTuple):
    """What is told; `places` are those that it brings the reader to, None for a state."""

    kind: str
    document: Any
    places: Places | None = None


async def places_now(installation: Installation, world: World) -> Places:
    """Where a journal and an inbox end at present."""
    sandbox_id = world.sandbox.sandbox_id
    async with installation.database.connection() as tx:
        reach = await journal_entries.journal_reach(tx, sandbox_id)
        codes = await sandboxes.newest_one_time_code_place(tx, sandbox_id)
    return Places(reach.last_place, codes)


@dataclass(slots=True)
class SandboxWatch:
    """One sandbox, followed under its name through resets and restorations."""

    installation: Installation
    name: SandboxName
    places: Places
    search: JournalSearch = _ANY_CALL
    _sandbox_id: str = ""
    _version: int = -1
    _looks: int = 0
    _clock: Mapping[str, Any] = field(default_factory=dict)
    _counts: dict[str, tuple[int, int]] | None = None
    _codes: dict[str, bytes] | None = None

    async def look(self) -> list[Event]:
        """What is new. Raises NotFound when the sandbox is gone."""
        world = await self.installation.world(self.name)
        events = self._settings(world)
        sandbox_id = world.sandbox.sandbox_id
        async with self.installation.database.connection() as tx:
            reach = await journal_entries.journal_reach(tx, sandbox_id)
        has_calls = reach.last_place > self.places.calls
        if has_calls:
            events += await self._calls(sandbox_id, reach)
        has_changed = has_calls or world.sandbox.version != self._version
        if has_changed or self._looks % _IDLE_LOOKS == 0:  # a late code comes without a call
            events += await self._new_codes(world)
        if has_changed:
            events += await self._rules(sandbox_id)
        self._looks += 1
        self._version = world.sandbox.version
        return events

    def _settings(self, world: World) -> list[Event]:
        """Whether the sandbox was put back, and how its clock runs where that has changed."""
        events: list[Event] = []
        if self._sandbox_id not in ("", world.sandbox.sandbox_id):
            events.append(Event("reset", {"name": self.name}))
            self.places = Places(self.places.calls, 0)
            self._counts, self._codes = None, {}
        self._sandbox_id = world.sandbox.sandbox_id
        if world.sandbox.version != self._version:
            clock: ClockView = clock_document(world.sandbox)
            kept: dict[str, Any] = {**clock, "now": world.sandbox.clock_at}
            if kept != self._clock:
                self._clock = kept
                events.append(Event("clock", clock))
        return events

    async def _calls(self, sandbox_id: str, reach: Reach) -> list[Event]:
        events: list[Event] = []
        if reach.first_place > self.places.calls + 1:
            lost = {"from": self.places.calls + 1, "to": reach.first_place - 1}
            events.append(Event("gap", lost))
        found = await entries_of(
            self.installation,
            sandbox_id,
            search=self.search,
            after=self.places.calls,
            limit=CALLS_AT_ONCE,
        )
        for entry in found:
            self.places = Places(entry.place, self.places.codes)
            events.append(Event("call", summary(entry, Masking()), self.places))
        if len(found) < CALLS_AT_ONCE:  # what does not fit the search need not be read again
            self.places = Places(max(self.places.calls, reach.last_place), self.places.codes)
        return events

    async def _new_codes(self, world: World) -> list[Event]:
        """Codes that came, and what became of those that were there."""
        begin = max(0, self.places.codes - _CODES_WATCHED)
        found = await issued_codes.list_codes(
            self.installation.database,
            world.sandbox.sandbox_id,
            _ANY_CODE,
            after=begin,
            limit=_CODES_WATCHED * 2,
            machine_now=machine_now(),
        )
        known, self._codes = self._codes, {}
        events: list[Event] = []
        for code in found:
            view = code_view(world.derivation, code, self.installation.limits)
            written = msgspec.json.encode(view)
            self._codes[view["id"]] = written
            is_new = code.place > self.places.codes
            if is_new:
                self.places = Places(self.places.calls, code.place)
            if is_new or (known is not None and known.get(view["id"], written) != written):
                events.append(Event("code", view, self.places))
        return events

    async def _rules(self, sandbox_id: str) -> list[Event]:
        """Rules that came, counted or went; at the first look only how they stand."""
        async with self.installation.database.connection() as tx:
            kept = await fault_rules.list_rules(tx, sandbox_id)
        counts = {rule.rule_id: (rule.matched_count, rule.applied_count) for rule in kept}
        known, self._counts = self._counts, counts
        if known is None:
            return []
        changed = [rule for rule in kept if known.get(rule.rule_id) != counts[rule.rule_id]]
        gone = [rule_id for rule_id in known if rule_id not in counts]
        return [Event("fault", rule_view(rule)) for rule in changed] + [
            Event("faultRemoved", {"id": rule_id}) for rule_id in gone
        ]


@dataclass(slots=True)
class InstallationWatch:
    """All sandboxes: calls wherever they are made, and which sandboxes come and go."""

    installation: Installation
    _reaches: dict[str, tuple[str, int]] | None = None

    async def look(self) -> list[Event]:
        """What is new; of a crowd of calls the first ones of each sandbox, and how many more."""
        async with self.installation.database.connection() as tx:
            reaches = await journal_entries.list_reaches(tx)
        known, self._reaches = self._reaches, reaches
        if known is None:
            return []
        events = [Event("sandbox", {"name": name}) for name in reaches if name not in known]
        events += [Event("sandboxRemoved", {"name": name}) for name in known if name not in reaches]
        busy = [
            (name, seen)
            for name, (_, last) in reaches.items()
            if last > (seen := known.get(name, ("", 0))[1])
        ]
        for name, seen in busy[:_SANDBOXES_AT_ONCE]:
            events += await self._calls(name, seen)
        for name, seen in busy[_SANDBOXES_AT_ONCE:]:
            events.append(_more(name, reaches[name][1] - seen))
        return events

    async def _calls(self, name: str, seen: int) -> list[Event]:
        assert self._reaches is not None
        sandbox_id, last = self._reaches[name]
        found = await entries_of(self.installation, sandbox_id, after=seen, limit=_CALLS_OF_EACH)
        events = [Event("call", {"sandbox": name, **summary(entry, Masking())}) for entry in found]
        left = last - found[-1].place if found else 0
        return [*events, _more(name, left)] if left > 0 else events


def _more(name: str, count: int) -> Event:
    return Event("moreCalls", {"sandbox": name, "count": count})
