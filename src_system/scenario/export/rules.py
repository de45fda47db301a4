"""The sandbox's fault rules as steps, each before the first call that it was in force for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from src_system.client import SrcSystemError
from src_system.client.answers import FaultRule
from src_system.client.effects import read_effect
from src_system.scenario.export.recorded import Entry
from src_system.scenario.words import Json

_MADE_ID = re.compile(r"fault-[0-9a-f]{10}")


@dataclass(slots=True)
class Rules:
    """The steps before the call at a place of the journal; behind the last, what nothing met."""

    steps: dict[int, list[Json]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, place: int, step: Json) -> None:
        """One more step before the call at *place*."""
        self.steps.setdefault(place, []).append(step)


def find_rules(rules: Sequence[FaultRule], entries: Sequence[Entry]) -> Rules:
    """Rules keep the order in which they were made, for their rolls follow from it."""
    found = Rules()
    places = [_place_of(rule, entries) for rule in rules]
    earliest = behind = entries[-1].place + 1
    for number in reversed(range(len(rules))):
        earliest = places[number] = min(places[number] or behind, earliest)
    for rule, place in zip(rules, places, strict=True):
        assert place is not None
        met = any(_met(rule.id, entry) for entry in entries)
        found.add(place, _step(rule, met=met))
        if "probability" in rule.when and not _MADE_ID.fullmatch(rule.id):
            found.notes.append(
                f"the rolls of the fault rule {rule.id} follow from its id, which a story cannot"
                " give it"
            )
    known = {one.id for one in rules}
    for entry in entries:
        for told in entry.faults:
            if told.get("source") == "rule" and told.get("id") not in known:
                found.add(entry.place, _gone(told, entry))
                found.notes.append(
                    f"the fault rule {told.get('id')} was removed: what it did to {entry.call} is"
                    " a rule for this call alone"
                )
    return found


def _place_of(rule: FaultRule, entries: Sequence[Entry]) -> int | None:
    """The place of the first call that counted for the rule; None where none of these did."""
    applied = next((one.place for one in entries if _met(rule.id, one)), None)
    fitting = [one.place for one in entries if _fits(rule.match, one)]
    if not {"consumer", "card", "dpa"} & set(rule.match) and 0 < rule.matched <= len(fitting):
        first = fitting[-rule.matched]
        if applied is None or first <= applied:
            return first
    return applied


def _met(rule_id: str, entry: Entry) -> bool:
    return any(told.get("id") == rule_id for told in entry.faults)


def _fits(match: Mapping[str, Any], entry: Entry) -> bool:
    said = {
        "operation": entry.operation,
        "network": entry.network,
        "client": entry.src_client_id,
    }
    return all(
        name not in match
        or value in (match[name] if isinstance(match[name], list) else [match[name]])
        for name, value in said.items()
    )


def _step(rule: FaultRule, *, met: bool) -> Json:
    step: Json = {"fault": short_form(rule.effect)}
    if rule.match:
        step["match"] = dict(rule.match)
    if rule.when:
        step["when"] = dict(rule.when)
    if rule.name is not None:
        step["title"] = rule.name
    if not met:
        step["mayStayUnmatched"] = True
    return step


def _gone(told: Json, entry: Entry) -> Json:
    return {
        "fault": short_form(told.get("effect", {})),
        "match": {"operation": entry.operation, "network": entry.network},
        "when": {"times": 1},
    }


def short_form(effect: Mapping[str, Any]) -> str | Json:
    """The effect in the short form that stories are written in; as a document where it has none."""
    document = dict(effect)
    for text in _attempts(document):
        try:
            if read_effect(text) == document:
                return text
        except SrcSystemError:
            continue
    return document


def _attempts(effect: Json) -> list[str]:
    name = next(iter(effect), "")
    value = effect.get(name)
    if name == "transport":
        return [f"transport={value}{_further(effect, {'transport'})}"]
    if not isinstance(value, Mapping):
        return []
    match name:
        case "error":
            return [f"error={value.get('reason')}{_further(value, {'reason'})}"]
        case "http":
            return [f"http={value.get('status')}{_further(value, {'status'})}"]
        case "tamper":
            beside = _further(value, {"artefact", "how"})
            return [f"tamper={value.get('artefact')}:{value.get('how')}{beside}"]
        case "otp":
            return [f"otp={value.get('delivery')}{_further(value, {'delivery'})}"]
        case "quota":
            return [f"quota={value.get('limit')};per={value.get('per')}"]
        case "latency":
            return [f"latency={value.get('fixed')}"]
        case "state":
            return _states(value)
    return []


def _states(value: Mapping[str, Any]) -> list[str]:
    after = value.get("after")
    if isinstance(after, Mapping):
        beside = f";afterCalls={after.get('calls')}"
    else:
        beside = "" if after is None else f";after={after}"
    return [f"state={who}:{value[who]}{beside}" for who in ("card", "consumer") if who in value]


def _further(value: Mapping[str, Any], said: set[str]) -> str:
    return "".join(f";{name}={one}" for name, one in value.items() if name not in said)
