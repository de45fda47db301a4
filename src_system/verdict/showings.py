"""Where a card was shown: by which network, to which client, and last before a call."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from src_system.verdict.step import Step


@dataclass(frozen=True, eq=False)
class Showings:
    """The calls whose answer showed one card, in the order of their answers."""

    steps: Sequence[Step]

    @classmethod
    def of(cls, steps: Iterable[Step]) -> "Showings":
        """The same, from calls in any order."""
        return cls(sorted(steps, key=lambda step: step.answered_at))

    def last_before(self, step: Step) -> Step | None:
        """The newest that was answered before the call was made."""
        known = bisect_right(self.steps, step.called_at, key=lambda one: one.answered_at)
        return self.steps[known - 1] if known else None

    def last_to_client_before(self, step: Step) -> Step | None:
        """The newest that its client may have seen: what others were answered is theirs."""
        own = self._to_client.get(step.client)
        return None if own is None else own.last_before(step)

    def networks_before(self, step: Step) -> Mapping[str, Step]:
        """The first that each network had given by then."""
        return {name: one for name, one in self._by_network.items() if step.knew(one)}

    def clients_before(self, step: Step) -> Mapping[str | None, Step]:
        """The first that each client had been given by then."""
        return {name: one for name, one in self._by_client.items() if step.knew(one)}

    @cached_property
    def _to_client(self) -> Mapping[str | None, "Showings"]:
        found: dict[str | None, list[Step]] = {}
        for step in self.steps:
            found.setdefault(step.client, []).append(step)
        return {client: Showings(steps) for client, steps in found.items()}

    @cached_property
    def _by_network(self) -> Mapping[str, Step]:
        found: dict[str, Step] = {}
        for step in self.steps:
            found.setdefault(step.network, step)
        return found

    @cached_property
    def _by_client(self) -> Mapping[str | None, Step]:
        found: dict[str | None, Step] = {}
        for step in self.steps:
            found.setdefault(step.client, step)
        return found


NOWHERE = Showings(())
