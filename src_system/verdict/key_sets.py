"""The key sets of one network as they were handed out, and which of them a caller could know."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from src_system.verdict.step import Step


@dataclass(frozen=True, eq=False)
class KeySets:
    """The answered requests for a network's keys, those that were tampered with apart."""

    answers: Sequence[Step]

    @classmethod
    def of(cls, steps: Iterable[Step]) -> "KeySets":
        """The key sets among *steps* that anybody may rely on."""
        sound = (step for step in steps if step.is_done and step.tampering("keys") is None)
        return cls(sorted(sound, key=lambda step: step.answered_at))

    def newest_known(self, step: Step) -> Step | None:
        """The newest of them that whoever made the call may have seen."""
        known = bisect_right(self.answers, step.called_at, key=lambda one: one.answered_at)
        return self.answers[known - 1] if known else None

    def first_with(self, kid: str) -> Step | None:
        """The first of them with an encryption key of that id."""
        return self._first.get(kid)

    @cached_property
    def _first(self) -> Mapping[str, Step]:
        found: dict[str, Step] = {}
        for step in self.answers:
            for kid in encryption_kids(step):
                found.setdefault(kid, step)
        return found


def keys_in(key_set: Step) -> list[Mapping[str, Any]]:
    """The keys of an answered key set."""
    keys = key_set.exchange.response.get("keys")
    return [key for key in keys if isinstance(key, Mapping)] if isinstance(keys, list) else []


def encryption_kids(key_set: Step) -> set[str]:
    """The ids of its keys that cards are encrypted to."""
    return {str(key.get("kid")) for key in keys_in(key_set) if key.get("use") == "enc"}
