"""The recorded calls rehearsed one after the other: what each said by itself, and was answered."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from src_system.scenario.answers import Answer
from src_system.scenario.export.expected import expectation_of, misses
from src_system.scenario.export.recorded import Entry, Recording
from src_system.scenario.export.sent import Sent, is_lost, sent_by
from src_system.scenario.export.sessions import Session, Sessions, find_sessions
from src_system.scenario.export.values import Known, likeness
from src_system.scenario.operations import OPERATIONS
from src_system.scenario.words import Json

_REFUSED = 400
# What is done in the background is asked for until it is done.
POLLED = frozenset({"getDpaBatch", "getCardsBatch"})
_ASIDE = frozenset({"accessToken", "cardArt"})  # what a client fetches beside its calls


@dataclass(slots=True)
class Planned:
    """A call of the story. `before` is the place before which all lies that it may refer to."""

    entry: Entry
    session: Session
    sent: Sent
    answer: Answer
    expect: Json
    before: int
    named: Json = field(default_factory=dict)

    def name(self, known: Known) -> None:
        """Say where its values came from."""
        sent, entry = self.sent, self.entry
        self.named = {
            "with": known.name(sent.members, entry, self.before),
            "card": known.name(sent.card, entry, self.before),
            "encrypt": known.name(sent.encrypt, entry, self.before),
            "amount": sent.amount,
            "currency": sent.currency,
            "headers": {
                name: known.in_header(value, entry, self.before)
                for name, value in sent.headers.items()
            },
            "raw": sent.raw,
        }


@dataclass(slots=True)
class Plan:
    """The calls in runs that may be made at once, and notes by the place they belong to."""

    sessions: Sessions
    runs: list[list[Planned]] = field(default_factory=list)
    notes: dict[int, list[str]] = field(default_factory=dict)

    @property
    def calls(self) -> list[Planned]:
        """All of them, in order."""
        return [one for run in self.runs for one in run]

    def note(self, place: int, text: str) -> None:
        """Something that the story cannot say, where it belongs."""
        self.notes.setdefault(place, []).append(text)


async def make_plan(recording: Recording, known: Known, breaks: set[int]) -> Plan:
    """Rehearse the recording; *breaks* are places before which something else happens."""
    entries, plan = _playable(recording)
    at = 0
    while at < len(entries):
        run = _run_from(entries, at, plan.sessions, breaks)
        planned = _begin(run, plan, known)
        for one in planned:
            await _take(one, plan, known)
        kept = [one for one in planned if not is_lost(one.sent)]
        if kept:
            plan.runs.append(kept)
        at += len(planned)
    return plan


def _playable(recording: Recording) -> tuple[list[Entry], Plan]:
    """The entries that become steps; what becomes of the others is noted."""
    entries: list[Entry] = []
    notes: list[tuple[int, str]] = []
    for entry in recording.entries:
        if entry.operation == "keys" and not entry.faults:
            continue  # the runner fetches what it verifies with
        if entry.operation in OPERATIONS:
            entries.append(entry)
        elif entry.operation not in _ASIDE or entry.status >= _REFUSED:
            notes.append((entry.place, f"{_line(entry)} is no operation of a story: left out"))
    entries = _without_polls(entries)
    plan = Plan(find_sessions(recording, entries))
    for place, text in notes:
        plan.note(place, text)
    return entries, plan


def _line(entry: Entry) -> str:
    return f"{entry.method} {entry.path} ({entry.operation}, {entry.status}, place {entry.place})"


def _without_polls(entries: list[Entry]) -> list[Entry]:
    """Of questions that were repeated until something was done, only the last."""
    repeated = {
        one.place
        for one, other in pairwise(entries)
        if one.operation in POLLED
        and (one.operation, one.network, one.path, one.at, one.body)
        == (other.operation, other.network, other.path, other.at, other.body)
    }
    return [one for one in entries if one.place not in repeated]


def _run_from(
    entries: Sequence[Entry], at: int, sessions: Sessions, breaks: set[int]
) -> list[Entry]:
    """The entry and those behind it that may be one call to several networks at once."""
    first = entries[at]
    run = [first]
    for other in entries[at + 1 :]:
        if (
            other.operation != first.operation
            or other.at != first.at
            or sessions.by_place[other.place] is not sessions.by_place[first.place]
            or other.network in {one.network for one in run}
            or other.place in breaks
        ):
            break
        run.append(other)
    return run


def _begin(run: list[Entry], plan: Plan, known: Known) -> list[Planned]:
    """The calls of a run, as long as each says the same when it is made at once with the first."""
    session = plan.sessions.by_place[run[0].place]
    if session.rehearsed is None:
        session.visit = plan.sessions.begin(session)
    assert session.rehearsed is not None
    planned: list[Planned] = []
    for entry in run:
        network = session.rehearsed.networks[entry.network]
        one = Planned(entry, session, sent_by(entry, network), Answer(), {}, run[0].place)
        one.name(known)
        if planned and likeness(one.named) != likeness(planned[0].named):
            break
        planned.append(one)
    return planned


async def _take(planned: Planned, plan: Plan, known: Known) -> None:
    entry, session = planned.entry, planned.session
    assert session.rehearsed is not None
    planned.answer = await session.rehearsed.networks[entry.network].take(entry)
    planned.expect = expectation_of(entry, planned.answer)
    for missed in misses(planned.answer, planned.expect):
        plan.note(entry.place, f"{entry.call}: {missed}")
    known.learn(entry, copy.copy(planned.answer))
    for text in planned.sent.notes:
        plan.note(entry.place, text)
    if is_lost(planned.sent):
        plan.note(
            entry.place,
            f"{entry.call} is left out: it held a card number that is no test number, which the"
            " journal does not keep",
        )
