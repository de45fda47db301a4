"""Which recorded calls become one step on several networks, and what each step captures."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from src_system.scenario.answers import member_of
from src_system.scenario.export.plan import Planned
from src_system.scenario.export.values import Captured, captures_in, likeness
from src_system.scenario.matchers import MISSING
from src_system.scenario.words import NETWORKS

Place = tuple[str, str]  # section and path of an answer


@dataclass(slots=True)
class Group:
    """Calls that one step makes, in the order of the networks; `captures` names by place."""

    calls: list[Planned]
    captures: dict[Place, str] = field(default_factory=dict)

    @property
    def first(self) -> Planned:
        """What it has in common with the others, they have in common with it."""
        return self.calls[0]

    @property
    def networks(self) -> list[str]:
        """The networks it asks."""
        return [one.entry.network for one in self.calls]

    @property
    def places(self) -> list[int]:
        """Places in the journal, in order."""
        return sorted(one.entry.place for one in self.calls)


def group_calls(runs: Iterable[list[Planned]]) -> list[Group]:
    """Steps for all runs: a step captures only what each of its answers has."""
    runs = list(runs)
    wanted = _wanted(runs)
    groups: list[Group] = []
    for run in runs:
        for alike in _alike(run):
            for calls in _splitted(alike, wanted):
                calls.sort(key=lambda one: NETWORKS.index(one.entry.network))
                groups.append(Group(calls))
    return groups


def _wanted(runs: list[list[Planned]]) -> dict[int, set[Place]]:
    """By the place of a call, what later ones take from its answer."""
    found: dict[int, set[Place]] = {}
    for run in runs:
        for one in run:
            for captured in captures_in(one.named):
                origin = captured.origin
                found.setdefault(origin.place, set()).add((origin.section, origin.path))
    return found


def _alike(run: list[Planned]) -> list[list[Planned]]:
    """A run in pieces that say the same, now that it is known what was given."""
    pieces: list[list[Planned]] = []
    for one in run:
        if pieces and likeness(pieces[-1][0].named) == likeness(one.named):
            pieces[-1].append(one)
        else:
            pieces.append([one])
    return pieces


def _splitted(calls: list[Planned], wanted: dict[int, set[Place]]) -> list[list[Planned]]:
    """All of them, where each answer has what is taken from any; else in two, or one by one."""
    taking = [one for one in calls if wanted.get(one.entry.place)]
    others = [one for one in calls if not wanted.get(one.entry.place)]
    places = {place for one in taking for place in wanted[one.entry.place]}
    if all(_has(one, places) for one in calls):
        return [calls]
    pieces = [taking] if all(_has(one, places) for one in taking) else [[one] for one in taking]
    return [*pieces, others] if others else pieces


def _has(planned: Planned, places: set[Place]) -> bool:
    return all(member_of(planned.answer, section, path) is not MISSING for section, path in places)


def variable_of(captured: Captured, group: Group) -> str:
    """How a later step says the value that *group* captured."""
    name = group.captures[captured.origin.section, captured.origin.path]
    if len(group.calls) == 1 or captured.is_own:
        return f"${{{name}}}"
    return f"${{{name}.{captured.origin.network}}}"
