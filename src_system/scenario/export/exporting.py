"""A sandbox's recording as a scenario file."""

from dataclasses import dataclass, field
from datetime import datetime

from src_system.client import ControlPort
from src_system.scenario.export.participants import Participants, find_participants
from src_system.scenario.export.people import People, find_people
from src_system.scenario.export.plan import Plan, make_plan
from src_system.scenario.export.recorded import Recording, read_recording
from src_system.scenario.export.rules import find_rules
from src_system.scenario.export.sessions import first_initiator
from src_system.scenario.export.telling import Teller
from src_system.scenario.export.timing import StoryClock, instant
from src_system.scenario.export.values import Known, written
from src_system.scenario.export.writing import write_story
from src_system.scenario.source import BYTES_MAX
from src_system.scenario.story import ANY_VERDICT
from src_system.scenario.words import Json

SCHEMA = "scenario.schema.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """The file's text, how many calls are in it, and what it could not say."""

    text: str
    calls: int
    notes: list[str] = field(default_factory=list)


async def export_story(
    port: ControlPort,
    sandbox: str,
    *,
    client: str | None = None,
    since: int = 0,
    until: int | None = None,
    title: str | None = None,
    schema: str = SCHEMA,
) -> Exported | None:
    """The calls of a sandbox behind place *since* of its journal, up to *until*, as a story.

    With *client* only those of this srcClientId. None when there is no call that a story could
    make. *schema* is where an editor finds the format, from the file. Raises SrcSystemError.
    """
    recording = await read_recording(port, sandbox, client=client, since=since, until=until)
    if not recording.entries:
        return None
    rules = find_rules(recording.rules, recording.entries)
    known = Known(recording.codes)
    plan = await make_plan(recording, known, set(rules.steps))
    if not plan.runs:
        return None
    seen = [(one.entry, one.answer) for one in plan.calls]
    people = await find_people(recording, seen)
    participants = find_participants(recording, seen)
    clock = _clock(recording, people)
    begin = instant(clock.now)
    given, placed = _given(people, participants, clock)
    known.given = _variables(recording, people, participants, has_places=bool(placed))
    for one in plan.calls:
        one.name(known)
    for place, step in people.changes:
        rules.add(place, step)
    teller = Teller(recording, plan, rules, clock, placed)
    general = [*_about_journal(recording, plan), *rules.notes, *people.notes, *participants.notes]
    placed_notes = [text for _, texts in sorted(plan.notes.items()) for text in texts]
    steps = teller.steps()
    head: Json = {"scenario": title or f"What the sandbox {recording.sandbox.name} recorded"}
    if teller.network is not None:
        head["on"] = teller.network
    head["sandbox"] = _sandbox(recording, participants, begin)
    if recording.verdict == "FAILED":
        head["verdict"] = ANY_VERDICT
    if given:
        head["given"] = written(given, {})
    text = write_story(head, steps, schema=schema, comments=general)
    if len(text.encode()) > BYTES_MAX:
        general.append(
            f"the scenario is larger than the {BYTES_MAX} bytes that are played: export a part of"
            " the journal with --since and --until"
        )
    return Exported(text, len(plan.calls), [*general, *placed_notes])


def _clock(recording: Recording, people: People) -> StoryClock:
    """The story begins with whoever came first, or with the first call."""
    begin = min([recording.first_at, *(at for at, _ in people.fixtures)])
    is_exact = recording.sandbox.details.clock.mode == "frozen"
    return StoryClock(begin if is_exact else begin.replace(microsecond=0), is_exact)


def _given(
    people: People, participants: Participants, clock: StoryClock
) -> tuple[Json, list[tuple[datetime, Json]]]:
    """What is there from the beginning, and the consumers who come later."""
    first = StoryClock(clock.now, clock.is_exact)
    early = [one for at, one in people.fixtures if first.move_to(at) is None]
    later = people.fixtures[len(early) :]
    given: Json = {}
    for name, fixtures in (
        ("clients", participants.clients),
        ("dpas", participants.dpas),
        ("consumers", early),
    ):
        if fixtures:
            given[name] = fixtures
    return given, later


def _variables(
    recording: Recording, people: People, participants: Participants, *, has_places: bool
) -> dict[tuple[str | None, str], str]:
    """By network and id, the variable that is there from the beginning.

    A `place` step gives `given` another meaning: then ids stand as they are.
    """
    found: dict[tuple[str | None, str], str] = {}
    if has_places:
        return found
    for number, ids in enumerate(people.ids):
        for key, place in ids.items():
            found[key] = f"${{given.consumers[{number}].{place}}}"
    firsts: dict[str, str] = {}
    for ids in people.ids:
        for (network, one), place in ids.items():
            if place.startswith("cards[") and network not in firsts:
                firsts[network] = one
    for network, one in firsts.items():
        found[network, one] = "${given.cards}"
    return found


def _sandbox(recording: Recording, participants: Participants, begin: str) -> Json:
    details = recording.sandbox.details
    settings: Json = {"seed": details.seed, "clock": begin}
    if details.profile != "default":
        settings["profile"] = details.profile
    if participants.has_issuer:
        settings["issuer"] = True
    if not recording.has_magic:
        settings["magic"] = False
    return settings


def _about_journal(recording: Recording, plan: Plan) -> list[str]:
    notes = []
    if recording.dropped:
        notes.append(f"the journal has given up {recording.dropped} calls before these")
    if first_initiator(recording.sandbox.details) is None:
        notes.append("the sandbox has no SRC initiator, and a new one has")
    return notes
