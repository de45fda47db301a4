"""The steps of the story: calls with what happens before and after them, in order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from src_system.client.answers import OneTimeCode
from src_system.scenario.export.grouping import Group, group_calls, variable_of
from src_system.scenario.export.plan import POLLED, Plan, Planned
from src_system.scenario.export.recorded import Recording
from src_system.scenario.export.rules import Rules
from src_system.scenario.export.timing import StoryClock
from src_system.scenario.export.values import (
    CodeRead,
    Names,
    captures_in,
    codes_in,
    written,
)
from src_system.scenario.texts import texts_in
from src_system.scenario.words import ALL_NETWORKS, NETWORKS, Json

_PATIENCE = "10s"  # for what is done in the background
_HANG = "2s"
_AT_ONCE = frozenset({"normal", "duplicate", "otherChannel"})


@dataclass(slots=True)
class Told:
    """A step as it is written, with comments that stand before it."""

    step: Json
    comments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Teller:
    """Writes the steps of a plan. `placed` are fixtures that came while calls were made."""

    recording: Recording
    plan: Plan
    rules: Rules
    clock: StoryClock
    placed: list[tuple[datetime, Json]]
    names: Names = field(default_factory=Names)
    told: list[Told] = field(default_factory=list)
    _text_of: dict[Any, str] = field(default_factory=dict)
    _groups: list[Group] = field(default_factory=list)
    _codes: dict[CodeRead, int | None] = field(default_factory=dict)  # place of who had it sent
    _device: str = ""
    _begun: set[int] = field(default_factory=set)
    _comments: list[str] = field(default_factory=list)

    def steps(self) -> list[Told]:
        """All steps, oldest first."""
        self._groups = group_calls(self.plan.runs)
        self._name_captures()
        self._find_codes()
        for group in self._groups:
            self._tell(group)
        for place in sorted(self.rules.steps):
            for step in self.rules.steps[place]:
                self._add(written(step, {}))
        for place in sorted(self.plan.notes):
            self._comments += self.plan.notes[place]
        if self._comments:
            self.told[-1].comments += self._comments
        return self.told

    @property
    def network(self) -> str | None:
        """The only network of the story; None where it has several."""
        found = {name for one in self._groups for name in one.networks}
        return next(iter(found)) if len(found) == 1 else None

    def _add(self, step: Json) -> None:
        self.told.append(Told(step, self._comments))
        self._comments = []

    def _tell(self, group: Group) -> None:
        entry = group.first.entry
        last = group.places[-1]
        for place in sorted(one for one in self.plan.notes if one <= last):
            self._comments += self.plan.notes.pop(place)
        while self.placed and self.placed[0][0] <= entry.at:
            at, fixture = self.placed.pop(0)
            self._move(at)
            self._add({"place": {"consumers": [written(fixture, {})]}})
        self._move(entry.at)
        for place in sorted(one for one in self.rules.steps if one <= last):
            for step in self.rules.steps.pop(place):
                self._add(written(step, {}))
        session = group.first.session
        if session.number not in self._begun:
            self._begun.add(session.number)
            if session.visit is not None:
                self._add(session.visit)
            self._device = session.device
        for code in codes_in([one.named for one in group.calls]):
            self._read(code)
        self._add(self._call(group))
        for code, sender in self._codes.items():
            if sender in group.places:
                self._read(code)

    def _move(self, at: datetime) -> None:
        step = self.clock.move_to(at)
        if step is not None:
            self._add(step)

    def _call(self, group: Group) -> Json:
        first, named = group.first, group.first.named
        step: Json = {"call": first.entry.operation}
        if self.network is None:
            step["on"] = _networks(group.networks)
        if first.session.device != self._device:
            step["device"] = self._device = first.session.device
        for name in ("with", "card", "encrypt", "amount", "currency", "headers", "raw"):
            if named[name] or named[name] == "":
                step[name] = written(named[name], self._text_of)
        if any(_hangs(one) for one in group.calls):
            step["giveUpAfter"] = _HANG
        if first.entry.operation in POLLED and first.entry.status == 200:
            step["within"] = _PATIENCE
        step.update(_expectations(group))
        if group.captures:
            step["capture"] = {
                name: _short(path) if section == "body" else {section: _short(path)}
                for (section, path), name in group.captures.items()
            }
        return step

    def _name_captures(self) -> None:
        """Names in the order in which the values come."""
        by_place = {place: one for one in self._groups for place in one.places}
        used = [one for call in self.plan.calls for one in captures_in(call.named)]
        wanted = {
            (one.origin.section, one.origin.path, id(by_place[one.origin.place])): one
            for one in used
        }
        for group in self._groups:
            for (section, path, source), one in wanted.items():
                if source == id(group):
                    group.captures[section, path] = self.names.fresh(one.origin.word)
        for one in used:
            self._text_of[one] = variable_of(one, by_place[one.origin.place])

    def _find_codes(self) -> None:
        codes = {one.id: one for one in self.recording.codes}
        for one in self.plan.calls:
            for read in codes_in(one.named):
                self._codes[read] = _sender(codes[read.code_id], self.recording, self.plan)

    def _read(self, read: CodeRead) -> None:
        """The step that reads a code, once."""
        if read in self._text_of:
            return
        code = next(one for one in self.recording.codes if one.id == read.code_id)
        name = self.names.fresh("code")
        self._text_of[read] = f"${{{name}}}"
        step: Json = {"code": code.identity}
        step["on"] = code.network
        step["capture"] = {name: "value"}
        self._add(step)


def _sender(code: OneTimeCode, recording: Recording, plan: Plan) -> int | None:
    """The place of the call that had it sent; None where it is read only when it is needed."""
    if code.delivery not in _AT_ONCE:
        return None
    session = code.id_validation_session_id
    values = dict.fromkeys(
        one.value
        for one in recording.codes
        if one.id_validation_session_id == session and one.network == code.network
    )
    senders = [
        one.entry.place
        for one in plan.calls
        if one.entry.network == code.network
        and one.entry.operation.startswith("initiate")
        and session in {text for _, text in texts_in(one.answer.sections.get("body"), "$")}
    ]
    number = list(values).index(code.value)
    return senders[number] if len(senders) == len(values) else None


def _short(path: str) -> str:
    """A path from the root, which need not be said."""
    return path.removeprefix("$.")


def _networks(names: list[str]) -> str | list[str]:
    if len(names) == len(NETWORKS):
        return ALL_NETWORKS
    return names[0] if len(names) == 1 else names


def _hangs(planned: Planned) -> bool:
    return any(one.get("effect", {}).get("transport") == "hang" for one in planned.entry.faults)


def _expectations(group: Group) -> Iterator[tuple[str, Any]]:
    """What most of the networks answered, and by network what others did."""
    found = [one.expect for one in group.calls]
    usual = max(found, key=found.count)
    if usual:
        yield "expect", written(usual, {})
    others: Mapping[str, Json] = {
        one.entry.network: written(one.expect, {}) for one in group.calls if one.expect != usual
    }
    if others:
        yield "expectOn", others
